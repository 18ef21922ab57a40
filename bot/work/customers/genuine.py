"""How a customer sees that somebody is really from the wallet: the code of the moment, who is calling now, and the
codes of letters. Nothing of it is stored but who is calling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.rules.customers.genuine_codes import Code, code_at, code_of_call, letter_code, month_before
from bot.rules.policy.sending_hours import local_day
from storage.cases import announced_calls
from storage.cases.announced_calls import AnnouncedCall
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection, Database
from storage.runtime.program_keys import key_for

PURPOSE = "genuine codes"


@dataclass(frozen=True, slots=True)
class Genuine:
    """What is true now: the call that is under way, if any, the code (that of the call while it lasts), and the codes
    of letters of this month and the one before, with a day of each."""

    zone: str
    call: AnnouncedCall | None
    code: Code
    letters: tuple[tuple[date, str], ...]


async def genuine(db: Database, customer_id: str, now: datetime) -> Genuine:
    async with db.write() as conn:  # the first one makes the key
        key = await code_key(conn)
        call = await announced_calls.now_calling(conn, customer_id, now)
        facts = await facts_of(conn, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    zone = facts.customer.zone
    code = code_at(key, customer_id, now) if call is None else _of(key, call)
    today = local_day(zone, now)
    letters = tuple((day, letter_code(key, customer_id, day)) for day in (today, month_before(today)))
    return Genuine(zone, call, code, letters)


async def code_key(conn: Connection) -> bytes:
    return await key_for(conn, PURPOSE)


async def code_for_letter(db: Database, customer_id: str, now: datetime) -> str | None:
    """The code of a letter that is written now; None if nobody has this id, or they were forgotten."""
    async with db.write() as conn:
        facts = await facts_of(conn, customer_id)
        if facts is None or facts.customer.forgotten:
            return None
        return letter_code(await code_key(conn), customer_id, local_day(facts.customer.zone, now))


def _of(key: bytes, call: AnnouncedCall) -> Code:
    return code_of_call(key, call.customer_id, call.began_at, call.until)
