"""What is sent of an event, when it is tried again, and what an answer means."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from bot.rules.operations.event_signatures import signed
from bot.rules.operations.outgoing_events import (
    GIVEN_UP_AFTER,
    JITTER,
    KINDS,
    MOST_BYTES,
    WAITS_S,
    Answer,
    WrongKinds,
    body_of,
    next_try,
    parse_kinds,
)
from tests.rules.operations.test_event_signatures import CODED, PLAIN

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


def test_a_body_has_sums_as_strings_and_names_the_customer() -> None:
    said = json.dumps({"hold_id": 31, "amount": 50000, "currency": "TWD", "case_id": None})
    assert json.loads(body_of("promise.made", "C1", NOW, said)) == {
        "type": "promise.made",
        "timestamp": "2026-03-02T04:00:00+00:00",
        "data": {"customer_id": "C1", "hold_id": 31, "amount": "500.00", "currency": "TWD", "case_id": None},
    }
    assert '"customer_id": "客户"' in body_of("customer.stopped", "客户", NOW, "{}")
    for nothing in ({"amount": None, "currency": None}, {"amount": None, "currency": "JPY"}):
        assert json.loads(body_of("promise.made", "C1", NOW, json.dumps(nothing)))["data"]["amount"] is None


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=4000), max_size=6), st.text(max_size=4000))
def test_no_body_is_too_long(said: dict[str, str], customer_id: str) -> None:
    body = body_of("case.opened", customer_id, NOW, json.dumps(said))
    assert len(body.encode("utf-8", "replace")) < MOST_BYTES


def test_of_a_long_text_its_beginning_is_sent() -> None:
    body = json.loads(body_of("survey.answered", "C1", NOW, json.dumps({"survey": "x" * 501, "n": 10**9})))
    assert body["data"] == {"customer_id": "C1", "survey": "x" * 500, "n": 10**9}


@pytest.mark.parametrize(
    ("given_", "kinds"),
    [
        ("*", "*"),
        ("case.opened, *", "*"),
        ("case.closed,promise.made", "promise.made,case.closed"),
        ("case.*, case.opened", "case.opened,case.claimed,case.closed"),
        ("notice.*", "notice.accepted,notice.refused"),
    ],
)
def test_kinds_as_they_are_written(given_: str, kinds: str) -> None:
    assert parse_kinds(given_) == kinds


@pytest.mark.parametrize(
    "given_", ["", " , ", "case", "case.", ".*", "cas*", "case.lost", "promise.made;case.opened" + "x" * 20]
)
def test_what_is_no_kind_is_refused(given_: str) -> None:
    with pytest.raises(WrongKinds) as wrong:
        parse_kinds(given_)
    known = f"--events: expected * or some of {', '.join(KINDS)}"
    named = given_.strip(" ,")
    assert str(wrong.value) == (f"{known}, not {named[:40]!r}" if named else known)


@pytest.mark.parametrize(("tries", "wait_s"), [*enumerate(WAITS_S, 1), (100, WAITS_S[-1])])
def test_waits_grow_and_are_spread(tries: int, wait_s: float) -> None:
    waits = [next_try(tries, NOW, NOW, chance) for chance in (0.0, 0.5, 1.0)]
    assert waits == [NOW + timedelta(seconds=wait_s * part) for part in (1 - JITTER, 1, 1 + JITTER)]


def test_the_last_try_is_when_three_days_are_over() -> None:
    ends = NOW + GIVEN_UP_AFTER
    assert next_try(20, NOW, ends - timedelta(minutes=1), 0.5) == ends
    assert next_try(21, NOW, ends, 0.5) is None
    assert next_try(1, NOW, ends + timedelta(days=1), 0.5) is None


def test_a_receiver_may_ask_for_more_time_but_not_for_all() -> None:
    assert next_try(1, NOW, NOW, 0.5, 120.0) == NOW + timedelta(seconds=120)
    assert next_try(1, NOW, NOW, 0.5, 1e9) == NOW + timedelta(hours=1)
    assert next_try(8, NOW, NOW, 0.5, 120.0) == NOW + timedelta(hours=4)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        *((status, "delivered") for status in (200, 201, 202, 204, 299)),
        *((status, "again") for status in (100, 300, 301, 302, 307, 400, 401, 404, 409, 411, 429, 500, 503, 599, None)),
        (410, "gone"),
    ],
)
def test_what_an_answer_means(status: int | None, meaning: str) -> None:
    assert Answer(status, "cannot be reached").meaning == meaning


def test_why_one_failed_is_said() -> None:
    for redirect in (300, 302, 399):
        assert Answer(redirect).reason == f"HTTP status {redirect}, and redirects are not followed"
    for other in (299, 400, 404):
        assert Answer(other).reason == f"HTTP status {other}"
    assert Answer(None, "no answer").reason == "no answer"


def test_either_secret_of_a_receiver_verifies_it() -> None:
    now = datetime.now(UTC)
    body = body_of("customer.stopped", "C1", now, "{}")
    headers = signed("evt_1", now, body, (CODED, "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1v"))
    for secret in (CODED, "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1v"):
        assert Webhook(secret).verify(body, headers) == json.loads(body)
    with pytest.raises(Exception, match="signature"):
        Webhook("whsec_AAAA").verify(body, headers)
    assert set(headers) == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert headers["webhook-signature"].count("v1,") == 2
    assert len(signed("evt_1", now, body, (PLAIN,))) == 3


def test_examples_say_no_name_no_number_and_no_words() -> None:
    assert not {name for kind in KINDS.values() for name in kind.example} & {"name", "phone", "email", "body", "words"}
