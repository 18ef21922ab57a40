"""Customers of whom hooks hear, and what is sent to them."""

from __future__ import annotations

from pydantic import SecretStr
from sqlalchemy import select

from bot.clock import ManualClock
from bot.settings import Settings
from bot.work.operations.hook_sending import Courier
from storage.customers import customer_rows
from storage.runtime.engine import Database
from storage.schema import outgoing_events as table
from tests.rules.operations.test_event_signatures import PLAIN
from tests.work.lives import customer

SETTINGS = Settings(_env_file=None, hook_hosts="127.0.0.1", events_secret=SecretStr(PLAIN))
STOPPED = "customer.stopped"


async def stops(db: Database, clock: ManualClock, *customer_ids: str) -> None:
    """Each of these turns reminders off, which is an event; all in one transaction."""
    async with db.write() as conn:
        for customer_id in customer_ids:
            await customer_rows.set_stopped(conn, customer_id, None)
            await customer_rows.set_stopped(conn, customer_id, clock.now())


async def customers(db: Database, clock: ManualClock, number: int) -> list[str]:
    ids = [f"C{n}" for n in range(number)]
    for customer_id in ids:
        await customer(db, clock.now(), customer_id)
    return ids


async def states(db: Database) -> list[str]:
    async with db.read() as conn:
        return list((await conn.execute(select(table.c.state).order_by(table.c.event_number))).scalars())


def courier(db: Database, clock: ManualClock, settings: Settings = SETTINGS) -> Courier:
    return Courier(db, settings, clock)
