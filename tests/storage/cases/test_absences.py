"""An agent is absent from the first instant of an absence to its last, whatever else of them is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.rules.policy.sending_hours import Window
from storage.cases import absences
from storage.cases.agents import Agent, add_agent, agent, set_away
from storage.runtime.engine import Connection, Database

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
MEI = Agent(900, "Mei", ("en",), "agent")


async def test_who_is_changed_while_away_is_away_again_in_the_next_round(db: Database) -> None:
    async with db.write() as conn:
        await add_agent(conn, MEI, NOW)
        await absences.add(conn, 900, Window(NOW - timedelta(days=1), NOW + timedelta(days=3)))
    for _ in range(2):
        async with db.write() as conn:
            await absences.begin_and_end(conn, NOW)
            found = await agent(conn, 900)
            assert found is not None and found.away_since == NOW - timedelta(days=1)
            await add_agent(conn, MEI, NOW)


async def away_since(conn: Connection) -> datetime | None:
    found = await agent(conn, 900)
    assert found is not None
    return found.away_since


async def test_who_is_absent_is_away_from_the_first_instant_until_the_last(db: Database) -> None:
    async with db.write() as conn:
        await add_agent(conn, MEI, NOW)
        await absences.add(conn, 900, Window(NOW, NOW + DAY))
        for at, since in ((NOW - MOMENT, None), (NOW, NOW), (NOW + DAY - MOMENT, NOW), (NOW + DAY, None)):
            await absences.begin_and_end(conn, at)
            assert await away_since(conn) == since


async def test_who_went_away_before_comes_back_only_by_themselves(db: Database) -> None:
    async with db.write() as conn:
        await add_agent(conn, MEI, NOW)
        await absences.add(conn, 900, Window(NOW, NOW + DAY))
        await set_away(conn, 900, NOW - MOMENT)
        for at in (NOW, NOW + DAY):
            await absences.begin_and_end(conn, at)
            assert await away_since(conn) == NOW - MOMENT


async def test_absences_are_listed_until_they_are_over_the_earliest_first(db: Database) -> None:
    now, later = Window(NOW, NOW + DAY), Window(NOW + 2 * DAY, NOW + 3 * DAY)
    async with db.write() as conn:
        await add_agent(conn, MEI, NOW)
        for absence in (later, now):
            await absences.add(conn, 900, absence)
        assert await absences.of_agent(conn, 900, NOW + DAY - MOMENT) == [now, later]
        assert await absences.of_agent(conn, 900, NOW + DAY) == [later]
        assert await absences.of_agent(conn, 901, NOW) == []


async def test_what_is_in_force_ends_and_what_is_to_come_is_taken_back_each_alone(db: Database) -> None:
    now, later = Window(NOW, NOW + DAY), Window(NOW + 2 * DAY, NOW + 3 * DAY)
    for to_come, left in ((True, now), (False, later)):
        async with db.write() as conn:
            await add_agent(conn, MEI, NOW)
            for absence in (now, later):
                await absences.add(conn, 900, absence)
            await absences.begin_and_end(conn, NOW)
            assert await absences.drop(conn, 900, to_come=to_come) == 1
            assert await absences.of_agent(conn, 900, NOW) == [left]
            await absences.drop(conn, 900, to_come=not to_come)
