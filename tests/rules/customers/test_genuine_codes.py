"""Codes by which customers and agents know each other: their windows, their halves, and those of letters."""

from __future__ import annotations

import hmac
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.customers.genuine_codes import (
    CALL_LASTS,
    LASTS,
    code_at,
    code_of_call,
    codes_now,
    letter_code,
    month_before,
)

KEY = b"k" * 32
NOON = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2040, 1, 1)))
def test_a_code_is_good_until_its_window_ends(naive: datetime) -> None:
    now = naive.replace(tzinfo=UTC)
    code = code_at(KEY, "C1", now)
    assert timedelta() < code.until - now <= LASTS
    assert code_at(KEY, "C1", code.until - timedelta(seconds=1)) == code
    assert code_at(KEY, "C1", code.until).until == code.until + LASTS
    assert codes_now(KEY, "C1", code.until)[1] == code
    assert all(len(half) == 4 and half.isdigit() for half in (code.caller_says, code.customer_says))


def test_a_code_is_of_one_customer_one_key_and_one_moment_and_neither_half_tells_the_other() -> None:
    found = [
        code_at(KEY, "C1", NOON),
        code_at(KEY, "C2", NOON),
        code_at(b"another", "C1", NOON),
        code_at(KEY, "C1", NOON + LASTS),
    ]
    halves = [half for code in found for half in (code.caller_says, code.customer_says)]
    assert len(set(halves)) == len(halves)


def test_the_code_of_a_call_does_not_change_while_it_lasts() -> None:
    began = NOON + timedelta(minutes=4)
    code = code_of_call(KEY, "C1", began, began + CALL_LASTS)
    assert (code.caller_says, code.until) == (code_at(KEY, "C1", began).caller_says, began + CALL_LASTS)


def test_a_letter_has_the_code_of_its_month() -> None:
    first, last = date(2028, 2, 1), date(2028, 2, 29)
    assert letter_code(KEY, "C1", first) == letter_code(KEY, "C1", last)
    assert letter_code(KEY, "C1", last) != letter_code(KEY, "C1", date(2028, 3, 1))
    assert letter_code(KEY, "C1", first) != letter_code(KEY, "C2", first)
    assert len(letter_code(KEY, "C1", first)) == 8
    whole = hmac.new(KEY, b"letter 2028-02 C1", "sha256").hexdigest()
    assert letter_code(KEY, "C1", first) == f"{int(whole[:16], 16) % 10**8:08}"
    assert [month_before(day) for day in (date(2028, 3, 31), date(2028, 1, 1))] == [last, date(2027, 12, 31)]
