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
    longest = f"2026-03-02T12:00:00.{'0' * 38}+08:00"
    assert read_event({**event("payment.received"), "timestamp": longest}).row == {"as_of": longest}


def test_a_reversal_is_negative() -> None:
    assert read_event(event("payment.reversed", amount=" -5")).kind == "payments"
    assert read_event(event("customer.changed", amount="-5")).kind == "customers"  # the import refuses the column
    assert len(set(KINDS.values())) == 4


EXPECTED_TYPE = (
    "type: expected one of customer.changed, account.changed, instalment.changed, payment.received, payment.reversed"
)
EXPECTED_INSTANT = "timestamp: expected ISO 8601 with its zone, such as 2026-03-02T21:30:00+08:00"
NEGATIVE = "data.amount: expected a negative sum in payment.reversed, and in no other event"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        *((given, "expected an object with type, timestamp and data") for given in (None, [], "x")),
        ({}, EXPECTED_TYPE),
        ({**event(), "type": "payment.lost"}, EXPECTED_TYPE),
        ({**event(), "type": ["payment.received"]}, EXPECTED_TYPE),
        ({**event(), "id": 1}, "has unknown names: 'id'; expected type, timestamp and data"),
        (
            {**event(), **dict.fromkeys("gfedcb"), 5: 1, "a" * 41: 1},
            f"has unknown names: '5, {'a' * 40}, b, c, d'; expected type, timestamp and data",
        ),
        ({**event(), "data": []}, "data: expected an object with the names of columns"),
        ({**event(), "timestamp": "2026-03-02"}, EXPECTED_INSTANT),
        ({**event(), "timestamp": "2026-03-02T12:00:00"}, EXPECTED_INSTANT),
        ({**event(), "timestamp": "yesterday"}, EXPECTED_INSTANT),
        ({**event(), "timestamp": 5}, EXPECTED_INSTANT),
        ({**event(), "timestamp": f"2026-03-02T12:00:00.{'0' * 39}+08:00"}, EXPECTED_INSTANT),
        (event("payment.reversed", amount="5"), NEGATIVE),
        (event("payment.reversed"), NEGATIVE),
        (event("payment.received", amount=" -5"), NEGATIVE),
    ],
)
def test_what_is_no_event(given: Any, why: str) -> None:
    with pytest.raises(WrongEvent) as error:
        read_event(given)
    assert str(error.value) == why


def test_tried_again_after_seconds_then_minutes_then_hours_and_given_up_after_days() -> None:
    def pause(age: timedelta) -> timedelta | None:
        again = next_try(NOW, NOW + age)
        return None if again is None else again - NOW - age

    assert pause(timedelta()) == pause(timedelta(minutes=2) - timedelta(microseconds=1)) == timedelta(seconds=5)
    assert pause(timedelta(minutes=2)) == timedelta(minutes=1)
    assert pause(timedelta(hours=1)) == pause(GIVEN_UP_AFTER - timedelta(microseconds=1)) == timedelta(hours=1)
    assert pause(GIVEN_UP_AFTER) is None
