"""Opting out: a customer ends reminders, or has them again: by `/stop`, in their own words, or by the link in a mail
(`bot.work.reminders.unsubscribe`)."""

from __future__ import annotations

from datetime import datetime

from storage.cases import cases
from storage.customers import customer_rows
from storage.runtime.engine import Connection, Database


async def stop_reminders(db: Database, customer_id: str, now: datetime) -> None:
    """No more reminders from `now` on."""
    async with db.write() as conn:
        await note_stopped(conn, customer_id, now)


async def resume_reminders(db: Database, customer_id: str) -> None:
    async with db.write() as conn:
        await note_stopped(conn, customer_id, None)


async def note_stopped(conn: Connection, customer_id: str, at: datetime | None) -> None:
    """The customer gets no reminders since then (None: they do get some), and the card of their case says so."""
    await customer_rows.set_stopped(conn, customer_id, at)
    await cases.mark_card_stale(conn, [customer_id])
