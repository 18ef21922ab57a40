"""A small wallet's export for the tests of import: files to write, and what the database then has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.work.facts.import_run import Report, import_paths
from storage.facts.import_blocks import columns_of
from storage.runtime.engine import Database
from storage.schema import accounts, customers, instalments, payments

CUSTOMERS = "customer_id,name,language,time_zone,phone,email\nC1,Anna,zh-Hant,Asia/Taipei,+886912345678,a@example.com\n"
ACCOUNTS = "account_id,customer_id,product,currency,balance,credit_limit\nA1,C1,Card,TWD,100.00,500.00\n"
INSTALMENTS = "instalment_id,account_id,due_date,amount_due,amount_paid\nI1,A1,2026-03-10,1000.00,0\n"
PAYMENTS = "payment_id,instalment_id,paid_on,amount\nP1,I1,2026-03-01,300.00\n"
TABLES = (customers, accounts, instalments, payments)


def write(folder: Path, **files: str | bytes) -> Path:
    """Writes `customers="…"` as customers.csv and so on."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        path = folder / f"{name}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def write_wallet(folder: Path, **files: str | bytes) -> Path:
    """A whole wallet, with the files that are given instead of the usual ones."""
    usual = {"customers": CUSTOMERS, "accounts": ACCOUNTS, "instalments": INSTALMENTS}
    return write(folder, **{**usual, **files})


async def take(db: Database, now: datetime, *paths: Path, **options: Any) -> Report:
    return await import_paths(db, paths, now, **options)


def counts(report: Report, kind: str) -> tuple[int, int, int, int]:
    """(added, changed, same, refused)"""
    found = report.as_json()[kind]
    return found["added"], found["changed"], found["same"], found["refused"]


def refusals(path: Path) -> list[str]:
    """The lines of a file's refused rows, without the header."""
    return Path(f"{path}.refused.csv").read_bytes().decode().split("\n")[1:-1]


async def rows(db: Database, *, without: Sequence[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """All facts, by table and in the order of their ids. The block in which the wallet said a row is no fact."""
    found = {}
    async with db.read() as conn:
        for table in TABLES:
            columns = [column for column in columns_of(table) if column.name not in (*without, "import_block_id")]
            result = await conn.execute(select(*columns).order_by(*table.primary_key))
            found[table.name] = [dict(row) for row in result.mappings()]
    return found


async def instalment(db: Database, instalment_id: str = "I1") -> dict[str, Any]:
    (row,) = [row for row in (await rows(db))["instalments"] if row["instalment_id"] == instalment_id]
    return row


async def customer(db: Database, customer_id: str = "C1") -> dict[str, Any]:
    (row,) = [row for row in (await rows(db))["customers"] if row["customer_id"] == customer_id]
    return row
