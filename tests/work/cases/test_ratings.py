"""Which customers are asked for a rating, and which answers count, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.channels import Accepted, Outcome, Refused
from bot.clock import ManualClock
from bot.message import Message
from bot.policies import load_policy
from bot.work.cases import ratings as cases_ratings
from bot.work.facts.forgetting import forget
from storage.cases import cases, ratings
from storage.reminders import contacts
from storage.reminders.contacts import Outgoing
from storage.runtime.engine import Database
from storage.schema import customers, dead_channels, links
from storage.schema import ratings as table
from tests.work.lives import ANNA, ANNAS_PHONE, MEI, a_life, add, rows

pytestmark = pytest.mark.postgresql_one_in(2)

POLICY = load_policy("humane")
HOUR = timedelta(hours=1)


class Channel:
    """Telegram, as far as asking needs it."""

    def __init__(self, *answers: Outcome) -> None:
        self.answers, self.said = list(answers), list[tuple[str, Message]]()

    async def deliver(self, address: str, message: Message, *, priority: Any = None) -> Outcome:
        self.said.append((address, message))
        return self.answers.pop(0) if self.answers else Accepted(str(100 + len(self.said)))


async def talked(db: Database, now: datetime, *, outcome: str = "other", spoke: bool = True) -> int:
    """Anna's case, in which Mei spoke with her or not, closed at this instant."""
    number = await a_life(db, now)
    async with db.write() as conn:
        if spoke:
            said = await contacts.record_attempt(conn, Outgoing(ANNA, "telegram", "agent", case_id=number), now)
            await contacts.record_result(conn, said, "accepted")
        await cases.close(conn, number, outcome, MEI, now)
    return number


async def ask(db: Database, channel: Channel, now: datetime) -> int:
    return await cases_ratings.ask_waiting(db, channel, POLICY, now)  # type: ignore[arg-type]


async def state(db: Database) -> list[str]:
    return [row.state for row in await rows(db, table)]


async def test_after_a_talk_the_customer_is_asked_once(db: Database, clock: ManualClock) -> None:
    now, channel = clock.now(), Channel()
    number = await talked(db, now)
    assert await ask(db, channel, now + timedelta(minutes=5)) == 0  # the good-bye may take it along
    for minutes in (11, 12, 60):
        await ask(db, channel, now + timedelta(minutes=minutes))
    ((address, message),) = channel.said
    assert address == str(ANNAS_PHONE)
    actions = [button.action for row in message.buttons for button in row]
    assert actions == [f"rate:{number}:{score}" for score in range(1, 6)]
    (row,) = await rows(db, table)
    assert (row.state, row.message_id, row.agent_id) == ("asked", 101, MEI)


@pytest.mark.parametrize("outcome", ["wrong_person", "unreachable"])
async def test_whom_nobody_talked_to_is_not_asked(db: Database, clock: ManualClock, outcome: str) -> None:
    await talked(db, clock.now(), outcome=outcome)
    assert await ask(db, Channel(), clock.now() + HOUR) == 0


async def test_where_no_agent_ever_spoke_nobody_is_asked(db: Database, clock: ManualClock) -> None:
    await talked(db, clock.now(), spoke=False)
    assert await ask(db, Channel(), clock.now() + HOUR) == 0


async def test_a_policy_can_turn_it_off(db: Database, clock: ManualClock) -> None:
    await talked(db, clock.now())
    silent = replace(POLICY, desk=replace(POLICY.desk, ask_how_it_went=False))
    assert await cases_ratings.ask_waiting(db, Channel(), silent, clock.now() + HOUR) == 0  # type: ignore[arg-type]
    assert not await rows(db, table)


@pytest.mark.parametrize("why", ["stopped", "blocked", "not linked", "open case"])
async def test_who_cannot_or_will_not_be_asked_is_not(db: Database, clock: ManualClock, why: str) -> None:
    now = clock.now()
    await talked(db, now)
    async with db.write() as conn:
        if why == "stopped":
            await conn.execute(customers.update().values(stopped_at=now))
        elif why == "not linked":
            await conn.execute(links.update().values(ended_at=now))
    if why == "blocked":
        await add(db, dead_channels, customer_id=ANNA, channel="telegram", since=now, reason="blocked")
    if why == "open case":
        more = {"reason": "asked", "state": "waiting", "opened_at": now}
        await add(db, cases.cases, customer_id=ANNA, **more)
    assert await ask(db, Channel(), now + HOUR) == 0


async def test_outside_their_hours_it_waits_for_the_morning(db: Database, clock: ManualClock) -> None:
    evening, channel = clock.now() + 9 * HOUR, Channel()  # nine in the evening in Taipei
    await talked(db, evening)
    assert await ask(db, channel, evening + HOUR) == 0
    assert await state(db) == ["waiting"]
    assert await ask(db, channel, evening + 13 * HOUR) == 1


async def test_who_stops_while_it_waits_is_not_asked(db: Database, clock: ManualClock) -> None:
    evening = clock.now() + 9 * HOUR
    await talked(db, evening)
    await ask(db, Channel(), evening + HOUR)
    async with db.write() as conn:
        await conn.execute(customers.update().values(stopped_at=evening))
    assert await ask(db, Channel(), evening + 13 * HOUR) == 0
    assert await state(db) == ["not_asked"]


async def test_after_two_days_nobody_is_asked_any_more(db: Database, clock: ManualClock) -> None:
    await talked(db, clock.now())
    assert await ask(db, Channel(), clock.now() + timedelta(days=3)) == 0


async def test_a_customer_is_asked_once_in_thirty_days(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    await talked(db, now)
    await ask(db, Channel(), now + HOUR)
    for days, times in ((29, 0), (31, 1)):
        at = now + timedelta(days=days)
        async with db.write() as conn:
            await conn.execute(cases.cases.update().values(closed_at=now))
            more = {"reason": "asked", "state": "closed", "opened_at": at, "closed_at": at, "outcome": "other"}
            number = await conn.execute(cases.cases.insert().values(customer_id=ANNA, owner_id=MEI, **more))
            assert number.inserted_primary_key is not None
            case_id = number.inserted_primary_key[0]
            said = await contacts.record_attempt(conn, Outgoing(ANNA, "telegram", "agent", case_id=case_id), at)
            await contacts.record_result(conn, said, "accepted")
        assert await ask(db, Channel(), at + HOUR) == times


async def test_two_who_ask_at_once_ask_once(db: Database, clock: ManualClock) -> None:
    now, channel = clock.now(), Channel()
    await talked(db, now)
    await asyncio.gather(*(ask(db, channel, now + HOUR) for _ in range(4)))
    assert len(channel.said) == 1


async def test_a_kill_while_asking_asks_again_a_minute_later(db: Database, clock: ManualClock) -> None:
    now, channel = clock.now() + HOUR, Channel()
    number = await talked(db, clock.now())
    async with db.write() as conn:
        await ratings.plan_question(conn, number, now)
        assert await ratings.claim(conn, number, now, now)  # and killed
    assert await ask(db, channel, now + timedelta(seconds=30)) == 0
    assert await ask(db, channel, now + timedelta(seconds=61)) == 1


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_what_may_have_arrived_is_asked_twice_at_most(db: Database, clock: ManualClock) -> None:
    now, channel = clock.now(), Channel(*[Refused(False, "in_doubt")] * 5)
    await talked(db, now)
    for minutes in range(11, 30):
        await ask(db, channel, now + timedelta(minutes=minutes))
    assert len(channel.said) == 2
    assert await state(db) == ["asked"]


async def test_what_telegram_refuses_now_is_asked_later(db: Database, clock: ManualClock) -> None:
    now, channel = clock.now(), Channel(Refused(False, "flood"))
    await talked(db, now)
    assert await ask(db, channel, now + timedelta(minutes=11)) == 0
    assert await ask(db, channel, now + timedelta(minutes=13)) == 1


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_who_blocked_the_bot_is_found_so_and_not_asked_again(db: Database, clock: ManualClock) -> None:
    now, channel = clock.now(), Channel(Refused(True, "blocked"))
    await talked(db, now)
    for minutes in (11, 13):
        await ask(db, channel, now + timedelta(minutes=minutes))
    assert (len(channel.said), await state(db)) == (1, ["not_asked"])
    assert [d.reason for d in await rows(db, dead_channels)] == ["blocked"]


# --- Answers ---------------------------------------------------------------------------------------------------------


async def asked(db: Database, now: datetime) -> int:
    number = await talked(db, now - HOUR)
    assert await ask(db, Channel(Accepted("77")), now) == 1
    return number


async def score(db: Database) -> int | None:
    (row,) = await rows(db, table)
    return row.score  # type: ignore[no-any-return]


async def test_the_last_score_within_a_day_counts(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    number = await asked(db, now)
    assert await cases_ratings.rate(db, ANNA, number, 2, now)
    assert await cases_ratings.rate(db, ANNA, number, 4, now + timedelta(hours=23))
    assert not await cases_ratings.rate(db, ANNA, number, 1, now + timedelta(hours=25))
    assert await score(db) == 4


async def test_a_press_about_somebody_elses_case_changes_nothing(db: Database, clock: ManualClock) -> None:
    number = await asked(db, clock.now())
    assert not await cases_ratings.rate(db, "C2", number, 5, clock.now())
    assert not await cases_ratings.rate(db, ANNA, number + 1, 5, clock.now())
    assert await score(db) is None


async def test_a_press_after_a_month_changes_nothing(db: Database, clock: ManualClock) -> None:
    number = await asked(db, clock.now())
    assert not await cases_ratings.rate(db, ANNA, number, 5, clock.now() + timedelta(days=31))
    assert await score(db) is None


async def test_a_press_tells_that_a_question_in_doubt_arrived(db: Database, clock: ManualClock) -> None:
    now, channel = clock.now(), Channel(Refused(False, "in_doubt"))
    number = await talked(db, now - HOUR)
    await ask(db, channel, now)
    assert await cases_ratings.rate(db, ANNA, number, 5, now)
    await ask(db, channel, now + HOUR)
    assert len(channel.said) == 1


async def test_words_after_a_score_or_to_the_question_are_kept(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    number = await asked(db, now)
    assert not await cases_ratings.keep_words(db, ANNA, "hello", None, now)
    assert await cases_ratings.keep_words(db, ANNA, "to the question", 77, now)
    await cases_ratings.rate(db, ANNA, number, 5, now)
    assert await cases_ratings.keep_words(db, ANNA, "kind", None, now + timedelta(minutes=9))
    assert not await cases_ratings.keep_words(db, ANNA, "later", None, now + timedelta(minutes=11))
    assert not await cases_ratings.keep_words(db, ANNA, "to another message", 78, now + timedelta(minutes=11))
    assert [row.words for row in await rows(db, table)] == ["to the question\nkind"]


async def test_with_a_case_open_words_go_to_the_person_who_has_it(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    number = await asked(db, now)
    await cases_ratings.rate(db, ANNA, number, 5, now)
    await add(db, cases.cases, customer_id=ANNA, reason="asked", state="waiting", opened_at=now)
    assert not await cases_ratings.keep_words(db, ANNA, "help", None, now)
    assert await cases_ratings.keep_words(db, ANNA, "it was fine", 77, now)


async def test_forgetting_takes_the_words_and_leaves_the_score(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    number = await asked(db, now)
    await cases_ratings.rate(db, ANNA, number, 3, now)
    await cases_ratings.keep_words(db, ANNA, "my name is Anna", None, now)
    await forget(db, ANNA, now)
    (row,) = await rows(db, table)
    assert (row.score, row.words, row.message_id) == (3, None, None)
