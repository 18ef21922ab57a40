"""Contacts: every message to a customer and every sign of life from a customer, in order. They are the evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, Text, Update, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from bot.rules.cases.case import SentNotice
from storage.runtime.prepared import prepared
from storage.schema import contacts, customers, notice_items, notices


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to a customer that is about to be sent, with its text. Reminders, receipts and the like have a notice;
    what is said in a case has the case, and `agent_id`: who wrote it, or whose doing it tells."""

    customer_id: str
    channel: str
    kind: str
    body: str | None = None
    notice_id: int | None = None
    case_id: int | None = None
    agent_id: int | None = None


_SAID = tuple(field.name for field in fields(Outgoing))
_SAID_OF_NOTICES = tuple(name for name in _SAID if name not in ("case_id", "agent_id"))


async def record_attempt(conn: AsyncConnection, message: Outgoing, now: datetime) -> int:
    """Stores that a message is about to be sent, and returns the contact's id. `record_result` stores the result."""
    return int((await conn.execute(_attempting(), _attempt(message, now))).scalar_one())


def _attempt(message: Outgoing, now: datetime, names: Sequence[str] = _SAID) -> dict[str, Any]:
    said = {name: getattr(message, name) for name in names}  # `asdict` copies each value
    return said | {"at": now, "direction": "out", "state": "attempted"}


@prepared
def _attempting() -> ReturningInsert[*tuple[Any, ...]]:
    return insert(contacts).returning(contacts.c.contact_id)


async def keeps_words(conn: AsyncConnection, customer_id: str) -> bool:
    """Whether what was said to this customer may be written down: nobody has forgotten them while it was sent, nor does
    before this transaction ends."""
    row = (await conn.execute(_forgotten(), {"given_customer_id": customer_id})).first()
    return row is not None and row.forgotten_at is None


@prepared
def _forgotten() -> Select[*tuple[Any, ...]]:
    this = customers.c.customer_id == bindparam("given_customer_id", type_=Text())
    return select(customers.c.forgotten_at).where(this).with_for_update(read=True, key_share=True)


async def was_accepted(conn: AsyncConnection, customer_id: str, body: str, since: datetime) -> bool:
    """Whether Telegram has taken a message of the desk with this text for this customer since `since`."""
    theirs = (contacts.c.customer_id == customer_id, contacts.c.at >= since, contacts.c.direction == "out")
    same = (contacts.c.kind == "agent", contacts.c.state == "accepted", contacts.c.body == body)
    return (await conn.execute(select(contacts.c.contact_id).where(*theirs, *same).limit(1))).first() is not None


async def record_notice_attempts(conn: AsyncConnection, messages: Sequence[Outgoing], now: datetime) -> dict[int, int]:
    """Stores that the message of each of these notices is about to be sent. Returns the contact's id by notice id."""
    if not messages:
        return {}
    rows = [_attempt(message, now, _SAID_OF_NOTICES) for message in messages]
    made = await conn.execute(insert(contacts).returning(contacts.c.notice_id, contacts.c.contact_id), rows)
    return {row.notice_id: row.contact_id for row in made.all()}


async def record_not_sent(
    conn: AsyncConnection, worker: str, contact_of: Mapping[int, int], reason: str = "claim_lost"
) -> None:
    """Stores that these attempts, by notice id, certainly did not leave, for `reason`. Where they were not even
    committed, their numbers may be another's by now: so it is looked whether `worker` has claimed the notice."""
    claimed = select(notices.c.notice_id).where(
        notices.c.notice_id.in_(contact_of), notices.c.state == "claimed", notices.c.claimed_by == worker
    )
    of_these = (contacts.c.contact_id.in_(contact_of.values()), contacts.c.notice_id.in_(claimed))
    never = update(contacts).where(*of_these, contacts.c.state == "attempted")
    await conn.execute(never.values(state="refused", reason=reason))


async def count_sent_elsewhere(conn: AsyncConnection, customer_id: str) -> dict[str, int]:
    """How many messages to this customer each channel accepted, by channel; Telegram is left out."""
    taken = (contacts.c.direction == "out", contacts.c.state == "accepted", contacts.c.channel != "telegram")
    query = select(contacts.c.channel, func.count()).where(contacts.c.customer_id == customer_id, *taken)
    rows = (await conn.execute(query.group_by(contacts.c.channel))).all()
    return {row[0]: row[1] for row in rows}


async def record_accepted(conn: AsyncConnection, references: Mapping[int, str]) -> None:
    """Stores that a channel accepted these messages. `references` has the channel's own id of each, by contact id."""
    if not references:
        return
    rows = [{"given_contact_id": contact, "given_reference": name} for contact, name in references.items()]
    await conn.execute(_accepting(), rows)


@prepared
def _accepting() -> Update:
    this = contacts.c.contact_id == bindparam("given_contact_id", type_=BigInteger())
    return update(contacts).where(this).values(state="accepted", reference=bindparam("given_reference", type_=Text()))


async def record_refused(conn: AsyncConnection, reasons: Mapping[int, str]) -> None:
    """Stores that these messages were refused; `reasons` by contact id."""
    if not reasons:
        return
    refused = (
        update(contacts)
        .where(contacts.c.contact_id == bindparam("given_contact_id"))
        .values(state="refused", reason=bindparam("given_reason"))
    )
    await conn.execute(
        refused, [{"given_contact_id": contact, "given_reason": reason} for contact, reason in reasons.items()]
    )


async def record_result(
    conn: AsyncConnection, contact_id: int, state: str, *, reference: str | None = None, reason: str | None = None
) -> None:
    """Stores what became of a message: `state` is 'accepted' or 'refused'."""
    values = {"given_state": state, "given_reference": reference, "given_reason": reason}
    await conn.execute(_resulting(), {**values, "given_contact_id": contact_id})


@prepared
def _resulting() -> Update:
    this = contacts.c.contact_id == bindparam("given_contact_id", type_=BigInteger())
    values = {name: bindparam(f"given_{name}", type_=Text()) for name in ("state", "reference", "reason")}
    return update(contacts).where(this).values(**values)


async def last_at(conn: AsyncConnection, customer_id: str) -> datetime | None:
    """When the last message to or from this customer was."""
    last: datetime | None = (
        await conn.execute(select(func.max(contacts.c.at)).where(contacts.c.customer_id == customer_id))
    ).scalar()
    return last


async def recipient_of(conn: AsyncConnection, notice_id: int) -> str | None:
    """The customer that a notice is for; None if there is no such notice."""
    customer_id: str | None = (
        await conn.execute(select(notices.c.customer_id).where(notices.c.notice_id == notice_id))
    ).scalar()
    return customer_id


async def recent_notices(conn: AsyncConnection, customer_id: str, limit: int) -> tuple[SentNotice, ...]:
    """The newest `limit` reminders and receipts with what became of them, in order of time."""
    rows = (await conn.execute(_recent_notices(limit), {"given_customer_id": customer_id})).all()
    steps = await _steps(conn, [row.notice_id for row in rows])
    return tuple(
        SentNotice(
            at=row.ended_at or row.send_after,
            step_ids=(row.kind,) if row.kind in ("receipt", "part") else steps.get(row.notice_id, ()),
            channel=row.channel,
            state="planned" if row.state == "claimed" else row.state,
            reason=row.reason,
        )
        for row in reversed(rows)
    )


@prepared
def _recent_notices(limit: int) -> Select[*tuple[Any, ...]]:
    theirs = notices.c.customer_id == bindparam("given_customer_id", type_=notices.c.customer_id.type)
    return select(notices).where(theirs).order_by(notices.c.notice_id.desc()).limit(limit)


async def _steps(conn: AsyncConnection, notice_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    if not notice_ids:
        return {}
    found: dict[int, tuple[str, ...]] = {}
    for row in (await conn.execute(_steps_of(), {"given_notice_ids": list(notice_ids)})).all():
        found[row.notice_id] = (*found.get(row.notice_id, ()), row.step_id)
    return found


@prepared
def _steps_of() -> Select[*tuple[Any, ...]]:
    these = notice_items.c.notice_id.in_(bindparam("given_notice_ids", type_=BigInteger(), expanding=True))
    columns = (notice_items.c.notice_id, notice_items.c.step_id)
    return select(*columns).where(these).distinct().order_by(*columns)


async def times_in_doubt(conn: AsyncConnection, notice_ids: Sequence[int]) -> Counter[tuple[int, str]]:
    """How often each notice was sent over each channel without a known result: no answer came, or the program was
    killed before it stored the answer."""
    if not notice_ids:
        return Counter()
    unknown = or_(contacts.c.state == "attempted", contacts.c.reason == "in_doubt")
    query = (
        select(contacts.c.notice_id, contacts.c.channel, func.count().label("n"))
        .where(contacts.c.notice_id.in_(notice_ids), contacts.c.direction == "out", unknown)
        .group_by(contacts.c.notice_id, contacts.c.channel)
    )
    return Counter({(row.notice_id, row.channel): row.n for row in (await conn.execute(query)).all()})
