"""Each evening is stored. An evening on which the program did not run is computed afterwards if that is certain to be
right, else it is listed with its cause."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rules.guarantee.unwritten_evenings import NotRun
from bot.rules.policy.sending_hours import MIDNIGHT
from bot.work.guarantee import guard_walk
from bot.work.guarantee.guard import PastAudit, audit, past_audit
from bot.work.policy.policies import open_book
from storage.agreements import holds
from storage.agreements.holds import Hold
from storage.cases import cases_opening
from storage.customers import customer_rows, telegram_links
from storage.facts import imports
from storage.guarantee import guarantee_history
from storage.reminders import contacts, signs_of_life
from storage.reminders.contacts import Outgoing
from storage.reminders.signs_of_life import SignOfLife
from storage.runtime.engine import Database
from storage.schema import cases, day_states, guard_walks, prunings, unwritten_evenings
from tests.work.facts.wallets import take, write_wallet
from tests.work.lives import add, customer, owes, paid, rows

pytestmark = pytest.mark.postgresql_one_in(4)

HUMANE = load_policy("humane")
TODAY = date(2026, 3, 2)


def taipei(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


async def round_at(db: Database, now: datetime, policy=HUMANE) -> int:
    return (await guard_walk.walk(db, policy, ("telegram",), now)).opened


async def past(
    db: Database, now: datetime, first: date = date(2026, 2, 1), last: date = date(2026, 3, 31)
) -> PastAudit:
    return await past_audit(db, HUMANE, first, last, now)


async def unwritten(db: Database, now: datetime) -> dict[str, str]:
    causes = (await past(db, now)).as_json()["unwritten_causes"]
    assert isinstance(causes, dict)
    return causes


async def told(db: Database, customer_id: str, at: datetime) -> None:
    """An agent's words, which an account that is linked took."""
    async with db.write() as conn:
        out = await contacts.record_attempt(conn, Outgoing(customer_id, "telegram", "agent"), at)
        await contacts.record_result(conn, out, "accepted", reference="1")


async def signs(db: Database, customer_id: str, at: datetime) -> None:
    async with db.write() as conn:
        await signs_of_life.record_sign_of_life(conn, SignOfLife(customer_id, "telegram", "press", at))
        await customer_rows.note_seen(conn, customer_id, at)


async def test_an_old_payment_that_the_wallet_names_each_night_is_no_sign_of_life(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    nine_days_ago, paid_once = TODAY - timedelta(days=9), "payment_id,instalment_id,paid_on,amount\n"
    owed = f"instalment_id,account_id,due_date,amount_due\nI1,A1,{nine_days_ago},1000.00\n"
    paid_once += f"P1,I1,{TODAY - timedelta(days=20)},100.00\n"
    folder = write_wallet(tmp_path / "wallet", instalments=owed, payments=paid_once)
    at = clock.now() - timedelta(days=10)
    assert (await take(db, at, folder)).ok
    async with db.write() as conn:
        await telegram_links.start_link(conn, "C1", 1001, "payload", at)
    await told(db, "C1", at + timedelta(days=3))
    assert (await take(db, clock.now(), folder)).ok
    assert (await audit(db, HUMANE, ("telegram",), clock.now())).counts["silent"] == 1


async def everybody_in_a_state(db: Database, now: datetime) -> None:
    """One in each state, and one who is silent."""
    names = ("asked", "held", "graced", "pressed", "paid", "fresh", "silent", "disputed")
    ages = {"graced": 2, "fresh": 5}
    for name in names:
        await customer(db, now - timedelta(days=40), name)
        due = TODAY - timedelta(days=ages.get(name, 9))
        status = "disputed" if name == "disputed" else "open"
        instalment = "I1" if name == "paid" else f"I-{name}"
        await owes(db, now - timedelta(days=40), due, instalment, name, status=status)
    async with db.write() as conn:
        await cases_opening.open_asked(conn, "asked", TODAY, now)
        await holds.set_hold(conn, Hold("held", "hold", TODAY), now)
    for name in ("pressed", "paid", "fresh"):
        await told(db, name, now - timedelta(days=3))
    await signs(db, "pressed", now - timedelta(days=2))
    await paid(db, now - timedelta(days=1))


async def everything_changes(db: Database, now: datetime) -> None:
    """What happens in the morning after is no part of the evening before."""
    async with db.write() as conn:
        await conn.execute(update(cases).where(cases.c.state != "closed").values(state="closed", closed_at=now))
        await holds.withdraw(conn, "held", now)
        await cases_opening.open_asked(conn, "graced", TODAY, now)
    await told(db, "silent", now)
    await signs(db, "pressed", now)
    await signs(db, "fresh", now)


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_an_evening_computed_afterwards_is_as_it_was(db: Database) -> None:
    await everybody_in_a_state(db, taipei(2, 12))
    states = {"asked": "in_queue", "held": "on_hold", "disputed": "on_hold", "graced": "in_grace"}
    states |= dict.fromkeys(("pressed", "paid", "fresh"), "reached")
    await round_at(db, taipei(2, 12))  # opens a case for every silent customer
    async with db.write() as conn:
        answered = update(cases).where(cases.c.customer_id == "silent")
        await conn.execute(answered.values(state="closed", closed_at=taipei(2, 13)))
    await everything_changes(db, taipei(3, 8))
    await round_at(db, taipei(3, 8, 1))
    found = {row.customer_id: (row.state, row.cause) for row in await rows(db, day_states) if row.day == TODAY}
    assert found == {**{name: (state, None) for name, state in states.items()}, "silent": ("silent", "not_running")}
    assert await unwritten(db, taipei(3, 8, 1)) == {}


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_it_is_what_would_have_been_written_in_the_evening(db: Database) -> None:
    await everybody_in_a_state(db, taipei(2, 12))
    await round_at(db, taipei(2, 12))
    await round_at(db, taipei(2, 20))
    written = {(row.customer_id, row.state) for row in await rows(db, day_states)}
    async with db.write() as conn:
        await conn.execute(delete(day_states))
        await conn.execute(update(guard_walks).values(settled_at=taipei(2, 19, 59)))
    await everything_changes(db, taipei(3, 8))
    await round_at(db, taipei(3, 8, 1))
    assert {(row.customer_id, row.state) for row in await rows(db, day_states) if row.day == TODAY} == written


async def test_who_fell_silent_while_nothing_ran_is_a_hole(db: Database) -> None:
    await customer(db, taipei(1, 12))
    await owes(db, taipei(1, 12), TODAY - timedelta(days=3))
    await round_at(db, taipei(2, 12))
    await round_at(db, taipei(4, 12))
    proof = (await past(db, taipei(4, 12))).as_json()
    assert proof["holes"] == [{"customer_id": "C1", "day": "2026-03-03", "cause": "not_running"}]
    assert proof["unwritten_days"] == []


async def test_a_day_whose_facts_have_changed_since_stays_unwritten(db: Database) -> None:
    await customer(db, taipei(1, 12))
    await owes(db, taipei(1, 12), TODAY - timedelta(days=1))
    await round_at(db, taipei(2, 12))
    async with db.write() as conn:
        await imports.begin(conn)
        await imports.bump_facts_stamp(conn, taipei(3, 6))
    await round_at(db, taipei(3, 8))
    held = await past(db, taipei(3, 8))
    assert await unwritten(db, taipei(3, 8)) == {
        "2026-03-02": "the program did not run from 2026-03-02 04:00 UTC to 2026-03-03 00:00 UTC, and facts have "
        "changed since"
    }
    assert not held.proves
    assert sum(held.counts.values()) == 0


async def test_a_day_of_another_policy_stays_unwritten(db: Database) -> None:
    await customer(db, taipei(1, 12))
    await open_book(db, HUMANE, taipei(2, 9))
    await round_at(db, taipei(2, 12))
    strict = load_policy("strict")
    await open_book(db, strict, taipei(3, 8))
    await round_at(db, taipei(3, 8), strict)
    assert [cause.partition(", and ")[2] for cause in (await unwritten(db, taipei(3, 8))).values()] == [
        "the policy is another one since"
    ]


@pytest.mark.parametrize(("after", "causes"), [(timedelta(), 0), (timedelta(seconds=1), 1)])
async def test_what_changed_as_the_evening_began_was_seen_by_it(db: Database, after: timedelta, causes: int) -> None:
    await customer(db, taipei(1, 12))
    await round_at(db, taipei(2, 12))
    async with db.write() as conn:
        await imports.begin(conn)
        await imports.bump_facts_stamp(conn, taipei(2, 20) + after)
    await round_at(db, taipei(3, 8))
    assert len(await unwritten(db, taipei(3, 8))) == causes


@pytest.mark.parametrize(("after", "causes"), [(timedelta(), 0), (timedelta(seconds=1), 1)])
async def test_a_policy_that_is_in_force_since_the_evening_began_is_its_policy(
    db: Database, after: timedelta, causes: int
) -> None:
    await customer(db, taipei(1, 12))
    await round_at(db, taipei(2, 12))
    await open_book(db, HUMANE, taipei(2, 20) + after)
    await round_at(db, taipei(3, 8))
    assert len(await unwritten(db, taipei(3, 8))) == causes


async def test_an_evening_of_a_week_ago_is_still_computed_and_an_older_one_is_not(db: Database) -> None:
    await customer(db, taipei(1, 12))
    await round_at(db, taipei(2, 12))
    await round_at(db, taipei(9, 20))
    assert await unwritten(db, taipei(9, 20)) == {}
    await round_at(db, taipei(17, 20, 1))
    assert list(await unwritten(db, taipei(17, 20, 1))) == ["2026-03-10"]


async def test_the_first_day_that_is_asked_about_counts(db: Database) -> None:
    await customer(db, taipei(1, 12))
    await round_at(db, taipei(2, 21))
    held = await past(db, taipei(5, 1), date(2026, 3, 3), date(2026, 3, 3))
    assert [day.day for day in held.unwritten] == [date(2026, 3, 3)]


async def test_while_the_program_is_down_its_days_are_not_proven(db: Database) -> None:
    await customer(db, taipei(1, 12))
    await round_at(db, taipei(2, 21))
    cause = "the program has not run since 2026-03-02 13:00 UTC"
    assert await unwritten(db, taipei(3, 23)) == {}
    assert await unwritten(db, taipei(5, 1)) == {"2026-03-03": cause, "2026-03-04": cause}


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_days_whose_states_were_removed_are_not_proven(db: Database) -> None:
    await add(db, prunings, subject="day_states", before=date(2026, 3, 4), removed=9, kept_from=date(2026, 3, 4))
    async with db.write() as conn:
        await guarantee_history.leave_unwritten(
            conn, date(2026, 3, 5), NotRun(taipei(4, 9), taipei(6, 9), "facts_changed"), taipei(6, 9)
        )

    (noted,) = await rows(db, unwritten_evenings)
    assert noted.cause.startswith("the program did not run from 2026-03-04 01:00 UTC"), "for who reads the table itself"

    async def not_proven(first: int, last: int) -> list[int]:
        held = await past(db, taipei(9, 12), date(2026, 3, first), date(2026, 3, last))
        return [each.day.day for each in held.unwritten]

    assert await not_proven(1, 2) == [1, 2]
    assert await not_proven(2, 9) == [2, 3, 5]
    assert await not_proven(6, 9) == []
    assert "was removed" in (await unwritten(db, taipei(9, 12)))["2026-03-03"]


async def test_before_the_first_round_nothing_was_promised(db: Database) -> None:
    await customer(db, taipei(1, 12))
    assert await unwritten(db, taipei(9, 12)) == {}
    await round_at(db, taipei(9, 12))
    assert await unwritten(db, taipei(9, 23)) == {}


async def test_a_round_between_close_and_midnight_is_enough(db: Database) -> None:
    await customer(db, taipei(1, 12))
    for at in (taipei(2, 12), taipei(2, 23, 59), taipei(3, 20), taipei(4, 20, 30), taipei(5, 9)):
        await round_at(db, at)
    assert await unwritten(db, taipei(5, 9)) == {}


async def test_a_day_without_hours_is_all_evening(db: Database) -> None:
    rests = replace(HUMANE, sending_hours=replace(HUMANE.sending_hours, rest_days=frozenset({1})))  # Tuesday the 3rd
    await customer(db, taipei(1, 12))
    await owes(db, taipei(1, 12), TODAY - timedelta(days=1))
    await round_at(db, taipei(2, 21), rests)
    await round_at(db, taipei(3, 9), rests)
    await round_at(db, taipei(4, 9), rests)
    assert {row.day.day for row in await rows(db, day_states)} == {2, 3}


# --- Hours that end with the day -------------------------------------------------------------------------------------


@pytest.mark.parametrize("closes", [MIDNIGHT, time(23, 59)])
async def test_where_hours_last_to_midnight_the_last_minutes_are_the_evening(db: Database, closes: time) -> None:
    late = replace(HUMANE, sending_hours=replace(HUMANE.sending_hours, closes=closes))
    await customer(db, taipei(1, 12))
    await owes(db, taipei(1, 12), TODAY - timedelta(days=3))  # silent from tomorrow on
    assert await round_at(db, taipei(2, 23, 54), late) == 0
    assert await round_at(db, taipei(2, 23, 55), late) == 1
    assert [(row.day, row.state) for row in await rows(db, day_states)] == [(TODAY, "in_queue")]


# --- The command -----------------------------------------------------------------------------------------------------


async def day_before_yesterday_was_the_last_round(db: Database) -> date:
    """In real time, since a command goes by the machine's clock."""
    now = datetime.now(UTC)
    await customer(db, now, time_zone="UTC", zone="UTC")
    then = now - timedelta(days=2)
    await add(db, guard_walks, zone="UTC", began_at=then, customers=1, walked=1, settled_at=then)
    await add(db, day_states, day=now.date() - timedelta(days=3), customer_id="C1", state="reached")
    return now.date() - timedelta(days=1)


async def test_the_command_says_which_days_it_cannot_prove(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    yesterday = await day_before_yesterday_was_the_last_round(sqlite_db)
    monkeypatch.setenv("DUEBOT_DATABASE_URL", str(sqlite_db.url).replace("+aiosqlite", ""))
    days = ["--from", (yesterday - timedelta(days=9)).isoformat(), "--to", yesterday.isoformat()]
    ran = await asyncio.to_thread(CliRunner().invoke, app, ["audit", *days])
    assert ran.exit_code == 1
    assert f"not written down: {yesterday.isoformat()}: the program has not run since" in ran.stderr
    assert ran.stdout.startswith("1 customer-days overdue")
