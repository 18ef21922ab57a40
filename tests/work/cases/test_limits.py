"""What an agent may take: how many cases at once, and for which products and segments. A supervisor may give any."""

from __future__ import annotations

import asyncio

import pytest

from bot.rules.cases.agent_limits import Limits
from bot.rules.cases.who_may import MayNot
from bot.work.acting import Refusal
from bot.work.acting_outside import CaseAction
from bot.work.cases import assignment, casework, casework_outside
from bot.work.topics import talk
from storage.cases import agents, cases
from storage.cases.agents import Agent
from storage.schema import accounts
from storage.topics.relays import NewMessage
from tests.work.cases.kept_cases import BOB, DESK, MEI, SUE, Cases
from tests.work.lives import add, owes


async def limited(desk: Cases, number: int, most: int | None = None, *products: str, segments: str = "") -> Agent:
    async with desk.db.write() as conn:
        await agents.set_limits(conn, number, Limits(("en",), tuple(products), tuple(segments.split()), most))
    return await desk.agent(number)


async def case(desk: Cases, number: int) -> cases.Case:
    async with desk.db.read() as conn:
        found = await cases.case(conn, number)
    assert found is not None
    return found


async def test_who_has_as_many_as_they_may_takes_no_more_in_any_way(desk: Cases) -> None:
    mei = await limited(desk, MEI, 2)
    await desk.claimed()
    await desk.claimed()
    waiting = await desk.opened()
    full = MayNot("full", most=2)
    for take in (
        casework.claim_next(desk.db, mei, desk.now),
        casework.claim(desk.db, await case(desk, waiting), mei, desk.now),
    ):
        with pytest.raises(Refusal) as refused:
            await take
        assert refused.value.why == full
    said = await talk.say(desk.db, await case(desk, waiting), mei, NewMessage("text", "hello", (-1, 1)), desk.now)
    assert (said.result, said.why) == ("may_not", full)
    assert await casework_outside.claim_next(desk.db, mei, DESK, desk.now) == full
    assert await casework_outside.claim(CaseAction(desk.db, mei, waiting, desk.now)) == full
    assert await desk.owner(waiting) is None
    given = await assignment.transfer(desk.db, await case(desk, waiting), await desk.agent(SUE), "Mei", desk.now)
    assert (given.result, given.over_limit) == ("given", 2)
    assert await desk.owner(waiting) == MEI


async def test_who_is_given_just_as_many_as_they_may_take_is_not_over_their_limit(desk: Cases) -> None:
    await limited(desk, MEI, 1)
    waiting = await desk.opened()
    given = await assignment.transfer(desk.db, await case(desk, waiting), await desk.agent(SUE), "Mei", desk.now)
    assert (given.result, given.over_limit) == ("given", None)


async def test_who_is_away_takes_nothing_and_another_language_is_no_reason_to_refuse(desk: Cases) -> None:
    waiting = await desk.opened(language="zh-Hant", segment="trusted")
    await limited(desk, BOB, None, segments="trusted")
    await assignment.go_away(desk.db, await desk.agent(BOB), desk.now)
    with pytest.raises(Refusal) as refused:
        await casework.claim(desk.db, await case(desk, waiting), await desk.agent(BOB), desk.now)
    assert refused.value.why == MayNot("away")
    await assignment.come_back(desk.db, await desk.agent(BOB), desk.now)
    claimed = await casework.claim(desk.db, await case(desk, waiting), await desk.agent(BOB), desk.now)
    assert claimed.owner_id == BOB


async def test_of_many_claims_at_once_no_more_succeed_than_may(desk: Cases) -> None:
    mei = await limited(desk, MEI, 3)
    for _ in range(6):
        await desk.opened()
    done = await asyncio.gather(
        *(casework.claim_next(desk.db, mei, desk.now) for _ in range(6)), return_exceptions=True
    )
    assert sum(not isinstance(each, Refusal) for each in done) == 3


async def test_products_and_segments_are_taken_by_those_who_may(desk: Cases) -> None:
    card, trusted = await desk.opened(), await desk.opened(segment="trusted")
    await owes(desk.db, desk.now, desk.now.date(), customer_id="C1")
    mei = await limited(desk, MEI, None, "Loan")
    bob = await limited(desk, BOB, None, "Card", segments="trusted")
    await limited(desk, SUE)
    with pytest.raises(Refusal) as refused:
        await casework.claim(desk.db, await case(desk, card), mei, desk.now)
    assert refused.value.why == MayNot("unfit")
    assert await casework.wait_for_others(desk.db, mei) == 1
    found = await casework.claim_next(desk.db, mei, desk.now)
    assert found is not None and found.case_id == trusted, "nothing is owed: it is about no product"
    assert await casework.claim_next(desk.db, mei, desk.now) is None, "some other agent takes cards"
    assert await casework.claim_next(desk.db, bob, desk.now) is None
    await limited(desk, SUE, None, "Card", segments="usual")  # a card of a customer without a segment is nobody's now
    found = await casework.claim_next(desk.db, bob, desk.now)
    assert found is not None and found.case_id == card


async def test_a_product_of_which_all_is_paid_is_no_reason_to_take_a_case(desk: Cases) -> None:
    number = await desk.opened()
    await owes(desk.db, desk.now, desk.now.date(), customer_id="C1", amount_due=0)
    loan = {"account_id": "A2", "customer_id": "C1", "currency": "TWD", "facts_at": desk.now}
    await add(desk.db, accounts, product="Loan", balance=0, **loan)
    await owes(desk.db, desk.now, desk.now.date(), "I2", account_id="A2")
    mei, bob = await limited(desk, MEI, None, "Card"), await limited(desk, BOB, None, "Loan")
    assert await casework.claim_next(desk.db, mei, desk.now) is None
    found = await casework.claim_next(desk.db, bob, desk.now)
    assert found is not None and found.case_id == number


async def test_what_is_in_nobodys_list_waits_for_nobody_for_ever(desk: Cases) -> None:
    number = await desk.opened(segment="new")
    await owes(desk.db, desk.now, desk.now.date(), customer_id="C1")
    for agent in (MEI, BOB, SUE):
        await limited(desk, agent, None, "Loan", segments="usual")
    found = await casework.claim_next(desk.db, await desk.agent(BOB), desk.now)
    assert found is not None and found.case_id == number
