"""An import as a whole: after a cut and a new start the result is the same, and every row is accounted for."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clock import ManualClock
from storage.runtime.engine import Database
from tests.conftest import opened
from tests.faults.preloaded import ROOT, Forked
from tests.work.facts import one_batch_at_a_time
from tests.work.facts.wallets import counts, rows, take, write

KINDS = ("customers", "accounts", "instalments", "payments")
INSTANTS = ("facts_at", "amount_paid_at")


def many(folder: Path) -> Path:
    """A hundred customers, each with a payment of today that its instalment counts already, and one that is on top."""
    head = "instalment_id,account_id,due_date,amount_due,amount_paid\n"
    payments = "".join(f"P{n},I{n},2026-03-02,5\nQ{n},I{n},2026-03-02,1\n" for n in range(100))
    return write(
        folder,
        customers="customer_id,name\n" + "".join(f"C{n},Name {n}\n" for n in range(100)),
        accounts="account_id,customer_id,currency,balance\n" + "".join(f"A{n},C{n},TWD,{n}\n" for n in range(100)),
        instalments=head + "".join(f"I{n},A{n},2026-03-05,10,5\n" for n in range(100)),
        payments="payment_id,instalment_id,paid_on,amount\n" + payments,
    )


@pytest.fixture
def undisturbed(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "undisturbed.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.mark.parametrize("batches", [3, 8, 17])
async def test_killed_half_way_and_begun_again_it_ends_the_same(
    db: Database, clock: ManualClock, tmp_path: Path, undisturbed: str, batches: int
) -> None:
    folder = many(tmp_path / "w")
    await kill_after(batches, db.url.render_as_string(hide_password=False), folder, clock.now())
    clock.move(timedelta(minutes=5))

    report = await take(db, clock.now(), folder, batch=20)

    assert sum(counts(report, kind)[2] for kind in KINDS) == batches * 20
    async with opened(undisturbed) as other:
        await take(other, clock.now(), folder)
        assert await rows(db, without=INSTANTS) == await rows(other, without=INSTANTS)
    assert {row["paid"] for row in (await rows(db))["instalments"]} == {600}


async def kill_after(batches: int, address: str, folder: Path, now: datetime) -> None:
    """Starts an import in a process of its own and ends that by SIGKILL once so many batches are in."""
    words = folder.with_name("go on")
    os.mkfifo(words)
    process = await Forked.start(
        one_batch_at_a_time.__name__, [address, str(folder), now.isoformat(), str(words)], ROOT, {}
    )
    with words.open("r+b", buffering=0) as says:  # "r+", because this waits for nobody
        for batch in range(batches):
            if batch:
                says.write(b"go on\n")
            assert await process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_two_imports_at_once_take_turns(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    folder = many(tmp_path / "w")
    reports = await asyncio.gather(*(take(db, clock.now(), folder, batch=20) for _ in range(2)))
    added = [sum(counts(report, kind)[0] for report in reports) for kind in KINDS]
    assert added == [100, 100, 100, 200]
    assert {row["paid"] for row in (await rows(db))["instalments"]} == {600}


# --- Any file --------------------------------------------------------------------------------------------------------

few = st.integers(0, 3)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
amount = st.sampled_from(["0", "1", "2.50", "-1", "x", "", "1000000000000000000"])
day = st.sampled_from(["2026-03-01", "2026-03-02", "2026-02-30", "", "2030-01-01"])
LINES: dict[str, tuple[str, Callable[..., str], tuple[st.SearchStrategy[object], ...]]] = {
    "customers": ("customer_id,name,language", "C{},{},{}".format, (few, text, st.sampled_from(["en", "zh_TW", "?"]))),
    "accounts": (
        "account_id,customer_id,currency,balance",
        "A{},C{},{},{}".format,
        (few, few, st.sampled_from(["TWD", "JPY", "?"]), amount),
    ),
    "instalments": (
        "instalment_id,account_id,due_date,amount_due,amount_paid",
        "I{},A{},{},{},{}".format,
        (few, few, day, amount, amount),
    ),
    "payments": ("payment_id,instalment_id,paid_on,amount", "P{},I{},{},{}".format, (few, few, day, amount)),
}


SOME_LINES = {kind: st.lists(st.builds(line, *columns), max_size=6) for kind, (_, line, columns) in LINES.items()}


@st.composite
def wallets(draw: st.DrawFn) -> dict[str, str]:
    """Files that refer to each other more or less, with good and bad rows and with names of any characters."""
    files = {}
    for kind, (header, *_) in LINES.items():
        files[kind] = "\n".join([header, *draw(SOME_LINES[kind])]) + "\n"
    return files


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=wallets(), batch=st.sampled_from([1, 2, 5000]))
async def test_every_row_is_accounted_for_and_the_same_files_change_nothing(
    sqlite_db: Database, tmp_path: Path, files: dict[str, str], batch: int
) -> None:
    folder = write(tmp_path / "w", **files)
    now = datetime(2026, 3, 2, 4, tzinfo=UTC)
    first = await take(sqlite_db, now, folder, batch=batch)
    before = await rows(sqlite_db, without=["facts_at"])

    second = await take(sqlite_db, now + timedelta(hours=1), folder, batch=batch)

    for kind in KINDS:
        (file,) = [file for file in first.files if file.kind == kind]
        added, changed, same, refused = counts(first, kind)
        whole = added + changed + same
        assert max(whole, refused) <= file.rows <= whole + refused  # a row without a cell is in both
        assert counts(second, kind) == (0, 0, added + changed + same, refused)
    assert await rows(sqlite_db, without=["facts_at"]) == before
