"""Events from the wallet: which there are, what they contain, and when one that cannot be applied is tried again.

An event is `{"type": …, "timestamp": …, "data": {…}}`. `data` has the names of an import file's columns; its time, if
it names none itself (`as_of`), is the event's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

KINDS = {
    "customer.changed": "customers",
    "account.changed": "accounts",
    "instalment.changed": "instalments",
    "payment.received": "payments",
    "payment.reversed": "payments",
}
NAMES = frozenset({"type", "timestamp", "data"})
GIVEN_UP_AFTER = timedelta(days=3)
KEPT_FOR = timedelta(days=30)  # after that, an event with the same id is a new one
# What it is about may come a moment later: seconds at first, then minutes, then hours.
_PATIENCE = (
    (timedelta(minutes=2), timedelta(seconds=5)),
    (timedelta(hours=1), timedelta(minutes=1)),
    (GIVEN_UP_AFTER, timedelta(hours=1)),
)


class WrongEvent(ValueError):
    """The event cannot be read; the message says what was given and what was expected."""


@dataclass(frozen=True, slots=True)
class WalletEvent:
    """`kind` is that of its facts, `row` an object with the names of its columns, `customer_id` whose it is, where it
    says so."""

    type: str
    kind: str
    row: dict[str, object]
    customer_id: str | None


def read_event(given: object) -> WalletEvent:
    """An event as it was sent; raises `WrongEvent`. The values of its row are checked by the import."""
    if not isinstance(given, dict):
        raise WrongEvent("expected an object with type, timestamp and data")
    if unknown := sorted(str(name)[:40] for name in given if name not in NAMES):
        raise WrongEvent(f"has unknown names: {', '.join(unknown[:5])!r}; expected type, timestamp and data")
    type_, at, data = given.get("type"), given.get("timestamp"), given.get("data")
    if not isinstance(type_, str) or type_ not in KINDS:
        raise WrongEvent(f"type: expected one of {', '.join(KINDS)}")
    if not isinstance(data, dict):
        raise WrongEvent("data: expected an object with the names of columns")
    if not isinstance(at, str) or not _is_instant(at):
        raise WrongEvent("timestamp: expected ISO 8601 with its zone, such as 2026-03-02T21:30:00+08:00")
    is_back = str(data.get("amount")).strip().startswith("-")
    if KINDS[type_] == "payments" and is_back != (type_ == "payment.reversed"):
        raise WrongEvent("data.amount: expected a negative sum in payment.reversed, and in no other event")
    whose = data.get("customer_id")
    row = data if data.get("as_of") else {**data, "as_of": at}
    return WalletEvent(type_, KINDS[type_], row, whose if isinstance(whose, str) else None)


def next_try(received_at: datetime, now: datetime) -> datetime | None:
    """When an event that could not be applied now is tried again; None: never."""
    for until, pause in _PATIENCE:
        if now - received_at < until:
            return now + pause
    return None


def _is_instant(text: str) -> bool:
    try:
        return len(text) <= 64 and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
