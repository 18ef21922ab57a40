"""The help lines that come with duebot, and the one for a customer."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from bot.policies import helplines as shipped
from bot.rules.customers.helplines import Helpline, Helplines, helpline_of, read_helplines
from storage.customers import customer_rows
from storage.runtime.engine import Database


@cache
def shipped_helplines() -> Helplines:
    """All of them, by country."""
    return read_helplines(files(shipped).joinpath("helplines.toml").read_text(encoding="utf-8"))


async def helpline_for(db: Database, customer_id: str | None) -> Helpline | None:
    """The line of the customer's country; None if it is not known, as that of somebody who is not linked."""
    if customer_id is None:
        return None
    async with db.read() as conn:
        phone, zone = await customer_rows.phone_and_zone(conn, customer_id)
    return helpline_of(shipped_helplines(), phone, zone)
