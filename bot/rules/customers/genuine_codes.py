"""Codes by which a customer and the wallet's people prove to each other, on the phone, who they are.

A code has two halves: one that who calls says first, and one that the customer answers. So neither gives away what the
other proves. Codes are derived from a key (HMAC-SHA256, cut to digits as HOTP does, RFC 4226), change every few minutes
and are stored nowhere. A letter has a code of its month.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LASTS = timedelta(minutes=5)
CALL_LASTS = timedelta(minutes=10)
"""For so long an announced call is confirmed, unless the agent writes down what came of it before."""


@dataclass(frozen=True, slots=True)
class Code:
    """The two halves, four digits each, and until when they are good."""

    caller_says: str
    customer_says: str
    until: datetime


def code_at(key: bytes, customer_id: str, at: datetime) -> Code:
    """The code of the moment. All moments of one window of `LASTS` have the same."""
    window = int(at.timestamp()) // int(LASTS.total_seconds())
    until = datetime.fromtimestamp((window + 1) * LASTS.total_seconds(), UTC)
    return Code(
        _digits(key, f"caller {window} {customer_id}", 4), _digits(key, f"customer {window} {customer_id}", 4), until
    )


def codes_now(key: bytes, customer_id: str, now: datetime) -> tuple[Code, Code]:
    """The code of this moment, and the one before, which somebody may have read a moment ago."""
    return code_at(key, customer_id, now), code_at(key, customer_id, now - LASTS)


def code_of_call(key: bytes, customer_id: str, began_at: datetime, until: datetime) -> Code:
    """The code of an announced call: that of its first moment, which does not change while it lasts."""
    code = code_at(key, customer_id, began_at)
    return Code(code.caller_says, code.customer_says, until)


def letter_code(key: bytes, customer_id: str, month: date) -> str:
    """The code of letters that are written in the month of this day: eight digits."""
    return _digits(key, f"letter {month:%Y-%m} {customer_id}", 8)


def month_before(day: date) -> date:
    """The last day of the month before."""
    return day.replace(day=1) - timedelta(days=1)


def _digits(key: bytes, message: str, length: int) -> str:
    number = int.from_bytes(hmac.digest(key, message.encode(), hashlib.sha256)[:8])
    return f"{number % 10**length:0{length}}"
