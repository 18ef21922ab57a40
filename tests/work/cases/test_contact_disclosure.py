"""Which customer data is shown to whom, and the evidence of calls, on both databases."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.policies import load_pack, load_policy
from bot.rules.cases.agent_notices import CallBroke
from bot.rules.cases.call_limits import Allowed, TooMany
from bot.rules.cases.case import Case
from bot.rules.cases.case_events import CallTooMany
from bot.rules.cases.case_events import Revealed as CaseRevealed
from bot.rules.cases.contact_disclosure import CallReport
from bot.rules.cases.event_codec import decode
from bot.rules.cases.who_may import MayNot
from bot.rules.guarantee.states import Evidence, state
from bot.rules.operations.troubles import Trouble
from bot.rules.policy.packs import tighten
from bot.settings import Settings
from bot.work.cases import contact_disclosure
from bot.work.cases.contact_disclosure import HOUR, Called, Revealed, TooOften
from bot.work.facts.forgetting import forget
from bot.work.operations.monitoring import look
from bot.work.policy.policies import PolicyBook
from storage.cases import agent_notices, agents, assignment, cases, cases_opening
from storage.cases.agents import Agent
from storage.facts.debts import Audience
from storage.guarantee import states
from storage.guarantee.states import Terms
from storage.runtime.engine import Database
from storage.schema import case_events, contacts, customers, dead_channels, notices
from tests.work.lives import ANNA, MEI, a_life, customer, rows

pytestmark = pytest.mark.postgresql_one_in(3)

BOB, SUE = 901, 902
HUMANE = PolicyBook(load_policy("humane"))
AMERICA = PolicyBook(tighten(load_policy("humane"), [load_pack("us")], None))


async def agent(db: Database, number: int, now: datetime, role: str = "agent") -> Agent:
    async with db.write() as conn:
        await agents.add_agent(conn, Agent(number, f"N{number}", (), role), now)
        found = await agents.agent(conn, number)
    assert found is not None
    return found


async def case(db: Database, number: int) -> Case:
    async with db.read() as conn:
        found = await cases.case(conn, number)
    assert found is not None
    return found


async def call(db: Database, number: int, by: Agent, result: str, now: datetime, book: PolicyBook = HUMANE) -> Called:
    report = CallReport(result, "", f"call {now.isoformat()}")  # type: ignore[arg-type]
    done = await contact_disclosure.write_call(db, book, await case(db, number), by, report, now)
    assert isinstance(done, Called)
    return done


async def reveal(db: Database, number: int, by: Agent, now: datetime, book: PolicyBook = HUMANE) -> Revealed:
    found = await contact_disclosure.reveal(db, book, await case(db, number), by, "to call", now)
    assert isinstance(found, Revealed)
    return found


async def test_the_owner_gets_number_and_address_and_it_is_written_down(db: Database, clock: ManualClock) -> None:
    now, number = clock.now(), await a_life(db, clock.now())
    mei = await agent(db, MEI, now)
    found = await reveal(db, number, mei, now)
    assert (found.contact.phone, found.contact.email, found.contact.call) == (
        "+886912345678",
        "anna@example.com",
        Allowed(),
    )
    (event,) = [e for e in await rows(db, case_events) if e.kind == "revealed"]
    assert (event.actor_id, event.at) == (MEI, now)
    assert decode(event.kind, event.body) == CaseRevealed(("phone", "email"), "to call")


async def test_a_supervisor_may_and_another_agent_may_not(db: Database, clock: ManualClock) -> None:
    now, number = clock.now(), await a_life(db, clock.now())
    await reveal(db, number, await agent(db, SUE, now, "supervisor"), now)
    one, bob = await case(db, number), await agent(db, BOB, now)
    before = await rows(db, case_events)
    assert await contact_disclosure.reveal(db, HUMANE, one, bob, "", now) == MayNot("not_yours", "Mei")
    talked = CallReport("reached", "", "x")
    assert await contact_disclosure.write_call(db, HUMANE, one, bob, talked, now) == MayNot("not_yours", "Mei")
    assert await rows(db, case_events) == before


async def test_who_had_the_case_when_they_asked_and_has_it_no_more_gets_nothing(
    db: Database, clock: ManualClock
) -> None:
    now, number = clock.now(), await a_life(db, clock.now())
    mei, one = await agent(db, MEI, now), await case(db, number)
    async with db.write() as conn:
        await cases.close(conn, number, "other", MEI, now)
    assert await contact_disclosure.reveal(db, HUMANE, one, mei, "", now) == MayNot("closed")


async def test_a_call_too_many_withholds_the_number_but_not_the_address(db: Database, clock: ManualClock) -> None:
    now, number = clock.now(), await a_life(db, clock.now())
    mei = await agent(db, MEI, now)
    await call(db, number, mei, "reached", now, AMERICA)
    found = await reveal(db, number, mei, now + timedelta(hours=1), AMERICA)
    assert (found.contact.phone, found.contact.email) == (None, "anna@example.com")
    assert isinstance(found.contact.call, TooMany)
    later = await reveal(db, number, mei, now + timedelta(days=7), AMERICA)
    assert later.contact.phone == "+886912345678"


async def test_a_call_too_many_is_evidence_all_the_same_and_supervisors_are_told(
    db: Database, clock: ManualClock
) -> None:
    now, number = clock.now(), await a_life(db, clock.now())
    mei, sue = await agent(db, MEI, now), await agent(db, SUE, now, "supervisor")
    assert (await call(db, number, mei, "reached", now, AMERICA)).broke == ""
    over = await call(db, number, mei, "no_answer", now + timedelta(hours=1), AMERICA)
    async with db.read() as conn:
        told = [(notice.agent_id, notice.detail) for _, notice in await agent_notices.untold(conn)]
    assert (over.broke, told) == ("limit", [(sue.telegram_id, CallBroke(mei.name, "limit"))])
    made = [(c.state, c.reason) for c in await rows(db, contacts) if c.channel == "phone"]
    assert made == [("accepted", None), ("refused", "no_answer")]
    assert [decode(e.kind, e.body) for e in await rows(db, case_events) if e.kind == "call_too_many"] == [
        CallTooMany("limit")
    ]


async def test_a_call_at_night_is_told(db: Database, clock: ManualClock) -> None:
    now, number = clock.now(), await a_life(db, clock.now())
    mei = await agent(db, MEI, now)
    assert (await call(db, number, mei, "no_answer", now + timedelta(hours=10))).broke == "hours"


async def test_the_same_update_twice_is_one_call(db: Database, clock: ManualClock) -> None:
    now, number = clock.now(), await a_life(db, clock.now())
    mei = await agent(db, MEI, now)
    for _ in range(2):
        await call(db, number, mei, "reached", now)
    assert len([c for c in await rows(db, contacts) if c.channel == "phone"]) == 1


async def test_a_strangers_number_gets_no_messages_and_is_given_to_nobody(db: Database, clock: ManualClock) -> None:
    now, number = clock.now(), await a_life(db, clock.now())
    mei = await agent(db, MEI, now)
    await call(db, number, mei, "wrong_number", now)
    assert [(d.channel, d.reason) for d in await rows(db, dead_channels)] == [("sms", "wrong_number")]
    found = await reveal(db, number, mei, now)
    assert (found.contact.phone, found.contact.wrong) == (None, True)


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
@pytest.mark.parametrize(("result", "reached"), [("reached", True), ("no_answer", False), ("wrong_number", False)])
async def test_a_talk_is_words_and_a_sign_of_life_to_the_guarantee(
    db: Database, clock: ManualClock, result: str, reached: bool
) -> None:
    """Nothing but the call speaks for them: no reminder, no link, and no case any more."""
    now = clock.now()
    number = await a_life(db, now)
    policy, day = load_policy("humane"), now.date() + timedelta(days=8)
    mei = await agent(db, MEI, now)
    async with db.write() as conn:
        await conn.execute(contacts.delete())
        await conn.execute(customers.update().values(seen_at=None))
    await call(db, number, mei, result, now)
    async with db.write() as conn:
        await cases.close(conn, number, "other", MEI, now)
        await conn.execute(notices.update().values(state="not_sent"))
    async with db.read() as conn:
        seen_at = (await conn.execute(select(customers.c.seen_at).where(customers.c.customer_id == ANNA))).scalar()
        found = await states.states(conn, Audience(("Asia/Taipei",), day, None), Terms(4, 7, ("telegram",), ()), day)
    told_at = now if reached else None
    due = now.date() - timedelta(days=1)
    by_rule, _ = state(policy, Evidence(due, False, told_at, seen_at, True), day)
    assert found[ANNA] == by_rule == ("reached" if reached else "silent")


async def test_forgetting_takes_the_notes_of_calls_and_what_numbers_were_for(db: Database, clock: ManualClock) -> None:
    now, number = clock.now(), await a_life(db, clock.now())
    mei = await agent(db, MEI, now)
    talked = CallReport("reached", "mother ill", "x")
    await contact_disclosure.write_call(db, HUMANE, await case(db, number), mei, talked, now)
    await reveal(db, number, mei, now)
    await forget(db, ANNA, now)
    assert [c.body for c in await rows(db, contacts) if c.channel == "phone"] == [None]
    assert {e.body for e in await rows(db, case_events) if e.kind in ("called", "revealed")} == {None}


# --- So many, and no more --------------------------------------------------------------------------------------------


async def many_cases(db: Database, clock: ManualClock, count: int) -> list[int]:
    """Mei's cases, each of another customer."""
    numbers = []
    for n in range(count):
        await customer(db, clock.now(), f"X{n}")
        async with db.write() as conn:
            case_id, _ = await cases_opening.open_asked(conn, f"X{n}", clock.now().date(), clock.now())
            await assignment.claim(conn, case_id, MEI, clock.now())
        numbers.append(case_id)
    return numbers


async def ask(db: Database, number: int, by: Agent, now: datetime) -> object:
    return await contact_disclosure.reveal(db, HUMANE, await case(db, number), by, "", now)


async def test_a_list_of_numbers_is_not_read_off_in_a_minute(db: Database, clock: ManualClock) -> None:
    mei = await agent(db, MEI, clock.now())
    numbers = await many_cases(db, clock, 12)
    begun = clock.now()
    shown = []
    for number in numbers:
        clock.move(timedelta(seconds=4))
        shown.append(await ask(db, number, mei, clock.now()))
    assert [type(found) for found in shown] == [Revealed] * 10 + [TooOften] * 2
    assert shown[-1] == TooOften(10, begun + timedelta(seconds=4) + HOUR)
    assert isinstance(await ask(db, numbers[0], mei, clock.now()), Revealed)  # one that they know
    clock.set(begun + timedelta(hours=1, seconds=5))
    assert isinstance(await ask(db, numbers[-1], mei, clock.now()), Revealed)


async def test_a_day_has_its_own_end(db: Database, clock: ManualClock) -> None:
    mei = await agent(db, MEI, clock.now())
    for number in await many_cases(db, clock, 30):
        clock.move(timedelta(minutes=7))
        assert isinstance(await ask(db, number, mei, clock.now()), Revealed)
    await customer(db, clock.now(), "one more")
    async with db.write() as conn:
        case_id, _ = await cases_opening.open_asked(conn, "one more", clock.now().date(), clock.now())
        await assignment.claim(conn, case_id, MEI, clock.now())
    assert isinstance(await ask(db, case_id, mei, clock.now()), TooOften)


async def test_at_once_no_more_than_the_desk_allows(db: Database, clock: ManualClock) -> None:
    mei = await agent(db, MEI, clock.now())
    found = await asyncio.gather(*(ask(db, number, mei, clock.now()) for number in await many_cases(db, clock, 14)))
    assert [type(one) for one in found].count(Revealed) == 10


async def test_supervisors_hear_of_unusually_many(db: Database, clock: ManualClock) -> None:
    mei = await agent(db, MEI, clock.now())
    numbers = await many_cases(db, clock, 5)
    for number in numbers[:4]:
        await ask(db, number, mei, clock.now())
        await ask(db, number, mei, clock.now())
    assert await watched(db, clock) == []
    clock.move(timedelta(minutes=9))
    await ask(db, numbers[4], mei, clock.now())
    (trouble,) = await watched(db, clock)
    assert (trouble.subject, trouble.count, trouble.at) == (str(MEI), 5, clock.now() - timedelta(minutes=9))
    clock.move(timedelta(hours=25))
    assert await watched(db, clock) == []


async def watched(db: Database, clock: ManualClock) -> list[Trouble]:
    settings = Settings(_env_file=None)
    found = await look(db, HUMANE, settings, ("telegram",), clock.now())
    return [trouble for trouble in found if trouble.kind == "reveals_many"]
