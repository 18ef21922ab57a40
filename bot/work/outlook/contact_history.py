"""A customer's own history of contact, from the same evidence as `show` and `audit`; and the signed file of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.facts.money import Money
from bot.rules.outlook.contact_records import Kind, Record
from bot.rules.outlook.signed_file import Judgement, judge, key_named, signed
from bot.settings import Settings
from bot.views.outlook.history_file import history_file
from locales import translator
from storage.cases.calls import CHANNEL as PHONE
from storage.facts.customer_facts import facts_of
from storage.operations import pruning
from storage.outlook import history_keys
from storage.outlook.customer_history import Known, known
from storage.runtime.engine import Connection, Database
from storage.runtime.program_keys import key_for

PURPOSE = "history files, key"
_SENT: dict[str, Kind] = {"reminder": "reminder", "receipt": "receipt", "survey": "survey"}
_AGREED: dict[str, Kind] = {"promise": "promise", "plan": "plan", "dispute": "dispute"}
_LOOKING = ("history", "/history")  # to look at the history is no part of it


@dataclass(frozen=True, slots=True)
class ContactHistory:
    """A customer and all records of contact with them, oldest first. From the day `kept_from` on all
    records exist; None if none was ever removed."""

    facts: CustomerFacts
    records: Sequence[Record]
    kept_from: date | None


async def contact_history(db: Database, customer_id: str) -> ContactHistory | None:
    """None if nobody has this id, or they were forgotten."""
    async with db.read() as conn:
        rows = await known(conn, customer_id)
        facts = await facts_of(conn, customer_id)
        kept_from = await pruning.evidence_from(conn)
    if rows is None or facts is None or facts.customer.forgotten:
        return None
    records = sorted((*_contacts(rows), *_not_sent(rows), *_agreements(rows)), key=lambda record: record.at)
    return ContactHistory(facts, records, kept_from)


def _contacts(rows: Known) -> Iterator[Record]:
    for row in rows.contacts:
        text, reason = row.body or "", row.reason or ""
        if row.channel == PHONE:  # what an agent noted on it is for agents
            yield Record(row.at, "call", "reached" if row.state == "accepted" else reason, PHONE)
        elif row.direction == "out":
            yield Record(row.at, _SENT.get(row.kind, "message"), row.state, row.channel, reason, text)
        elif not _is_look(row.kind, text):
            yield Record(row.at, "answer", row.kind, row.channel, text="" if row.kind == "linked" else text)


def _is_look(kind: str, text: str) -> bool:
    return kind in ("press", "command") and text.partition(":")[0] in _LOOKING


def _not_sent(rows: Known) -> Iterator[Record]:
    """Reminders and receipts that no channel was asked to take. A survey that was not sent is no part of it: nobody
    missed anything."""
    tried = {row.notice_id for row in rows.contacts if row.notice_id is not None}
    for row in rows.notices:
        if row.state == "not_sent" and row.kind != "survey" and row.notice_id not in tried:
            yield Record(row.ended_at, _SENT.get(row.kind, "reminder"), "not_sent", reason=row.reason or "")


def _agreements(rows: Known) -> Iterator[Record]:
    """Those of a plan's other instalments are told with the plan."""
    for hold in rows.holds:
        kind = _AGREED.get(hold.kind)
        if kind is None or (hold.plan_id is not None and hold.kind != "plan"):
            continue
        amount = None if hold.amount is None or hold.currency is None else Money(hold.amount, hold.currency)
        yield Record(hold.set_at, kind, "set", until=hold.until, amount=amount)
        if hold.ended_at is not None:
            yield Record(hold.ended_at, kind, hold.ended_why or "over", until=hold.until, amount=amount)


# --- The signed file -------------------------------------------------------------------------------------------------


async def signed_history(db: Database, settings: Settings, customer_id: str, now: datetime) -> bytes | None:
    """The history as a file, signed with the present key; None if there is nobody."""
    history = await contact_history(db, customer_id)
    if history is None:
        return None
    async with db.write() as conn:
        number = await history_keys.present(conn, now)
        key = await _key(conn, number)
    customer = history.facts.customer
    text = history_file(
        translator(customer.spoken), settings.brand, customer, history.records, history.kept_from, number, now
    )
    return signed(text, key, number)


async def verified(db: Database, content: bytes) -> Judgement:
    """Whether a file was made with this database, and is unchanged."""
    number = key_named(content)
    async with db.write() as conn:  # where there is no secret, one is made, with which nothing was signed
        state = await history_keys.state_of(conn, number)
        key = await _key(conn, number) if state is not None else None
    return judge(content, key, withdrawn=state == "withdrawn")


async def change_key(db: Database, now: datetime, *, withdraw: bool) -> int:
    """Signs with a new key from now on; `withdraw`: files that were signed with earlier ones are not trusted any more.
    Returns its number."""
    async with db.write() as conn:
        return await history_keys.change(conn, now, withdraw=withdraw)


async def _key(conn: Connection, number: int) -> bytes:
    return await key_for(conn, f"{PURPOSE} {number}")
