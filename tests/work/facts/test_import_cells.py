"""What an import makes of cells that are not right: only the row that needs them is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.work.facts.import_values import KINDS
from storage.runtime.engine import Database
from tests.work.facts.wallets import (
    ACCOUNTS,
    CUSTOMERS,
    INSTALMENTS,
    PAYMENTS,
    counts,
    customer,
    instalment,
    refusals,
    take,
    write,
    write_wallet,
)

pytestmark = pytest.mark.postgresql_one_in(2)

HEAD = "customer_id,name\n"
BAD_CELLS = [
    ("customers", "customer_id", "", "customer_id is blank; it is needed"),
    ("customers", "customer_id", "C" * 65, "is not an id; expected 1 to 64 printable characters"),
    ("customers", "customer_id", "C\x07", "is not an id"),
    ("customers", "name", "N" * 201, "is not plain text; expected up to 200 characters on one line"),
    ("customers", "name", "An\x1bna", "is not plain text"),
    ("customers", "name", "An\nna", "is not plain text"),
    ("customers", "language", "中文", "expected BCP 47"),
    ("customers", "language", "chinese", "expected BCP 47"),
    ("customers", "time_zone", "Asia/Taipeh", "'Asia/Taipeh' is not a time zone; expected an IANA name"),
    ("customers", "phone", "0912345678", "'0912345678' is not a phone number; expected E.164"),
    ("customers", "phone", "+88", "is not a phone number"),
    ("customers", "phone", "+1800FLOWERS", "is not a phone number"),
    ("customers", "email", "anna", "is not an email address"),
    ("customers", "email", "a@b", "is not an email address"),
    ("customers", "email", "anna @example.com", "is not an email address"),
    ("customers", "email", "mailto:anna@example.com", "is not an email address"),
    ("customers", "email", "anna@example.com;bo@example.com", "is not an email address"),
    ("customers", "email", "anna@example.com,bo@example.com", "is not an email address"),
    ("customers", "email", "Anna <anna@example.com>", "is not an email address"),
    ("customers", "phone", "+447911123456 ext 12", "is not a phone number"),
    ("customers", "vulnerable", "maybe", "'maybe' is neither yes nor no"),
    ("accounts", "currency", "twd", "'twd' is not a currency; expected an ISO 4217 code in capitals"),
    ("accounts", "currency", "XYZ", "is not a currency"),
    ("accounts", "balance", "", "balance is blank"),
    ("accounts", "balance", "1,000", "balance: '1,000' is not an amount"),
    ("accounts", "balance", "1e3", "is not an amount"),
    ("accounts", "balance", "NaN", "is not an amount"),
    ("accounts", "balance", "0.001", "more decimal places than TWD"),
    ("accounts", "balance", "9" * 17, "larger than can be stored"),
    ("accounts", "credit_limit", "-1", "credit_limit '-1' is negative"),
    ("instalments", "due_date", "2026-02-30", "'2026-02-30' is not a date; expected YYYY-MM-DD from 1970 to 2200"),
    ("instalments", "due_date", "20260301", "is not a date"),
    ("instalments", "due_date", "1969-12-31", "is not a date"),
    ("instalments", "due_date", "2201-01-01", "is not a date"),
    ("instalments", "amount_due", "-5", "amount_due '-5' is negative; expected 0 or more"),
    ("instalments", "amount_paid", "-5", "amount_paid '-5' is negative"),
    ("instalments", "status", "late", "'late' is not a status; expected open, paid, waived, disputed"),
    ("payments", "amount", "0", "amount '0' is nothing; expected an amount, negative for a reversal"),
    ("payments", "paid_on", "2026-03-05", "paid_on 2026-03-05 is in the future; expected 2026-03-04 at the latest"),
]


@pytest.mark.parametrize(("kind", "column", "cell", "reason"), BAD_CELLS)
async def test_a_bad_cell_refuses_its_row_only_where_it_is_needed(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, kind: str, column: str, cell: str, reason: str
) -> None:
    good = {"customers": CUSTOMERS, "accounts": ACCOUNTS, "instalments": INSTALMENTS, "payments": PAYMENTS}[kind]
    header, row = good.splitlines()
    cells = {**dict(zip(header.split(","), row.split(","), strict=True)), header.split(",")[0]: "X1"}
    cells[column] = f'"{cell}"' if set(cell) & set(",\n") else cell
    bad = f"{','.join(cells)}\n{','.join(cells.values())}\n"
    folder = write_wallet(tmp_path / "w", **{kind: good, f"{kind}-bad": bad})

    report = await take(sqlite_db, clock.now(), folder)

    needed = {which.name: which.needed for which in KINDS}[kind]
    assert counts(report, kind) == ((1 if column in needed else 2), 0, 0, 1)
    assert not report.ok
    assert reason in (folder / f"{kind}-bad.csv.refused.csv").read_text("utf-8")


GOOD_CELLS = [
    ("language", "zh_TW", "zh-TW"),
    ("language", "ZH-hant-tw", "zh-Hant-TW"),
    ("language", "en-u-NU-latn", "en-u-nu-latn"),
    ("language", "tlh", "tlh"),
    ("phone", "+886 912 345 678", "+886912345678"),
    ("phone", "+44 (0)7911 123456", "+447911123456"),
    ("phone", "+4407911123456", "+447911123456"),
    ("phone", "+54 011 15 2345-6789", "+5491123456789"),
    ("email", " anna@example.com ", "anna@example.com"),
    ("name", " 王小明 ", "王小明"),
    ("name", "👩‍👩‍👧", "👩‍👩‍👧"),
    ("vulnerable", "YES", True),
    ("vulnerable", "0", False),
    ("segment", "", None),
]


@pytest.mark.parametrize(("column", "cell", "value"), GOOD_CELLS)
async def test_a_cell_is_kept_in_its_usual_form(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, column: str, cell: str, value: object
) -> None:
    report = await take(sqlite_db, clock.now(), write(tmp_path / "w", c=f"customer_id,{column}\nC1,{cell}\n"))
    assert report.ok
    assert (await customer(sqlite_db))[column] == value


@pytest.mark.parametrize("cell", ["Paid", " PAID ", "paid"])
async def test_a_status_is_known_in_capitals(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, cell: str
) -> None:
    content = f"instalment_id,account_id,due_date,amount_due,status\nI1,A1,2026-03-10,1000.00,{cell}\n"
    assert (await take(sqlite_db, clock.now(), write_wallet(tmp_path / "w", instalments=content))).ok
    assert (await instalment(sqlite_db))["outstanding"] == 0


@pytest.mark.parametrize("cell", ["\0", "a\x00b"])
async def test_a_nul_byte_is_refused(db: Database, clock: ManualClock, tmp_path: Path, cell: str) -> None:
    folder = write(tmp_path / "w", c=f"{HEAD}C1,{cell}\nC{cell},Bo\nC2,Bo\n")
    assert counts(await take(db, clock.now(), folder), "customers") == (2, 0, 0, 2)
    assert "is not plain text" in refusals(folder / "c.csv")[0]
