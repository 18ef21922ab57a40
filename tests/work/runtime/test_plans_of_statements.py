"""How the databases answer planning's statements, with tables that are empty, half full and full, and whatever they
know of them: a slice of customers is looked up by indices, and no statement reads the whole wallet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Column, event, text
from sqlalchemy.dialects.postgresql import ARRAY

from bot.clock import ManualClock
from bot.rules.channels import NAMES
from bot.work.guarantee.guard import look
from bot.work.policy.audiences import Crowd
from bot.work.policy.policies import PolicyBook
from bot.work.runtime import planning_round
from bot.work.runtime.planning_round import guard, plan_due
from storage.facts import looks
from storage.runtime.customer_sets import _SETTINGS, Ids, Numbers
from storage.runtime.engine import Database
from storage.schema import metadata
from storage.tables.change_triggers import WATCHED
from tests.work.lives import ANNA, POLICY, customer
from tests.work.runtime.test_planning_by_change import many

pytestmark = pytest.mark.new_postgresql  # what it has counted decides on plans

TODAY = date(2026, 3, 2)
FEW, MANY = 700, 1400
A_FEW = 50  # rows
FEW_ROWS = ("on_step",)  # subqueries with a row for each step; those of debts or customers grow with the slice
OTHER = replace(POLICY, version="other", grace_days=4)
Statements = dict[str, Any]


@contextmanager
def statements_of_slices(db: Database) -> Iterator[Statements]:
    """Every statement that is given the ids of customers, with what it was given last."""
    seen: Statements = {}

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        given = context.compiled.binds.values() if context is not None and context.compiled is not None else ()
        if any(isinstance(bind.type, Ids | Numbers | ARRAY) or bind.key == "given_rows" for bind in given):
            seen[statement] = parameters

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", note)


async def all_of_them(db: Database, now: Any) -> Statements:
    """The statements of rounds with news of each kind, under two versions of a policy, in the evening, and of the
    guard."""
    with statements_of_slices(db) as seen:
        await plan_due(db, PolicyBook(POLICY), now, rate=0.01)
        await plan_due(db, PolicyBook(OTHER, (POLICY,)), now, rate=0.01)
        await guard(db, PolicyBook(OTHER, (POLICY,)), now)
        await guard(db, PolicyBook(OTHER, (POLICY,)), now + timedelta(hours=9))
    return seen


async def fill(db: Database, now: Any, first: int, last: int) -> None:
    """Thirds of which one is overdue, one is told of something, one owes nothing yet; some of each with a promise, a
    case, a dispute of the wallet's, a dead channel."""
    await many(db, now, TODAY + timedelta(days=40), last, first)
    async with db.write() as conn:
        for which, days in ((0, -20), (1, 0)):
            due = {"due": TODAY + timedelta(days=days), "which": which}
            number = "CAST(substr(instalment_id, 3) AS INTEGER) % 3 = :which"
            moved = text(f"UPDATE instalments SET due_date = :due WHERE {number}")
            await conn.execute(moved.bindparams(**_typed(db, due)))
        sparse = "CAST(substr(customer_id, 2) AS INTEGER) % 5"
        new = f"customer_id BETWEEN 'C{first:05}' AND 'C{last:05}'"
        at = "'2026-03-01 00:00:00+00'" if not db.is_sqlite else "'2026-03-01 00:00:00.000000'"
        await conn.execute(
            text(
                "INSERT INTO holds (customer_id, kind, set_at, until, amount, currency, paid_before)"
                f" SELECT customer_id, 'promise', {at}, '2026-03-05', 5000, 'TWD', 0 FROM customers"
                f" WHERE {new} AND {sparse} = 1"
            )
        )
        await conn.execute(
            text(
                "INSERT INTO dead_channels (customer_id, channel, since, reason)"
                f" SELECT customer_id, 'telegram', {at}, 'blocked' FROM customers WHERE {new} AND {sparse} IN (2, 3)"
            )
        )
        now_paid = "INSERT INTO told_debts SELECT instalment_id, customer_id, due_date, amount_due, paid - 1, 0"
        accounts = "instalments JOIN accounts ON accounts.account_id = instalments.account_id"
        await conn.execute(text(f"{now_paid} FROM {accounts} WHERE {new} AND {sparse} = 0"))
        disputed = "CAST(substr(instalment_id, 3) AS INTEGER) % 5 = 4"
        await conn.execute(text(f"UPDATE instalments SET status = 'disputed' WHERE {disputed}"))


def _typed(db: Database, values: dict[str, Any]) -> dict[str, Any]:
    return {name: one.isoformat() if db.is_sqlite and isinstance(one, date) else one for name, one in values.items()}


async def whole_tables_read(db: Database, statements: Statements) -> list[str]:
    """What of the plans reads a table or an index from one end to the other, each with the statement's beginning."""
    found = []
    async with db.write() as conn:
        # To read a table of a few rows costs nothing, and both databases know which are such.
        counts = {name: text(f"SELECT count(*) FROM {name}") for name in metadata.tables}
        small = {name for name, query in counts.items() if (await conn.execute(query)).scalar_one() <= A_FEW}
        if not db.is_sqlite:
            for name, value in _SETTINGS.items():
                await conn.execute(text(f"SET LOCAL {name} = '{value}'"))
        for statement, given in statements.items():
            answer = await (_explained_by_sqlite if db.is_sqlite else _explained_by_postgresql)(conn, statement, given)
            reads = _on_sqlite(answer, statement) if db.is_sqlite else _on_postgresql(answer)
            found += [f"{how} {table}: {statement[:300]}" for table, how in reads if table not in small]
    return found


async def _explained_by_sqlite(conn: Any, statement: str, given: Any) -> Any:
    return (await conn.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, given)).all()


async def _explained_by_postgresql(conn: Any, statement: str, _given: Any) -> Any:
    """The plan that it keeps for any values."""
    await conn.exec_driver_sql(f"PREPARE looked_at AS {statement}")
    values = ", ".join(["NULL"] * max(map(int, re.findall(r"\$(\d+)", statement))))
    answer = (await conn.exec_driver_sql(f"EXPLAIN (FORMAT JSON) EXECUTE looked_at({values})")).all()
    await conn.exec_driver_sql("DEALLOCATE looked_at")
    return answer


def _on_sqlite(answer: Any, statement: str) -> Iterator[tuple[str, str]]:
    """Lines such as `SCAN holds USING INDEX …`: a table of the schema, by its name or an alias."""
    tables = {name: name for name in metadata.tables}
    tables |= {alias: name for name, alias in re.findall(r"\b(\w+) AS (\w+)\b", statement) if name in metadata.tables}
    for line in (row[3] for row in answer):
        scan = re.match(r"SCAN (\w+)", line)
        # What is only named by a foreign key of a table that is written to is looked up if a key changes: here none.
        if scan and scan[1] in tables and re.search(rf"(?:FROM|JOIN|,) {scan[1]}\b|AS {scan[1]}\b", statement):
            yield tables[scan[1]], line
        if "ix_instalments_unsettled" in line:
            yield "instalments", line


def _on_postgresql(answer: Any) -> list[tuple[str, str]]:
    plan = answer[0][0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return list(_reads(plan[0]["Plan"]))


def _reads(node: dict[str, Any], table: str = "") -> Iterator[tuple[str, str]]:
    kind, table = node["Node Type"], node.get("Relation Name", table)
    by_index = kind in ("Index Scan", "Index Only Scan", "Bitmap Index Scan")
    if kind == "Seq Scan" or (by_index and not _is_looked_up(node)):
        yield table, f"{kind} {node.get('Index Name', '')} {node.get('Index Cond', '')}"
    if (
        kind == "Nested Loop"
        and (inner := node["Plans"][1])["Node Type"] == "CTE Scan"
        and inner["CTE Name"] not in FEW_ROWS
    ):
        yield inner["CTE Name"], "for each row of another"
    for each in node.get("Plans", ()):
        yield from _reads(each, table)


def _is_looked_up(node: dict[str, Any]) -> bool:
    """By an equality, or by being one of some values, not from one end or over a range of days."""
    condition = node.get("Index Cond", "")
    return bool(re.search(r"(?<![<>])= ", condition))


@pytest.mark.slow(seconds=12)
@pytest.mark.parametrize("known", ["nothing", "empty tables", "half of it"])
async def test_no_statement_reads_the_whole_wallet(
    db: Database, clock: ManualClock, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning_round.statistics, "refresh_grown", _nothing)
    now = clock.now()
    if known == "empty tables":
        await count_tables(db)
    await fill(db, now, 1, FEW)
    statements = await all_of_them(db, now)
    assert len(statements) >= 15, sorted(statements)
    assert await whole_tables_read(db, statements) == []
    if known == "half of it":
        await count_tables(db)
    await fill(db, now, FEW + 1, MANY)
    statements |= await all_of_them(db, now + timedelta(days=1))
    assert await whole_tables_read(db, statements) == []


async def test_nor_does_one_while_the_tables_are_empty(db: Database, clock: ManualClock) -> None:
    """A plan that is made then may be kept."""
    with statements_of_slices(db) as seen:
        async with db.write() as conn:
            await looks.take(conn, ["C1"])
            await looks.taken(conn, ["C1"])
            await looks.look_again(conn, ["C1"], {"C1": clock.now()})
            await looks.who_is_due(conn, ["C1"], clock.now())
    assert seen and await whole_tables_read(db, seen) == []


async def count_tables(db: Database) -> None:
    async with db.write() as conn:
        await conn.execute(text("ANALYZE"))


async def _nothing(*_: Any) -> None:
    """PostgreSQL is left with what it knows."""


# Tables that planning reads and no trigger watches, each with why nobody has to be looked at for a change of it.
NOT_WATCHED = {
    **dict.fromkeys(("changed_customers", "customer_looks", "planning_terms"), "they say who is due"),
    **dict.fromkeys(("ladders", "case_items", "day_states", "case_events"), "written with a look, or with their case"),
    "notice_items": "written with their notice, or moved to one that is not sent",
    **dict.fromkeys(("told_debts", "receipt_items"), "what is told is as it is; news comes with the instalment"),
    "contacts": "they only ever make a state better",
    "payments": "a sign of life; what is owed changes with the instalment",
    **dict.fromkeys(("hold_sums", "plan_parts"), "written with their hold, and counted again with the instalment"),
    "plans": "they begin and end with their holds",
    "import_blocks": "an import itself notes those for whom it matters that facts come again",
}
# The same for columns of tables that have a trigger; keys and computed columns follow from the others.
COLUMNS_NOT_WATCHED = {
    **dict.fromkeys(("instalments.facts_at", "instalments.import_block_id"), NOT_WATCHED["import_blocks"]),
    "holds.told_in": "written with a look",
    "customers.seen_at": "a sign of life only ever makes a state better",
    **dict.fromkeys(
        (f"holds.{name}" for name in ("instalment_id", "kind", "currency", "plan_id", "reason", "set_at", "set_by")),
        "never changes once it is set",
    ),
    **dict.fromkeys(("notices.customer_id", "notices.kind", "notices.local_day"), "never changes once it is planned"),
    **dict.fromkeys(("notices.ended_at", "cases.closed_at", "cases.outcome"), "written with the state"),
}


@pytest.mark.slow(seconds=6)
async def test_a_change_of_any_table_that_planning_reads_is_noted_or_needs_no_look(
    sqlite_db: Database, clock: ManualClock
) -> None:
    await fill(sqlite_db, clock.now(), 1, 200)
    statements = await all_of_them(sqlite_db, clock.now())
    named = {name for one in statements for name in re.findall(r"(?:FROM|JOIN|UPDATE|INTO) (\w+)", one)}
    read = named & set(metadata.tables)
    watched = {one.table for one in WATCHED}
    assert watched <= read
    assert read - watched <= set(NOT_WATCHED), "have a trigger note a change of it, or say here why it needs no look"


async def test_a_change_of_any_column_that_planning_reads_is_noted_or_needs_no_look(
    sqlite_db: Database, clock: ManualClock
) -> None:
    read: set[Any] = set()  # all parts of all statements, most of which are in many of them

    def note(_conn: Any, statement: Any, *_: Any) -> None:
        left = [statement]
        while left:
            if (part := left.pop()) not in read:
                read.add(part)
                left += part.get_children()

    await customer(sqlite_db, clock.now())
    async with sqlite_db.read() as conn:
        crowd = Crowd.of(await looks.persons(conn, [ANNA]))
        event.listen(sqlite_db.engine.sync_engine, "before_execute", note)
        for now in (clock.now(), clock.now() + timedelta(hours=9)):
            await planning_round.whose_turn(conn, PolicyBook(OTHER, (POLICY,)), crowd, NAMES, now)
            await look(conn, POLICY, crowd, NAMES, now)
    watched = {one.table: one.columns for one in WATCHED}
    asked = {
        str(each)
        for each in read
        if isinstance(each, Column)
        if each.table.name in watched and not each.primary_key and each.computed is None
        if each.name not in watched[each.table.name]
    }
    assert asked == set(COLUMNS_NOT_WATCHED), "have a trigger note a change of it, or say above why it needs no look"
