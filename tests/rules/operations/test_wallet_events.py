"""What an event of the wallet may say, and when one that cannot be applied is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.rules.operations.wallet_events import GIVEN_UP_AFTER, KINDS, WrongEvent, next_try, read_event

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
AT = "2026-03-02T12:00:00+08:00"


def event(type_: str = "payment.received", **data: Any) -> dict[str, Any]:
    return {"type": type_, "timestamp": AT, "data": data}


def test_an_events_time_is_that_of_its_row_unless_the_row_has_one() -> None:
    assert read_event(event(payment_id="P1", amount="5")).row == {"payment_id": "P1", "amount": "5", "as_of": AT}
    own = "2026-03-01T00:00:00Z"
    assert read_event(event("customer.changed", customer_id="C1", as_of=own)).row["as_of"] == own
    assert read_event(event("customer.changed", customer_id="C1")).customer_id == "C1"
    assert read_event(event("customer.changed", customer_id=5)).customer_id is None


def test_a_reversal_is_negative_and_nothing_else_is() -> None:
    assert read_event(event("payment.reversed", amount="-5")).kind == "payments"
    for type_, amount in (("payment.reversed", "5"), ("payment.received", " -5")):
        with pytest.raises(WrongEvent, match="negative"):
            read_event(event(type_, amount=amount))


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "x",
        {},
        {**event(), "id": 1},
        {**event(), "type": "payment.lost"},
        {**event(), "type": ["payment.received"]},
        {**event(), "data": []},
        {**event(), "timestamp": "2026-03-02"},
        {**event(), "timestamp": "2026-03-02T12:00:00"},
        {**event(), "timestamp": 5},
        {**event(), "timestamp": "2026-03-02T12:00:00+08:00" + " " * 99},
    ],
)
def test_what_is_no_event(given: Any) -> None:
    with pytest.raises(WrongEvent):
        read_event(given)
    assert len(set(KINDS.values())) == 4


def test_tried_again_after_seconds_then_minutes_then_hours_and_given_up_after_days() -> None:
    def pause(age: timedelta) -> timedelta | None:
        again = next_try(NOW, NOW + age)
        return None if again is None else again - NOW - age

    assert pause(timedelta()) == pause(timedelta(minutes=2) - timedelta(microseconds=1)) == timedelta(seconds=5)
    assert pause(timedelta(minutes=2)) == timedelta(minutes=1)
    assert pause(timedelta(hours=1)) == pause(GIVEN_UP_AFTER - timedelta(microseconds=1)) == timedelta(hours=1)
    assert pause(GIVEN_UP_AFTER) is None
