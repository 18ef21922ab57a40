"""Files as spreadsheets and people make them: separators, Chinese headers, rows of any width, bad cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.work.customers.linking import Linked, share_contact
from bot.work.facts.import_headers import CHINESE
from bot.work.facts.import_values import KINDS
from storage.runtime.engine import Database
from tests.work.facts.wallets import (
    CUSTOMERS,
    INSTALMENTS,
    counts,
    customer,
    instalment,
    refusals,
    rows,
    take,
    write,
    write_wallet,
)

pytestmark = pytest.mark.postgresql_one_in(6)


@pytest.mark.parametrize(
    "content",
    [
        "customer_id;name;phone\nC1;Anna, Lee;+886912345678\n",
        "customer_id\tname\tphone\nC1\tAnna, Lee\t+886912345678\n",
        "sep=;\r\ncustomer_id;name;phone\r\nC1;Anna, Lee;+886912345678\r\n",
        "\ufeffsep=\t\r\ncustomer_id\tname\tphone\r\nC1\tAnna, Lee\t+886912345678\r\n",
        'sep=,\ncustomer_id,name,phone\nC1,"Anna, Lee",+886912345678\n',
        '"sep=|"\ncustomer_id|name|phone\nC1|Anna, Lee|+886912345678\n',
        '客户编号,姓名,手机\nC1,"Anna, Lee",+886912345678\n',
        "客戶編號;姓名;手機號碼;備註\nC1;Anna, Lee;+886912345678;x\n",
        'customer_id,name,姓名,phone\nC1,"Anna, Lee",Bo,+886912345678\n',  # its own name goes before
        'customer_id, "name", "phone"\nC1, "Anna, Lee", "+886912345678"\n',
        '\ufeff\ufeffcustomer_id,\u200bname,phone\u200e\nC1,"Anna, Lee",+886912345678\n',  # marks that nobody sees
    ],
)
async def test_what_spreadsheets_make_of_a_file_is_read(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, content: str
) -> None:
    report = await take(sqlite_db, clock.now(), write(tmp_path / "w", c=content))
    assert report.ok, report.files
    found = await customer(sqlite_db)
    assert (found["name"], found["phone"]) == ("Anna, Lee", "+886912345678")


@pytest.mark.parametrize("header", ["customer_id,name", "customer_id", "客户编号,姓名"])
async def test_files_put_together_have_their_header_refused_as_one(
    db: Database, clock: ManualClock, tmp_path: Path, header: str
) -> None:
    row = "C{n}" + ",Anna" * header.count(",")
    content = f"{header}\n{row.format(n=1)}\n{header}\n{row.format(n=2)}\n"
    folder = write(tmp_path / "w", c=content)
    assert counts(await take(db, clock.now(), folder), "customers") == (2, 0, 0, 1)
    assert "is the header once more" in refusals(folder / "c.csv")[0]
    assert [row["customer_id"] for row in (await rows(db))["customers"]] == ["C1", "C2"]


async def test_a_whole_wallet_with_chinese_headers(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    folder = write(
        tmp_path / "w",
        a="客户编号,姓名,语言,时区\nC1,王小明,zh-CN,Asia/Shanghai\n",
        b="账户编号,客户编号,币种,余额,额度\nA1,C1,CNY,100.00,500.00\n",
        c="分期編號,帳戶編號,還款日期,應還金額,已還金額,本金,利息,費用,狀態\nI1,A1,2026-03-10,1000.00,0,900,90,10,open\n",
        d="还款编号,分期编号,还款日期,金额\nP1,I1,2026-03-01,300.00\n",
    )
    report = await take(db, clock.now(), folder)
    assert report.ok, report.files
    assert [counts(report, kind.name)[0] for kind in KINDS] == [1, 1, 1, 1]
    assert (await instalment(db))["outstanding"] == 70000


def test_every_chinese_name_is_in_the_handbook() -> None:
    handbook = Path("docs/operate.md").read_text("utf-8")
    names = {name for columns in CHINESE.values() for several in columns.values() for name in several}
    assert [name for name in names if f"`{name}`" not in handbook] == []


async def test_short_rows_have_blanks_where_that_may_be(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write_wallet(
        tmp_path / "w",
        customers="customer_id,name,phone\nC1\nC2,Bo\n",
        instalments=f"{INSTALMENTS}I2,A1,2026-03-10,5\nI3,A1,2026-03-10\n",
    )
    accounts = "account_id,customer_id,currency,balance\nA1,C1,TWD,0\n"
    report = await take(sqlite_db, clock.now(), write(folder, accounts=accounts))
    assert counts(report, "customers") == (2, 0, 0, 0)
    assert counts(report, "instalments") == (2, 0, 0, 1)
    assert (
        "has 3 fields; expected 5, as in the header: amount_due is missing" in refusals(folder / "instalments.csv")[0]
    )


@pytest.mark.parametrize(
    ("content", "landed", "refused"),
    [
        ("customer_id,name\nC1,Anna\nC2,B", 1, 1),
        ("customer_id,name\r\nC1,Anna\r\nC2,Bo", 1, 1),
        ("customer_id,name\nC1,Anna\nC2", 1, 1),
        ('customer_id,name\nC1,Anna\nC2,"B', 1, 1),
        ('customer_id,name\nC1,Anna\nC2,"B\nC3', 1, 2),
        ("customer_id,name\nC1,Anna\n,  ", 1, 0),
        ("customer_id,name\nC1,Anna\r", 1, 0),
        ("customer_id,name", 0, 0),
    ],
)
async def test_a_last_line_without_its_end_is_refused_as_cut(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, content: str, landed: int, refused: int
) -> None:
    folder = write(tmp_path / "w", c=content)
    assert counts(await take(sqlite_db, clock.now(), folder), "customers") == (landed, 0, 0, refused)
    if refused:
        assert "cut off" in refusals(folder / "c.csv")[-1]


@pytest.mark.parametrize(("cell", "units"), [("1250,00", 125000), ("1250,5", 125050), ("-0,05", -5), ("1,250", None)])
async def test_a_decimal_comma_is_read_where_it_can_be_no_other(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, cell: str, units: int | None
) -> None:
    accounts = f"account_id;customer_id;currency;balance\nA1;C1;TWD;{cell}\n"
    report = await take(sqlite_db, clock.now(), write(tmp_path / "w", customers=CUSTOMERS, accounts=accounts))
    assert [row["balance"] for row in (await rows(sqlite_db))["accounts"]] == ([] if units is None else [units])
    assert report.ok is (units is not None)


# --- Cells that may be missing ---------------------------------------------------------------------------------------


async def test_a_bad_optional_cell_takes_nothing_with_it(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    bad = CUSTOMERS.replace("+886912345678", "12").replace("Asia/Taipei", "Taipei")
    folder = write_wallet(tmp_path / "w", customers=bad)
    report = await take(db, clock.now(), folder)
    assert counts(report, "customers") == (1, 0, 0, 1)
    assert counts(report, "instalments") == (1, 0, 0, 0)
    assert not report.ok
    assert (await customer(db))["email"] == "a@example.com"
    (refused,) = refusals(folder / "customers.csv")
    assert "time_zone 'Taipei' is not a time zone" in refused
    assert "phone '12' is not a phone number" in refused


async def test_a_bad_optional_cell_leaves_what_is_known(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    header, row = INSTALMENTS.replace("1000.00,0", "1000.00,300").splitlines()
    folder = write_wallet(tmp_path / "w", instalments=f"{header},status,fees\n{row},disputed,5\n")
    await take(db, clock.now(), folder)
    before = await instalment(db)

    worse = row.replace(",300", ",three hundred")
    report = await take(db, clock.now(), write(folder, instalments=f"{header},status,fees\n{worse},lost,1.234\n"))

    assert counts(report, "instalments") == (0, 0, 1, 1)
    assert await instalment(db) == before


async def test_names_that_are_not_utf8_cost_the_name_only(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    folder = write_wallet(tmp_path / "w", customers=CUSTOMERS.replace("Anna", "王小明").encode("gbk"))
    report = await take(db, clock.now(), folder)
    assert counts(report, "customers") == (1, 0, 0, 1)
    assert counts(report, "instalments") == (1, 0, 0, 0)
    assert ((await customer(db))["name"], (await customer(db))["phone"]) == ("", "+886912345678")


async def test_a_mexican_mobile_in_its_old_form(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    folder = write(tmp_path / "w", c="customer_id,phone\nC1,+52 1 55 1234 5678\n")
    assert (await take(db, clock.now(), folder)).ok
    assert (await customer(db))["phone"] == "+525512345678"


@pytest.mark.parametrize(
    ("in_file", "shared"),
    [
        ("+52 1 55 1234 5678", "5215512345678"),
        ("+52 55 1234 5678", "+5215512345678"),
        ("+54 11 15 2345 6789", "5491123456789"),
        ("+54 11 2345 6789", "5491123456789"),
        ("+55 11 98123 4567", "551181234567"),
    ],
)
async def test_a_contact_is_known_in_its_old_form_and_its_new(
    db: Database, clock: ManualClock, tmp_path: Path, in_file: str, shared: str
) -> None:
    await take(db, clock.now(), write(tmp_path / "w", c=f"customer_id,phone\nC1,{in_file}\n"))
    linked = await share_contact(db, 7, shared, clock.now())
    assert isinstance(linked, Linked) and linked.customer_id == "C1"
