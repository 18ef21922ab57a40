"""Desk upkeep on both databases; and that no open case is ever without an owner or a place in the queue, and a
deadline."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import Row, select

from bot.clock import ManualClock
from bot.rules.cases.working_time import later_by
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import SendingHours
from bot.work.cases import assignment, casework
from bot.work.cases.desk_upkeep import update_cases
from storage.cases import agent_notices, agents, cases_opening, queue
from storage.cases import cases as stored
from storage.cases.agents import Agent
from storage.runtime.engine import Database
from storage.schema import case_events, cases
from tests.work.lives import customer

DESK = Desk(
    lease=timedelta(hours=1),
    away_return=timedelta(minutes=30),
    first_answer={"asked": timedelta(hours=2), "other": timedelta(hours=8)},
    next_action={"other": timedelta(hours=24)},
)
OFFICE = replace(DESK, time_zone="Asia/Taipei", hours=SendingHours(time(9), time(18), frozenset({5, 6})))
MEI, BOB, SUE = 901, 902, 903


class Cases:
    """A desk with three agents, and what happens to its cases."""

    def __init__(self, db: Database, clock: ManualClock) -> None:
        self.db, self.clock, self.desk = db, clock, DESK
        self._count = 0

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def opened(self, **more: object) -> int:
        """A customer asks for a person."""
        self._count += 1
        who = f"C{self._count}"
        await customer(self.db, self.now, who, **more)
        async with self.db.write() as conn:
            number, _ = await cases_opening.open_asked(conn, who, self.now.date(), self.now)
        return number

    async def agent(self, number: int) -> Agent:
        async with self.db.read() as conn:
            found = await agents.agent(conn, number)
        assert found is not None
        return found

    async def claimed(self, by: int = MEI, **more: object) -> int:
        number = await self.opened(**more)
        async with self.db.write() as conn:
            assert await queue.claim(conn, number, by, self.now)
        return number

    async def answered(self, number: int) -> None:
        async with self.db.write() as conn:
            await queue.worked(conn, number, self.now, answered=True)

    async def customer_writes(self, number: int) -> None:
        async with self.db.write() as conn:
            await queue.customer_waits(conn, number, self.now)

    async def snoozed(self, number: int, days: int) -> None:
        async with self.db.write() as conn:
            assert await queue.snooze(conn, number, self.now + timedelta(days=days), MEI, self.now)

    async def pass_time(self, **by: float) -> None:
        self.clock.move(timedelta(**by))
        await update_cases(self.db, self.desk, self.now)

    async def row(self, number: int) -> Row[tuple[object, ...]]:
        async with self.db.read() as conn:
            return (await conn.execute(select(cases).where(cases.c.case_id == number))).one()

    async def owner(self, number: int) -> int | None:
        return (await self.row(number)).owner_id

    async def history(self, number: int) -> list[str]:
        async with self.db.read() as conn:
            events = select(case_events.c.kind).where(case_events.c.case_id == number).order_by(case_events.c.event_id)
            return list((await conn.execute(events)).scalars())

    async def words_kept(self) -> list[str]:
        """What agents are still to be told."""
        async with self.db.read() as conn:
            kept = [its for _, its in await agent_notices.untold(conn)]
        return sorted(f"tell.{its.agent_id}.{its.case_id}.{its.about.kind}" for its in kept)


@pytest.fixture
async def desk(db: Database, clock: ManualClock) -> AsyncIterator[Cases]:
    async with db.write() as conn:
        for number, name, role in ((MEI, "Mei", "agent"), (BOB, "Bob", "agent"), (SUE, "Sue", "supervisor")):
            await agents.add_agent(conn, Agent(number, name, (), role), clock.now())
    yield Cases(db, clock)


# --- Leases ----------------------------------------------------------------------------------------------------------


async def test_an_idle_case_goes_back_and_its_agent_is_told(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.pass_time(minutes=59)
    assert await desk.owner(number) == MEI
    await desk.pass_time(minutes=1)
    row = await desk.row(number)
    assert (row.state, row.owner_id) == ("waiting", None)
    assert "lease_over" in await desk.history(number)
    assert await desk.words_kept() == [f"tell.{MEI}.{number}.lease_over"]


async def test_work_renews_the_lease(desk: Cases) -> None:
    number = await desk.claimed()
    for _ in range(5):
        await desk.pass_time(minutes=50)
        await desk.answered(number)
    assert await desk.owner(number) == MEI
    await desk.pass_time(minutes=60)
    assert await desk.owner(number) is None


async def test_a_lease_stands_still_while_the_desk_is_closed(desk: Cases) -> None:
    desk.desk = OFFICE
    desk.clock.set(datetime(2026, 3, 6, 9, 30, tzinfo=UTC))  # Friday, 17:30 in Taipei
    number = await desk.claimed()
    await desk.pass_time(days=2, hours=15, minutes=29)  # Monday, 8:59
    assert await desk.owner(number) == MEI
    await desk.pass_time(minutes=30)
    assert await desk.owner(number) == MEI
    await desk.pass_time(minutes=1)
    assert await desk.owner(number) is None


async def test_a_snoozed_case_has_no_lease(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.snoozed(number, days=3)
    await desk.pass_time(days=2)
    assert await desk.owner(number) == MEI


async def test_returning_keeps_how_long_the_customer_waits(desk: Cases) -> None:
    number = await desk.claimed()
    asked_at = desk.now
    await desk.pass_time(hours=1)
    assert (await desk.row(number)).waits_since == asked_at


# --- Away ------------------------------------------------------------------------------------------------------------


async def test_cases_of_whoever_is_away_go_back_after_a_while(desk: Cases) -> None:
    number = await desk.claimed()
    await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)
    await desk.pass_time(minutes=29)
    assert await desk.owner(number) == MEI
    await desk.pass_time(minutes=1)
    assert await desk.owner(number) is None
    assert "away_over" in await desk.history(number)


async def test_what_is_done_while_away_counts_as_being_there_for_it(desk: Cases) -> None:
    number = await desk.claimed()
    await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)
    await desk.pass_time(minutes=20)
    await desk.answered(number)
    await desk.pass_time(minutes=29)
    assert await desk.owner(number) == MEI
    await desk.pass_time(minutes=1)
    assert await desk.owner(number) is None


async def test_whoever_is_back_in_time_keeps_them(desk: Cases) -> None:
    number = await desk.claimed()
    await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)
    await desk.pass_time(minutes=29)
    shift = await assignment.come_back(desk.db, await desk.agent(MEI))
    assert (shift.already, shift.held) == (False, 1)
    await desk.pass_time(minutes=10)
    assert await desk.owner(number) == MEI


async def test_going_away_twice_counts_from_the_first_time(desk: Cases) -> None:
    number = await desk.claimed()
    await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)
    await desk.pass_time(minutes=20)
    assert (await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)).already
    await desk.pass_time(minutes=10)
    assert await desk.owner(number) is None


async def test_cases_of_a_removed_agent_go_back_at_once(desk: Cases) -> None:
    number, resting = await desk.claimed(), await desk.claimed()
    await desk.snoozed(resting, days=3)
    await casework.remove_agent(desk.db, MEI, desk.now)
    assert [await desk.owner(number), await desk.owner(resting)] == [None, None]
    assert (await desk.row(resting)).snoozed_until is not None


# --- Whose it was ----------------------------------------------------------------------------------------------------


async def kept_for(desk: Cases, agent_id: int) -> int:
    number = await desk.opened()
    async with desk.db.write() as conn:
        await conn.execute(cases.update().where(cases.c.case_id == number).values(for_agent=agent_id))
    return number


async def test_what_comes_back_to_somebody_is_theirs_first(desk: Cases) -> None:
    older = await desk.opened()
    await desk.pass_time(minutes=5)
    kept = await kept_for(desk, MEI)
    given = await casework.claim_next(desk.db, await desk.agent(BOB), desk.now)
    assert given is not None and given.case_id == older
    assert await casework.claim_next(desk.db, await desk.agent(BOB), desk.now) is None
    given = await casework.claim_next(desk.db, await desk.agent(MEI), desk.now)
    assert given is not None and given.case_id == kept


async def test_what_comes_back_to_somebody_is_for_all_once_they_are_away(desk: Cases) -> None:
    kept = await kept_for(desk, MEI)
    await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)
    given = await casework.claim_next(desk.db, await desk.agent(BOB), desk.now)
    assert given is not None and given.case_id == kept


async def test_what_comes_back_to_somebody_is_for_all_once_it_is_late(desk: Cases) -> None:
    kept = await kept_for(desk, MEI)
    await desk.pass_time(hours=2)
    given = await casework.claim_next(desk.db, await desk.agent(BOB), desk.now)
    assert given is not None and given.case_id == kept


# --- Due dates -------------------------------------------------------------------------------------------------------


async def test_a_first_answer_is_due_from_the_customers_first_words(desk: Cases) -> None:
    number, asked_at = await desk.opened(), desk.now
    await desk.pass_time(minutes=30)
    await desk.customer_writes(number)
    await desk.pass_time(minutes=1)
    row = await desk.row(number)
    assert (row.due_kind, row.due_at) == ("first_answer", asked_at + timedelta(hours=2))


async def test_an_answer_makes_the_next_step_due(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.pass_time(minutes=30)
    await desk.answered(number)
    answered_at = desk.now
    await desk.pass_time(minutes=1)
    row = await desk.row(number)
    assert (row.due_kind, row.due_at) == ("next_action", answered_at + timedelta(hours=24))


async def test_a_note_is_no_answer(desk: Cases) -> None:
    number, asked_at = await desk.claimed(), desk.now
    await desk.pass_time(minutes=30)
    async with desk.db.write() as conn:
        await queue.worked(conn, number, desk.now)
    await desk.pass_time(minutes=1)
    row = await desk.row(number)
    assert (row.due_kind, row.due_at) == ("first_answer", asked_at + timedelta(hours=2))


async def test_words_after_an_answer_wait_for_one_again(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.answered(number)
    await desk.pass_time(minutes=30)
    await desk.customer_writes(number)
    wrote_at = desk.now
    await desk.pass_time(minutes=1)
    row = await desk.row(number)
    assert (row.due_kind, row.due_at) == ("first_answer", wrote_at + timedelta(hours=2))


async def test_due_dates_are_told_in_working_time(desk: Cases) -> None:
    desk.desk = OFFICE
    desk.clock.set(datetime(2026, 3, 6, 9, 30, tzinfo=UTC))  # Friday, 17:30 in Taipei
    number = await desk.opened()
    await desk.pass_time(minutes=1)
    assert (await desk.row(number)).due_at == datetime(2026, 3, 9, 2, 30, tzinfo=UTC)  # Monday, 10:30


# --- Rests -----------------------------------------------------------------------------------------------------------


async def test_a_rest_ends_with_its_owner(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.answered(number)
    await desk.snoozed(number, days=3)
    ends = desk.now + timedelta(days=3)
    await desk.pass_time(days=3)
    row = await desk.row(number)
    assert (row.owner_id, row.snoozed_until) == (MEI, None)
    assert row.due_at == later_by(desk.desk, ends, timedelta(hours=2))
    assert await desk.words_kept() == [f"tell.{MEI}.{number}.snooze_over"]


async def test_a_rest_ends_in_the_queue_while_its_owner_is_away(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.snoozed(number, days=3)
    await assignment.go_away(desk.db, await desk.agent(MEI), desk.now)
    await desk.pass_time(days=2)
    assert await desk.owner(number) == MEI
    await desk.pass_time(days=1)
    assert (await desk.row(number)).state == "waiting"
    assert await desk.words_kept() == []


async def test_the_customers_words_end_a_rest(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.answered(number)
    await desk.snoozed(number, days=3)
    await desk.pass_time(hours=5)
    await desk.customer_writes(number)
    row = await desk.row(number)
    assert (row.owner_id, row.snoozed_until, row.waits_since) == (MEI, None, desk.now)
    assert await desk.words_kept() == [f"tell.{MEI}.{number}.woken"]
    await desk.pass_time(minutes=30)
    assert await desk.owner(number) == MEI  # the lease begins again


# --- Languages -------------------------------------------------------------------------------------------------------


async def speaks(desk: Cases, number: int, *languages: str) -> Agent:
    async with desk.db.write() as conn:
        known = await agents.agent(conn, number)
        assert known is not None
        await agents.add_agent(conn, replace(known, languages=languages), desk.now)
    return await desk.agent(number)


async def test_next_gives_what_fits_the_agents_languages(desk: Cases) -> None:
    chinese = await desk.opened(language="zh_TW")
    english = await desk.opened(language="en-GB")
    mei, bob = await speaks(desk, MEI, "zh-Hans"), await speaks(desk, BOB, "en")
    given = await casework.claim_next(desk.db, bob, desk.now)
    assert given is not None and given.case_id == english
    assert await casework.claim_next(desk.db, bob, desk.now) is None
    assert await casework.wait_for_others(desk.db, bob) == 1
    given = await casework.claim_next(desk.db, mei, desk.now)
    assert given is not None and given.case_id == chinese


@pytest.mark.parametrize("language", [None, "fr", "zh"])
async def test_a_language_that_nobody_speaks_fits_anybody(desk: Cases, language: str | None) -> None:
    number = await desk.opened(language=language)
    bob = await speaks(desk, BOB, "en")
    given = await casework.claim_next(desk.db, bob, desk.now)
    assert given is not None and given.case_id == number


async def test_whoever_named_no_language_gets_any(desk: Cases) -> None:
    number = await desk.opened(language="zh-Hant")
    await speaks(desk, MEI, "zh")
    given = await casework.claim_next(desk.db, await desk.agent(BOB), desk.now)
    assert given is not None and given.case_id == number


# --- Handing over ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "result"),
    [("bob", "given"), ("  BO ", "given"), ("", "unknown"), ("nobody", "unknown"), ("mei", "theirs"), ("@Sue", "away")],
)
async def test_a_case_is_given_to_whom_a_name_means(desk: Cases, name: str, result: str) -> None:
    number = await desk.claimed()
    await assignment.go_away(desk.db, await desk.agent(SUE), desk.now)
    async with desk.db.read() as conn:
        case = await stored.case(conn, number)
    assert case is not None
    done = await assignment.transfer(desk.db, case, await desk.agent(MEI), name, desk.now)
    assert done.result == result
    assert await desk.owner(number) == (BOB if result == "given" else MEI)


async def test_who_neither_holds_a_case_nor_supervises_gives_it_to_nobody(desk: Cases) -> None:
    number = await desk.claimed()
    async with desk.db.read() as conn:
        case = await stored.case(conn, number)
    assert case is not None
    done = await assignment.transfer(desk.db, case, await desk.agent(BOB), "Bob", desk.now)
    assert (done.result, await desk.owner(number)) == ("not_yours", MEI)
    done = await assignment.transfer(desk.db, case, await desk.agent(SUE), "Bob", desk.now)
    assert (done.result, await desk.owner(number)) == ("given", BOB)


async def test_a_case_that_changed_hands_meanwhile_is_not_given_away(desk: Cases) -> None:
    number = await desk.claimed()
    async with desk.db.read() as conn:
        case = await stored.case(conn, number)
    assert case is not None
    await casework.release(desk.db, case, await desk.agent(MEI), desk.now)
    done = await assignment.transfer(desk.db, case, await desk.agent(MEI), "Bob", desk.now)
    assert (done.result, await desk.owner(number)) == ("changed", None)


# --- Whatever happens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
async def test_no_open_case_is_ever_without_owner_place_and_date(desk: Cases, seed: int) -> None:
    chance = random.Random(seed)
    desk.desk = OFFICE if seed % 2 else DESK
    numbers: list[int] = []
    for _ in range(120):
        await _something(desk, chance, numbers)
        await _nothing_is_lost(desk)


async def _something(desk: Cases, chance: random.Random, numbers: list[int]) -> None:
    """One thing that may happen at a desk."""
    which = chance.choice(("open", "time", "time", "next", "say", "write", "release", "transfer", "snooze", "away"))
    agent_id = chance.choice((MEI, BOB, SUE))
    if which == "open" or not numbers:
        numbers.append(await desk.opened())
        return
    if which == "time":
        await desk.pass_time(minutes=chance.choice((1, 20, 45, 90, 600, 2000)))
        return
    if chance.random() < 0.05:
        async with desk.db.write() as conn:
            known = await agents.agent(conn, agent_id)
            assert known is not None
        await casework.remove_agent(desk.db, agent_id, desk.now)
        await _nothing_is_lost(desk)
        async with desk.db.write() as conn:
            await agents.add_agent(conn, known, desk.now)
    agent, number = await desk.agent(agent_id), chance.choice(numbers)
    async with desk.db.read() as conn:
        case = await stored.case(conn, number)
    assert case is not None
    match which:
        case "next":
            await casework.claim_next(desk.db, agent, desk.now)
        case "say" if case.owner_id is not None:
            await desk.answered(number)
        case "write":
            await desk.customer_writes(number)
        case "release":
            await casework.release(desk.db, case, agent, desk.now)
        case "transfer":
            await assignment.transfer(desk.db, case, agent, chance.choice(("Mei", "Bob", "Sue")), desk.now)
        case "snooze":
            await casework.snooze(desk.db, case, agent, [f"{chance.randrange(5)}d"], desk.now)
        case "away" if agent.away_since is None:
            await assignment.go_away(desk.db, agent, desk.now)
        case "away":
            await assignment.come_back(desk.db, agent)
        case _ if chance.random() < 0.1:
            async with desk.db.write() as conn:
                await stored.close(conn, number, "other", agent_id, desk.now)


async def _nothing_is_lost(desk: Cases) -> None:
    async with desk.db.read() as conn:
        for row in await conn.execute(select(cases).where(cases.c.state != "closed")):
            assert (row.owner_id is None) == (row.state == "waiting"), row
            assert row.due_at is not None or row.snoozed_until is not None, row
