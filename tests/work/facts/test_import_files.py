"""An import of faulty files: each fault is reported, and everything else is imported."""

from __future__ import annotations

import os
from datetime import timedelta
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
    rows,
    take,
    write,
    write_wallet,
)

HEAD = "customer_id,name\n"

BAD_CELLS = [
    ("customers", "customer_id", "", "customer_id is blank; it is needed"),
    ("customers", "customer_id", "C" * 65, "is no id; expected 1 to 64 printable characters"),
    ("customers", "customer_id", "C\x07", "is no id"),
    ("customers", "name", "N" * 201, "is no plain text; expected up to 200 characters on one line"),
    ("customers", "name", "An\x1bna", "is no plain text"),
    ("customers", "name", "An\nna", "is no plain text"),
    ("customers", "language", "中文", "expected BCP 47"),
    ("customers", "language", "chinese", "expected BCP 47"),
    ("customers", "time_zone", "Asia/Taipeh", "'Asia/Taipeh' is no time zone; expected an IANA name"),
    ("customers", "phone", "0912345678", "'0912345678' is no phone number; expected E.164"),
    ("customers", "phone", "+88", "is no phone number"),
    ("customers", "phone", "+1800FLOWERS", "is no phone number"),
    ("customers", "email", "anna", "is no email address"),
    ("customers", "email", "a@b", "is no email address"),
    ("customers", "email", "anna @example.com", "is no email address"),
    ("customers", "email", "mailto:anna@example.com", "is no email address"),
    ("customers", "email", "anna@example.com;bo@example.com", "is no email address"),
    ("customers", "email", "anna@example.com,bo@example.com", "is no email address"),
    ("customers", "email", "Anna <anna@example.com>", "is no email address"),
    ("customers", "phone", "+447911123456 ext 12", "is no phone number"),
    ("customers", "vulnerable", "maybe", "'maybe' is neither yes nor no"),
    ("accounts", "currency", "twd", "'twd' is no currency; expected an ISO 4217 code in capitals"),
    ("accounts", "currency", "XYZ", "is no currency"),
    ("accounts", "balance", "", "balance is blank"),
    ("accounts", "balance", "1,000", "balance: '1,000' is no amount"),
    ("accounts", "balance", "1e3", "is no amount"),
    ("accounts", "balance", "NaN", "is no amount"),
    ("accounts", "balance", "0.001", "more decimal places than TWD"),
    ("accounts", "balance", "9" * 17, "larger than can be stored"),
    ("accounts", "credit_limit", "-1", "credit_limit '-1' is negative"),
    ("instalments", "due_date", "2026-02-30", "'2026-02-30' is no date; expected YYYY-MM-DD from 1970 to 2200"),
    ("instalments", "due_date", "20260301", "is no date"),
    ("instalments", "due_date", "1969-12-31", "is no date"),
    ("instalments", "due_date", "2201-01-01", "is no date"),
    ("instalments", "amount_due", "-5", "amount_due '-5' is negative; expected 0 or more"),
    ("instalments", "amount_paid", "-5", "amount_paid '-5' is negative"),
    ("instalments", "status", "late", "'late' is no status; expected open, paid, waived, disputed"),
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
    assert "is no plain text" in refusals(folder / "c.csv")[0]


# --- Files that are not as they should be ----------------------------------------------------------------------------

UNREADABLE = [
    (b"", "is empty; expected a header row"),
    (b"\n\n", "is empty"),
    ("customer_id,name\n".encode("utf-16"), 'is UTF-16; save it as "CSV UTF-8"'),
    ("customer_id,name\n".encode("utf-16-le"), "the header in line 1 is no text (maybe UTF-16)"),
    (
        "客户编号,姓名\nC1,王\n".encode("gbk"),
        "the header in line 1 (byte 1 of the file) is not UTF-8 (maybe GBK",
    ),
    ("客戶編號,姓名\nC1,王\n".encode("big5"), 'save it as "CSV UTF-8"'),
    (b"customer_id,n\xe4me\nC1,A\n", "the header in line 1 (byte 14 of the file) is not UTF-8"),
    (b"PK\x03\x04\0\0", "is an Excel workbook or another archive"),
    (b"\x1f\x8b\x08", "is compressed; unpack it first"),
    (b"customer_id,name,Name\nC1,A,B\n", "line 1 names name more than once"),
    ("客户编号,姓名,客户姓名\nC1,A,B\n".encode(), "line 1 names name more than once"),
    (b"account_id,customer_id,currency\nA1,C1,TWD\n", "line 1 looks like the header of accounts, but lacks balance"),
    (b"instalment_id,account_id,amount_due\n", "line 1 looks like the header of instalments, but lacks due_date"),
    ("分期编号,应还金额\n".encode(), "line 1 looks like the header of instalments, but lacks account_id, due_date"),
    (
        b"when,what\n1,2\n",
        "line 1 names none of the columns that are known; expected a header of customers",
    ),
    (
        b"customer_id,default_next_month\nC1,0\n",
        "line 1 is no header of customers: it names customer_id and",
    ),
    (b"Customers of March\ncustomer_id,name\nC1,A\n", "the header is in line 2; expected it first: remove line 1"),
    (b"Customers\n\n,,\ncustomer_id;name\nC1;A\n", "the header is in line 4; expected it first: remove lines 1 to 3"),
    (b"sep=;\nCustomers\ncustomer_id;name\n", "the header is in line 3; expected it first: remove line 2"),
    (b"C1,Anna,+886912345678\nC2,Bo,\n", "line 1 names none of the columns that are known"),
    (b"customer_id,name\rC1,Anna\r", "expected lines that end with LF or CR LF"),
    (b'customer_id,"name\nC1,Anna\n', "a quote is not closed"),
    (b"x" * 3_000_000 + b"\n", "the header in line 1 cannot be read: the line is longer than 1,048,576 bytes"),
]


@pytest.mark.parametrize(("content", "error"), UNREADABLE, ids=[error for _, error in UNREADABLE])
async def test_a_file_that_cannot_be_read_says_why_and_the_others_land(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, content: bytes, error: str
) -> None:
    folder = write(tmp_path / "w", bad=content, customers=CUSTOMERS)
    report = await take(sqlite_db, clock.now(), folder / "bad.csv", folder / "customers.csv")
    (bad,) = [file for file in report.files if file.path.name == "bad.csv"]
    assert error in (bad.error or "")
    assert "\n" not in (bad.error or "")
    assert "Anna" not in (bad.error or "")
    assert counts(report, "customers") == (1, 0, 0, 0)
    assert not report.ok


BROKEN_ROWS = [
    (b"C\xf61,Anna\n", "customer_id is not UTF-8"),
    (b'C1,"Anna\n', "a quote is not closed"),
    (b'C1,"Anna"x\n', "a quote is where none is allowed"),
    (b"C1,Anna,3\n", "has 3 fields; expected 2"),
    (b"C1," + b"x" * 200_000 + b"\n", "a field is longer than 131,072 characters"),
    (b"C1," + b"x," * 600_000 + b"\n", "the line is longer than 1,048,576 bytes"),
    (b"C1,An\rna\n", "a carriage return is in the middle"),
]


@pytest.mark.parametrize(("row", "reason"), BROKEN_ROWS, ids=[reason for _, reason in BROKEN_ROWS])
async def test_a_row_that_cannot_be_read_refuses_itself_only(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, row: bytes, reason: str
) -> None:
    folder = write(tmp_path / "w", c=HEAD.encode() + row + b"C2,Bo\nC3,Cy\n")
    report = await take(sqlite_db, clock.now(), folder)
    assert counts(report, "customers") == (2, 0, 0, 1)
    (refused,) = refusals(folder / "c.csv")
    assert refused.startswith("2,")
    assert reason in refused.replace('""', '"')


async def test_a_file_with_rows_that_are_not_utf8_says_where_the_first_is(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path / "w", c=HEAD.encode() + b"C1,Anna\nC2,M\xfcller\nC3,M\xfcller\n")
    report = await take(sqlite_db, clock.now(), folder)
    assert (report.files[0].error or "").startswith("line 3 (byte 30 of the file) is not UTF-8")


async def test_a_quote_that_is_never_closed_costs_one_row_of_many(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    many = "".join(f"C{n},Name\n" for n in range(2, 200))
    folder = write(tmp_path / "w", c=f'{HEAD}C1,"Anna\n{many}')
    assert counts(await take(sqlite_db, clock.now(), folder), "customers") == (198, 0, 0, 1)


async def test_lines_are_counted_through_fields_of_several_lines_and_blank_ones(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path / "w", c='customer_id,name,note\r\nC1,Anna,"one\r\ntwo"\r\n\r\n,,\r\nC2,Bo,,x\r\n')
    report = await take(sqlite_db, clock.now(), folder)
    assert counts(report, "customers") == (1, 0, 0, 1)
    assert refusals(folder / "c.csv")[0].startswith('6,"has 4 fields; expected 3')


async def test_a_byte_order_mark_capitals_spaces_and_other_columns_do_no_harm(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path / "w", c="\ufeff Customer_ID , NAME,shoe size\nC1,Anna,38,,\n")
    assert counts(await take(sqlite_db, clock.now(), folder), "customers") == (1, 0, 0, 0)


# --- Paths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["labels.csv", "readme.txt", "Thumbs.db"])
async def test_a_file_of_no_kind_in_a_folder_is_an_error(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, name: str
) -> None:
    folder = write_wallet(tmp_path / "w")
    (folder / name).write_text("customer_id,default_next_month\nC1,0\n")
    report = await take(sqlite_db, clock.now(), folder)
    assert not report.ok
    (error,) = [file.error for file in report.files if file.error]
    assert error.startswith("line 1 is no header of customers")
    assert counts(report, "instalments") == (1, 0, 0, 0)


async def test_hidden_files_are_passed_over_silently(sqlite_db: Database, clock: ManualClock, tmp_path: Path) -> None:
    folder = write_wallet(tmp_path / "w")
    for name in ("._customers.csv", ".DS_Store", ".hidden.csv", "old.csv.refused.csv"):
        (folder / name).write_bytes(b"\0\5\x16\7 customer_id")
    (folder / "__MACOSX").mkdir()
    report = await take(sqlite_db, clock.now(), folder)
    assert report.ok
    assert len(report.files) == 3


async def test_what_else_is_in_a_folder_is_told(sqlite_db: Database, clock: ManualClock, tmp_path: Path) -> None:
    folder = write_wallet(tmp_path / "w")
    (folder / "march").mkdir()
    (folder / "gone.csv").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe.csv")
    report = await take(sqlite_db, clock.now(), folder)
    told = {file.path.name: file.error or file.note for file in report.files if file.error or file.note}
    assert told == {
        "march": "a folder within the folder is not read; name it to have it imported",
        "gone.csv": "is a link to nothing",
        "pipe.csv": "is no file (a pipe or a device); expected a CSV file",
    }


async def test_a_path_that_is_not_there_is_an_error(sqlite_db: Database, clock: ManualClock, tmp_path: Path) -> None:
    report = await take(sqlite_db, clock.now(), tmp_path / "nowhere.csv")
    assert [file.error for file in report.files] == ["there is no such file or folder"]
    assert not report.ok


async def test_a_folder_with_nothing_to_import_is_an_error(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    report = await take(sqlite_db, clock.now(), write(tmp_path / "w"))
    assert not report.ok
    assert (report.files[-1].error or "").startswith("no file to import in the folder")


async def test_a_file_that_is_given_twice_is_taken_once(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path / "w", c=CUSTOMERS)
    report = await take(sqlite_db, clock.now(), folder, folder / "c.csv")
    assert counts(report, "customers") == (1, 0, 0, 0)


async def test_the_report_as_json_has_all_kinds_and_file_names_only(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    report = await take(sqlite_db, clock.now(), write(tmp_path / "w", c=CUSTOMERS))
    nothing = {"added": 0, "changed": 0, "same": 0, "refused": 0}
    assert report.as_json() == {
        "customers": {**nothing, "added": 1},
        "accounts": nothing,
        "instalments": nothing,
        "payments": nothing,
        "files": [{"path": "c.csv", "kind": "customers", "rows": 1, "refused": 0, "error": None, "note": None}],
    }


async def test_progress_ends_at_the_files_size(sqlite_db: Database, clock: ManualClock, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    many = HEAD + "".join(f"C{n},Name\n" for n in range(10))
    folder = write(tmp_path / "w", c=many)
    await take(
        sqlite_db, clock.now(), folder, batch=4, progress=lambda path, done, size: told.append((path.name, done, size))
    )
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert len(told) == 3
    assert told[-1] == ("c.csv", len(many), len(many))


# --- The refused file ------------------------------------------------------------------------------------------------


async def test_a_corrected_refused_file_goes_in(sqlite_db: Database, clock: ManualClock, tmp_path: Path) -> None:
    folder = write(tmp_path / "w", customers="customer_id,name,phone\nC1,Anna,12\nC2,Bo,34\n")
    await take(sqlite_db, clock.now(), folder)
    refused = folder / "customers.csv.refused.csv"
    assert refused.read_text("utf-8").splitlines()[0] == "line,reason,customer_id,name,phone"
    refused.write_text(refused.read_text("utf-8").replace(",12", ",+886912345678"), "utf-8")

    report = await take(sqlite_db, clock.now(), refused)

    assert counts(report, "customers") == (0, 1, 1, 1)
    again = (folder / "customers.csv.refused.csv.refused.csv").read_text("utf-8").splitlines()
    assert again[0] == "line,reason,customer_id,name,phone"
    assert again[1].startswith("3,")
    assert again[1].endswith(",C2,Bo,34")


async def test_a_folder_does_not_import_its_refused_files(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path / "w", customers=f"{HEAD},Anna\nC2,Bo\n")
    await take(sqlite_db, clock.now(), folder)
    assert counts(await take(sqlite_db, clock.now(), folder), "customers") == (0, 0, 1, 1)


async def test_a_refused_file_goes_once_its_file_is_clean(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path / "w", customers=f"{HEAD},Anna\n")
    await take(sqlite_db, clock.now(), folder)
    assert (folder / "customers.csv.refused.csv").exists()
    await take(sqlite_db, clock.now(), write(folder, customers=f"{HEAD}C1,Anna\n"))
    assert not (folder / "customers.csv.refused.csv").exists()


async def test_where_nothing_can_be_written_refused_rows_go_to_the_current_folder(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "w", customers=f"{HEAD},Anna\n")
    (folder / "customers.csv.refused.csv").mkdir()  # in the way, as a folder that is read-only would be
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    report = await take(sqlite_db, clock.now(), folder / "customers.csv")

    assert refusals(Path("customers.csv")) == ["2,customer_id is blank; it is needed,,Anna"]
    assert "customers.csv.refused.csv" in (report.files[0].note or "")


@pytest.mark.parametrize("kind", ["link", "link to nothing", "pipe"])
async def test_nothing_is_written_through_what_has_the_refused_files_name(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    folder = write(tmp_path / "w", customers=f"{HEAD},Anna\nC2,Bo\n")
    precious, at = tmp_path / "precious", folder / "customers.csv.refused.csv"
    if kind == "link":
        precious.write_text("kept")
    if kind == "pipe":
        os.mkfifo(at)
    else:
        at.symlink_to(precious)
    monkeypatch.chdir(folder)  # nowhere else to go

    report = await take(sqlite_db, clock.now(), folder / "customers.csv")

    assert counts(report, "customers") == (1, 0, 0, 1)
    assert (report.files[0].error or "").startswith(
        "the refused rows could not be written to customers.csv.refused.csv"
    )
    assert precious.exists() == (kind == "link")
    assert kind != "link" or precious.read_text() == "kept"

    await take(sqlite_db, clock.now(), write(folder, customers=f"{HEAD}C2,Bo\n") / "customers.csv")
    assert sorted(path.name for path in folder.iterdir()) == ["customers.csv", "customers.csv.refused.csv"]


async def test_a_refused_file_is_its_owners_and_runs_no_formula(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path / "w", customers="customer_id,name,phone\nC1,=cmd();=2,12\n")
    await take(sqlite_db, clock.now(), folder)
    at = folder / "customers.csv.refused.csv"
    assert refusals(folder / "customers.csv")[0].endswith(",C1,'=cmd();'=2,12")
    assert at.stat().st_mode & 0o777 == 0o600
    at.write_text(at.read_text().replace(",12", ",+886912345678"))
    assert counts(await take(sqlite_db, clock.now(), at), "customers") == (0, 1, 0, 0)
    assert (await customer(sqlite_db))["name"] == "=cmd();=2"


async def test_a_wallet_with_faults_everywhere_is_the_same_on_both_databases(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write_wallet(
        tmp_path / "w",
        customers=CUSTOMERS + "C2,Bo,zz-ZZ,,,\nC3,,,,12,\n",
        accounts=ACCOUNTS + "A2,C2,,JPY,-5,\nA3,C3,,TWD,1,\nA4,C1,,TWD,1.999,\n",
        instalments=INSTALMENTS + "I2,A2,2026-03-01,500,\nI3,A3,2026-03-01,5,\nI4,A2,2026-03-01,5.5,\n",
        payments=PAYMENTS + "P2,I2,2026-03-01,500\nP3,I3,2026-03-01,5\nP4,I2,2026-03-01,-500\n",
    )
    report = await take(db, clock.now(), folder)
    clock.move(timedelta(days=1))
    again = await take(db, clock.now(), folder)

    kinds = ("customers", "accounts", "instalments", "payments")
    assert [counts(report, kind) for kind in kinds] == [(3, 0, 0, 1), (3, 0, 0, 1), (3, 0, 0, 1), (4, 0, 0, 0)]
    assert [counts(again, kind) for kind in kinds] == [(0, 0, 3, 1), (0, 0, 3, 1), (0, 0, 3, 1), (0, 0, 4, 0)]
    assert [row["outstanding"] for row in (await rows(db))["instalments"]] == [70000, 500, 0]
