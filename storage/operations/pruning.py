"""Removing old records that nothing needs any more, some hundreds at a time, and how far that has come.

`before` is the first day (UTC) from which on all records are kept. An older record is still needed

- while its customer has an open case, a hold in force, or a plan without an answer;
- while it is about a debt that is unsettled, or was settled or told of since: the guarantee and planning judge by it,
  and money that was paid may be taken back. The evidence about a debt goes as a whole;
- as far as it is an agent's message or a sign of life since such a debt was due.

Never removed: what the wallet said, links, agreements, and the row of a case, which knows the topic that is deleted
when its customer is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.operations.retention import EVIDENCE
from storage.runtime.customer_sets import for_chosen
from storage.runtime.engine import insert, put
from storage.runtime.prepared import prepared, there_is
from storage.schema import (
    Instant,
    accounts,
    case_events,
    case_items,
    cases,
    contacts,
    day_states,
    guard_walks,
    held_words,
    holds,
    instalments,
    is_open,
    ladders,
    link_changes,
    link_payloads,
    link_requests,
    notice_items,
    notices,
    overlooked,
    part_notices,
    payments,
    plans,
    prunings,
    ratings,
    receipt_items,
    relays,
    talk_files,
    told_debts,
    unwritten_evenings,
)
from storage.topics.kept_files import drop_of_cases as drop_kept_files

BEFORE = bindparam("given_before", type_=Instant())
BEFORE_DAY = bindparam("given_before_day", type_=Date())
AFTER_ID = bindparam("given_after", type_=BigInteger())
LAST_ID = bindparam("given_last", type_=BigInteger())
ENDED = ("accepted", "not_sent")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the removal of a subject's records from before a day has come. `walked_to` is None where it is done."""

    before: date
    walked_to: int | None
    removed: int = 0
    finished_at: datetime | None = None
    kept_from: date | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """What one slice of a walk did: up to which id it looked (None: no older rows are left), and how many rows go."""

    walked_to: int | None
    rows: int


async def progress(conn: AsyncConnection, subject: str, before: date) -> Progress:
    """How far the removal of what is older than `before` has come; begins it, if need be. Nobody else goes on with it
    until the transaction ends."""
    row = {"subject": subject, "before": before, "walked_to": 0, "removed": 0}
    await conn.execute(insert(conn, prunings).values(**row).on_conflict_do_nothing())
    query = select(prunings).where(prunings.c.subject == subject).with_for_update()
    found = (await conn.execute(query)).one()
    if found.before != before:
        return Progress(before, 0, 0, found.finished_at, found.kept_from)
    return Progress(before, found.walked_to, found.removed, found.finished_at, found.kept_from)


async def note(conn: AsyncConnection, subject: str, now: Progress) -> None:
    row = {name: getattr(now, name) for name in ("before", "walked_to", "removed", "finished_at", "kept_from")}
    await put(conn, prunings, ["subject"], {"subject": subject, **row})


async def kept_from(conn: AsyncConnection, *subjects: str) -> date | None:
    """The first day from which on all records of these subjects exist; None if none was ever removed."""
    day: date | None = (await conn.execute(_kept_from(subjects))).scalar()
    return day


@prepared
def _kept_from(subjects: tuple[str, ...]) -> Select[Any]:
    return select(func.max(prunings.c.kept_from)).where(prunings.c.subject.in_(subjects))


async def evidence_from(conn: AsyncConnection) -> date | None:
    """The same for messages, answers and cases."""
    return await kept_from(conn, *EVIDENCE)


async def last_finished(conn: AsyncConnection) -> datetime | None:
    """When all subjects were last done; None if one never was."""
    finished: list[datetime | None] = list((await conn.execute(_finished())).scalars())
    known = [at for at in finished if at is not None]
    return min(known) if known and len(known) == len(finished) else None


@prepared
def _finished() -> Select[Any]:
    return select(prunings.c.finished_at)


async def oldest_contact(conn: AsyncConnection) -> datetime | None:
    at: datetime | None = (await conn.execute(_oldest_contact())).scalar()
    return at


@prepared
def _oldest_contact() -> Select[Any]:
    return select(contacts.c.at).order_by(contacts.c.contact_id).limit(1)


async def busiest_zone(conn: AsyncConnection) -> str | None:
    """The time zone in which most customers are; None before the guard's first walk."""
    query = select(guard_walks.c.zone).order_by(guard_walks.c.customers.desc(), guard_walks.c.zone).limit(1)
    zone: str | None = (await conn.execute(query)).scalar()
    return zone


# --- A slice ---------------------------------------------------------------------------------------------------------


async def remove(conn: AsyncConnection, subject: str, before: date, after: int, limit: int) -> Slice:
    """Removes what nothing needs among the next `limit` rows after the id `after`."""
    if subject == "day_states":
        return await _days(conn, before, limit, dry=False)
    if subject == "link_payloads":
        return await _payloads(conn, before, limit, dry=False)
    last, ids = await _that_go(conn, subject, before, after, limit, dry=False)
    if ids:
        await _REMOVING.get(subject, _remove_alone)(conn, _WALKS[subject], ids)
    return Slice(last, len(ids))


async def count(conn: AsyncConnection, subject: str, before: date, after: int, limit: int) -> Slice:
    """How many rows `remove` would remove; of subjects without a walk, all of them at once."""
    if subject == "day_states":
        return await _days(conn, before, limit, dry=True)
    if subject == "link_payloads":
        return await _payloads(conn, before, limit, dry=True)
    last, ids = await _that_go(conn, subject, before, after, limit, dry=True)
    return Slice(last, len(ids))


async def _that_go(
    conn: AsyncConnection, subject: str, before: date, after: int, limit: int, *, dry: bool
) -> tuple[int | None, Sequence[int]]:
    """The id up to which it was looked, and the ids of the rows that go. Ids follow time closely enough: where none of
    the next rows is older than `before`, no later row is."""
    await for_chosen(conn)
    rows = (await conn.execute(_next(subject), {AFTER_ID.key: after, "given_limit": limit})).all()
    values = _values(before)
    if not any(row.at < values[BEFORE.key] for row in rows):
        return None, ()
    last = rows[-1].id
    found = await conn.execute(_going(subject, dry), {**values, AFTER_ID.key: after, LAST_ID.key: last})
    return (last if len(rows) == limit else None), found.scalars().all()


def _values(before: date) -> dict[str, Any]:
    return {BEFORE.key: datetime.combine(before, time(), UTC), BEFORE_DAY.key: before}


@prepared
def _next(subject: str) -> Select[*tuple[Any, ...]]:
    walk = _WALKS[subject]
    rows = select(walk.id.label("id"), walk.at.label("at")).where(walk.id > AFTER_ID)
    return rows.order_by(walk.id).limit(bindparam("given_limit", type_=BigInteger()))


@prepared
def _going(subject: str, dry: bool) -> Select[*tuple[Any, ...]]:
    walk = _WALKS[subject]
    within = (walk.id > AFTER_ID, walk.id <= LAST_ID, walk.at < BEFORE)
    return select(walk.id).where(*within, walk.goes(dry)).order_by(walk.id)


async def _days(conn: AsyncConnection, before: date, limit: int, *, dry: bool) -> Slice:
    """Of the oldest day only, so that no more than `limit` rows are read."""
    old = day_states.c.day < before
    if dry:
        return Slice(None, int((await conn.execute(select(func.count()).where(old))).scalar_one()))
    day = (await conn.execute(select(func.min(day_states.c.day)).where(old))).scalar()
    if day is None:
        await conn.execute(delete(unwritten_evenings).where(unwritten_evenings.c.day < before))
        return Slice(None, 0)
    these = select(day_states.c.customer_id).where(day_states.c.day == day).order_by(day_states.c.customer_id)
    gone = delete(day_states).where(day_states.c.day == day, day_states.c.customer_id.in_(these.limit(limit)))
    return Slice(0, (await conn.execute(gone)).rowcount)


async def _payloads(conn: AsyncConnection, before: date, limit: int, *, dry: bool) -> Slice:
    old = link_payloads.c.expires_at < _values(before)[BEFORE.key]
    if dry:
        return Slice(None, int((await conn.execute(select(func.count()).where(old))).scalar_one()))
    these = select(link_payloads.c.payload_hash).where(old).order_by(link_payloads.c.expires_at).limit(limit)
    removed = (await conn.execute(delete(link_payloads).where(link_payloads.c.payload_hash.in_(these)))).rowcount
    return Slice(0 if removed == limit else None, removed)


# --- Which rows go ---------------------------------------------------------------------------------------------------


def _long_settled(row: FromClause = instalments) -> ColumnElement[bool]:
    """An instalment that was due, and whose last payment came, before that day."""
    paid_since = there_is(payments.c.instalment_id == row.c.instalment_id, payments.c.facts_at >= BEFORE)
    return and_(row.c.outstanding == 0, row.c.due_date < BEFORE_DAY, row.c.amount_paid_at < BEFORE, ~paid_since)


def _at_rest(customer_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Nobody works on a case of the customer, and no agreement is open."""
    open_case, hold = cases.alias(), holds.alias()
    return and_(
        ~there_is(open_case.c.customer_id == customer_id, is_open(open_case)),
        ~there_is(hold.c.customer_id == customer_id, hold.c.ended_at.is_(None)),
        ~there_is(plans.c.customer_id == customer_id, plans.c.state.in_(("proposed", "asked"))),
    )


def _case_is_over(case_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The case ended before that day, and every debt in it was settled long ago."""
    debt = instalments.alias()
    of_item = (case_items.c.case_id == case_id, case_items.c.instalment_id == debt.c.instalment_id)
    case = cases.alias()
    return and_(
        there_is(case.c.case_id == case_id, case.c.state == "closed", case.c.closed_at < BEFORE),
        ~there_is(*of_item, ~_long_settled(debt), of=case_items.join(debt, of_item[1])),
    )


def _notice_time(row: FromClause) -> ColumnElement[datetime]:
    return func.coalesce(row.c.ended_at, row.c.planned_at, type_=Instant())


def _notice_goes(notice: FromClause) -> ColumnElement[bool]:
    """A notice that ended, all of whose debts were settled long ago and told of last before that day."""
    item, other, debt, later = notice_items.alias(), notice_items.alias(), instalments.alias(), notices.alias()
    of_receipt, debt = receipt_items.alias(), instalments.alias()
    received = of_receipt.join(debt, debt.c.instalment_id == of_receipt.c.instalment_id)
    of_debt = item.join(debt, debt.c.instalment_id == item.c.instalment_id)
    told_later = item.join(other, other.c.instalment_id == item.c.instalment_id).join(
        later, later.c.notice_id == other.c.notice_id
    )
    since = contacts.alias()
    return and_(
        notice.c.state.in_(ENDED),
        _notice_time(notice) < BEFORE,
        _at_rest(notice.c.customer_id),
        ~there_is(item.c.notice_id == notice.c.notice_id, ~_long_settled(debt), of=of_debt),
        ~there_is(of_receipt.c.notice_id == notice.c.notice_id, ~_long_settled(debt), of=received),
        ~there_is(
            item.c.notice_id == notice.c.notice_id,
            or_(later.c.state.not_in(ENDED), _notice_time(later) >= BEFORE),
            of=told_later,
        ),
        ~there_is(since.c.notice_id == notice.c.notice_id, or_(since.c.at >= BEFORE, since.c.case_id.is_not(None))),
    )


def _notices_go(dry: bool) -> ColumnElement[bool]:
    if dry:
        return _notice_goes(notices)
    return and_(_notice_goes(notices), ~there_is(contacts.c.notice_id == notices.c.notice_id))


def _contacts_go(_dry: bool) -> ColumnElement[bool]:
    """A reminder goes with its notice. All else is evidence for the debts that were due by then."""
    notice, debt = notices.alias(), instalments.alias()
    of_customer = accounts.join(debt, debt.c.account_id == accounts.c.account_id)
    due_by_then = there_is(
        accounts.c.customer_id == contacts.c.customer_id,
        debt.c.due_date <= func.date(contacts.c.at),
        ~_long_settled(debt),
        of=of_customer,
    )
    alone = and_(contacts.c.notice_id.is_(None), _at_rest(contacts.c.customer_id), ~due_by_then)
    with_notice = there_is(notice.c.notice_id == contacts.c.notice_id, _notice_goes(notice))
    over = or_(contacts.c.case_id.is_(None), _case_is_over(contacts.c.case_id))
    return and_(over, or_(alone, with_notice))


def _case_events_go(_dry: bool) -> ColumnElement[bool]:
    case = cases.alias()
    rests = there_is(case.c.case_id == case_events.c.case_id, _at_rest(case.c.customer_id))
    return and_(_case_is_over(case_events.c.case_id), rests)


def _always(_dry: bool) -> ColumnElement[bool]:
    return literal(1) == literal(1)


def _told(_dry: bool) -> ColumnElement[bool]:
    return and_(link_changes.c.account_told != "waiting", link_changes.c.elsewhere != "waiting")


@dataclass(frozen=True, slots=True)
class _Walk:
    """A table that is walked through by its ids, which follow time."""

    table: Table
    id: ColumnElement[int]
    at: ColumnElement[datetime]
    goes: Callable[[bool], ColumnElement[bool]]  # from whether nothing is removed, the condition


_WALKS = {
    "contacts": _Walk(contacts, contacts.c.contact_id, contacts.c.at, _contacts_go),
    "notices": _Walk(notices, notices.c.notice_id, _notice_time(notices), _notices_go),
    "case_events": _Walk(case_events, case_events.c.event_id, case_events.c.at, _case_events_go),
    "link_changes": _Walk(link_changes, link_changes.c.change_id, link_changes.c.at, _told),
    "link_requests": _Walk(link_requests, link_requests.c.request_id, link_requests.c.expires_at, _always),
    "overlooked": _Walk(overlooked, overlooked.c.overlooked_id, overlooked.c.at, _always),
}


# --- Removing --------------------------------------------------------------------------------------------------------


async def _remove_alone(conn: AsyncConnection, walk: _Walk, ids: Sequence[int]) -> None:
    await conn.execute(delete(walk.table).where(walk.id.in_(ids)))


async def _remove_notices(conn: AsyncConnection, walk: _Walk, ids: Sequence[int]) -> None:
    """With their items, and the ladders of their debts: these begin again only if a debt is owed again. Who pays what
    was settled so long ago gets no receipt."""
    of_these = notice_items.c.notice_id.in_(ids)
    debts = select(notice_items.c.instalment_id).where(of_these)
    over = and_(ladders.c.instalment_id.in_(debts), ~_told_elsewhere(ids))
    await conn.execute(delete(ladders).where(over))
    await conn.execute(delete(told_debts).where(told_debts.c.instalment_id.in_(debts)))
    await conn.execute(delete(notice_items).where(of_these))
    await conn.execute(delete(receipt_items).where(receipt_items.c.notice_id.in_(ids)))
    await conn.execute(delete(part_notices).where(part_notices.c.notice_id.in_(ids)))
    await _remove_alone(conn, walk, ids)


def _told_elsewhere(ids: Sequence[int]) -> ColumnElement[bool]:
    """Whether a notice that stays is about the ladder's debt."""
    item = notice_items.alias()
    return there_is(item.c.instalment_id == ladders.c.instalment_id, item.c.notice_id.not_in(ids))


async def _remove_events(conn: AsyncConnection, walk: _Walk, ids: Sequence[int]) -> None:
    """With all else that was kept of the case: words passed on, what it was about, the rating."""
    whose = select(case_events.c.case_id).where(case_events.c.event_id.in_(ids))
    await drop_kept_files(conn, whose)
    for table in (relays, held_words, talk_files, ratings, case_items):
        await conn.execute(delete(table).where(table.c.case_id.in_(whose)))
    await _remove_alone(conn, walk, ids)


_REMOVING = {"notices": _remove_notices, "case_events": _remove_events}
