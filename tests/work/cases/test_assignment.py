"""Who gets a case: the languages that an agent speaks, and giving it to somebody by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.cases.case import Case
from bot.rules.cases.case_events import LeaseOver
from bot.work.cases import assignment, casework
from storage.cases import agents, snoozes
from storage.cases import assignment as hands
from storage.cases import cases as stored
from storage.cases.agents import Agent
from storage.schema import cases
from tests.work.cases.kept_cases import BOB, MEI, SUE, Cases

pytestmark = pytest.mark.postgresql_one_in(4)


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


async def test_who_named_no_language_gets_any(desk: Cases) -> None:
    number = await desk.opened(language="zh-Hant")
    await speaks(desk, MEI, "zh")
    given = await casework.claim_next(desk.db, await desk.agent(BOB), desk.now)
    assert given is not None and given.case_id == number


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


async def read(desk: Cases, number: int) -> Case:
    async with desk.db.read() as conn:
        case = await stored.case(conn, number)
    assert case is not None
    return case


async def test_a_case_that_was_closed_meanwhile_is_not_given_away(desk: Cases) -> None:
    number = await desk.claimed()
    case = await read(desk, number)
    await casework.close(desk.db, case, await desk.agent(MEI), "other", desk.now)
    done = await assignment.transfer(desk.db, case, await desk.agent(MEI), "Bob", desk.now)
    assert (done.result, (await desk.row(number)).state) == ("changed", "closed")
    async with desk.db.write() as conn:
        assert not await snoozes.snooze(conn, number, desk.now + timedelta(days=1), MEI, desk.now)
    assert (await desk.row(number)).snoozed_until is None


async def test_who_gives_a_case_to_themselves_is_not_told_of_it_and_a_colleague_is(desk: Cases) -> None:
    number = await desk.claimed()
    for name in ("Sue", "Bob"):
        done = await assignment.transfer(desk.db, await read(desk, number), await desk.agent(SUE), name, desk.now)
        assert done.result == "given"
    assert await desk.words_kept() == [f"tell.{BOB}.{number}.transferred"]


async def test_a_case_that_is_kept_for_somebody_is_kept_no_more_once_a_colleague_has_it(desk: Cases) -> None:
    given, claimed = await desk.kept_for(MEI), await desk.kept_for(MEI)
    await assignment.transfer(desk.db, await read(desk, given), await desk.agent(SUE), "Bob", desk.now)
    await casework.claim(desk.db, await read(desk, claimed), await desk.agent(BOB), desk.now)
    assert [(row.owner_id, row.for_agent) for row in (await desk.row(given), await desk.row(claimed))] == [
        (BOB, None)
    ] * 2


async def test_what_is_kept_for_somebody_comes_before_what_waits_longer(desk: Cases) -> None:
    older = await desk.opened()
    await desk.pass_time(minutes=5)
    kept = await desk.kept_for(MEI)
    given = [await casework.claim_next(desk.db, await desk.agent(MEI), desk.now) for _ in range(2)]
    assert [case.case_id for case in given if case is not None] == [kept, older]


async def test_a_colleagues_case_cannot_be_claimed(desk: Cases) -> None:
    number = await desk.claimed()
    claimed = await casework.claim(desk.db, await read(desk, number), await desk.agent(BOB), desk.now)
    assert (claimed.owner_id, await desk.owner(number)) == (MEI, MEI)
    async with desk.db.write() as conn:
        assert not await hands.claim(conn, number, BOB, desk.now)


async def test_a_resting_case_that_its_owner_gives_back_waits_at_once(desk: Cases) -> None:
    number = await desk.claimed()
    await desk.snoozed(number, days=3)
    assert await casework.release(desk.db, await read(desk, number), await desk.agent(MEI), desk.now)
    assert (await desk.row(number)).snoozed_until is None
    given = await casework.claim_next(desk.db, await desk.agent(BOB), desk.now)
    assert given is not None and given.case_id == number


async def test_a_case_that_somebody_else_has_by_now_is_not_given_back_for_who_had_it(desk: Cases) -> None:
    number = await desk.claimed()
    case = await read(desk, number)
    await assignment.transfer(desk.db, case, await desk.agent(MEI), "Bob", desk.now)
    assert not await casework.release(desk.db, case, await desk.agent(SUE), desk.now)
    assert await desk.owner(number) == BOB


async def test_a_waiting_case_is_kept_for_its_agent_who_is_told_unless_they_are_away(desk: Cases) -> None:
    waiting, claimed, for_who_is_away = await desk.opened(), await desk.claimed(), await desk.opened()
    await assignment.go_away(desk.db, await desk.agent(SUE), desk.now)
    async with desk.db.write() as conn:
        await hands.keep_for(conn, waiting, BOB, LeaseOver(), desk.now)
        await hands.keep_for(conn, claimed, BOB, LeaseOver(), desk.now)
        await hands.keep_for(conn, for_who_is_away, SUE, LeaseOver(), desk.now)
    assert [(await desk.row(number)).for_agent for number in (waiting, claimed, for_who_is_away)] == [BOB, None, None]
    assert await desk.words_kept() == [f"tell.{BOB}.{waiting}.{LeaseOver.kind}"]


async def test_who_writes_and_who_is_answered_gets_another_place_among_those_who_wait(desk: Cases) -> None:
    number = await desk.claimed()
    for happens in (desk.customer_writes, desk.answered):
        async with desk.db.write() as conn:
            await conn.execute(cases.update().values(urgency_at=desk.now))
        await happens(number)
        assert (await desk.row(number)).urgency_at is None
