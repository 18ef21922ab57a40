"""Import files that come again: lines that have not changed are not read, and mean exactly what they meant."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.clock import ManualClock
from bot.work.facts import import_ahead
from bot.work.facts.forgetting import forget
from bot.work.facts.import_batches import PUSH_RESTS
from bot.work.facts.import_headers import Header
from storage.facts import imports
from storage.facts.imports import facts_stamp, wallet_spoke_at
from storage.runtime.engine import Connection, Database
from storage.schema import customers, dead_channels, import_blocks
from tests.work.facts.wallets import counts, customer, refusals, rows, take, write

pytestmark = pytest.mark.postgresql_one_in(2)

KINDS = ("customers", "accounts", "instalments", "payments")
MANY = 1500  # of each; a block has some hundred lines
AS_OF = "2026-03-01T22:00:00+08:00"


def lines_of(many: int = MANY, as_of: str = "") -> dict[str, list[str]]:
    """The lines of the four files, headers first; with `as_of` in a column of its own."""
    heads = {
        "customers": "customer_id,name",
        "accounts": "account_id,customer_id,currency,balance",
        "instalments": "instalment_id,account_id,due_date,amount_due,amount_paid",
        "payments": "payment_id,instalment_id,paid_on,amount",
    }
    one = {
        "customers": "C{0},Name {0}",
        "accounts": "A{0},C{0},TWD,{0}",
        "instalments": "I{0},A{0},2026-03-05,10,5",
        "payments": "P{0},I{0},2026-03-02,5",
    }
    end = (",as_of", f",{as_of}") if as_of else ("", "")
    return {kind: [heads[kind] + end[0], *(one[kind].format(n) + end[1] for n in range(many))] for kind in KINDS}


def put(folder: Path, lines: dict[str, list[str]]) -> Path:
    return write(folder, **{kind: "\n".join(of_kind) + "\n" for kind, of_kind in lines.items()})


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Every row that was read; cleared by the test."""
    found: list[Sequence[str]] = []
    read_by_column = import_ahead.read_by_column

    def noting(
        header: Header, rows: Sequence[Sequence[str]], *rest: Any
    ) -> tuple[Sequence[int], dict[str, Sequence[Any]]]:
        found.extend(rows)
        return read_by_column(header, rows, *rest)

    monkeypatch.setattr(import_ahead, "read_by_column", noting)
    return found


async def blocks(db: Database) -> list[tuple[bool, int]]:
    """Of each block whether it can be found, and its rows."""
    async with db.read() as conn:
        found = await conn.execute(select(import_blocks.c.digest.is_not(None), import_blocks.c.members))
        return [(bool(row[0]), row[1]) for row in found]


async def test_lines_that_come_again_are_not_read_and_only_confirmed(
    db: Database, clock: ManualClock, tmp_path: Path, read: list[Sequence[str]]
) -> None:
    folder = put(tmp_path / "w", lines_of())
    assert (await take(db, clock.now(), folder)).ok
    before = await rows(db, without=["facts_at"])
    async with db.read() as conn:
        stamp = await facts_stamp(conn)
    first = clock.now()
    clock.move(timedelta(hours=5))
    read.clear()

    report = await take(db, clock.now(), folder)

    assert len(read) < 4 * 64 + 4  # the ends of the files, which are no whole blocks, and the first row of each
    assert [counts(report, kind) for kind in KINDS] == [(0, 0, MANY, 0)] * 4
    assert [file.rows for file in report.files] == [MANY] * 4
    assert await rows(db, without=["facts_at"]) == before
    at = {kind: {row["facts_at"] for row in table} for kind, table in (await rows(db)).items()}
    assert at == {**dict.fromkeys(KINDS, {clock.now()}), "payments": {first}}
    async with db.read() as conn:
        assert await facts_stamp(conn) == stamp
        assert await wallet_spoke_at(conn) == clock.now()


async def test_a_row_that_changes_comes_or_goes_has_only_its_own_block_read(
    db: Database, clock: ManualClock, tmp_path: Path, read: list[Sequence[str]]
) -> None:
    lines = lines_of()
    await take(db, clock.now(), put(tmp_path / "w", lines))
    first = clock.now()
    clock.move(timedelta(hours=5))
    read.clear()
    lines["customers"][700] = "C699,Somebody"
    lines["accounts"].insert(2, "A-new,C1,TWD,7")
    del lines["instalments"][900]

    report = await take(db, clock.now(), put(tmp_path / "w", lines))

    assert len(read) < 3 * 1024 + 4 * 64 + 4
    assert [counts(report, kind)[:2] for kind in KINDS] == [(0, 1), (1, 0), (0, 0), (0, 0)]
    assert (await customer(db, "C699"))["name"] == "Somebody"
    at = {row["instalment_id"]: row["facts_at"] for row in (await rows(db))["instalments"]}
    assert {id_ for id_, when in at.items() if when == first} == {"I899"}
    assert len(set(at.values())) == 2


async def test_what_another_file_said_meanwhile_is_corrected_by_the_same_lines(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = put(tmp_path / "w", lines_of())
    await take(db, clock.now(), folder)
    before = await rows(db, without=["facts_at"])
    await take(db, clock.now(), write(tmp_path / "other", c="customer_id,name\nC7,Other\n"))
    assert (await customer(db, "C7"))["name"] == "Other"
    report = await take(db, clock.now(), folder)
    assert counts(report, "customers") == (0, 1, MANY - 1, 0)
    assert await rows(db, without=["facts_at"]) == before
    assert counts(await take(db, clock.now(), folder), "customers") == (0, 0, MANY, 0)


async def test_other_columns_of_the_same_lines_are_other_lines(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    lines = lines_of()["customers"]
    await take(db, clock.now(), put(tmp_path / "w", {"customers": lines}))
    lines[0] = "customer_id,segment"
    report = await take(db, clock.now(), put(tmp_path / "w", {"customers": lines}))
    assert counts(report, "customers") == (0, MANY, 0, 0)


@pytest.mark.parametrize("batch", [5000, 1100])
async def test_an_id_that_comes_twice_in_a_file_is_told_whichever_of_its_blocks_is_known(
    db: Database, clock: ManualClock, tmp_path: Path, batch: int
) -> None:
    lines = lines_of()["customers"]
    await take(db, clock.now(), put(tmp_path / "w", {"customers": lines}), batch=batch)

    below = [*lines, "C3,Other", "C4,Name 4"]  # the first is in a block that is known
    report = await take(db, clock.now(), put(tmp_path / "w", {"customers": below}), batch=batch)
    assert counts(report, "customers") == (0, 0, MANY + 1, 1)
    told = "customer_id 'C3' is already in line 5, with other content"
    assert refusals(tmp_path / "w" / "customers.csv") == [f'{MANY + 2},"{told}",C3,Other']

    above = [lines[0], "C1400,Other", *lines[1:]]  # the second is
    for _ in range(2):
        report = await take(db, clock.now(), put(tmp_path / "w", {"customers": above}), batch=batch)
        assert counts(report, "customers")[3] == 1
        told = "customer_id 'C1400' is already in line 2, with other content"
        assert refusals(tmp_path / "w" / "customers.csv") == [f'1403,"{told}",C1400,Name 1400']
        assert (await customer(db, "C1400"))["name"] == "Other"


async def test_a_refused_row_is_refused_again(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    lines = lines_of()
    lines["instalments"][500] = "I499,A499,2026-02-30,10,5"
    lines["accounts"][501] = "A500,nobody,TWD,5"
    folder = put(tmp_path / "w", lines)
    first = await take(db, clock.now(), folder)
    told = {kind: refusals(folder / f"{kind}.csv") for kind in ("accounts", "instalments", "payments")}
    assert sum(map(len, told.values())) == 1 + 2 + 2
    again = await take(db, clock.now(), folder)
    assert {kind: refusals(folder / f"{kind}.csv") for kind in told} == told
    for kind in KINDS:
        assert counts(again, kind) == (0, 0, counts(first, kind)[0], counts(first, kind)[3])


async def test_rows_of_a_given_time_stay_of_that_time(
    db: Database, clock: ManualClock, tmp_path: Path, read: list[Sequence[str]]
) -> None:
    folder = put(tmp_path / "w", lines_of(as_of=AS_OF))
    assert (await take(db, clock.now(), folder)).ok
    before = await rows(db)
    async with db.read() as conn:
        spoke_at = await wallet_spoke_at(conn)
    clock.move(timedelta(hours=5))
    read.clear()
    assert counts(await take(db, clock.now(), folder), "customers") == (0, 0, MANY, 0)
    assert len(read) < 4 * 64 + 4
    assert await rows(db) == before
    async with db.read() as conn:
        assert await wallet_spoke_at(conn) == spoke_at


async def test_a_time_that_was_cut_to_now_or_is_not_given_is_read_again(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    ahead = (clock.now() + timedelta(hours=1)).isoformat()
    lines = lines_of(as_of=ahead)["customers"]
    await take(db, clock.now(), put(tmp_path / "w", {"customers": lines}))
    clock.move(timedelta(hours=5))
    await take(db, clock.now(), put(tmp_path / "w", {"customers": lines}))
    assert {row["facts_at"] for row in (await rows(db))["customers"]} == {clock.now() - timedelta(hours=4)}
    blank = [lines[0], *(line.replace(ahead, "") for line in lines[1:])]
    for _ in range(2):
        clock.move(timedelta(hours=1))
        await take(db, clock.now(), put(tmp_path / "w", {"customers": blank}))
        assert {row["facts_at"] for row in (await rows(db))["customers"]} == {clock.now()}


async def test_an_older_file_changes_nothing_of_lines_confirmed_since(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await take(db, clock.now(), put(tmp_path / "w", {"customers": lines_of()["customers"]}))
    clock.move(timedelta(days=2))
    await take(db, clock.now(), put(tmp_path / "w", {"customers": lines_of()["customers"]}))
    older = f"customer_id,name,as_of\nC1,Older,{(clock.now() - timedelta(days=1)).isoformat()}\n"
    await take(db, clock.now(), write(tmp_path / "old", c=older))
    assert (await customer(db, "C1"))["name"] == "Name 1"


async def test_who_is_forgotten_is_neither_learned_nor_confirmed_again(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = put(tmp_path / "w", lines_of())
    await take(db, clock.now(), folder)
    clock.move(timedelta(hours=1))
    await take(db, clock.now(), folder)
    confirmed = clock.now()
    await forget(db, "C7", clock.now())
    assert False in {is_found for is_found, _ in await blocks(db)}
    for _ in range(2):
        clock.move(timedelta(hours=1))
        assert counts(await take(db, clock.now(), folder), "customers") == (0, 0, MANY, 0)
        row = await customer(db, "C7")
        assert (row["name"], row["facts_at"]) == ("", confirmed)
        assert (await customer(db, "C8"))["facts_at"] == clock.now()


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_push_is_tried_again_for_customers_whose_lines_are_the_same(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = put(tmp_path / "w", lines_of())
    await take(db, clock.now(), folder)
    async with db.write() as conn:
        dead = [("C1", "push", PUSH_RESTS * 2), ("C2", "push", PUSH_RESTS / 2), ("C3", "sms", PUSH_RESTS * 2)]
        for customer_id, channel, ago in dead:
            row = {"customer_id": customer_id, "channel": channel, "since": clock.now() - ago, "reason": "gone"}
            await conn.execute(insert(dead_channels).values(row))
    await take(db, clock.now(), folder)
    async with db.read() as conn:
        left = set((await conn.execute(select(dead_channels.c.customer_id))).scalars())
    assert left == {"C2", "C3"}


async def test_blocks_without_rows_are_deleted(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    lines = lines_of()["customers"]
    await take(db, clock.now(), put(tmp_path / "w", {"customers": lines}))
    before = await blocks(db)
    changed = [lines[0], *(f"{line}!" for line in lines[1:])]
    await take(db, clock.now(), put(tmp_path / "w", {"customers": changed}))
    found = await blocks(db)
    assert all(is_found for is_found, _ in found)
    async with db.read() as conn:
        pointing = select(customers.c.import_block_id, func.count()).group_by(customers.c.import_block_id)
        members = {block_id: count for block_id, count in (await conn.execute(pointing)).all() if block_id is not None}
        kept = {row.block_id: row.members for row in await conn.execute(select(import_blocks))}
    assert members == kept
    assert len(before) > 1


@pytest.mark.parametrize("odd", ['C{n},"Name\n {n}"', 'C{n},"Name {n}', "C{n},Name {n}\n\n", 'C{n},"a ""b"" {n}"'])
async def test_rows_of_several_lines_open_quotes_and_blank_lines_end_the_same(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, odd: str
) -> None:
    lines = lines_of(3000)["customers"]
    for n in range(10, 3000, 130):
        lines[n] = odd.format(n=n - 1)
    folder = put(tmp_path / "w", {"customers": lines})
    first = await take(sqlite_db, clock.now(), folder)
    told = refusals(folder / "customers.csv") if not first.ok else []
    before = await rows(sqlite_db, without=["facts_at"])
    clock.move(timedelta(hours=1))
    again = await take(sqlite_db, clock.now(), folder)
    assert (refusals(folder / "customers.csv") if not again.ok else []) == told
    assert counts(again, "customers") == (0, 0, counts(first, "customers")[0], counts(first, "customers")[3])
    assert again.files[0].rows == first.files[0].rows
    assert await rows(sqlite_db, without=["facts_at"]) == before
    assert {row["facts_at"] for row in (await rows(sqlite_db))["customers"]} == {clock.now()}


async def test_a_line_that_is_not_utf8_is_told_each_time(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    lines = [f"{line},x" for line in lines_of()["customers"]]
    folder = write(tmp_path / "w", c="\n".join(lines).encode().replace(b"Name 700,x", b"Name 700,\xfc") + b"\n")
    told = [(await take(sqlite_db, clock.now(), folder)).files[0].error for _ in range(2)]
    assert told[0] == told[1]
    assert (told[0] or "").startswith("line 702 (byte")


async def test_another_version_of_the_program_reads_everything(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, read: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(tmp_path / "w", lines_of())
    await take(sqlite_db, clock.now(), folder)
    monkeypatch.setattr("bot.work.facts.import_ahead._readers", lambda: b"another")
    read.clear()
    await take(sqlite_db, clock.now(), folder)
    assert len(read) >= 4 * MANY


async def test_a_row_changed_in_the_database_while_the_file_was_being_read_is_read(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(tmp_path / "w", {"customers": lines_of()["customers"]})
    await take(sqlite_db, clock.now(), folder)
    begin = imports.begin
    times = count(1)

    async def late(conn: Connection) -> None:
        await begin(conn)
        if next(times) == 2:  # of the first rows: the one before stores that the import has begun
            await conn.execute(update(customers).where(customers.c.customer_id == "C3").values(name="Other"))
            await conn.execute(update(import_blocks).values(digest=None))

    monkeypatch.setattr(imports, "begin", late)
    assert counts(await take(sqlite_db, clock.now(), folder), "customers") == (0, 1, MANY - 1, 0)


async def test_two_imports_of_the_same_lines_at_once_take_turns(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = put(tmp_path / "w", {"customers": lines_of()["customers"]})
    reports = await asyncio.gather(*(take(db, clock.now(), folder) for _ in range(2)))
    assert sorted(counts(report, "customers") for report in reports) == [(0, 0, MANY, 0), (MANY, 0, 0, 0)]
    assert sum(members for _, members in await blocks(db)) <= MANY
    assert counts(await take(db, clock.now(), folder), "customers") == (0, 0, MANY, 0)
