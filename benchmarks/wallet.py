"""A made-up card wallet of any size, always the same for a given size: import files like a bank's.

A customer has one account and about five monthly instalments, as in the card histories published by Yeh and Lien in
2009; most are paid, a fifth of the customers have an open one.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, literal, select, text

from storage.runtime.engine import Connection, Database
from storage.schema import accounts, customers, instalments, links

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)  # noon in Taipei
TODAY = date(2026, 3, 2)
ZONES = ("Asia/Taipei", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore")  # all of them within sending hours at NOW
LANGUAGES = ("zh-Hant", "zh-Hans", "en")
HEADERS = {
    "customers": "customer_id name language time_zone phone email",
    "accounts": "account_id customer_id product currency balance credit_limit",
    "instalments": "instalment_id account_id due_date amount_due amount_paid",
    "payments": "payment_id instalment_id paid_on amount",
}
MONTHS = 6
BILLED = 0.88  # of the months have a bill
OPEN = 0.2  # of the bills that are past are not paid in full

COPIED: tuple[tuple[Table, frozenset[str]], ...] = (
    (customers, frozenset({"customer_id"})),
    (accounts, frozenset({"account_id", "customer_id"})),
    (instalments, frozenset({"instalment_id", "account_id"})),
)
"""Tables, and which of their columns are ids that a copy has its own of."""

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows a wallet's files have."""

    customers: int
    instalments: int
    rows: int


def write_wallet(
    folder: Path, size: int, *, due_today: bool = False, payments: bool = True, zones: Sequence[str] = ZONES
) -> Size:
    """Writes the files of so many customers. With `due_today` each owes exactly one instalment, and that today."""
    counts = dict.fromkeys(HEADERS, 0)
    with ExitStack() as opened:
        writers: dict[str, Any] = {}
        for name, header in HEADERS.items():
            if payments or name != "payments":
                file = opened.enter_context((folder / f"{name}.csv").open("w", newline="", encoding="utf-8"))
                writers[name] = csv.writer(file)
                writers[name].writerow(header.split())
        for kind, row in _rows(size, due_today, zones):
            if kind in writers:
                writers[kind].writerow(row)
                counts[kind] += 1
    return Size(size, counts["instalments"], sum(counts.values()))


def _rows(size: int, due_today: bool, zones: Sequence[str]) -> Iterator[tuple[str, Row]]:
    chance = random.Random(20050901)
    for n in range(1, size + 1):
        customer, account = f"C{n:07d}", f"A{n:07d}"
        zone, language = zones[n % len(zones)], LANGUAGES[n % len(LANGUAGES)]
        yield "customers", (customer, f"Customer {n}", language, zone, f"+8869{n:08d}", f"c{n}@example.com")
        yield "accounts", (account, customer, "Card", "TWD", f"{chance.randrange(500_000)}.00", "500000.00")
        if due_today:
            yield "instalments", (f"I{n:07d}1", account, TODAY, f"{chance.randrange(1000, 9000)}.00", "0.00")
        else:
            yield from _history(n, account, chance)


def _history(n: int, account: str, chance: random.Random) -> Iterator[tuple[str, Row]]:
    """Six monthly bills; the newest is due within two weeks of today."""
    newest = TODAY + timedelta(days=n * 11 % 28 - 14)
    for month in range(MONTHS, 0, -1):
        if chance.random() > BILLED:
            continue
        instalment, due = f"I{n:07d}{month}", newest - timedelta(days=30 * (month - 1))
        amount = chance.randrange(1000, 9000)
        settled = due < TODAY and chance.random() > OPEN
        paid = amount if settled else chance.randrange(amount) if chance.random() < 0.3 else 0
        yield "instalments", (instalment, account, due, f"{amount}.00", f"{paid}.00")
        if paid:
            paid_on = min(due - timedelta(days=chance.randrange(10)), TODAY)
            yield "payments", (f"P{n:07d}{month}", instalment, paid_on, f"{paid}.00")


async def link_all(db: Database) -> None:
    """Links every customer to a Telegram account."""
    async with db.write() as conn:
        everybody = select(customers.c.customer_id).order_by(customers.c.customer_id)
        ids: Sequence[str] = (await conn.execute(everybody)).scalars().all()
        rows = [{"customer_id": id_, "user_id": n, "way": "payload", "linked_at": NOW} for n, id_ in enumerate(ids, 1)]
        await conn.execute(insert(links), rows)
        await _analyze(conn)


async def _analyze(conn: Connection) -> None:
    """What PostgreSQL does by itself within a minute of such a change, which takes years in a real wallet."""
    if conn.dialect.name == "postgresql":
        await conn.execute(text("ANALYZE"))


async def multiply(db: Database, times: int) -> None:
    """Copies all customers with all that they owe, under new ids, until there are `times` as many."""
    async with db.write() as conn:
        for copy in range(1, times):
            for table, ids in COPIED:
                names = [column.name for column in table.c if column.computed is None]
                rows = select(*((literal(f"{copy}-") + c if c.name in ids else c) for c in (table.c[n] for n in names)))
                originals = table.c[names[0]].not_like("%-%")
                await conn.execute(insert(table).from_select(names, rows.where(originals)))
