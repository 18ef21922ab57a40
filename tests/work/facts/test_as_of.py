"""`as_of`: the time for which the wallet reports a row. An older row never replaces a newer one, in any order of
files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.rules.facts.paid import timing_as_of
from storage.facts.imports import wallet_spoke_at
from storage.runtime.engine import Database
from tests.work.facts.wallets import counts, customer, instalment, refusals, rows, take, write, write_wallet

pytestmark = pytest.mark.postgresql_one_in(3)

EVENINGS = ("2026-02-28T22:00:00+08:00", "2026-03-01T22:00:00+08:00")
INSTANTS = ("facts_at", "amount_paid_at")


def day(n: int, *, paid: str = "0", payments: tuple[str, ...] = (), name: str = "Anna") -> dict[str, str]:
    """The four files of the evening `n`; `payments` as "P1,300.00"."""
    at = EVENINGS[n]
    listed = "".join(f"{one.replace(',', ',I1,2026-02-20,')},{at}\n" for one in payments)
    return {
        "customers": f"customer_id,name,time_zone,as_of\nC1,{name},Asia/Taipei,{at}\n",
        "accounts": f"account_id,customer_id,currency,balance,as_of\nA1,C1,TWD,{n}.00,{at}\n",
        "instalments": "instalment_id,account_id,due_date,amount_due,amount_paid,as_of\n"
        f"I1,A1,2026-03-1{n},1000.00,{paid},{at}\n",
        "payments": f"payment_id,instalment_id,paid_on,amount,as_of\n{listed}",
    }


@pytest.mark.parametrize("kind", ["customers", "accounts", "instalments"])
async def test_an_older_word_changes_nothing_and_counts_as_the_same(
    db: Database, clock: ManualClock, tmp_path: Path, kind: str
) -> None:
    # That there was another sum before is kept, for payments that come later.
    of_time = ("amount_paid_is_first", "other_paid_as_of")
    assert (await take(db, clock.now(), write(tmp_path / "new", **day(1, paid="500.00", name="Anne")))).ok
    before = await rows(db, without=of_time)
    clock.move(timedelta(hours=1))
    report = await take(db, clock.now(), write(tmp_path / "old", **{kind: day(0)[kind]}))
    assert (report.ok, counts(report, kind)) == (True, (0, 0, 1, 0))
    assert await rows(db, without=of_time) == before


async def test_a_newer_word_and_one_of_the_same_instant_are_taken(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await take(db, clock.now(), write(tmp_path / "w", **day(0)))
    for n, name in ((1, "Anne"), (1, "Annie")):
        report = await take(db, clock.now(), write(tmp_path / "w", customers=day(n, name=name)["customers"]))
        assert counts(report, "customers") == (0, 1, 0, 0)
    assert (await customer(db))["name"] == "Annie"


async def test_a_word_without_as_of_is_of_now(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    await take(db, clock.now(), write(tmp_path / "w", **day(0)))
    await take(db, clock.now(), write(tmp_path / "w", customers="customer_id,name\nC1,Anne\n"))
    await take(db, clock.now(), write(tmp_path / "w", customers=day(1)["customers"]))
    assert (await customer(db))["name"] == "Anne"


DAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing paid": ({}, {}),
    "paid on both days": ({"payments": ("P1,300.00",)}, {"payments": ("P1,300.00", "P2,200.00")}),
    "the word follows": ({"payments": ("P1,300.00",)}, {"paid": "300.00", "payments": ("P2,200.00",)}),
    "the word has both": ({"payments": ("P1,300.00",)}, {"paid": "500.00", "payments": ("P2,200.00",)}),
    "the word says less": ({"payments": ("P1,700.00",)}, {"paid": "500.00", "payments": ("P2,100.00",)}),
    "a reversal": (
        {"paid": "1000.00", "payments": ("P1,1000.00",)},
        {"paid": "0", "payments": ("P1,1000.00", "R1,-1000.00")},
    ),
    "the word is as it was": ({"paid": "300.00", "payments": ("P1,100.00",)}, {"paid": "300.00", "name": "Anne"}),
}


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")], ids=["oldest first", "newest first"])
@pytest.mark.parametrize("days", DAYS)
async def test_a_folder_with_yesterdays_files_says_the_same_as_one_after_the_other(
    sqlite_db: Database, postgresql_db: Database, clock: ManualClock, tmp_path: Path, days: str, names: tuple[str, str]
) -> None:
    together = {}
    for n, name in enumerate(names):
        files = day(n, **DAYS[days][n])
        assert (await take(sqlite_db, clock.now(), write(tmp_path / f"day{n}", **files))).ok
        together |= {f"{name}-{kind}": content for kind, content in files.items()}
        clock.move(timedelta(hours=1))
    folder = write(tmp_path / "folder", **together)
    assert (await take(postgresql_db, clock.now(), folder)).ok
    one_after_the_other = await rows(sqlite_db, without=INSTANTS)
    assert await rows(postgresql_db, without=INSTANTS) == one_after_the_other
    before = await rows(sqlite_db, without=INSTANTS)
    assert (await take(sqlite_db, clock.now(), folder)).ok  # and all of it once more changes nothing
    assert await rows(sqlite_db, without=INSTANTS) == before


async def test_yesterdays_payment_that_comes_late_is_in_todays_word(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await take(db, clock.now(), write(tmp_path / "w", **day(0)))
    await take(db, clock.now(), write(tmp_path / "w", **day(1, paid="500.00")))
    await take(db, clock.now(), write(tmp_path / "late", payments=day(0, payments=("P1,500.00",))["payments"]))
    assert (await instalment(db))["paid"] == 50000


@pytest.mark.parametrize("cell", ["yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", "2026-03-09T00:00:00Z"])
async def test_a_bad_as_of_costs_itself_only(db: Database, clock: ManualClock, tmp_path: Path, cell: str) -> None:
    folder = write(tmp_path / "w", c=f"customer_id,name,as_of\nC1,Anna,{cell}\n")
    assert counts(await take(db, clock.now(), folder), "customers") == (1, 0, 0, 1)
    assert "as_of" in refusals(folder / "c.csv")[0]
    assert (await customer(db))["facts_at"] == clock.now()


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2026-03-01T22:00:00+08:00", datetime(2026, 3, 1, 14, tzinfo=UTC)),
        ("2026-03-01T14:00Z", datetime(2026, 3, 1, 14, tzinfo=UTC)),
        ("2026-03-01 14:00:00", datetime(2026, 3, 1, 14, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
async def test_facts_are_as_old_as_the_wallet_says(
    db: Database, clock: ManualClock, tmp_path: Path, cell: str, instant: datetime
) -> None:
    await take(db, clock.now(), write(tmp_path / "w", c=f"customer_id,name,as_of\nC1,Anna,{cell}\n"))
    assert (await customer(db))["facts_at"] == instant


async def test_debts_are_as_fresh_as_the_newest_word_about_one(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    async def spoke_at() -> datetime | None:
        async with db.read() as conn:
            return await wallet_spoke_at(conn)

    await take(db, clock.now(), write(tmp_path / "w", customers=day(1)["customers"], accounts=day(1)["accounts"]))
    assert await spoke_at() is None
    await take(db, clock.now(), write(tmp_path / "w", instalments=day(1)["instalments"]))
    assert await spoke_at() == datetime(2026, 3, 1, 14, tzinfo=UTC)
    await take(db, clock.now(), write(tmp_path / "old", instalments=day(0)["instalments"]))
    assert await spoke_at() == datetime(2026, 3, 1, 14, tzinfo=UTC)
    await take(db, clock.now(), write_wallet(tmp_path / "plain"))
    assert await spoke_at() == clock.now()


WORD = datetime(2026, 3, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("paid_on", "hours", "is_first", "timing"),
    [
        (date(2026, 3, 1), 0, False, "with"),
        (date(2026, 3, 1), 1, False, "with"),
        (date(2026, 3, 1), -1, False, "with"),
        (date(2026, 3, 1), -24, False, "before"),
        (date(2026, 2, 1), -24, True, "with"),
        (date(2026, 3, 1), 24, False, "after"),
        (date(2026, 2, 28), 24, False, "with"),
    ],
)
def test_whether_a_payment_is_in_the_wallets_sum_by_when_each_was_said(
    paid_on: date, hours: int, is_first: bool, timing: str
) -> None:
    assert timing_as_of(paid_on, WORD + timedelta(hours=hours), WORD, is_first=is_first) == timing


@pytest.mark.parametrize("order", [("payment", "total"), ("total", "payment")])
async def test_a_total_that_is_sent_with_a_payment_is_exact_within_the_hour(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, order: tuple[str, str]
) -> None:
    """Before, it may be one of those that the total has: a wallet may never have told of them singly."""
    db = sqlite_db
    first = day(0, paid="500.00") | {"payments": "payment_id,instalment_id,paid_on,amount,as_of\n"}
    await take(db, clock.now(), write(tmp_path / "w", **first))
    later = EVENINGS[0].replace("T22:00", "T22:20")
    files = {
        "payment": {"payments": f"payment_id,instalment_id,paid_on,amount,as_of\nP1,I1,2026-02-28,300.00,{later}\n"},
        "total": {
            "instalments": f"instalment_id,account_id,due_date,amount_due,amount_paid,as_of\n"
            f"I1,A1,2026-03-10,1000.00,800.00,{later}\n"
        },
    }
    paid = []
    for n, which in enumerate(order):
        clock.move(timedelta(minutes=1))
        await take(db, clock.now(), write(tmp_path / str(n), **files[which]))
        paid.append((await instalment(db))["paid"])
    assert paid == [50_000 if order[0] == "payment" else 80_000, 80_000]
