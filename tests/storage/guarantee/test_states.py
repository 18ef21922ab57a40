"""In which state each overdue customer is, as the one statement over all of them finds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.rules.facts.money import Money
from bot.rules.guarantee.states import SilentDay
from storage.agreements import holds
from storage.agreements.holds import Hold
from storage.cases import cases_opening
from storage.customers import customer_rows
from storage.facts.debts import Audience
from storage.guarantee import states
from storage.guarantee.states import Look, Terms
from storage.reminders import contacts, signs_of_life
from storage.reminders.contacts import Outgoing
from storage.reminders.signs_of_life import SignOfLife
from storage.runtime.engine import Database
from storage.schema import accounts, cases, day_states
from tests.work.lives import add, customer, linked, notice, owes, paid, rows

pytestmark = pytest.mark.postgresql_one_in(4)

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
TERMS = Terms(person_from=3, seen_by_day=7, channels=("telegram",), minimums=(Money(3000, "TWD"),))
TAIPEI = Audience(("Asia/Taipei",), TODAY, None)
ONE_DAY = timedelta(days=1)


async def overdue(db: Database, customer_id: str, days: int, outstanding: int = 120000, **more: object) -> None:
    await customer(db, NOW - 40 * ONE_DAY, customer_id, **more)
    due = TODAY - timedelta(days=days)
    await owes(db, NOW - 40 * ONE_DAY, due, f"I-{customer_id}", customer_id, amount_due=outstanding)


async def told(db: Database, customer_id: str, at: datetime) -> None:
    async with db.write() as conn:
        out = await contacts.record_attempt(conn, Outgoing(customer_id, "telegram", "agent"), at)
        await contacts.record_result(conn, out, "accepted", reference="1")


async def signs(db: Database, customer_id: str, at: datetime) -> None:
    async with db.write() as conn:
        await signs_of_life.record_sign_of_life(conn, SignOfLife(customer_id, "telegram", "press", at))
        await customer_rows.note_seen(conn, customer_id, at)


async def states_of(db: Database, audience: Audience = TAIPEI, terms: Terms = TERMS) -> dict[str, str]:
    async with db.read() as conn:
        found = await states.states(conn, audience, terms, TODAY)
        counts = await states.count_states(conn, audience, terms, TODAY)
    assert counts == {state: list(found.values()).count(state) for state in counts}
    assert sum(counts.values()) == len(found)
    return found


async def test_each_day_past_due_has_its_state(db: Database) -> None:
    for days in (0, 1, 2, 3, 6, 7):
        await overdue(db, f"quiet-{days}", days)
        await overdue(db, f"told-{days}", days)
        await told(db, f"told-{days}", NOW)
    assert await states_of(db) == {
        "quiet-1": "in_grace",
        "told-1": "in_grace",
        "quiet-2": "in_grace",
        "told-2": "in_grace",
        "quiet-3": "silent",
        "quiet-6": "silent",
        "quiet-7": "silent",
        "told-3": "reached",
        "told-6": "reached",
        "told-7": "silent",
    }


@pytest.mark.parametrize(("after_s", "state"), [(-1, "silent"), (0, "reached"), (1, "reached")])
async def test_a_sign_of_life_counts_from_when_they_were_told(db: Database, after_s: int, state: str) -> None:
    await overdue(db, "C1", 9)
    await told(db, "C1", NOW)
    await signs(db, "C1", NOW + timedelta(seconds=after_s))
    assert await states_of(db) == {"C1": state}


async def test_words_of_an_agent_count_from_the_due_day_on(db: Database) -> None:
    for name, at in (("before", NOW - 4 * ONE_DAY), ("that-day", NOW - 3 * ONE_DAY)):
        await overdue(db, name, 3)
        await told(db, name, at)
    assert await states_of(db) == {"before": "silent", "that-day": "reached"}


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_who_owes_less_than_the_minimum_of_their_currency_is_not_overdue(db: Database) -> None:
    for name, outstanding in (("nothing", 0), ("little", 2999), ("just-enough", 3000)):
        await overdue(db, name, 9, outstanding)
    await overdue(db, "yen", 9, 1)
    async with db.write() as conn:
        await conn.execute(accounts.update().where(accounts.c.customer_id == "yen").values(currency="JPY"))
    assert set(await states_of(db)) == {"just-enough", "yen"}
    assert set(await states_of(db, terms=replace(TERMS, minimums=()))) == {"little", "just-enough", "yen"}


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_only_customers_of_the_audience_are_looked_at(db: Database) -> None:
    await overdue(db, "plain", 9)
    await overdue(db, "trusted", 9, segment="trusted")
    await overdue(db, "new", 9, segment="new")
    await overdue(db, "far", 9, zone="Europe/Paris")
    await overdue(db, "forgotten", 9, forgotten_at=NOW)
    assert set(await states_of(db)) == {"plain", "trusted", "new"}
    assert set(await states_of(db, replace(TAIPEI, segment="trusted"))) == {"trusted"}
    assert set(await states_of(db, replace(TAIPEI, other_segments=("trusted",)))) == {"plain", "new"}


@pytest.mark.parametrize(("held", "state"), [((), "silent"), (("I-C1",), "in_grace"), (("I-C1", "I2"), "on_hold")])
async def test_what_is_on_hold_does_not_count(db: Database, held: Sequence[str], state: str) -> None:
    await overdue(db, "C1", 9)
    await owes(db, NOW, TODAY - ONE_DAY, "I2", "C1")
    await overdue(db, "other", 9)
    async with db.write() as conn:
        for instalment_id in held:
            await holds.set_hold(conn, Hold("C1", "dispute", TODAY, instalment_id), NOW)
    assert await states_of(db) == {"C1": state, "other": "silent"}


async def everybody_silent(db: Database) -> None:
    """One for each cause, and one whom nothing is wrong with."""
    for n, name in enumerate(("unlinked", "linked", "told", "fine")):
        await overdue(db, name, 9)
        if name != "unlinked":
            await linked(db, NOW - 20 * ONE_DAY, 100 + n, name)
    for name in ("told", "fine"):
        await told(db, name, NOW - ONE_DAY)
    await signs(db, "fine", NOW)


async def test_each_silent_customer_is_named_with_the_cause_in_order(db: Database) -> None:
    await everybody_silent(db)
    async with db.read() as conn:
        found = await states.silent_customers(conn, TAIPEI, TERMS, TODAY)
    assert found == [
        SilentDay("linked", TODAY, "not_reached"),
        SilentDay("told", TODAY, "no_sign_of_life"),
        SilentDay("unlinked", TODAY, "no_channel"),
    ]


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_a_case_is_opened_for_each_silent_customer_with_why_and_since_when(db: Database) -> None:
    await everybody_silent(db)
    await owes(db, NOW, TODAY - 3 * ONE_DAY, "I2", "told")
    async with db.write() as conn:
        opened = await cases_opening.open_for(conn, *states.about_to_be_silent(TAIPEI, TERMS, TODAY), NOW)
    assert opened == 3
    since = TODAY - 9 * ONE_DAY
    assert {(case.customer_id, case.reason, case.due_since) for case in await rows(db, cases)} == {
        ("linked", "not_reached", since),
        ("told", "no_sign_of_life", since),
        ("unlinked", "unreachable", since),
    }
    assert set((await states_of(db)).values()) == {"in_queue", "reached"}


# --- Each evening ----------------------------------------------------------------------------------------------------


async def look(db: Database) -> Look:
    async with db.read() as conn:
        return await states.look(conn, TAIPEI, TERMS, TODAY, evening=True)


async def write_evening(db: Database) -> None:
    async with db.write() as conn:
        await states.write_evening(conn, TAIPEI, TERMS, TODAY)


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_a_look_tells_whether_anything_is_to_be_done(db: Database) -> None:
    assert await look(db) == Look(silent=(), unwritten=False)
    await overdue(db, "graced", 1)
    assert await look(db) == Look(silent=(), unwritten=True)
    await write_evening(db)
    assert await look(db) == Look(silent=(), unwritten=False)
    await overdue(db, "silent", 9)
    assert await look(db) == Look(silent=("silent",), unwritten=True)
    await write_evening(db)
    assert await look(db) == Look(silent=("silent",), unwritten=False)


async def test_what_was_written_on_another_day_is_not_this_evening(db: Database) -> None:
    await overdue(db, "graced", 1)
    await add(db, day_states, day=TODAY - ONE_DAY, customer_id="graced", state="in_grace")
    assert (await look(db)).unwritten


async def test_an_evening_is_written_with_the_cause_of_each_silence_and_only_once(db: Database) -> None:
    await everybody_silent(db)
    await write_evening(db)
    await signs(db, "told", NOW)
    await write_evening(db)
    since = TODAY - 9 * ONE_DAY
    assert {tuple(row) for row in await rows(db, day_states)} == {
        (TODAY, "unlinked", "silent", "no_channel", since),
        (TODAY, "linked", "silent", "not_reached", since),
        (TODAY, "told", "silent", "no_sign_of_life", since),
        (TODAY, "fine", "reached", None, since),
    }


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_days_are_counted_from_first_to_last_with_each_silent_customer_in_order(db: Database) -> None:
    days = [TODAY + n * ONE_DAY for n in range(4)]
    for name in ("a", "b", "c"):
        await customer(db, NOW, name)
    for day in days:
        for name, state, cause in (("b", "silent", "not_reached"), ("a", "silent", None), ("c", "reached", None)):
            await add(db, day_states, day=day, customer_id=name, state=state, cause=cause)
    async with db.read() as conn:
        counts, silent = await states.count_days(conn, days[1], days[2])
    assert counts == {"in_grace": 0, "reached": 2, "in_queue": 0, "on_hold": 0, "silent": 4}
    causes = (("a", ""), ("b", "not_reached"))
    assert silent == [SilentDay(name, day, cause) for day in days[1:3] for name, cause in causes]


# --- An evening that is over -----------------------------------------------------------------------------------------

EVENING = datetime(2026, 3, 2, 12, tzinfo=UTC)  # eight o'clock in Taipei
SOON = timedelta(seconds=1)


async def past_states(db: Database) -> dict[str, str]:
    async with db.write() as conn:
        await states.write_past_evening(conn, TAIPEI, TERMS, TODAY, EVENING)
    async with db.read() as conn:
        return {row.customer_id: row.state for row in await conn.execute(select(day_states))}


@pytest.mark.parametrize(("after", "state"), [(-SOON, "reached"), (timedelta(), "reached"), (SOON, "silent")])
async def test_of_a_past_evening_what_was_said_until_then_counts(db: Database, after: timedelta, state: str) -> None:
    await overdue(db, "C1", 5)
    await told(db, "C1", EVENING + after)
    assert await past_states(db) == {"C1": state}


@pytest.mark.parametrize(("after", "state"), [(timedelta(), "reached"), (SOON, "silent")])
async def test_of_a_past_evening_signs_until_then_count(db: Database, after: timedelta, state: str) -> None:
    await overdue(db, "C1", 9)
    await told(db, "C1", EVENING - ONE_DAY)
    await signs(db, "C1", EVENING + after)
    assert await past_states(db) == {"C1": state}


async def test_of_a_past_evening_only_what_the_customer_did_is_a_sign(db: Database) -> None:
    """Not that the bot was blocked, and not what somebody else did."""
    for name in ("C1", "C2", "C3"):
        await overdue(db, name, 9)
        await told(db, name, EVENING - ONE_DAY)
    await signs(db, "C3", EVENING)
    async with db.write() as conn:
        await signs_of_life.record_sign_of_life(conn, SignOfLife("C1", "telegram", "blocked", EVENING))
    assert await past_states(db) == {"C1": "silent", "C2": "silent", "C3": "reached"}


@pytest.mark.parametrize(("after", "state"), [(timedelta(), "reached"), (SOON, "silent")])
async def test_of_a_past_evening_reminders_that_were_accepted_until_then_count(
    db: Database, after: timedelta, state: str
) -> None:
    await customer(db, NOW - 40 * ONE_DAY)
    await owes(db, NOW - 40 * ONE_DAY, TODAY - 5 * ONE_DAY)
    await notice(db, EVENING + after, "accepted")
    assert await past_states(db) == {"C1": state}


@pytest.mark.parametrize(
    ("after", "state"), [(-ONE_DAY - SOON, "silent"), (-ONE_DAY, "reached"), (timedelta(), "reached"), (SOON, "silent")]
)
async def test_of_a_past_evening_payments_until_then_are_signs_of_life(
    db: Database, after: timedelta, state: str
) -> None:
    await customer(db, NOW - 40 * ONE_DAY)
    await owes(db, NOW - 40 * ONE_DAY, TODAY - 9 * ONE_DAY)
    await told(db, "C1", EVENING - ONE_DAY)
    await paid(db, EVENING + after)
    assert await past_states(db) == {"C1": state}


@pytest.mark.parametrize(
    ("opened", "closed", "state"),
    [
        (timedelta(), None, "in_queue"),
        (SOON, None, "silent"),
        (-ONE_DAY, timedelta(), "silent"),
        (-ONE_DAY, SOON, "in_queue"),
    ],
)
async def test_of_a_past_evening_cases_that_were_open_then_count(
    db: Database, opened: timedelta, closed: timedelta | None, state: str
) -> None:
    await overdue(db, "C1", 9)
    ended = {} if closed is None else {"state": "closed", "closed_at": EVENING + closed}
    row = {"customer_id": "C1", "reason": "asked", "state": "waiting", "opened_at": EVENING + opened, **ended}
    await add(db, cases, **row)
    assert await past_states(db) == {"C1": state}


@pytest.mark.parametrize(
    ("begun", "until", "ended", "state"),
    [
        (timedelta(), TODAY, None, "on_hold"),
        (SOON, TODAY, None, "silent"),
        (-ONE_DAY, TODAY, SOON, "on_hold"),
        (-ONE_DAY, TODAY, timedelta(), "silent"),
        (-ONE_DAY, TODAY - ONE_DAY, None, "silent"),  # nobody was there to end it
    ],
)
async def test_of_a_past_evening_holds_that_were_in_force_then_count(
    db: Database, begun: timedelta, until: date, ended: timedelta | None, state: str
) -> None:
    await overdue(db, "C1", 9)
    async with db.write() as conn:
        await holds.set_hold(conn, Hold("C1", "hold", until), EVENING + begun)
        if ended is not None:
            await holds.withdraw(conn, "C1", EVENING + ended)
    assert await past_states(db) == {"C1": state}


async def test_a_payment_of_nothing_is_no_sign_of_life_and_one_of_a_cent_is(db: Database) -> None:
    await customer(db, NOW - 40 * ONE_DAY)
    await owes(db, NOW - 40 * ONE_DAY, TODAY - 8 * ONE_DAY)
    await told(db, "C1", NOW - 2 * ONE_DAY)
    for payment_id, amount, state in (("P1", 0, "silent"), ("P2", 1, "reached")):
        await paid(db, NOW, payment_id, amount)
        assert await states_of(db) == {"C1": state}
