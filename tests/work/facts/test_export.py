"""Export: whole tables as CSV that programs and spreadsheets read alike."""

from __future__ import annotations

import csv
import io
import re
import stat
import tracemalloc
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.rules.facts.money import Money
from bot.work.facts.export import CannotWrite, WrongTable, cell, export
from bot.work.facts.forgetting import forget
from bot.work.facts.import_run import import_paths
from bot.work.facts.spreadsheets import guarded, unguarded
from storage.agreements.holds import Hold, set_hold
from storage.runtime.engine import Database, insert
from storage.schema import customers, notice_items, notices
from tests.work.facts.wallets import counts
from tests.work.lives import ANNA, a_life, add, customer, notice, owes, paid

pytestmark = pytest.mark.postgresql_one_in(2)


async def exported(db: Database, table: str) -> list[dict[str, str]]:
    out = io.BytesIO()
    await export(db, table, "-", out)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8"), newline="")))


async def test_a_customer_is_a_row(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    (row,) = await exported(db, "customers")
    assert row["customer_id"] == "C1"
    assert row["name"] == "Anna Lee"
    assert row["phone"] == "+886912345678"
    assert (row["vulnerable"], row["linked"]) == ("false", "true")
    assert (row["facts_at"], row["stopped_at"]) == ("2026-03-02T04:00:00Z", "")


async def test_a_payment_has_its_amount_in_its_currency(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), date(2026, 3, 1))
    await paid(db, clock.now(), "P1", 20050)
    await paid(db, clock.now(), "P2", -50)
    first, second = await exported(db, "payments")
    assert (first["amount"], first["currency"], first["paid_on"]) == ("200.50", "TWD", "2026-03-02")
    assert (first["customer_id"], first["account_id"]) == ("C1", "A-C1")
    assert second["amount"] == "-0.50"


async def test_a_reminder_is_one_row_with_all_that_it_told(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), date(2026, 3, 1))
    await owes(db, clock.now(), date(2026, 3, 2), "I2")
    first = await notice(db, clock.now(), "accepted", "after-1")
    await add_item(db, first, "I2", "due")
    await notice(db, clock.now(), "not_sent", "due", reason="paid")
    told, not_told = await exported(db, "notices")
    assert (told["step_ids"], told["instalment_ids"]) == ("after-1 due", "I1 I2")
    assert (told["state"], told["channel"], told["ended_at"]) == ("accepted", "telegram", "2026-03-02T04:00:00Z")
    assert (not_told["state"], not_told["reason"], not_told["step_ids"]) == ("not_sent", "paid", "due")


async def add_item(db: Database, notice_id: int, instalment_id: str, step_id: str) -> None:
    async with db.write() as conn:
        row = {"instalment_id": instalment_id, "step_id": step_id, "due_date": date(2026, 3, 2), "policy_version": "1"}
        await conn.execute(insert(conn, notice_items).values(notice_id=notice_id, **row))


async def test_a_reminder_without_items_is_a_row_too(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    at = {name: clock.now() for name in ("send_after", "expires_at", "planned_at")}
    told = {"local_day": date(2026, 3, 2), "state": "planned", "policy": "p", "policy_version": "v"}
    await add(db, notices, customer_id=ANNA, **told, **at)
    (row,) = await exported(db, "notices")
    assert (row["step_ids"], row["instalment_ids"]) == ("", "")


async def test_a_case_names_who_holds_it(db: Database, clock: ManualClock) -> None:
    case_id = await a_life(db, clock.now())
    (row,) = await exported(db, "cases")
    assert (row["case_id"], row["reason"], row["state"], row["owner"]) == (str(case_id), "asked", "claimed", "Mei")


async def test_contacts_are_in_order(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    out, in_ = await exported(db, "contacts")
    assert (out["direction"], out["state"], out["body"]) == ("out", "accepted", "Dear Anna Lee")
    assert (in_["direction"], in_["kind"], in_["body"]) == ("in", "word", "I lost my job")


async def test_who_was_forgotten_has_no_name(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    await forget(db, ANNA, clock.now())
    (row,) = await exported(db, "customers")
    assert (row["name"], row["phone"], row["forgotten_at"]) == ("", "", "2026-03-02T04:00:00Z")


async def test_customers_can_be_imported_again(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    await customer(db, clock.now())
    file = tmp_path / "customers.csv"
    await export(db, "customers", str(file), io.BytesIO())
    report = await import_paths(db, [file], clock.now())
    assert counts(report, "customers") == (0, 0, 1, 0)


async def test_payments_can_be_imported_again(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), date(2026, 3, 1))
    await paid(db, clock.now())
    file = tmp_path / "payments.csv"
    await export(db, "payments", str(file), io.BytesIO())
    report = await import_paths(db, [file], clock.now())
    assert counts(report, "payments") == (0, 0, 1, 0)


# --- Cells -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", "＝1+1", "=-1"])
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("\t=1", "'\t'=1"),  # a tab, and what is after it, begin a cell too
        ("\r=1", "'\r'=1"),
        ("a;=1", "a;'=1"),  # where a spreadsheet's language separates by semicolons
        ("a; +cmd|' /C calc'!A0", "a; '+cmd|' /C calc'!A0"),
        ("a,-2+3", "a,'-2+3"),
        ("a\n@SUM(A1)", "a\n'@SUM(A1)"),
        ('a;"=1"', 'a;"\'=1"'),
        ("a;＝1;=2", "a;'＝1;'=2"),
        (" =1", " '=1"),
        ("'=1", "''=1"),
        ("a=b; c-d", "a=b; c-d"),
    ],
)
def test_no_part_of_a_text_is_a_formula(text: str, safe: str) -> None:
    assert cell(text) == safe
    assert unguarded(safe) == text


@given(st.text(st.sampled_from("=+-@＝;,\t\r\n '\"a1|"), max_size=12))
def test_the_import_takes_the_apostrophes_away_again(text: str) -> None:
    assert unguarded(guarded(text)) == text
    for part in re.split(r"[;,|\t\r\n]", guarded(text)):
        assert part.lstrip(' "')[:1] not in set("=+-@＝") or re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text)


@pytest.mark.parametrize("text", ["+886912345678", "-5", "-5.25", "I1", "王小明", "a=b", ""])
def test_numbers_and_other_words_stay_as_they_are(text: str) -> None:
    assert cell(text) == text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-7, "-7"),
        (Money(-120050, "TWD"), "-1200.50"),
        (Money(1200, "JPY"), "1200"),
        (Money(5, "KWD"), "0.005"),
        (date(2026, 3, 2), "2026-03-02"),
        (datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=8))), "2026-03-02T04:00:00Z"),
        (datetime(2026, 3, 2, 4, 0, 0, 999999, tzinfo=UTC), "2026-03-02T04:00:00Z"),
    ],
)
def test_a_value_is_written_as_programs_read_it(value: object, said: str) -> None:
    assert cell(value) == said


async def test_words_of_several_lines_stay_one_cell(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now(), name='Anna "A", Lee\nsecond line')
    (row,) = await exported(db, "customers")
    assert row["name"] == 'Anna "A", Lee\nsecond line'


# --- The file --------------------------------------------------------------------------------------------------------


async def test_a_file_is_whole_and_alone(sqlite_db: Database, clock: ManualClock, tmp_path: Path) -> None:
    await customer(sqlite_db, clock.now())
    folder = tmp_path / "out"
    folder.mkdir()
    assert await export(sqlite_db, "customers", str(folder / "c.csv"), io.BytesIO()) == 1
    assert [path.name for path in folder.iterdir()] == ["c.csv"]
    assert (folder / "c.csv").read_bytes().startswith(b"customer_id,name,")


async def test_a_new_file_is_read_by_its_owner_only(sqlite_db: Database, tmp_path: Path) -> None:
    await export(sqlite_db, "customers", str(tmp_path / "c.csv"), io.BytesIO())
    assert stat.S_IMODE((tmp_path / "c.csv").stat().st_mode) == 0o600


async def test_a_file_that_was_there_keeps_its_rights(sqlite_db: Database, tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.touch()
    file.chmod(0o640)
    await export(sqlite_db, "customers", str(file), io.BytesIO())
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


async def test_a_failure_half_way_leaves_the_file_as_it_was(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await customer(sqlite_db, clock.now())
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "c.csv").write_text("yesterday's")

    def broken(value: object) -> str:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("bot.work.facts.export.cell", broken)
    with pytest.raises(RuntimeError, match="full"):
        await export(sqlite_db, "customers", str(folder / "c.csv"), io.BytesIO())
    assert [path.read_text() for path in folder.iterdir()] == ["yesterday's"]


async def test_a_folder_that_does_not_exist_is_said(sqlite_db: Database, tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="No such file or directory; expected a file in a folder that exists"):
        await export(sqlite_db, "customers", str(tmp_path / "nowhere" / "c.csv"), io.BytesIO())


async def test_a_folder_is_no_file(sqlite_db: Database, tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="Is a directory"):
        await export(sqlite_db, "customers", str(tmp_path), io.BytesIO())


@pytest.mark.parametrize("table", ["instalments", "", "customers;drop"])
async def test_another_table_is_wrong_use(sqlite_db: Database, table: str) -> None:
    with pytest.raises(WrongTable, match="expected one of customers, notices, contacts, cases, promises, payments"):
        await export(sqlite_db, table, "-", io.BytesIO())


async def test_memory_does_not_grow_with_the_table(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    row = {"name": "Anna " * 120, "zone": "UTC", "facts_at": clock.now()}
    many = [{"customer_id": f"C{n:06}", **row} for n in range(6000)]
    async with db.write() as conn:
        await conn.execute(insert(conn, customers), many)
    del many
    await export(db, "payments", str(tmp_path / "warm.csv"), io.BytesIO())
    tracemalloc.start()
    try:
        assert await export(db, "customers", str(tmp_path / "c.csv"), io.BytesIO()) == 6000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000  # the file is larger by itself
    assert (tmp_path / "c.csv").stat().st_size > 3_500_000


async def test_a_promise_is_a_row(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    async with db.write() as conn:
        promise = Hold(ANNA, "promise", date(2026, 3, 6), amount=120000, currency="TWD")
        await set_hold(conn, promise, clock.now())
        await set_hold(conn, Hold(ANNA, "hold", date(2026, 3, 9), set_by=900, reason="moved"), clock.now())
    (row,) = await exported(db, "promises")
    assert (row["customer_id"], row["until"], row["amount"], row["currency"]) == (ANNA, "2026-03-06", "1200.00", "TWD")
    assert (row["ended_at"], row["case_id"], row["plan_id"]) == ("", "", "")
