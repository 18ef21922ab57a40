"""What a key of the HTTP API may be called and do, and how often it may ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from bot.rules.operations.api_keys import MEANINGS, SCOPES, WrongKey, check_agent, check_name, digest, parse_scopes
from bot.rules.operations.api_rate_limit import REQUESTS, Window, after_request

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
SECOND, MINUTE, MOMENT = timedelta(seconds=1), timedelta(minutes=1), timedelta(microseconds=1)


def test_scopes_are_read_in_one_order_whatever_the_spaces() -> None:
    assert parse_scopes("facts,read") == parse_scopes(" read , facts,, ") == ("read", "facts")
    assert parse_scopes("facts") == ("facts",)
    assert set(MEANINGS) == set(SCOPES)
    with pytest.raises(WrongKey) as error:
        parse_scopes("write,read,raed" + "x" * 70)
    assert str(error.value) == f"--scopes: expected some of read, facts, desk, admin, not 'raed{'x' * 70}, writ'"
    for nothing in ("", " , "):
        with pytest.raises(WrongKey, match="at least one of read, facts"):
            parse_scopes(nothing)


def test_a_key_that_works_on_cases_is_one_agents_and_no_other_key_is() -> None:
    check_agent(("read", "desk"), 900)
    check_agent(("read", "facts", "admin"), None)
    for scopes, agent_id, why in (
        (SCOPES, None, "the agent's Telegram id, as whom the key works; `duebot agent list` has it"),
        (("read",), 900, "only with the scope desk"),
    ):
        with pytest.raises(WrongKey) as error:
            check_agent(scopes, agent_id)
        assert str(error.value) == f"--agent: expected {why}"


def test_a_name_is_one_line_of_up_to_64_characters() -> None:
    assert check_name(" 账单 ") == "账单"
    assert check_name("x" * 64) == "x" * 64
    assert check_name("x") == "x"
    for wrong in ("", " ", "x" * 65, "a\nb", "a\x00"):
        with pytest.raises(WrongKey, match="1 to 64"):
            check_name(wrong)


def test_of_a_key_only_its_digest_is_kept() -> None:
    assert digest("duebot_é") == sha256("duebot_é".encode()).hexdigest()


def test_a_window_begins_with_a_request_and_ends_after_a_minute() -> None:
    first = after_request(None, NOW)
    assert first == Window(NOW, 1)
    assert after_request(first, NOW) == after_request(first, NOW + MINUTE - MOMENT) == Window(NOW, 2)
    assert after_request(first, NOW + MINUTE) == Window(NOW + MINUTE, 1)
    assert after_request(first, NOW - MOMENT) == Window(NOW - MOMENT, 1)  # the clock was set back


def test_what_is_left_and_when_there_is_more() -> None:
    assert (Window(NOW, 1).left, Window(NOW, REQUESTS).left, Window(NOW, REQUESTS + 5).left) == (REQUESTS - 1, 0, 0)
    assert not Window(NOW, REQUESTS).is_over_limit
    assert Window(NOW, REQUESTS + 1).is_over_limit
    seconds = [Window(NOW, 1).seconds_left(NOW + at) for at in (0 * SECOND, MOMENT, SECOND, MINUTE - SECOND, MINUTE)]
    assert seconds == [60, 60, 59, 1, 1]
