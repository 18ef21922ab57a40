"""`doctor`: what it finds in order, what it finds wrong and how to mend it; and that no secret is in its output."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.channels.rate_limiter import Pacer
from bot.channels.telegram import build_bot
from bot.channels.telegram_checks import TelegramChecks
from bot.clock import ManualClock
from bot.sandbox import LocalTelegram, serve
from bot.settings import Settings
from bot.work.operations.health_checks import Finding, examine
from storage.cases.agents import Agent, add_agent
from storage.facts import imports
from storage.operations import alerts
from storage.operations.alerts import AlertState
from storage.runtime.engine import Database
from storage.runtime.heartbeats import beat
from storage.schema import cases, notices, updates
from storage.topics import relays
from tests.work.lives import ANNA, MEI, add, customer, linked, notice, owes

TOKEN = "123456:AAsecret-part_of_the_token"
GROUP = -1001234567890


def settings(**more: Any) -> Settings:
    usual = {"token": SecretStr(TOKEN), "agent_chat": GROUP, "policy": "humane", "_env_file": None}
    return Settings(**{**usual, **more})


@pytest.fixture
async def healthy(db: Database, clock: ManualClock) -> Database:
    """A database of a program that runs and has all it needs."""
    await customer(db, clock.now())
    await owes(db, clock.now(), clock.now().date())
    await linked(db, clock.now())
    async with db.write() as conn:
        await add_agent(conn, Agent(MEI, "Mei", ("en",), "supervisor"), clock.now())
        await imports.wallet_spoke(conn, clock.now())
    await make_rounds(db, clock)
    return db


async def make_rounds(db: Database, clock: ManualClock, *parts: str) -> None:
    """Every part, or those that are named, has just done its work."""
    async with db.write() as conn:
        for part in parts or ("planner", "sender", "guard", "attending", "watch"):
            await beat(conn, part, clock.now())


async def wrong(db: Database, clock: ManualClock, **more: Any) -> list[Finding]:
    """What is not as it should be, warnings too."""
    return [f for f in await found_in(db, clock, **more) if f.ok is not True]


async def found_in(db: Database, clock: ManualClock, **more: Any) -> list[Finding]:
    """All that is found, but for what is said of the tests' PostgreSQL: it never writes to the disk at once."""
    return [f for f in await examine(settings(**more), db, None, clock) if f.what != "durability"]


async def one(db: Database, clock: ManualClock, **more: Any) -> Finding:
    (finding,) = await wrong(db, clock, **more)
    return finding


async def test_all_is_well(healthy: Database, clock: ManualClock) -> None:
    found = await found_in(healthy, clock)
    assert all(finding.ok for finding in found), found
    assert [f.what for f in found] == [
        *("settings", "policy", "replies", "database", "customers", "facts", "agents", "planner", "waiting")
    ]


async def test_no_secret_is_ever_said(clock: ManualClock, tmp_path: Path) -> None:
    db = Database("postgresql://user:hunter2@127.0.0.1:1/wallet?password=hunter3")
    said = repr(await examine(settings(webhook_secret=SecretStr("hunter4")), db, None, clock))
    await db.close()
    assert "hunter" not in said
    assert TOKEN.partition(":")[2] not in said


async def test_a_missing_token_is_wrong(healthy: Database, clock: ManualClock) -> None:
    finding = await one(healthy, clock, token=None)
    assert (finding.ok, finding.mend) == (False, "set DUEBOT_TOKEN to the one that @BotFather gives")


async def test_a_missing_agents_group_is_a_warning(healthy: Database, clock: ManualClock) -> None:
    finding = await one(healthy, clock, agent_chat=None)
    assert finding.ok is None
    assert "escalations wait in the queue" in finding.words


async def test_an_unknown_policy_is_wrong(healthy: Database, clock: ManualClock) -> None:
    finding = await one(healthy, clock, policy="nowhere.toml")
    assert (finding.what, finding.ok) == ("policy", False)


async def test_a_faulty_policy_is_wrong(healthy: Database, clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("grace_days = -1")
    finding = await one(healthy, clock, policy=str(tmp_path / "mine.toml"))
    assert (finding.what, finding.ok) == ("policy", False)
    assert "grace_days" in finding.words


async def test_a_policy_that_loses_people_is_wrong(healthy: Database, clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[[step]]\nid = "due"\nday = 0\nmessage = "due_today"')
    finding = await one(healthy, clock, policy=str(tmp_path / "mine.toml"))
    assert (finding.what, finding.ok) == ("policy", False)
    assert "ends without a person" in finding.words


async def test_a_week_of_holidays_is_a_warning(healthy: Database, clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'sending_hours = { from = "09:00", to = "20:00", holidays = "CN", rest_days = ["sat", "sun"] }\n'
        '[[step]]\nid = "due"\nday = 0\nmessage = "due_today"\n[[step]]\nid = "a"\nday = 5\nescalate = "overdue"\n'
    )
    finding = await one(healthy, clock, policy=str(tmp_path / "mine.toml"))
    assert (finding.what, finding.ok) == ("policy", None)
    assert "nothing is sent from 2026-" in finding.words


# --- The database ----------------------------------------------------------------------------------------------------


async def test_a_database_that_cannot_be_reached_is_wrong(clock: ManualClock) -> None:
    db = Database("postgresql://127.0.0.1:1/wallet")
    finding = await one(db, clock)
    await db.close()
    assert (finding.what, finding.ok) == ("database", False)
    assert finding.words.startswith("PostgreSQL's wallet at 127.0.0.1 cannot be used: it cannot be reached")


async def test_a_database_that_does_not_exist_is_not_made(clock: ManualClock, tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'none.db'}")
    finding = await one(db, clock)
    await db.close()
    assert (finding.what, finding.ok) == ("database", False)
    assert "run `duebot migrate`" in finding.mend
    assert not (tmp_path / "none.db").exists()


async def test_a_file_that_others_may_read_is_wrong(sqlite_db: Database, clock: ManualClock) -> None:
    assert sqlite_db.path is not None
    async with sqlite_db.write():
        sqlite_db.path.chmod(0o644)
        [finding] = [f for f in await wrong(sqlite_db, clock) if f.what == "privacy"]
    assert finding.ok is False
    assert finding.mend.startswith(f"run `chmod 600 {sqlite_db.path}")


async def test_a_backup_that_others_may_read_is_wrong(sqlite_db: Database, clock: ManualClock) -> None:
    assert sqlite_db.path is not None
    backup = sqlite_db.path.with_name("backup.db")
    with closing(sqlite3.connect(sqlite_db.path)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    backup.chmod(0o644)
    [finding] = [f for f in await wrong(sqlite_db, clock) if f.what == "privacy"]
    assert finding.mend == f"run `chmod 600 {backup}`"


async def test_a_postgresql_that_may_forget_is_told(postgresql_db: Database, clock: ManualClock) -> None:
    [finding] = [f for f in await examine(settings(), postgresql_db, None, clock) if f.what == "durability"]
    assert finding.ok is None
    assert finding.words.endswith("when the power fails: fsync = off, full_page_writes = off, synchronous_commit = off")


async def test_a_garbled_file_is_a_finding(clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "garbled.db").write_text("no database" * 100)
    db = Database(f"sqlite:///{tmp_path / 'garbled.db'}")
    finding = await one(db, clock)
    await db.close()
    assert (finding.what, finding.ok) == ("database", False)
    assert "garbled.db cannot be read: it is no SQLite database; stop duebot" in finding.words


async def test_a_database_without_tables_is_wrong(clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    db = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    finding = await one(db, clock)
    await db.close()
    assert (finding.what, finding.ok, finding.mend) == ("database", False, "run `duebot migrate`")


# --- Facts and people ------------------------------------------------------------------------------------------------


async def test_an_empty_database_says_what_to_do_first(db: Database, clock: ManualClock) -> None:
    found = {f.what: (f.ok, f.mend) for f in await wrong(db, clock)}
    assert found == {
        "customers": (None, "run `duebot import PATH…` with the wallet's files"),
        "agents": (False, "run `duebot agent add TELEGRAM_ID --name NAME`"),
        "planner": (None, "start the program: `duebot run`"),
    }


async def test_facts_too_old_for_one_segment_are_wrong(healthy: Database, clock: ManualClock, tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    step = '[[step]]\nid = "after-1"\nday = 1\nmessage = "overdue"\n'
    path.write_text(f'name = "two"\nfacts_max_age = "36h"\n{step}[segment.trusted]\nfacts_max_age = "2h"\n')
    clock.move(timedelta(hours=3))
    await make_rounds(healthy, clock)
    (finding,) = [f for f in await wrong(healthy, clock, policy=str(path)) if f.what == "facts"]
    assert finding.words == "the wallet's last word is 3 hours old, the policy allows 2 hours"


async def test_facts_older_than_the_policy_allows_are_wrong(healthy: Database, clock: ManualClock) -> None:
    clock.move(timedelta(hours=37))
    await make_rounds(healthy, clock)
    finding = await one(healthy, clock)
    assert (finding.what, finding.ok) == ("facts", False)
    assert finding.words == "the wallet's last word is 37 hours old, the policy allows 36 hours"


async def test_who_is_left_out_of_newer_files_is_as_it_should_be(healthy: Database, clock: ManualClock) -> None:
    old = clock.now() - timedelta(hours=40)
    await customer(healthy, old, "C2", phone=None)
    await owes(healthy, old, clock.now().date(), "I2", "C2")
    assert await wrong(healthy, clock) == []


async def test_nobody_linked_is_a_warning(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    words = [f.words for f in await wrong(db, clock) if f.what == "customers"]
    assert words == ["1 known, 0 linked to Telegram"]


# --- Work ------------------------------------------------------------------------------------------------------------


async def test_a_planner_that_stopped_is_a_warning(healthy: Database, clock: ManualClock) -> None:
    clock.move(timedelta(minutes=5))
    finding = await one(healthy, clock)
    assert (finding.what, finding.ok) == ("planner", None)
    assert "last planned 5 minutes ago" in finding.words


async def test_a_sender_that_stopped_while_others_run_is_wrong(healthy: Database, clock: ManualClock) -> None:
    clock.move(timedelta(minutes=6))
    await make_rounds(healthy, clock, "planner", "guard", "attending", "watch")
    finding = await one(healthy, clock)
    assert (finding.what, finding.ok) == ("watch", False)
    assert finding.words == "Sending reminders: last done 2 Mar 2026, 4:00 am UTC."
    assert finding.mend == "See that duebot run is running, and what its log says."


async def test_a_silent_customer_is_wrong(healthy: Database, clock: ManualClock) -> None:
    await owes(healthy, clock.now(), clock.now().date() - timedelta(days=9), "I2")
    finding = await one(healthy, clock)
    assert (finding.what, finding.ok) == ("watch", False)
    assert "duebot audit" in finding.mend


async def test_nobody_to_be_told_of_troubles_is_a_warning(healthy: Database, clock: ManualClock) -> None:
    async with healthy.write() as conn:
        await add_agent(conn, Agent(MEI, "Mei", ("en",), "agent"), clock.now())
    finding = await one(healthy, clock)
    assert (finding.ok, finding.words) == (None, "no supervisor is there to be told of troubles")


async def test_an_alarm_that_nobody_heard_is_wrong_and_says_why(healthy: Database, clock: ManualClock) -> None:
    async with healthy.write() as conn:
        await alerts.write(conn, AlertState(unheard="blocked"), clock.now())
    finding = await one(healthy, clock)
    assert (finding.ok, finding.words) == (False, "No supervisor could be told: has blocked the bot.")


async def stuck(db: Database, clock: ManualClock) -> None:
    """A reminder in a sender's hands, an update, a case without topic and a relay, all since an hour ago."""
    long_ago = clock.now() - timedelta(hours=1)
    await notice(db, long_ago, "claimed", claimed_by="w", claimed_at=long_ago)
    update = {"lane": "1", "body": "{}", "received_at": long_ago}
    await add(db, updates, update_id=1, state="waiting", **update)
    await add(db, updates, update_id=2, state="failed", **update)
    case = {"reason": "asked", "opened_at": long_ago, "state": "waiting"}
    case_id = await add(db, cases, customer_id=ANNA, **case)
    async with db.write() as conn:
        await relays.add(conn, case_id, "in", "text", (111, 1), long_ago, content="{}")


async def test_what_is_stuck_while_the_program_runs_is_wrong(healthy: Database, clock: ManualClock) -> None:
    await stuck(healthy, clock)
    found = {f.words: f.ok for f in await wrong(healthy, clock)}
    over = "for more than 10 minutes"
    assert found == {
        f"reminders in a sender's hands {over}: 1": False,
        f"messages from Telegram that wait {over}: 1": False,
        f"words between agents and customers on their way {over}: 1": False,
        f"open cases without a topic in the agents' group {over}: 1": False,
        "messages from Telegram that could not be handled and were put aside: 1": None,
    }


async def test_what_waits_while_the_program_stands_is_a_warning(healthy: Database, clock: ManualClock) -> None:
    await stuck(healthy, clock)
    clock.move(timedelta(minutes=5))
    assert {f.ok for f in await wrong(healthy, clock)} == {None}


async def test_a_reminder_that_nobody_sends_is_stuck(healthy: Database, clock: ManualClock) -> None:
    await notice(healthy, clock.now() - timedelta(minutes=11))
    finding = await one(healthy, clock)
    assert finding.words == "reminders that are due and that nobody has sent for more than 10 minutes: 1"


async def test_a_case_without_topic_is_as_it_should_be_without_a_group(healthy: Database, clock: ManualClock) -> None:
    case = {"reason": "asked", "opened_at": clock.now() - timedelta(hours=1), "state": "waiting"}
    await add(healthy, cases, customer_id=ANNA, **case)
    finding = await one(healthy, clock, agent_chat=None)
    assert finding.what == "settings"


# --- Telegram --------------------------------------------------------------------------------------------------------


@pytest.fixture
def telegram(clock: ManualClock) -> LocalTelegram:
    local = LocalTelegram(clock=clock, token=TOKEN, bot_username="wallet_bot")
    local.forum(GROUP, "Agents", members=[local.person(MEI, "Mei")])
    return local


@pytest.fixture
async def api(telegram: LocalTelegram) -> AsyncIterator[str]:
    async with serve(telegram) as url:
        yield url


async def asked(db: Database, clock: ManualClock, api: str, token: str = TOKEN, **more: Any) -> list[Finding]:
    """What is found at Telegram."""
    checks = TelegramChecks(build_bot(token, api, Pacer()))
    try:
        found = await examine(settings(**more), db, checks, clock)
    finally:
        await checks.close()
    assert TOKEN.partition(":")[2] not in repr(found)
    return [f for f in found if f.what in ("telegram", "webhook", "agents' group")]


async def test_telegram_is_well(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    assert await asked(sqlite_db, clock, api) == [
        Finding("telegram", True, "the token is that of @wallet_bot"),
        Finding("webhook", True, "updates come by long polling"),
        Finding("agents' group", True, "'Agents' has topics, and the bot may manage them"),
    ]


async def test_a_wrong_token_is_said_once(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    assert await asked(sqlite_db, clock, api, "123456:AAwrong-but-well-formed") == [
        Finding("telegram", False, "Telegram refuses the token", "set DUEBOT_TOKEN to the one that @BotFather shows")
    ]


async def test_a_telegram_out_of_reach_is_said(sqlite_db: Database, clock: ManualClock) -> None:
    (finding,) = await asked(sqlite_db, clock, "http://127.0.0.1:1")
    assert (finding.what, finding.ok) == ("telegram", False)
    assert "network" in finding.words


async def test_no_group_is_asked_about_where_none_is_set(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    assert [f.what for f in await asked(sqlite_db, clock, api, agent_chat=None)] == ["telegram", "webhook"]


PUBLIC = {"public_url": "https://due.example.org", "webhook_secret": SecretStr("q7RkB0_x2Vn-9TfLw4Zs8HdYc1")}


async def test_a_webhook_that_is_not_set_yet_is_a_warning(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    finding = (await asked(sqlite_db, clock, api, **PUBLIC))[1]
    assert (finding.ok, finding.words) == (None, "updates do not come to https://due.example.org/telegram/webhook yet")


async def set_webhook(api: str, url: str) -> None:
    async with build_bot(TOKEN, api, Pacer()) as bot:
        await bot.set_webhook(url)


async def test_the_webhook_of_the_settings_is_well(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    await set_webhook(api, "https://due.example.org/telegram/webhook")
    assert (await asked(sqlite_db, clock, api, **PUBLIC))[1].ok is True


async def test_a_webhook_elsewhere_is_wrong_and_its_path_is_not_said(
    sqlite_db: Database, clock: ManualClock, api: str
) -> None:
    await set_webhook(api, "https://other.example.net/hook/another-secret")
    finding = (await asked(sqlite_db, clock, api, **PUBLIC))[1]
    assert (finding.ok, finding.words) == (False, "updates go elsewhere, to https://other.example.net")


async def test_a_webhook_while_polling_is_meant_is_a_warning(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    await set_webhook(api, "https://other.example.net/hook/another-secret")
    finding = (await asked(sqlite_db, clock, api))[1]
    assert finding.ok is None
    assert "long polling" in finding.words


async def group_finding(db: Database, clock: ManualClock, api: str, **more: Any) -> Finding:
    return (await asked(db, clock, api, **more))[2]


async def test_a_group_that_nobody_knows_is_wrong(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    finding = await group_finding(sqlite_db, clock, api, agent_chat=-100777)
    assert finding.ok is False
    assert "add the bot to the group" in finding.mend


async def test_a_group_without_the_bot_is_wrong(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    telegram.groups[GROUP].remove_bot()
    finding = await group_finding(sqlite_db, clock, api)
    assert (finding.ok, finding.words.startswith("the bot is not in the group")) == (False, True)


async def test_a_group_that_moved_is_a_warning_with_its_new_id(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    new = telegram.groups[GROUP].migrate()
    finding = await group_finding(sqlite_db, clock, api)
    assert (finding.ok, finding.mend) == (None, f"set DUEBOT_AGENT_CHAT to {new}")


async def test_a_bot_that_is_no_administrator_is_wrong(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    telegram.groups[GROUP].demote_bot()
    finding = await group_finding(sqlite_db, clock, api)
    assert (finding.ok, finding.words) == (
        False,
        "the bot is no administrator of 'Agents', so it hears nothing there",
    )


async def test_a_bot_that_may_not_manage_topics_is_wrong(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    telegram.groups[GROUP].set_bot_rights(can_manage_topics=False)
    finding = await group_finding(sqlite_db, clock, api)
    assert (finding.ok, finding.mend) == (False, "give it the right 'Manage topics'")


async def test_a_bot_that_may_not_pin_is_told_of_and_all_right(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    telegram.groups[GROUP].set_bot_rights(can_pin_messages=False)
    finding = (await asked(sqlite_db, clock, api))[3]
    assert (finding.ok, finding.mend) == (None, "give it the right 'Pin messages', if they should be")


async def test_a_group_without_topics_is_a_warning(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    telegram.group(-1005, "Friends", bot_admin=True)
    finding = await group_finding(sqlite_db, clock, api, agent_chat=-1005)
    assert (finding.ok, finding.words.startswith("'Friends' has no topics")) == (None, True)


async def test_each_of_several_groups_is_looked_at(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    telegram.group(-1005, "Friends", bot_admin=True)
    found = await asked(sqlite_db, clock, api, agent_chat=f"{GROUP},-1005")
    assert [finding.ok for finding in found[2:]] == [True, None]


async def test_a_faulty_file_of_replies_is_told_with_its_line(
    healthy: Database, clock: ManualClock, tmp_path: Path
) -> None:
    file = tmp_path / "replies.toml"
    file.write_text("[hello]\nen = 'Hi {nme}'\n", encoding="utf-8")
    found = await examine(settings(replies=str(file)), healthy, None, clock)
    [finding] = [f for f in found if f.what == "replies"]
    assert finding.ok is False
    assert "line 2: [hello] en: there is no placeholder {nme}; expected {name}" in finding.words


async def test_a_reminder_in_time_is_nothing_to_speak_of(healthy: Database, clock: ManualClock) -> None:
    await notice(healthy, clock.now() + timedelta(hours=1))
    await add(healthy, notices, **planned_elsewhere(clock))
    assert await wrong(healthy, clock) == []


def planned_elsewhere(clock: ManualClock) -> dict[str, Any]:
    at = clock.now() - timedelta(hours=2)
    ended = {"state": "accepted", "ended_at": at, "channel": "telegram"}
    stamps = {"send_after": at, "expires_at": at, "planned_at": at}
    return {"customer_id": ANNA, "local_day": at.date(), "policy": "p", "policy_version": "v", **ended, **stamps}
