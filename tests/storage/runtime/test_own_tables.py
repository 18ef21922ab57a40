"""What a released database kept in its table of names and values is in separate tables after the migration."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, column, insert, select, table, text

from bot.rules.cases.agent_notices import TOLD_IN_PRIVATE
from bot.rules.cases.case_events import LeaseOver, Transferred
from bot.rules.guarantee.unwritten_evenings import NotRun
from bot.rules.operations.troubles import TroubleKey
from storage.cases import agent_notices, assignment, bulk_changes, deadlines
from storage.cases.agent_notices import AgentNotice
from storage.facts import imports
from storage.guarantee import guarantee_history
from storage.operations import alerts
from storage.operations.clock_steps import last_step
from storage.runtime import change_counters, heartbeats, migration_steps, overwriting, program_state
from storage.runtime.engine import Database
from storage.runtime.migrate import upgrade
from storage.schema import Instant, agents, cases, group_rate_places, metadata
from storage.topics import agent_groups
from tests.conftest import KINDS, Postgres, opened
from tests.work.lives import ANNA, MEI, add
from tests.work.lives import customer as knows

AT = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
EARLIER = AT - timedelta(hours=3)
MARKS = table("marks", column("name"), column("value"), column("at", Instant()))
EXPIRED = TroubleKey("pack_expired", "a|b", "", 2, date(2026, 2, 27))
ALARM = {
    "since": {"silent||||": EARLIER.isoformat()},
    "told": {"silent||||": AT.isoformat(), "pack_expired|a|b||2|2026-02-27": EARLIER.isoformat()},
    "not_before": AT.isoformat(),
    "alarmed": True,
    "unheard": "blocked",
}
RELEASED = {
    "tick.planner": "",
    "tick.guard": "",
    "cards_turned": "",
    "started": "",
    "bot_username": "wallet_bot",
    "secret.program": "ab" * 32,
    "probe.write": "",
    "facts": "17",
    "people": "link C1",
    "import_since": "",
    "wallet": "",
    "coming_in": "0",
    "overwrite": "",
    "clock_back": "4000",
    "alarm": json.dumps(ALARM),
    "alarm_unheard": "blocked",
    "unwritten 2026-02-27": "the program did not run from 2026-02-25 10:00 UTC to 2026-02-28 04:30 UTC, and "
    "facts have changed since",
    f"tell.{MEI}.1.transferred": "",
    f"tell.{MEI}.1.lease_over": "in_topic",
    "tell.404.1.woken": "",  # nobody's number
    "next.7001": "1",
    f"bulk.{8001}": json.dumps({"by": MEI, "text": "hold 7 all"}),
    f"bulk.{8002}": json.dumps({"by": MEI, "text": "move Mei Bob", "done": 3}),
    f"bulk.{8003}": json.dumps({"by": MEI, "text": "move Mei Bob", "declined": True}),
    "deadlines.alarm": "",
    "deadlines.general": "",
    "agents_group": "no_new_topics",
    "agents_group_rights": "",
    "group_moved.-100": "-1001",
    "group_seen.-5": "Collections",
    "group_seen.-6": "",
    "pace.-100": json.dumps([EARLIER.isoformat(), AT.isoformat()]),
    "of_another_world": "so",
}


def _run_to_0010(connection: Connection) -> None:
    config = migration_steps._config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0010")


async def carried_over(address: str) -> None:
    """A database of before with all that it could have kept, and its migration."""
    async with opened(address) as db:
        db.make()
        async with db.write() as conn:
            await conn.run_sync(_run_to_0010)
        await knows(db, AT)
        await add(db, agents, telegram_id=MEI, name="Mei", added_at=AT)
        await add(db, cases, case_id=1, customer_id=ANNA, reason="asked", state="waiting", opened_at=AT, due_at=AT)
        async with db.write() as conn:
            await conn.execute(
                insert(MARKS), [{"name": name, "value": one, "at": AT} for name, one in RELEASED.items()]
            )
        await upgrade(db)


@pytest.fixture(params=KINDS)
def migrated(request: pytest.FixtureRequest) -> Database:
    """A database of before, after its migration."""
    database: Database = request.getfixturevalue(f"migrated_{request.param}")
    return database


@pytest.fixture(scope="module")
def sqlite_of_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of one, migrated once: that takes longer than all of these tests."""
    path = tmp_path_factory.mktemp("before") / "duebot.db"
    asyncio.run(carried_over(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="module")
def postgresql_of_before(postgresql: Postgres) -> str:
    """The name of one, migrated once."""
    name = asyncio.run(postgresql.create("template0"))
    asyncio.run(carried_over(postgresql.address(name)))
    return name


@pytest.fixture
async def migrated_sqlite(sqlite_of_before: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copy(sqlite_of_before, tmp_path / "duebot.db")
    async with opened(f"sqlite:///{tmp_path / 'duebot.db'}") as db:
        yield db


@pytest.fixture
async def migrated_postgresql(postgresql: Postgres, postgresql_of_before: str) -> AsyncIterator[Database]:
    async with postgresql.database(postgresql_of_before) as address, opened(address) as db:
        yield db


async def test_all_of_it_is_carried_over(migrated: Database) -> None:
    async with migrated.read() as conn:
        assert await heartbeats.last_beats(conn) == {"planner": AT, "guard": AT, "cards": AT}
        assert await program_state.started_at(conn) == AT
        assert await program_state.bot_username(conn) == "wallet_bot"
        assert await program_state.keep_secret(conn, bytes(32)) == bytes.fromhex("ab" * 32)
        assert await change_counters.changes_of(conn, "facts") == 17
        assert await change_counters.changed_at(conn, "facts") == AT
        assert await imports.unfinished_since(conn) == AT
        assert await imports.wallet_spoke_at(conn) == AT
        assert await overwriting.is_due(conn, AT + timedelta(seconds=1))
        assert await last_step(conn, EARLIER) == (timedelta(seconds=4000), AT)
        assert await guarantee_history.unwritten(conn, date(2026, 2, 1), date(2026, 3, 1)) == {
            date(2026, 2, 27): NotRun(
                datetime(2026, 2, 25, 10, tzinfo=UTC), datetime(2026, 2, 28, 4, 30, tzinfo=UTC), "facts_changed"
            )
        }


async def test_troubles_go_on_as_they_were(migrated: Database) -> None:
    async with migrated.read() as conn:
        state, unheard = await alerts.read(conn), await alerts.unheard(conn)
    assert state.since == {TroubleKey("silent", "", "", 0, None): EARLIER}
    assert state.told == {TroubleKey("silent", "", "", 0, None): AT, EXPIRED: EARLIER}
    assert (state.not_before, state.alarmed, state.unheard) == (AT, True, "blocked")
    assert unheard == alerts.Unheard("blocked", AT)


async def test_the_desk_goes_on_as_it_was(migrated: Database) -> None:
    async with migrated.write() as conn:
        notices = [notice for _, notice in await agent_notices.untold(conn)]
        assert sorted(notices, key=lambda one: one.in_topic) == [
            AgentNotice(MEI, 1, Transferred, AT),
            AgentNotice(MEI, 1, LeaseOver, AT, in_topic=True),
        ]
        assert await assignment.claimed_by_update(conn, 7001) == 1
        states = [await bulk_changes.asked(conn, key) for key in (8001, 8002, 8003)]
        assert [(one.asked_by, one.asked_at, one.state) for one in states if one] == [
            (MEI, AT, "over"),  # what was meant was kept as it had been written: it is asked for again
            (MEI, AT, "done"),
            (MEI, AT, "declined"),
        ]
        assert await deadlines.last_message(conn, "group") == AT
        assert await deadlines.last_message(conn, "supervisors") == AT


async def test_the_group_goes_on_as_it_was(migrated: Database) -> None:
    async with migrated.read() as conn:
        assert await agent_groups.moves(conn) == {-100: -1001}
        assert await agent_groups.titles(conn) == {-5: "Collections"}
        assert await agent_groups.trouble(conn, "rights", "refusal") == agent_groups.GroupTrouble("no_new_topics", AT)
        places = (await conn.execute(select(group_rate_places).order_by(group_rate_places.c.place))).all()
    assert [(row.chat, row.place, row.taken_at) for row in places] == [("-100", 0, EARLIER), ("-100", 1, AT)]


async def test_what_was_written_then_can_be_written_again(migrated: Database) -> None:
    """The rows are those that the program looks for, and no second one is made beside them."""
    now = AT + timedelta(minutes=1)
    async with migrated.write() as conn:
        await heartbeats.beat(conn, "planner", now)
        await program_state.set_started(conn, now)
        await imports.bump_facts_stamp(conn, now)
        await imports.finish(conn)
        await imports.wallet_spoke(conn, now)
        await agent_groups.note_trouble(conn, "refusal", "", now)
        await alerts.write(conn, alerts.AlertState(), now)
        assert await imports.facts_stamp(conn) == 18
        assert await imports.unfinished_since(conn) is None
        assert await imports.wallet_spoke_at(conn) == now
        assert await program_state.bot_username(conn) == "wallet_bot"
        assert await alerts.unheard(conn) is None


async def test_a_database_that_never_ran_has_nothing_to_carry_over(db: Database) -> None:
    async with db.read() as conn:
        for name in sorted(metadata.tables.keys() - {"program_state"}):  # it says which programs may use the database
            assert (await conn.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one() == 0, name  # noqa: S608
        assert await alerts.read(conn) == alerts.AlertState()
        assert await change_counters.changes_of(conn, "facts") == 0


def test_kinds_of_notices_are_told_apart() -> None:
    assert len({about.kind for about in TOLD_IN_PRIVATE}) == len(TOLD_IN_PRIVATE)
