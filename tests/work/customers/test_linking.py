"""Linking in the database: handled twice, by two accounts at once, after a kill, and for forgotten customers."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from bot.channels import Accepted, Envelope, Outcome
from bot.cli import app
from bot.clock import ManualClock
from bot.message import Message
from bot.policies import load_policy
from bot.work.customers import linking, unlinking
from bot.work.customers.customer_activity import Activity, record_activity
from bot.work.customers.link_news import Telling, tell_link_changes
from bot.work.facts.forgetting import forget
from storage.customers import link_attempts, link_changes, reachability, telegram_links
from storage.runtime.engine import Database
from storage.schema import link_changes as changes
from storage.schema import links
from tests.work.lives import ANNA, ANNAS_PHONE, customer, linked, rows

pytestmark = pytest.mark.postgresql_one_in(2)

OTHER = 222


class Chat:
    """Takes every message; stands in for Telegram, whose own behaviour is tested in the conversations."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def deliver(self, address: str, message: Message, **_: Any) -> Outcome:
        self.taken.append(address)
        return Accepted("1")


def telling(db: Database, chat: Chat) -> Telling:
    return Telling(db, chat, {}, load_policy("humane"), "Wallet")  # type: ignore[arg-type]


async def open_link(db: Database, clock: ManualClock, user_id: int, update_id: int = 1) -> linking.Linking:
    payload = await linking.issue_payload(db, ANNA, clock.now())
    return await linking.open_payload(db, user_id, payload, clock.now(), update_id)


async def live(db: Database) -> list[int]:
    async with db.read() as conn:
        query = select(links.c.user_id).where(links.c.customer_id == ANNA, links.c.ended_at.is_(None))
        return list((await conn.execute(query)).scalars())


async def test_the_same_update_asks_again_and_another_does_not(db: Database, clock: ManualClock) -> None:
    """A process that was killed between storing a question and sending it sends it when the update comes again."""
    await customer(db, clock.now())
    await linked(db, clock.now())
    payload = await linking.issue_payload(db, ANNA, clock.now())
    first = await linking.open_payload(db, OTHER, payload, clock.now(), 1)
    assert isinstance(first, linking.ConsentAsked)
    again = await linking.open_payload(db, OTHER, payload, clock.now(), 1)
    assert again == linking.ConsentAsked(first.request_id, ANNAS_PHONE, ask=True)
    later = await linking.open_payload(db, OTHER, payload, clock.now(), 2)
    assert later == linking.ConsentAsked(first.request_id, ANNAS_PHONE, ask=False)


async def test_an_answer_that_is_handled_twice_says_the_same_twice(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await linked(db, clock.now())
    asked = await open_link(db, clock, OTHER)
    assert isinstance(asked, linking.ConsentAsked)
    said = [
        await linking.answer_question(db, asked.request_id, ANNAS_PHONE, True, clock.now(), update_id)
        for update_id in (5, 5, 6)
    ]
    assert [answer and answer.agreed for answer in said] == [True, True, None]
    assert await live(db) == [OTHER]
    assert len(await rows(db, links)) == 2


async def test_nobody_answers_anothers_question(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await linked(db, clock.now())
    asked = await open_link(db, clock, OTHER)
    assert isinstance(asked, linking.ConsentAsked)
    for user_id in (OTHER, 333):
        assert await linking.answer_question(db, asked.request_id, user_id, True, clock.now(), 9) is None
    assert await live(db) == [ANNAS_PHONE]


@pytest.mark.parametrize("now_with", [333, None], ids=["another account", "nobody"])
async def test_a_yes_of_who_has_the_link_no_more_gives_it_to_nobody(
    db: Database, clock: ManualClock, now_with: int | None
) -> None:
    await customer(db, clock.now())
    await linked(db, clock.now())
    asked = await open_link(db, clock, OTHER)
    assert isinstance(asked, linking.ConsentAsked)
    async with db.write() as conn:
        await telegram_links.end_link(conn, ANNA, clock.now())
    if now_with is not None:
        await linked(db, clock.now(), now_with)
    assert await linking.answer_question(db, asked.request_id, ANNAS_PHONE, True, clock.now(), 5) is None
    assert await live(db) == ([] if now_with is None else [now_with])


async def test_a_yes_to_who_speaks_for_somebody_else_by_now_changes_nothing(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await customer(db, clock.now(), "C2")
    await linked(db, clock.now())
    asked = await open_link(db, clock, OTHER)
    assert isinstance(asked, linking.ConsentAsked)
    await linked(db, clock.now(), OTHER, "C2")
    assert await linking.answer_question(db, asked.request_id, ANNAS_PHONE, True, clock.now(), 5) is None
    assert await live(db) == [ANNAS_PHONE]


async def test_of_two_who_open_one_link_at_once_one_is_linked(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    payload = await linking.issue_payload(db, ANNA, clock.now())
    came = await asyncio.gather(*(linking.open_payload(db, user, payload, clock.now(), user) for user in range(1, 6)))
    assert [type(result) for result in came].count(linking.Linked) == 1
    assert len(await live(db)) == 1


async def test_of_two_links_at_once_the_second_asks_the_first(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())

    async def insists(user_id: int) -> linking.Linking:
        payload = await linking.issue_payload(db, ANNA, clock.now())
        for _ in range(5):
            try:
                return await linking.open_payload(db, user_id, payload, clock.now(), user_id)
            except IntegrityError:  # the inbox handles the update again
                continue
        raise AssertionError("still in each other's way")

    came = await asyncio.gather(*(insists(user_id) for user_id in range(1, 6)))
    kinds = [type(result) for result in came]
    assert (kinds.count(linking.Linked), kinds.count(linking.ConsentAsked)) == (1, 4)


async def test_what_was_not_told_before_a_kill_is_told_after_it(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await linked(db, clock.now())
    assert await unlinking.unlink(db, ANNA, clock.now())
    async with db.write() as conn:
        (change,) = await link_changes.changes_to_tell(conn, 10)
        assert await link_changes.claim(conn, change, clock.now())  # and then it was killed
    chat = Chat()
    await tell_link_changes(telling(db, chat), clock.now())
    assert chat.taken == []
    clock.move(timedelta(minutes=2))
    for _ in range(2):
        await tell_link_changes(telling(db, chat), clock.now())
    assert chat.taken == [str(ANNAS_PHONE)]


async def test_two_processes_tell_it_once(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await linked(db, clock.now())
    await unlinking.unlink(db, ANNA, clock.now())
    chat = Chat()
    await asyncio.gather(*(tell_link_changes(telling(db, chat), clock.now()) for _ in range(4)))
    assert chat.taken == [str(ANNAS_PHONE)]


async def test_one_mail_that_hangs_delays_no_news_of_another(db: Database, clock: ManualClock) -> None:
    for number in (1, 2):
        await customer(db, clock.now(), f"C{number}", email=f"{number}@x.example")
        await linked(db, clock.now(), 110 + number, f"C{number}")
        await unlinking.unlink(db, f"C{number}", clock.now())
    chat, mail = Chat(), Hanging()
    one = replace(telling(db, chat), channels={"email": mail})
    news = asyncio.create_task(tell_link_changes(one, clock.now()))
    async with asyncio.timeout(30):
        await mail.both.wait()
    assert chat.taken == ["111", "112"]
    mail.answers.set()
    assert await news == 4


class Hanging:
    """A mail server that answers when the test says so."""

    name = "email"
    at_once = 8

    def __init__(self) -> None:
        self.both, self.answers = asyncio.Barrier(3), asyncio.Event()

    async def deliver(self, address: str, message: Message) -> Outcome:
        raise AssertionError("it is told by a notice")

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        await self.both.wait()
        await self.answers.wait()
        return Accepted("1")


async def test_of_the_forgotten_no_account_stays_and_nobody_is_told(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await customer(db, clock.now(), "C2")
    await linked(db, clock.now())
    payload = await linking.issue_payload(db, "C2", clock.now())
    asked = await linking.open_payload(db, ANNAS_PHONE, payload, clock.now(), 1)
    assert isinstance(asked, linking.SwitchAsked)
    await unlinking.unlink(db, ANNA, clock.now())
    await forget(db, ANNA, clock.now())
    assert [(row.account, row.account_told, row.elsewhere) for row in await rows(db, changes)] == [(0, "none", "none")]
    assert await linking.answer_question(db, asked.request_id, ANNAS_PHONE, True, clock.now(), 2) is None
    chat = Chat()
    await tell_link_changes(telling(db, chat), clock.now())
    assert chat.taken == []


async def test_a_link_of_the_forgotten_asks_nothing(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await customer(db, clock.now(), "C2")
    await linked(db, clock.now())
    payload = await linking.issue_payload(db, "C2", clock.now())
    asked = await linking.open_payload(db, ANNAS_PHONE, payload, clock.now(), 1)
    assert isinstance(asked, linking.SwitchAsked)
    await forget(db, "C2", clock.now())
    assert await linking.answer_question(db, asked.request_id, ANNAS_PHONE, True, clock.now(), 2) is None
    async with db.read() as conn:
        assert await telegram_links.linked_customer(conn, ANNAS_PHONE) == ANNA


# --- `duebot unlink` -------------------------------------------------------------------------------------------------


async def ran(db: Database, monkeypatch: pytest.MonkeyPatch, *args: str) -> Result:
    monkeypatch.setenv("DUEBOT_DATABASE_URL", str(db.url).replace("+aiosqlite", ""))
    return await asyncio.to_thread(CliRunner().invoke, app, ["unlink", *args])


async def test_the_command_ends_a_link_and_says_so(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC) - timedelta(minutes=1)
    await customer(sqlite_db, now)
    await linked(sqlite_db, now)
    done = await ran(sqlite_db, monkeypatch, ANNA)
    assert (done.exit_code, done.stdout) == (
        0,
        "C1 is no longer linked; the account that had the link is told within a minute\n",
    )
    assert await live(sqlite_db) == []
    again = await ran(sqlite_db, monkeypatch, ANNA, "--json")
    assert (again.exit_code, json.loads(again.stdout)) == (1, {"customer_id": "C1", "unlinked": False})
    assert "C1 is linked to no Telegram account" in again.stderr
    nobody = await ran(sqlite_db, monkeypatch, "C9")
    assert nobody.exit_code == 1
    assert "no customer has the id 'C9'" in nobody.stderr


async def test_the_command_has_json(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC) - timedelta(minutes=1)
    await customer(sqlite_db, now)
    await linked(sqlite_db, now)
    done = await ran(sqlite_db, monkeypatch, ANNA, "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"customer_id": "C1", "unlinked": True})


async def test_somebody_whose_telegram_names_no_language_is_known_once_they_are_linked(
    db: Database, clock: ManualClock
) -> None:
    await customer(db, clock.now())
    quiet = Activity(OTHER, None, "press", clock.now())
    assert (await record_activity(db, quiet)).customer_id is None
    assert isinstance(await open_link(db, clock, OTHER), linking.Linked)
    both = (Activity(OTHER + 1, "en", "press", clock.now()), quiet)
    speakers = await asyncio.gather(*(record_activity(db, one) for one in both))
    assert [speaker.customer_id for speaker in speakers] == [None, ANNA]


SHARED = {  # account: number
    1: "886900000001",  # a first link
    2: "886900000002",  # a first link
    3: "886900000002",  # the same customer's, a moment later
    4: "886900000003",  # two customers have it
    5: "886900000004",  # nobody has it
    6: "886900000006",  # its customer was linked before
    ANNAS_PHONE: "886900000007",  # the account has another customer's link
    8: "886900000008",  # too many attempts failed
    9: "no number",
}


async def test_who_shares_a_contact_at_the_same_time_is_linked_as_one_after_the_other(
    db: Database, clock: ManualClock
) -> None:
    numbers = {f"N{digit}": f"+88690000000{digit}" for digit in (1, 2, 6, 7, 8)}
    for customer_id, phone in {ANNA: "+886911111111", **numbers, "N3": "+886900000003", "N33": "+886900000003"}.items():
        await customer(db, clock.now(), customer_id, phone=phone)
    await linked(db, clock.now())
    await linked(db, clock.now(), 66, "N6")
    async with db.write() as conn:
        await telegram_links.end_link(conn, "N6", clock.now())
        for _ in range(linking.FAILURES_ALLOWED):
            await link_attempts.add_failure(conn, 8, clock.now())
        for customer_id in ("N1", "N2"):
            await reachability.mark_channel_dead(conn, customer_id, "telegram", reachability.WRONG_PERSON, clock.now())

    async def share(user_id: int) -> linking.Linking:
        return await linking.share_contact(db, user_id, SHARED[user_id], clock.now(), user_id)

    results = dict(zip(SHARED, await asyncio.gather(*map(share, SHARED)), strict=True))
    first = {1: "N1", 2: "N2"}
    for user_id, customer_id in first.items():
        result = results[user_id]
        assert isinstance(result, linking.Linked)
        assert (result.customer_id, result.first) == (customer_id, True)
    assert isinstance(results[3], linking.ConsentAsked)
    assert [getattr(results[user], "reason", None) for user in (4, 5, 8, 9)] == [
        "ambiguous",
        "unknown",
        "throttled",
        "unknown",
    ]
    again = results[6]
    assert isinstance(again, linking.Linked)
    assert not again.first
    assert isinstance(results[ANNAS_PHONE], linking.SwitchAsked)
    told = [(row.customer_id, row.kind, row.elsewhere) for row in await rows(db, changes)]
    assert [one for one in told if one[1] == link_changes.BY_NUMBER] == [
        (customer_id, link_changes.BY_NUMBER, link_changes.WAITING) for customer_id in first.values()
    ]
    async with db.read() as conn:
        assert [await reachability.is_dead(conn, one, "telegram") for one in first.values()] == [False, False]
        lives = [await telegram_links.live_link(conn, one) for one in first.values()]
    assert [(link.user_id, link.way) for link in lives if link] == [(1, "contact"), (2, "contact")]
