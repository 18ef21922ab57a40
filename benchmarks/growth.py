"""How a database grows with time: what a million customers add in a year, with and without the removal of old records.

Years of a made-up wallet are written by sets, in the shape in which the program writes them, then `duebot prune` itself
removes what is older than a year. What a customer does in a month is in `MONTH`; bytes are those of tables and indices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import BigInteger, ColumnElement, Date, Insert, Select, Text, cast, insert, literal, select, text

from benchmarks.measuring import Spent
from benchmarks.places import KINDS, places
from benchmarks.report import Cell, Table
from bot.rules.operations.retention import Keeping
from bot.work.operations import pruning
from storage.facts import imports
from storage.runtime.engine import Connection, Database
from storage.schema import (
    Instant,
    accounts,
    case_events,
    cases,
    contacts,
    customers,
    day_states,
    instalments,
    ladders,
    links,
    notice_items,
    notices,
    payments,
    relays,
)

BEGIN = date(2020, 1, 1)
DAYS = 30  # in a month of this wallet
MONTHS = 12
MILLION = 1_000_000
FACTS = ("customers", "accounts", "instalments", "payments", "links")
EVIDENCE = ("notices", "notice_items", "ladders", "contacts", "day_states", "cases", "case_events", "relays")
SAID = "Your Card: TWD 5,230.00 is due on Tuesday, 3 March. Reply /stop to end reminders. Acorn Wallet. " * 2
N = links.c.user_id  # customers are numbered from 1


@dataclass(frozen=True, slots=True)
class Month:
    """What a customer does in a month on average: one bill, paid by one payment; so many reminders of it, each accepted
    on the first channel; so many answers; evenings overdue; cases, each with its events and words passed on."""

    reminders: float = 1.5
    answers: float = 0.5
    evenings: float = 1.0
    cases: float = 0.02
    events: int = 8
    words: int = 6


MONTH = Month()


@dataclass(frozen=True, slots=True)
class Extent:
    """How many customers, and for how many years."""

    customers: int = 1000
    years: int = 3


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of the wallet's facts, and of the evidence, indices included."""

    facts: int
    evidence: int


async def growth(extent: Extent | None = None) -> list[Table]:
    extent = extent or Extent()
    rows: list[tuple[Cell, ...]] = []
    speeds: list[tuple[Cell, ...]] = []
    with places() as there:
        for kind in KINDS:
            for keeps in (False, True):
                async with there.database(kind) as db:
                    await _people(db, extent.customers)
                    before, removed = await _size(db), Removed()
                    for year in range(1, extent.years + 1):
                        await _year(db, year, removed if keeps else None)
                        after = await _size(db)
                        rows.append((kind, "one year" if keeps else "for ever", year, *_told(before, after, extent)))
                        before = after
                if keeps:
                    speeds.append(
                        (kind, removed.rows, removed.rows / removed.wall_s, 1e6 * removed.cpu_s / removed.rows)
                    )
    columns = ("database", "kept", "after years", "facts grew, GB", "evidence grew, GB", "in all, GB")
    note = (
        f"GB for a million customers, in that year. A customer has a bill, a payment, {MONTH.reminders} reminders, "
        f"{MONTH.answers} answers, {MONTH.evenings:g} evening overdue and {MONTH.cases} cases a month."
    )
    speed = ("database", "rows removed", "rows/s", "CPU µs a row")
    return [Table("growth", columns, rows, note), Table("removing old records", speed, speeds)]


def _told(before: Size, after: Size, extent: Extent) -> tuple[float, float, float]:
    """By how much the parts grew, and the whole, in GB for a million customers."""
    scale = MILLION / extent.customers / 1e9
    facts, evidence = after.facts - before.facts, after.evidence - before.evidence
    return facts * scale, evidence * scale, (after.facts + after.evidence) * scale


@dataclass(slots=True)
class Removed:
    """What `duebot prune` removed so far, and in what time."""

    rows: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0


async def _prune(db: Database, month: int, removed: Removed) -> None:
    """Removes what is older than a year, and has the database reuse the space, as autovacuum does."""
    now = _at(month * DAYS)
    async with db.write() as conn:
        await imports.wallet_spoke(conn, now)
    with Spent() as spent:
        done = await pruning.prune(db, Keeping(MONTHS * DAYS, MONTHS * DAYS), now)
    removed.rows += sum(done.rows.values())
    removed.wall_s += spent.wall_s
    removed.cpu_s += spent.cpu_s
    if not db.is_sqlite:
        async with db.outside_transactions() as conn:
            await conn.execute(text("VACUUM"))


async def _size(db: Database) -> Size:
    """SQLite's pages that hold something, PostgreSQL's files."""
    async with db.read() as conn:
        if db.is_sqlite:
            query = (
                "SELECT m.tbl_name, sum(s.pgsize) FROM dbstat AS s JOIN sqlite_master AS m ON m.name = s.name"
                " GROUP BY m.tbl_name"
            )
        else:
            query = "SELECT relname, pg_total_relation_size(relid) FROM pg_statio_user_tables"
        sizes = {name: int(size) for name, size in (await conn.execute(text(query))).all()}
    return Size(sum(sizes[name] for name in FACTS), sum(sizes[name] for name in EVIDENCE))


async def _people(db: Database, count: int) -> None:
    async with db.write() as conn:
        ids = [(f"C{n:07d}", f"A{n:07d}", n) for n in range(1, count + 1)]
        at = _at(0)
        who = [
            {"customer_id": c, "name": f"Customer {n}", "language": "zh-Hant", "time_zone": "Asia/Taipei"}
            | {"zone": "Asia/Taipei", "phone": f"+8869{n:08d}", "email": f"c{n}@example.com", "facts_at": at}
            for c, _, n in ids
        ]
        await conn.execute(insert(customers), who)
        said = {"product": "Card", "currency": "TWD", "balance": 523000, "facts_at": at}
        await conn.execute(insert(accounts), [{"account_id": a, "customer_id": c, **said} for c, a, _ in ids])
        linked = {"way": "payload", "linked_at": at}
        await conn.execute(insert(links), [{"customer_id": c, "user_id": n, **linked} for c, _, n in ids])


async def _year(db: Database, year: int, removed: Removed | None) -> None:
    for month in range((year - 1) * MONTHS, year * MONTHS):
        async with db.write() as conn:
            for statement in _month(month):
                await conn.execute(statement)
            await _cases(conn, month)
        if removed is not None and month % 3 == 2:
            await _prune(db, month + 1, removed)


def _month(month: int) -> Iterator[Insert]:
    """A bill that is due in the middle of the month, and all that follows from it."""
    due, at = BEGIN + timedelta(days=month * DAYS + 15), _at(month * DAYS + 15)
    bill = literal("I") + cast(N, Text) + literal(f"-{month}")
    money = {"amount_due": 523000, "amount_paid": 523000, "paid": 523000}
    dates = {"due_date": literal(due, Date), "facts_at": _instant(at), "amount_paid_at": _instant(at)}
    yield _rows(instalments, instalment_id=bill, account_id=accounts.c.account_id, **money, **dates)
    paid = {"paid_on": literal(due, Date), "amount": 523000, "in_amount_paid": literal(True), "facts_at": _instant(at)}
    yield _rows(payments, payment_id=literal("P") + bill, instalment_id=bill, **paid)
    begun = {"due_date": literal(due, Date), "policy_version": "0123456789ab", "begun_at": _instant(at)}
    yield _rows(ladders, instalment_id=bill, **begun)
    for nth, share in enumerate(_shares(MONTH.reminders)):
        sent = at + timedelta(days=3 * nth)
        yield _rows(notices, share, **_notice(sent))
        yield _items(sent, bill, due, f"step-{nth}")
        yield _reminders(sent)
    for nth, share in enumerate(_shares(MONTH.answers)):
        said = {"at": _instant(at + timedelta(hours=nth + 1)), "channel": "telegram", "direction": "in"}
        yield _rows(contacts, share, customer_id=accounts.c.customer_id, kind="press", state="answered", **said)
    for nth, share in enumerate(_shares(MONTH.evenings)):
        day = literal(due + timedelta(days=nth + 1), Date)
        yield _rows(day_states, share, day=day, customer_id=accounts.c.customer_id, state="reached")


def _notice(sent: datetime) -> dict[str, object]:
    return {
        "customer_id": accounts.c.customer_id,
        "local_day": literal(sent.date(), Date),
        "state": "accepted",
        **{name: _instant(sent) for name in ("send_after", "planned_at", "ended_at", "claimed_at", "channel_since")},
        "expires_at": _instant(sent + timedelta(hours=9)),
        "policy": "humane",
        "policy_version": "0123456789ab",
        "claimed_by": "machine:4321:a1b2c3",
        "channel": "telegram",
        "reference": "123456",
        "attempts": 1,
        "batch": literal(2**61, BigInteger),
    }


def _items(sent: datetime, bill: ColumnElement[str], due: date, step_id: str) -> Insert:
    columns = {"notice_id": notices.c.notice_id, "instalment_id": bill, "step_id": literal(step_id)}
    columns |= {"due_date": literal(due, Date), "policy_version": literal("0123456789ab")}
    query = select(*columns.values()).join_from(links, notices, notices.c.customer_id == links.c.customer_id)
    return insert(notice_items).from_select(list(columns), query.where(notices.c.planned_at == sent))


def _reminders(sent: datetime) -> Insert:
    columns = {"customer_id": notices.c.customer_id, "at": _instant(sent), "notice_id": notices.c.notice_id}
    rest = {"channel": "telegram", "direction": "out", "kind": "reminder", "state": "accepted", "body": SAID}
    columns |= {name: literal(value) for name, value in {**rest, "reference": "123456"}.items()}
    query = select(*columns.values()).where(notices.c.planned_at == sent)
    return insert(contacts).from_select(list(columns), query)


async def _cases(conn: Connection, month: int) -> None:
    """Cases that were closed within the month, with their events and words."""
    opened, closed = _at(month * DAYS + 20), _at(month * DAYS + 24)
    told = {"reason": "overdue", "state": "closed", "outcome": "paid", "topic": "closed", "chat_id": -1001234567890}
    told |= {"opened_at": _instant(opened), "closed_at": _instant(closed), "thread_id": N, "card_id": N}
    await conn.execute(_rows(cases, MONTH.cases, month, customer_id=accounts.c.customer_id, **told))
    these = cases.c.opened_at == opened
    for _ in range(MONTH.events):
        body = literal('{"reason": "overdue", "days": 5, "amount": 523000, "currency": "TWD"}')
        row = {"case_id": cases.c.case_id, "at": _instant(opened), "kind": literal("opened"), "body": body}
        await conn.execute(insert(case_events).from_select(list(row), select(*row.values()).where(these)))
    for nth in range(MONTH.words):
        row = {"case_id": cases.c.case_id, "direction": literal("in"), "kind": literal("text"), "at": _instant(closed)}
        row |= {
            "source_chat": cases.c.case_id,
            "source_message": literal(nth, BigInteger),
            "state": literal("accepted"),
        }
        row |= {"target_chat": cases.c.chat_id, "target_message": literal(nth, BigInteger)}
        await conn.execute(insert(relays).from_select(list(row), select(*row.values()).where(these)))


def _rows(table: object, share: float = 1.0, shift: int = 0, **columns: object) -> Insert:
    """A row for each of this share of the customers."""
    values = {name: _literal(value) for name, value in columns.items()}
    query: Select = select(*values.values()).join_from(  # type: ignore[type-arg]
        links, accounts, accounts.c.customer_id == links.c.customer_id
    )
    return insert(table).from_select(list(values), query.where((N + shift) % 100 < round(share * 100)))  # type: ignore[arg-type]


def _literal(value: object) -> ColumnElement:  # type: ignore[type-arg]
    return value if isinstance(value, ColumnElement) else literal(value)


def _shares(mean: float) -> list[float]:
    """Whole ones, and the rest: 1.5 is everybody once, and half of them once more."""
    whole = int(mean)
    return [1.0] * whole + ([mean - whole] if mean > whole else [])


def _at(days: int) -> datetime:
    return datetime.combine(BEGIN + timedelta(days=days), time(9), UTC)


def _instant(at: datetime) -> ColumnElement[datetime]:
    return literal(at, Instant())
