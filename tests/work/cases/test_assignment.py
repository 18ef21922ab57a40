"""Who gets a case: the languages that an agent speaks, and giving it to somebody by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.work.cases import assignment, casework
from storage.cases import agents
from storage.cases import cases as stored
from storage.cases.agents import Agent
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
