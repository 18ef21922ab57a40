"""What an import makes of files that are not right: each fault is told with its place, and the others go in."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from storage.facts import imports
from storage.runtime.engine import Database
from tests.work.facts.wallets import (
    ACCOUNTS,
    CUSTOMERS,
    INSTALMENTS,
    PAYMENTS,
    counts,
    refusals,
    rows,
    take,
    write,
    write_wallet,
)

HEAD = "customer_id,name\n"
UNREADABLE = [
    (b"", "is empty; expected a header row"),
    (b"\n\n", "is empty"),
    ("customer_id,name\n".encode("utf-16"), 'is UTF-16; save it as "CSV UTF-8"'),
    ("customer_id,name\n".encode("utf-16-le"), "the header in line 1 is not text (maybe UTF-16)"),
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
        "line 1 is not a header of customers: it names customer_id and",
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


@pytest.mark.parametrize("name", ["labels.csv", "readme.txt", "Thumbs.db"])
async def test_a_file_of_no_kind_in_a_folder_is_an_error(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, name: str
) -> None:
    folder = write_wallet(tmp_path / "w")
    (folder / name).write_text("customer_id,default_next_month\nC1,0\n")
    report = await take(sqlite_db, clock.now(), folder)
    assert not report.ok
    (error,) = [file.error for file in report.files if file.error]
    assert error.startswith("line 1 is not a header of customers")
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
        "pipe.csv": "is not a file (a pipe or a device); expected a CSV file",
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


async def test_progress_tells_what_is_in_and_ends_at_the_files_size(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    told: list[tuple[str, int, int]] = []
    lines = [HEAD, *(f"C{n},Name\n" for n in range(10))]
    folder = write(tmp_path / "w", c="".join(lines))
    await take(
        sqlite_db, clock.now(), folder, batch=4, progress=lambda path, done, size: told.append((path.name, done, size))
    )
    sizes = [sum(map(len, lines[:count])) for count in (5, 9, 11)]  # not what is read ahead
    assert told == [("c.csv", size, sizes[-1]) for size in sizes]


async def test_if_the_database_fails_while_the_file_is_read_ahead_whole_batches_are_in(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "w", c=HEAD + "".join(f"C{n},Name\n" for n in range(10)))
    add, told = imports.add, list[int]()

    async def failing(*given: Any) -> None:
        if told:
            raise OSError
        await add(*given)

    monkeypatch.setattr(imports, "add", failing)
    with pytest.raises(OSError):
        await take(sqlite_db, clock.now(), folder, batch=4, progress=lambda _path, done, _size: told.append(done))
    assert len((await rows(sqlite_db))["customers"]) == 4
    monkeypatch.undo()
    assert counts(await take(sqlite_db, clock.now(), folder, batch=4), "customers") == (6, 0, 4, 0)


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
