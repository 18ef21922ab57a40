"""An import of good files: what is new, what has changed, and how much of an instalment is paid."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.clock import ManualClock
from storage.facts.imports import facts_stamp
from storage.runtime.engine import Database
from storage.schema import customers
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

pytestmark = pytest.mark.postgresql_one_in(3)

HEAD_OF_PAYMENTS, HEAD_OF_INSTALMENTS = PAYMENTS.splitlines()[0] + "\n", INSTALMENTS.splitlines()[0] + "\n"
HEAD_OF_CUSTOMERS = "customer_id,name,time_zone,phone\n"


@pytest.fixture
async def wallet(db: Database, clock: ManualClock, tmp_path: Path) -> Path:
    """A folder with the usual wallet, imported; a day has passed since."""
    folder = write_wallet(tmp_path / "wallet")
    await take(db, clock.now(), folder)
    clock.move(timedelta(days=1))
    return folder


async def test_a_wallet_goes_in(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    report = await take(db, clock.now(), write_wallet(tmp_path / "wallet", payments=PAYMENTS))
    assert [counts(report, kind) for kind in ("customers", "accounts", "instalments", "payments")] == [(1, 0, 0, 0)] * 4
    assert report.ok

    found = await rows(db)
    assert found["customers"][0] == {
        "customer_id": "C1",
        "name": "Anna",
        "language": "zh-Hant",
        "time_zone": "Asia/Taipei",
        "zone": "Asia/Taipei",
        "phone": "+886912345678",
        "email": "a@example.com",
        "segment": None,
        "vulnerable": False,
        "facts_at": clock.now(),
        "seen_at": None,
        "stopped_at": None,
        "forgotten_at": None,
        "taken_over_through": None,
        "taken_over_by": None,
        "taken_over_at": None,
        "foreseen_hour": None,
        # What the customer wishes: no import says so.
        **dict.fromkeys(("chosen_zone", "how_often", "remind_hour", "channel_order", "paused_until", "last_choice")),
    }
    assert (found["accounts"][0]["balance"], found["accounts"][0]["credit_limit"]) == (10000, 50000)
    assert (found["instalments"][0]["amount_due"], found["instalments"][0]["outstanding"]) == (100000, 70000)


async def test_files_are_taken_in_the_order_of_what_refers_to_what(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write(tmp_path / "w", a=PAYMENTS, b=INSTALMENTS, c=ACCOUNTS, d=CUSTOMERS)
    report = await take(db, clock.now(), *(folder / f"{name}.csv" for name in "abcd"))
    assert [file.kind for file in report.files] == ["customers", "accounts", "instalments", "payments"]
    assert report.ok


async def test_importing_again_changes_nothing_but_the_age_of_the_facts(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    folder = write_wallet(tmp_path / "wallet", payments=PAYMENTS)
    await take(db, clock.now(), folder)
    before = await rows(db, without=["facts_at"])
    clock.move(timedelta(hours=5))

    report = await take(db, clock.now(), folder)

    assert [counts(report, kind) for kind in ("customers", "accounts", "instalments", "payments")] == [(0, 0, 1, 0)] * 4
    assert await rows(db, without=["facts_at"]) == before
    facts_at = {name: {row["facts_at"] for row in table} for name, table in (await rows(db)).items()}
    first = facts_at.pop("payments")  # of a payment it is when it was first known
    assert (first, *facts_at.values()) == ({clock.now() - timedelta(hours=5)}, *[{clock.now()}] * 3)


async def test_a_corrected_file_may_follow_within_the_same_instant(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await take(db, clock.now(), write_wallet(tmp_path / "wallet"))
    report = await take(db, clock.now(), write(tmp_path / "w", customers="customer_id,name\nC1,Anne\n"))
    assert counts(report, "customers") == (0, 1, 0, 0)


async def test_a_column_that_is_not_there_leaves_what_is_known(db: Database, wallet: Path, clock: ManualClock) -> None:
    await take(db, clock.now(), write(wallet, customers="customer_id,name\nC1,Anne\n"))
    assert (await customer(db))["phone"] == "+886912345678"
    assert (await customer(db))["zone"] == "Asia/Taipei"


async def test_a_blank_cell_clears_what_is_known(db: Database, wallet: Path, clock: ManualClock) -> None:
    report = await take(
        db, clock.now(), write(wallet, customers="customer_id,name,email,time_zone\nC1,, ,Asia/Taipei\n")
    )
    assert counts(report, "customers") == (0, 1, 0, 0)
    assert ((await customer(db))["name"], (await customer(db))["email"]) == ("", None)


@pytest.mark.parametrize(
    ("time_zone", "phone", "zone"),
    [
        ("Asia/Shanghai", "+886912345678", "Asia/Shanghai"),
        ("", "+886912345678", "Asia/Taipei"),
        ("", "+44 7700 900123", "Europe/Guernsey|Europe/Isle_of_Man|Europe/London"),
        ("", "+18005550100", "UTC"),
        ("", "", "UTC"),
    ],
)
async def test_the_zone_comes_from_the_wallet_or_the_number(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, time_zone: str, phone: str, zone: str
) -> None:
    await take(sqlite_db, clock.now(), write(tmp_path / "w", c=f"{HEAD_OF_CUSTOMERS}C1,,{time_zone},{phone}\n"))
    assert (await customer(sqlite_db))["zone"] == zone


async def test_a_zone_follows_the_number_when_the_file_has_only_numbers(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await take(sqlite_db, clock.now(), write(tmp_path / "w", c=f"{HEAD_OF_CUSTOMERS}C1,,,+886912345678\n"))
    await take(sqlite_db, clock.now(), write(tmp_path / "w", c="customer_id,phone\nC1,+8613800138000\n"))
    assert (await customer(sqlite_db))["zone"] == "Asia/Shanghai"


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_who_was_forgotten_is_not_learned_again(db: Database, wallet: Path, clock: ManualClock) -> None:
    async with db.write() as conn:
        await conn.execute(update(customers).values(name="", phone=None, forgotten_at=clock.now()))
    report = await take(db, clock.now(), wallet)
    assert counts(report, "customers") == (0, 0, 1, 0)
    assert ((await customer(db))["name"], (await customer(db))["phone"]) == ("", None)


# --- What is paid ----------------------------------------------------------------------------------------------------


async def test_payments_that_the_file_counts_already_count_once(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    paid = f"{HEAD_OF_INSTALMENTS}I1,A1,2026-03-10,1000,300\n"
    await take(db, clock.now(), write_wallet(tmp_path / "w", instalments=paid, payments=PAYMENTS))
    assert (await instalment(db))["paid"] == 30000


async def test_what_the_file_does_not_count_yet_is_on_top(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    paid = f"{HEAD_OF_INSTALMENTS}I1,A1,2026-03-10,1000,300\n"
    more = f"{PAYMENTS}P2,I1,2026-03-02,200\n"
    await take(db, clock.now(), write_wallet(tmp_path / "w", instalments=paid, payments=more))
    assert (await instalment(db))["paid"] == 50000


async def test_an_amount_paid_of_nothing_swallows_no_payment(db: Database, wallet: Path, clock: ManualClock) -> None:
    await take(db, clock.now(), write(wallet, payments=PAYMENTS))
    assert (await instalment(db))["paid"] == 30000


async def test_a_payment_after_the_file_is_on_top(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    paid = f"{HEAD_OF_INSTALMENTS}I1,A1,2026-03-10,1000,300\n"
    await take(db, clock.now(), write_wallet(tmp_path / "w", instalments=paid))
    clock.move(timedelta(days=1))
    await take(db, clock.now(), write(tmp_path / "later", p=f"{HEAD_OF_PAYMENTS}P2,I1,2026-03-03,200\n"))
    assert (await instalment(db))["paid"] == 50000


async def test_an_older_payment_that_comes_late_is_in_the_files_word(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    paid = f"{HEAD_OF_INSTALMENTS}I1,A1,2026-03-10,1000,300\n"
    await take(db, clock.now(), write_wallet(tmp_path / "w", instalments=paid))
    clock.move(timedelta(days=1))
    await take(db, clock.now(), write(tmp_path / "later", p=PAYMENTS))
    assert (await instalment(db))["paid"] == 30000


async def test_a_new_word_covers_the_payments_on_top(db: Database, wallet: Path, clock: ManualClock) -> None:
    await take(db, clock.now(), write(wallet, payments=PAYMENTS))
    clock.move(timedelta(days=1))
    await take(db, clock.now(), write(wallet, instalments=f"{HEAD_OF_INSTALMENTS}I1,A1,2026-03-10,1000,350\n"))
    assert (await instalment(db))["paid"] == 35000


async def test_the_same_word_again_leaves_payments_on_top(db: Database, wallet: Path, clock: ManualClock) -> None:
    await take(db, clock.now(), write(wallet, payments=PAYMENTS))
    clock.move(timedelta(days=1))
    await take(db, clock.now(), write(wallet, instalments=f"{HEAD_OF_INSTALMENTS}I1,A1,2026-03-12,1000,0\n"))
    assert (await instalment(db))["paid"] == 30000


async def test_a_reversal_is_taken_off(db: Database, wallet: Path, clock: ManualClock) -> None:
    await take(db, clock.now(), write(wallet, payments=f"{PAYMENTS}P2,I1,2026-03-02,-300\n"))
    assert (await instalment(db))["paid"] == 0
    assert (await instalment(db))["outstanding"] == 100000


async def test_a_reversal_that_comes_with_the_word_is_in_it(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    due = f"{HEAD_OF_INSTALMENTS}I1,A1,2026-12-02,1000.00,"
    paid = f"{HEAD_OF_PAYMENTS}P1,I1,2026-02-27,1000.00\n"
    await take(db, clock.now(), write_wallet(tmp_path / "w", instalments=f"{due}1000.00\n", payments=paid))
    clock.move(timedelta(hours=1))

    taken_back = f"{paid}R1,I1,2026-02-28,-1000.00\n"
    folder = write(tmp_path / "w", instalments=f"{due}0\n", payments=taken_back)
    for _ in range(2):
        await take(db, clock.now(), folder)
        row = await instalment(db)
        assert (row["paid"], row["outstanding"]) == (0, 100000)
        clock.move(timedelta(days=1))


@pytest.mark.parametrize("batch", [1, 5000])
@pytest.mark.parametrize("order", list(permutations(["P1,I1,2026-03-01,1000", "R1,I1,2026-03-01,-500"])))
async def test_in_which_order_payment_and_reversal_come_does_not_matter(
    sqlite_db: Database, clock: ManualClock, tmp_path: Path, order: tuple[str, ...], batch: int
) -> None:
    word = f"{HEAD_OF_INSTALMENTS}I1,A1,2026-03-10,1000,500\n"
    payments = HEAD_OF_PAYMENTS + "".join(f"{row}\n" for row in order)
    await take(sqlite_db, clock.now(), write_wallet(tmp_path / "w", instalments=word, payments=payments), batch=batch)
    assert (await instalment(sqlite_db))["paid"] == 50000


async def test_a_late_reversal_of_an_earlier_day_is_in_the_word(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    word = f"{HEAD_OF_INSTALMENTS}I1,A1,2026-03-10,1000,"
    await take(db, clock.now(), write_wallet(tmp_path / "w", instalments=f"{word}300\n", payments=PAYMENTS))
    clock.move(timedelta(days=1))
    await take(db, clock.now(), write(tmp_path / "w", instalments=f"{word}0\n"))
    clock.move(timedelta(days=1))
    await take(db, clock.now(), write(tmp_path / "late", p=f"{HEAD_OF_PAYMENTS}R1,I1,2026-03-02,-300\n"))
    assert (await instalment(db))["paid"] == 0


async def test_an_instalment_is_settled_by_payments(db: Database, wallet: Path, clock: ManualClock) -> None:
    await take(db, clock.now(), write(wallet, payments=f"{HEAD_OF_PAYMENTS}P1,I1,2026-03-02,1000\n"))
    assert (await instalment(db))["outstanding"] == 0


async def test_a_payment_id_counts_once(db: Database, wallet: Path, clock: ManualClock) -> None:
    await take(db, clock.now(), write(wallet, payments=PAYMENTS))
    report = await take(db, clock.now(), write(wallet, payments=f"{HEAD_OF_PAYMENTS}P1,I1,2026-03-01,400\n"))
    assert counts(report, "payments") == (0, 0, 0, 1)
    assert "reverse it with a negative payment" in refusals(wallet / "payments.csv")[0]
    assert (await instalment(db))["paid"] == 30000


# --- What does not fit what is known ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"accounts": ACCOUNTS.replace("C1", "C9")}, "customer_id 'C9' is unknown"),
        ({"instalments": INSTALMENTS.replace("A1", "A9")}, "account_id 'A9' is unknown"),
        ({"payments": PAYMENTS.replace("I1", "I9")}, "instalment_id 'I9' is unknown"),
        ({"customers": CUSTOMERS + "C2,Bo,,,,\n", "accounts": ACCOUNTS.replace("C1", "C2")}, "'C2' is not 'C1'"),
        ({"accounts": ACCOUNTS.replace("TWD", "CNY")}, "currency 'CNY' is not 'TWD'"),
        (
            {"accounts": f"{ACCOUNTS}A2,C1,Card,CNY,0,\n", "instalments": INSTALMENTS.replace("A1", "A2")},
            "account_id 'A2' is in CNY, the instalment is in TWD",
        ),
    ],
)
async def test_what_contradicts_what_is_known_is_refused(
    db: Database, wallet: Path, clock: ManualClock, files: dict[str, str], reason: str
) -> None:
    before = await instalment(db)
    report = await take(db, clock.now(), *(write(wallet, **files) / f"{name}.csv" for name in files))
    assert not report.ok
    assert reason in refusals(wallet / f"{list(files)[-1]}.csv")[0]
    assert await instalment(db) == before


async def test_an_account_without_instalments_may_change_its_currency(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await take(db, clock.now(), write(tmp_path / "w", customers=CUSTOMERS, accounts=ACCOUNTS))
    changed = "account_id,customer_id,currency,balance\nA1,C1,JPY,7\n"
    report = await take(db, clock.now(), write(tmp_path / "w", accounts=changed))
    assert counts(report, "accounts") == (0, 1, 0, 0)
    (account,) = (await rows(db))["accounts"]
    assert (account["currency"], account["balance"], account["credit_limit"]) == ("JPY", 7, None)


async def test_the_first_of_two_rows_with_one_id_counts(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    twice = f"{CUSTOMERS}C2,Bo,,,,\nC2,Bo ,,,,\nC2,Bob,,,,\n"
    folder = write(tmp_path / "w", customers=twice)
    for batch in (5000, 1):  # in one batch, and each in its own
        report = await take(db, clock.now(), folder, batch=batch)
        assert counts(report, "customers")[3] == 1
        assert refusals(folder / "customers.csv") == [
            "5,\"customer_id 'C2' is already in line 3, with other content\",C2,Bob,,,,"
        ]
    assert (await customer(db, "C2"))["name"] == "Bo"


# --- The stamp -------------------------------------------------------------------------------------------------------


async def test_the_stamp_moves_with_changed_facts_only(db: Database, wallet: Path, clock: ManualClock) -> None:
    async def stamp() -> str:
        async with db.read() as conn:
            return await facts_stamp(conn)

    before = await stamp()
    await take(db, clock.now(), wallet)
    assert await stamp() == before
    await take(db, clock.now(), write(wallet, payments=PAYMENTS))
    assert await stamp() != before
