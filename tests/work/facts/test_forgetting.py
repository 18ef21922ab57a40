"""Forgetting a customer: nothing identifies them any more, the figures stay, and no import brings them back."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import update
from typer.testing import CliRunner

from bot.channels import Accepted, Outcome
from bot.channels.telegram import TelegramChannel
from bot.cli import app
from bot.clock import ManualClock
from bot.message import Message
from bot.policies import load_pack, load_policy
from bot.rules.cases.case_events import Forgotten as CaseForgotten
from bot.rules.policy.packs import tighten
from bot.work.agreements.customer_notices import tell_customer
from bot.work.customers import linking
from bot.work.customers.linking import NoSuchCustomer
from bot.work.facts.forgetting import asked_to_keep, forget
from bot.work.facts.import_run import import_paths
from bot.work.policy.policies import PolicyBook
from bot.work.runtime.planning_round import plan
from locales import Html
from storage.cases import agents, cases
from storage.customers import telegram_links
from storage.facts.imports import facts_stamp
from storage.runtime.engine import Database
from storage.schema import (
    accounts,
    case_events,
    chats,
    contacts,
    customers,
    instalments,
    link_payloads,
    link_requests,
    links,
    notices,
    relays,
)
from storage.schema import cases as cases_table
from storage.topics import topics
from tests.work.lives import ANNA, ANNAS_PHONE, POLICY, a_life, add, customer, everything, linked, notice, owes, rows

pytestmark = pytest.mark.postgresql_one_in(2)


async def test_nothing_says_who_they_were(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    await forget(db, ANNA, clock.now())
    left = await everything(db)
    for trace in ("Anna", "886912345678", "example.com", "lost my job", "hospital", "sister", "please help"):
        assert trace not in left
    # What Telegram is still to delete in their chat names the chat, for two days at most.
    left = "\n".join(line for line in left.splitlines() if not line.startswith("erasures: "))
    assert f": {ANNAS_PHONE}\n" not in left


async def test_what_is_told_while_they_are_forgotten_leaves_no_words(db: Database, clock: ManualClock) -> None:
    """Telegram has taken it, and the record of it comes after the erasure."""
    case_id = await a_life(db, clock.now())
    async with db.read() as conn:
        case, (mei,) = await cases.case(conn, case_id), await agents.list_agents(conn)
    assert case is not None
    said = Message(Html("Dear Anna Lee, it is agreed"))

    class Forgetting(TelegramChannel):
        def __init__(self) -> None:
            pass

        async def deliver(self, *_: object, **__: object) -> Outcome:
            await forget(db, ANNA, clock.now(), overwrite=False)
            return Accepted("4711")

    before = len(await rows(db, contacts))
    assert await tell_customer(db, Forgetting(), case, mei, said, clock.now())
    assert len(await rows(db, contacts)) == before + 1
    assert not {"4711", "Dear Anna Lee, it is agreed"} & {row.body or row.reference for row in await rows(db, contacts)}


async def test_the_figures_stay(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    before = (await rows(db, accounts), await rows(db, instalments), len(await rows(db, contacts)))
    await forget(db, ANNA, clock.now())
    assert (await rows(db, accounts), await rows(db, instalments), len(await rows(db, contacts))) == before
    (sent,) = await rows(db, notices)
    assert (sent.state, sent.channel, sent.policy_version) == ("accepted", "telegram", POLICY.version)


async def test_their_link_ends(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    done = await forget(db, ANNA, clock.now())
    assert done.links_ended == 1
    (link,) = await rows(db, links)
    assert link.ended_at == clock.now()
    async with db.read() as conn:
        assert await telegram_links.linked_customer(conn, ANNAS_PHONE) is None
    assert await rows(db, link_payloads) == await rows(db, link_requests) == await rows(db, chats) == []


async def test_a_link_handed_out_before_opens_nothing(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    payload = await linking.issue_payload(db, ANNA, clock.now())
    await forget(db, ANNA, clock.now())
    assert await linking.open_payload(db, 333, payload, clock.now()) == linking.NotLinked("payload")


async def test_their_phone_number_links_nobody(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await forget(db, ANNA, clock.now())
    assert await linking.share_contact(db, 333, "886912345678", clock.now()) == linking.NotLinked("unknown")


async def test_what_was_planned_is_not_sent(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), clock.now().date())
    await linked(db, clock.now())
    await notice(db, clock.now(), "planned", "due")
    done = await forget(db, ANNA, clock.now())
    assert done.notices_cancelled == 1
    (cancelled,) = await rows(db, notices)
    assert (cancelled.state, cancelled.reason, cancelled.ended_at) == ("not_sent", "forgotten", clock.now())


async def test_nothing_more_is_planned(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    await forget(db, ANNA, clock.now())
    before = (await rows(db, notices), await rows(db, cases_table))
    clock.move(timedelta(days=10))
    await plan(db, PolicyBook(POLICY), clock.now())
    assert (await rows(db, notices), await rows(db, cases_table)) == before


async def test_their_case_closes_and_its_topic_is_told(db: Database, clock: ManualClock) -> None:
    case_id = await a_life(db, clock.now())
    done = await forget(db, ANNA, clock.now())
    assert done.case_closed == case_id
    (case,) = await rows(db, cases_table)
    assert (case.state, case.outcome, case.closed_at, case.card_stale) == ("closed", "other", clock.now(), True)
    async with db.read() as conn:
        untold = await cases.events_to_tell(conn, case_id)
        assert [each.event for each in untold] == [CaseForgotten()]
        assert (await topics.desk_work(conn, 1, clock.now())).behind == [case_id]


async def test_why_a_case_was_opened_stays(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    await forget(db, ANNA, clock.now())
    events = [(e.kind, e.body) for e in await rows(db, case_events)]
    assert events == [("opened", '{"reason":"asked"}'), ("claimed", None), ("note", None), ("forgotten", None)]


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_cards_of_closed_cases_are_written_again(db: Database, clock: ManualClock) -> None:
    case_id = await a_life(db, clock.now())
    async with db.write() as conn:
        await cases.close(conn, case_id, "paid", 900, clock.now())
        await conn.execute(update(cases_table).values(card_stale=False, topic="closed"))
    done = await forget(db, ANNA, clock.now())
    assert done.case_closed is None
    async with db.read() as conn:
        assert (await topics.desk_work(conn, 1, clock.now())).behind == [case_id]


async def test_words_on_their_way_go_nowhere(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    await forget(db, ANNA, clock.now())
    assert await rows(db, relays) == []


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_a_telegram_account_that_speaks_for_another_customer_keeps_what_is_theirs(
    db: Database, clock: ManualClock
) -> None:
    await a_life(db, clock.now())
    await customer(db, clock.now(), "C2", phone=None)
    await linked(db, clock.now(), ANNAS_PHONE, "C2")
    await forget(db, ANNA, clock.now())
    async with db.read() as conn:
        assert await telegram_links.linked_customer(conn, ANNAS_PHONE) == "C2"
    assert [chat.user_id for chat in await rows(db, chats)] == [ANNAS_PHONE]


async def test_others_are_left_alone(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    await customer(db, clock.now(), "C2", name="Tom")
    await linked(db, clock.now(), 444, "C2")
    before = [row for row in await rows(db, customers) if row.customer_id == "C2"]
    await forget(db, ANNA, clock.now())
    assert [row for row in await rows(db, customers) if row.customer_id == "C2"] == before
    async with db.read() as conn:
        assert await telegram_links.linked_user(conn, "C2") == 444


async def test_an_import_does_not_bring_them_back(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    await customer(db, clock.now())
    await forget(db, ANNA, clock.now())
    file = tmp_path / "customers.csv"
    file.write_text("customer_id,name,phone\nC1,Anna Lee,+886912345678\n")
    await import_paths(db, [file], clock.now())
    assert "Anna" not in await everything(db)


async def test_doing_it_twice_erases_what_came_in_meanwhile(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    first = clock.now()
    await forget(db, ANNA, first)
    late = {"channel": "telegram", "direction": "in", "kind": "word", "state": "answered", "body": "Anna here"}
    await add(db, contacts, customer_id=ANNA, at=first, **late)
    clock.move(timedelta(hours=1))
    again = await forget(db, ANNA, clock.now())
    assert (again.already, again.links_ended, again.notices_cancelled, again.case_closed) == (True, 0, 0, None)
    (who,) = await rows(db, customers)
    assert who.forgotten_at == first
    assert "Anna" not in await everything(db)


async def test_the_topic_is_still_told_after_a_second_time(db: Database, clock: ManualClock) -> None:
    case_id = await a_life(db, clock.now())
    await forget(db, ANNA, clock.now())
    await forget(db, ANNA, clock.now())
    async with db.read() as conn:
        assert [each.event for each in await cases.events_to_tell(conn, case_id)] == [CaseForgotten()]


async def test_who_keeps_facts_learns_of_it(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await forget(db, ANNA, clock.now())
    async with db.read() as conn:
        assert await facts_stamp(conn) == 1


async def test_an_unknown_id_is_said(db: Database, clock: ManualClock) -> None:
    with pytest.raises(NoSuchCustomer, match="C9"):
        await forget(db, "C9", clock.now())


# --- Rules that ask for records --------------------------------------------------------------------------------------


async def ran_forget(db: Database, monkeypatch: pytest.MonkeyPatch, policy: Path, *args: str, said: str = "") -> Result:
    """`duebot forget C1`, in real time, since a command goes by the machine's clock."""
    monkeypatch.setenv("DUEBOT_DATABASE_URL", str(db.url).replace("+aiosqlite", ""))
    monkeypatch.setenv("DUEBOT_POLICY", str(policy))
    return await asyncio.to_thread(CliRunner().invoke, app, ["forget", ANNA, *args], said)


@pytest.fixture
def in_china(tmp_path: Path) -> Path:
    """A policy whose pack asks for records of 1827 days."""
    path = tmp_path / "in_china.toml"
    path.write_text(f'packs = ["cn"]\n{load_policy("humane").text.replace("packs = []", "")}', encoding="utf-8")
    return path


async def test_that_rules_ask_for_records_is_said_and_the_person_is_erased(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, in_china: Path
) -> None:
    now = datetime.now(UTC)
    await a_life(sqlite_db, now)
    ran = await ran_forget(sqlite_db, monkeypatch, in_china)
    through = (now - timedelta(hours=1) + timedelta(days=1827)).date().isoformat()
    assert f"C1: the rules of cn ask for records of what was said to be kept through {through};" in ran.stderr
    assert (ran.exit_code, ran.stdout.splitlines()[0]) == (0, "C1 is forgotten")


async def test_somebody_at_a_terminal_is_asked_and_may_say_no(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, in_china: Path
) -> None:
    monkeypatch.setattr("bot.cli.people._can_ask", lambda: True)
    await a_life(sqlite_db, datetime.now(UTC))
    ran = await ran_forget(sqlite_db, monkeypatch, in_china, said="n\n")
    assert (ran.exit_code, "nothing was erased" in ran.stderr) == (1, True)
    assert (await rows(sqlite_db, customers))[0].name == "Anna Lee"
    ran = await ran_forget(sqlite_db, monkeypatch, in_china, "--yes")
    assert ran.exit_code == 0
    assert (await rows(sqlite_db, customers))[0].name == ""


async def test_a_program_reads_until_when_records_are_asked_for(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, in_china: Path
) -> None:
    now = datetime.now(UTC)
    await a_life(sqlite_db, now)
    ran = await ran_forget(sqlite_db, monkeypatch, in_china, "--json")
    assert (
        json.loads(ran.stdout)["records_asked_until"]
        == (now - timedelta(hours=1) + timedelta(days=1827)).date().isoformat()
    )
    assert ran.stderr == ""


async def test_without_such_rules_or_after_their_time_nothing_is_asked(db: Database, clock: ManualClock) -> None:
    await a_life(db, clock.now())
    humane = load_policy("humane")
    assert await asked_to_keep(db, humane, ANNA, clock.now()) is None
    chinese = tighten(humane, [load_pack("cn")], clock.now().date())
    assert await asked_to_keep(db, chinese, ANNA, clock.now() + timedelta(days=1826)) is not None
    assert await asked_to_keep(db, chinese, ANNA, clock.now() + timedelta(days=1828)) is None
