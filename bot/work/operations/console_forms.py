"""Each form of the console is taken once: a second press of its button, or a browser that sends it again, does
nothing more."""

from __future__ import annotations

from datetime import datetime

from bot.work.acting_outside import Order
from storage.operations import idempotency_keys
from storage.operations.console_access import Session
from storage.runtime.engine import Connection

MOST_ONCE = 64


class DoneBefore(Exception):
    """This very form was sent before, and was done then."""


class OfForm(Order):
    """An order that came with a form; `once` is what the form carries, new on each page."""

    def __init__(self, session: Session, once: str, now: datetime) -> None:
        self._caller, self._once, self._now = f"console {session.session_id}", once[:MOST_ONCE], now

    async def begin(self, conn: Connection, case_id: int | None) -> None:
        """Raises `DoneBefore`; what is refused later is not kept, and may be sent again."""
        if self._once and not await idempotency_keys.begin(conn, self._caller, self._once, "", self._now):
            raise DoneBefore
