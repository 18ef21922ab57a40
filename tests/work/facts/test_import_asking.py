"""What is known of an import's next rows is asked while PostgreSQL writes the present ones, and asked once more if that
may have changed it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from bot.clock import ManualClock
from bot.work.facts.forgetting import forget
from bot.work.facts.import_asking import Asked, AskingAhead
from bot.work.facts.import_rows import Given, Row, Run
from bot.work.facts.import_values import PAYMENTS
from storage.facts import imports
from storage.runtime.engine import Database
from tests.conftest import opened
from tests.work.facts.wallets import CUSTOMERS, INSTALMENTS, counts, rows, take, write, write_wallet

TWO = INSTALMENTS + "I2,A1,2026-04-10,1000.00,0\n"


def paying(*instalment_ids: str) -> Given:
    said = [{"payment_id": f"P-{id_}", "instalment_id": id_} for id_ in instalment_ids]
    lines = range(2, len(said) + 2)
    return Given(lines, {n: Row(line, row) for n, (line, row) in enumerate(zip(lines, said, strict=True))})


class Paying:
    """The import of a file of payments, of which the first batch pays I1, in a wallet with two instalments."""

    def __init__(self, db: Database, clock: ManualClock) -> None:
        self.db, self.clock = db, clock
        self.asking = AskingAhead(db, PAYMENTS, Run(clock.now(), clock.now()))

    async def write_first_and_ask(self, second: Given, *, changes: bool = True, is_all: bool = True) -> Asked | None:
        """What is asked of the second batch before the first one is in the database."""
        first = paying("I1")
        assert await self.asking.ask(first) is None, "nothing is written meanwhile"
        async with self.db.write() as conn:
            await imports.begin(conn)
            assert await self.asking.answers(conn, None, first, are_more_to_come=True) is None
            asked = await self.asking.ask(second)
            if changes:
                await imports.bump_facts_stamp(conn, self.clock.now())
            self.asking.wrote(first, int(changes), is_all=is_all)
        return asked

    async def hold(self, asked: Asked | None, second: Given) -> bool:
        """Whether the answers hold in the transaction of the second batch."""
        async with self.db.write() as conn:
            await imports.begin(conn)
            batch = await self.asking.answers(conn, asked, second, are_more_to_come=False)
        assert batch is None or (asked is not None and batch is asked.batch)
        return batch is not None


@pytest.fixture
async def file(postgresql_db: Database, clock: ManualClock, tmp_path: Path) -> Paying:
    await take(postgresql_db, clock.now(), write_wallet(tmp_path / "w", instalments=TWO))
    return Paying(postgresql_db, clock)


@pytest.mark.parametrize("changes", [True, False])
async def test_answers_hold_when_only_the_batch_before_was_written(file: Paying, changes: bool) -> None:
    asked = await file.write_first_and_ask(paying("I2"), changes=changes)
    assert await file.hold(asked, paying("I2"))


async def test_answers_that_came_after_it_was_written_hold_whatever_it_paid(file: Paying) -> None:
    await file.write_first_and_ask(paying("I2"))
    asked = await file.asking.ask(paying("I1"))
    assert await file.hold(asked, paying("I1"))


async def test_what_the_batch_before_paid_is_asked_once_more(file: Paying) -> None:
    asked = await file.write_first_and_ask(paying("I2", "I1"))
    assert not await file.hold(asked, paying("I2", "I1"))


async def test_after_a_batch_that_read_more_it_is_asked_once_more(file: Paying) -> None:
    asked = await file.write_first_and_ask(paying("I2"), is_all=False)
    assert not await file.hold(asked, paying("I2"))


async def test_what_somebody_else_may_have_changed_is_asked_once_more(file: Paying, tmp_path: Path) -> None:
    asked = await file.write_first_and_ask(paying("I2"))
    await take(file.db, file.clock.now(), write(tmp_path / "one", customers=CUSTOMERS + "C2,Bob,,,,\n"))
    assert not await file.hold(asked, paying("I2"))
    asked = await file.asking.ask(paying("I2"))
    await forget(file.db, "C2", file.clock.now())
    assert not await file.hold(asked, paying("I2"))


async def test_nothing_is_asked_ahead_any_more_once_a_row_is_known(file: Paying, tmp_path: Path) -> None:
    said = "payment_id,instalment_id,paid_on,amount\nP-I2,I2,2026-03-01,300.00\n"
    await take(file.db, file.clock.now(), write(tmp_path / "known", payments=said))
    assert await file.write_first_and_ask(paying("I2")) is None
    assert await file.asking.ask(paying("I1")) is None


async def test_without_a_second_connection_nothing_is_asked_ahead(
    file: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(file.db, "read", lambda: refused(asyncpg.TooManyConnectionsError("sorry")))
        assert await file.write_first_and_ask(paying("I2")) is None
    assert not await file.hold(await file.asking.ask(paying("I2")), paying("I2"))


async def test_what_is_wrong_with_a_question_is_an_error(file: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file.db, "read", lambda: refused(asyncpg.UndefinedColumnError("no such column")))
    with pytest.raises(asyncpg.UndefinedColumnError):
        await file.write_first_and_ask(paying("I2"))


@asynccontextmanager
async def refused(error: Exception) -> AsyncIterator[None]:
    """In the place of a connection."""
    raise error
    yield


async def test_on_sqlite_nothing_is_asked_ahead(sqlite_db: Database, clock: ManualClock) -> None:
    assert await Paying(sqlite_db, clock).write_first_and_ask(paying("I2")) is None


@pytest.fixture
def another(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "another.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.mark.postgresql_one_in(1)
async def test_in_many_batches_everything_ends_as_in_one(
    db: Database, clock: ManualClock, tmp_path: Path, another: str
) -> None:
    """With rows that come again, and several payments of an instalment, in batches that follow each other."""
    word = "".join(f"I{n},A{n % 3},2026-03-05,1000,100\n" for n in range(30))
    paid = [f"P{n}-{k},I{n},2026-03-02,100\n" for n in range(30) for k in range(1 + n % 3)]
    folder = write(
        tmp_path / "w",
        customers="customer_id,name\n" + "".join(f"C{n % 7},Name {n % 7}\n" for n in range(9)) + "C1,Other\n",
        accounts="account_id,customer_id,currency,balance\n" + "".join(f"A{n},C{n},TWD,{n}\n" for n in range(3)),
        instalments="instalment_id,account_id,due_date,amount_due,amount_paid\n" + word + "I1,A9,2026-03-05,10,5\n",
        payments="payment_id,instalment_id,paid_on,amount\n" + "".join(paid + paid[-7:]) + "Q1,I99,2026-03-02,1\n",
    )
    report = await take(db, clock.now(), folder, batch=2)
    async with opened(another) as other:
        at_once = await take(other, clock.now(), folder)
        assert report.as_json() == at_once.as_json()
        assert await rows(db) == await rows(other)
    assert counts(report, "payments") == (60, 0, 7, 1)
    assert [row["paid"] for row in (await rows(db))["instalments"]][:3] == [10_000, 20_000, 20_000]
