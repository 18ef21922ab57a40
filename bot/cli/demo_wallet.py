"""The demo's sample wallet: its customers, the files it writes, the payments it receives, and its page to pay at.

Like any wallet, it talks to duebot only through import files.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.app import App
from bot.sandbox import Bill
from bot.work.facts.import_run import import_paths

ZONE = "Asia/Shanghai"
XIAOMING, ANNA = "C1", "C2"
Row = Sequence[object]

CUSTOMERS = [
    (XIAOMING, "王小明", "zh-Hans", ZONE, "+8613800000001"),
    (ANNA, "Anna Lee", "en", "Asia/Singapore", "+6580000002"),
]
ACCOUNTS = [("A1", XIAOMING, "花费分期", "CNY", "2680.50", "8000"), ("A2", ANNA, "Card", "SGD", "912.30", "3000")]
# Days from the demo's first day to the due date, then the file's columns.
INSTALMENTS = [
    ("I1", "A1", 1, "860.00", "845.00", "15.00"),
    ("I2", "A1", 31, "860.00", "847.50", "12.50"),
    ("I3", "A2", 3, "240.00", "", ""),
    ("I4", "A2", 33, "240.00", "", ""),
]


class Wallet:
    """Writes files into `folder` and has the program import them."""

    def __init__(self, folder: Path, app: App) -> None:
        self._folder = folder
        self._app = app
        self._unpaid = {row[0]: Decimal(row[3]) for row in INSTALMENTS}
        self._payments: list[Row] = []
        self._first_day: date | None = None

    async def open(self) -> None:
        """Imports its customers; nobody owes anything yet."""
        self._folder.mkdir()
        self._write("customers", "customer_id,name,language,time_zone,phone", CUSTOMERS)
        self._write("accounts", "account_id,customer_id,product,currency,balance,credit_limit", ACCOUNTS)
        await self.import_files()

    async def bill(self) -> None:
        """Imports the instalments, due from a few days after today."""
        self._first_day = self._today()
        header = "instalment_id,account_id,due_date,amount_due,amount_paid,principal,interest"
        rows = [
            (number, account, self.due(number), due, "0", principal, interest)
            for number, account, _days, due, principal, interest in INSTALMENTS
        ]
        self._write("instalments", header, rows)
        await self.import_files()

    async def import_files(self) -> None:
        """The nightly import: the wallet's facts are up to date again."""
        await import_paths(self._app.db, [self._folder], self._app.clock.now())

    def bill_for(self, instalment_id: str) -> Bill | None:
        """What the wallet's page shows of an instalment; None if there is no such instalment."""
        row = next((row for row in INSTALMENTS if row[0] == instalment_id), None)
        if row is None or self._first_day is None:
            return None
        account = next(account for account in ACCOUNTS if account[0] == row[1])
        language = next(customer[2] for customer in CUSTOMERS if customer[0] == account[1])
        left = self._unpaid[instalment_id]
        return Bill(account[2], account[3], self.due(instalment_id), Decimal(row[3]), left, language)

    def due(self, instalment_id: str) -> date:
        """An instalment's due date, once it has been billed."""
        assert self._first_day is not None, "nothing has been billed"
        days = next(row[2] for row in INSTALMENTS if row[0] == instalment_id)
        return self._first_day + timedelta(days=days)

    def left(self, instalment_id: str) -> Decimal:
        """What remains to be paid of an instalment."""
        return self._unpaid[instalment_id]

    async def pay(self, instalment_id: str, amount: Decimal) -> None:
        """A customer pays on the wallet's page. Raises ValueError if there is nothing to pay with that amount."""
        left = self._unpaid[instalment_id]
        if not amount.is_finite() or not Decimal("0.01") <= amount <= left or amount != round(amount, 2):
            raise ValueError(f"{amount} cannot be paid; expected an amount from 0.01 to {left}")
        await self.receive(instalment_id, amount)

    async def receive(self, instalment_id: str, at_most: Decimal | None = None) -> Decimal:
        """The wallet receives the rest of an instalment, or `at_most` of it. Returns what came in; 0: everything was
        paid."""
        amount = self._unpaid[instalment_id] if at_most is None else min(at_most, self._unpaid[instalment_id])
        if amount:
            self._unpaid[instalment_id] -= amount
            self._payments.append((f"P{len(self._payments) + 1}", instalment_id, self._today(), amount))
            self._write("payments", "payment_id,instalment_id,paid_on,amount", self._payments)
            await self.import_files()
            await self._app.catch_up()
        return amount

    def _today(self) -> date:
        return self._app.clock.now().astimezone(ZoneInfo(ZONE)).date()

    def _write(self, kind: str, header: str, rows: Sequence[Row]) -> None:
        with (self._folder / f"{kind}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header.split(","))
            writer.writerows(rows)
