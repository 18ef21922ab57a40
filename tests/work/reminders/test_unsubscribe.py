"""Ending reminders from a mail: with the mail program's POST, or on a page with a button, without any account."""

from __future__ import annotations

import asyncio
import base64
import hmac
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import update

from bot.channels import Accepted, Envelope, Outcome
from bot.clock import ManualClock
from bot.message import Message
from bot.policies import load_policy
from bot.settings import Settings, WrongSettings, load_settings
from bot.web.server import build
from bot.work.facts.forgetting import forget
from bot.work.policy.policies import PoliciesInForce, PolicyBook
from bot.work.reminders.notice_checks import Sender
from bot.work.reminders.sending import send_due
from bot.work.runtime.parts import Parts
from bot.work.runtime.planning_round import plan
from storage.runtime.engine import Database
from storage.runtime.program_keys import with_webhook_secret
from storage.schema import contacts, customers, notices, program_state
from tests.work.lives import ANNA, customer, notice, owes, rows

pytestmark = pytest.mark.postgresql_one_in(4)

HUMANE = load_policy("humane")
BOOK = PolicyBook(HUMANE)
SECRET = SecretStr("q7RkB0_x2Vn-9TfLw4Zs8HdYc1")
OPEN = Settings(_env_file=None, public_url="https://bot.example", webhook_secret=SECRET, brand="Pay & Go")
ONE_CLICK = {"content": b"List-Unsubscribe=One-Click", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}


class Mailbox:
    """A channel that takes everything."""

    name = "email"
    at_once = 8

    def __init__(self) -> None:
        self.mails: list[Envelope] = []

    async def deliver(self, address: str, message: Message) -> Outcome:
        raise AssertionError("a reminder is a notice")

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        self.mails.append(envelope)
        return Accepted("m1")


async def send(db: Database, clock: ManualClock, settings: Settings, mailbox: Mailbox) -> None:
    """All that is due is planned, and sent by mail."""
    await plan(db, BOOK, clock.now(), channels=("email",))
    await send_due(Sender(db, BOOK, settings, {"email": mailbox}, "w"), clock.now(), 100)


@pytest.fixture
async def link(db: Database, clock: ManualClock) -> str:
    """What a mail to Anna, who reads English, has under List-Unsubscribe."""
    await customer(db, clock.now())
    await owes(db, clock.now(), clock.now().date())
    mailbox = Mailbox()
    await send(db, clock, OPEN, mailbox)
    return mailbox.mails[0].unsubscribe


def web(db: Database, clock: ManualClock, settings: Settings = OPEN) -> httpx.AsyncClient:
    parts = Parts(settings, clock, db, PoliciesInForce(HUMANE, clock.now()))
    return httpx.AsyncClient(transport=httpx.ASGITransport(build(parts, asyncio.Event())))


async def is_stopped(db: Database) -> bool:
    return (await rows(db, customers))[0].stopped_at is not None


async def test_a_mail_has_a_link_that_names_nobody(db: Database, clock: ManualClock) -> None:
    customer_id = "customer-of-the-wallet"  # so long that the random part of a link does not hold it by chance
    await customer(db, clock.now(), customer_id)
    await owes(db, clock.now(), clock.now().date(), customer_id=customer_id)
    mailbox = Mailbox()
    await send(db, clock, OPEN, mailbox)
    (mail,) = mailbox.mails
    assert mail.unsubscribe.startswith("https://bot.example/unsubscribe/")
    assert customer_id not in mail.unsubscribe


async def test_without_a_public_address_there_is_none(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), clock.now().date())
    mailbox = Mailbox()
    await send(db, clock, load_settings(), mailbox)
    assert [mail.unsubscribe for mail in mailbox.mails] == [""]


@pytest.mark.parametrize("address", ["https://b\u00fcro.example", "https://bot.example/<x>", "http://bot.example"])
def test_a_public_address_that_fits_no_header_is_refused(address: str) -> None:
    with pytest.raises(WrongSettings, match="DUEBOT_PUBLIC_URL: expected an https:// address in ASCII"):
        load_settings(public_url=address, webhook_secret=SECRET)


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_the_mail_programs_one_post_ends_reminders(db: Database, clock: ManualClock, link: str) -> None:
    async with web(db, clock) as browser:
        answer = await browser.post(link, **ONE_CLICK)
    assert answer.status_code == 200
    assert await is_stopped(db)
    clock.move(timedelta(days=1))
    mailbox = Mailbox()
    await send(db, clock, OPEN, mailbox)
    assert mailbox.mails == []


async def test_it_is_kept_as_evidence_and_twice_is_once(db: Database, clock: ManualClock, link: str) -> None:
    async with web(db, clock) as browser:
        await browser.post(link)
        clock.move(timedelta(hours=1))
        await browser.post(link)
    first = clock.now() - timedelta(hours=1)
    assert (await rows(db, customers))[0].stopped_at == first
    said = [(row.at, row.channel, row.kind) for row in await rows(db, contacts) if row.direction == "in"]
    assert said == [(first, "email", "unsubscribed")]


async def test_who_only_looks_changes_nothing(db: Database, clock: ManualClock, link: str) -> None:
    async with web(db, clock) as browser:
        page = await browser.get(link)
    assert page.status_code == 200
    assert '<form method="post"><button>Turn reminders off</button></form>' in page.text
    assert "Pay &amp; Go" in page.text
    assert not await is_stopped(db)


async def test_the_page_names_neither_person_nor_debt(db: Database, clock: ManualClock, link: str) -> None:
    async with web(db, clock) as browser:
        pages = [(await browser.get(link)).text, (await browser.post(link)).text, (await browser.get(link)).text]
    for secret in (ANNA, "Anna", "1,200", "anna@example.com", "I1"):
        assert not any(secret in page for page in pages)


async def test_the_page_is_in_the_customers_language(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now(), language="zh-Hant")
    await owes(db, clock.now(), clock.now().date())
    mailbox = Mailbox()
    await send(db, clock, OPEN, mailbox)
    async with web(db, clock) as browser:
        page = await browser.get(mailbox.mails[0].unsubscribe)
    assert "不再接收提醒？" in page.text
    assert '<html lang="zh-Hant">' in page.text


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: "9" + t, lambda t: t.upper(), lambda t: "1-" + "A" * 22]
)
async def test_a_link_that_was_changed_does_nothing(db: Database, clock: ManualClock, link: str, change) -> None:
    address, _, token = link.rpartition("/")
    async with web(db, clock) as browser:
        answer = await browser.post(f"{address}/{change(token)}", headers={"Accept-Language": "fr, zh-CN;q=0.8"})
    assert answer.status_code == 404
    assert "这个链接无法使用" in answer.text
    assert not await is_stopped(db)


async def test_a_link_says_nothing_of_the_webhooks_secret(db: Database, clock: ManualClock, link: str) -> None:
    """A person with a mail who guesses the webhook's secret cannot make a link, and the other way round."""
    _, _, token = link.rpartition("/")
    notice_id, _, proof = token.partition("-")
    by_secret = hmac.digest(SECRET.get_secret_value().encode(), f"duebot unsubscribe {notice_id}".encode(), "sha256")
    assert proof != base64.urlsafe_b64encode(by_secret[:16]).decode().rstrip("=")
    others = OPEN.model_copy(update={"webhook_secret": SecretStr("another")})
    async with web(db, clock, others) as browser:
        assert (await browser.post(link)).status_code == 200
    assert await is_stopped(db)


async def test_a_link_of_another_program_does_nothing(db: Database, clock: ManualClock, link: str) -> None:
    async with db.write() as conn:
        await conn.execute(update(program_state).values(secret=bytes(32)))
    async with web(db, clock) as browser:
        assert (await browser.post(link)).status_code == 404
    async with web(db, clock, load_settings()) as browser:
        assert (await browser.post(link)).status_code == 404
    assert not await is_stopped(db)


async def test_the_webhooks_secret_is_made_once_for_all_processes(db: Database, clock: ManualClock) -> None:
    public = Settings(_env_file=None, public_url="https://bot.example")
    made = await asyncio.gather(*(with_webhook_secret(db, public) for _ in range(4)))
    (secret,) = {settings.webhook_secret.get_secret_value() for settings in made}
    assert len(secret) >= 24
    assert Settings(_env_file=None, public_url="https://bot.example", webhook_secret=SecretStr(secret))
    assert (await with_webhook_secret(db, OPEN)).webhook_secret == SECRET
    assert (await with_webhook_secret(db, load_settings())).webhook_secret is None


async def test_of_the_forgotten_nothing_is_written_again(db: Database, clock: ManualClock, link: str) -> None:
    await forget(db, ANNA, clock.now())
    before = await rows(db, contacts)
    async with web(db, clock) as browser:
        assert (await browser.post(link)).status_code == 200
    assert await rows(db, contacts) == before


async def test_a_notice_that_waits_says_why_it_was_not_sent(db: Database, clock: ManualClock, link: str) -> None:
    await owes(db, clock.now(), clock.now().date(), "I2")
    waits = await notice(db, clock.now(), step_id="due", due=clock.now().date())
    async with web(db, clock) as browser:
        await browser.post(link)
    await send(db, clock, OPEN, Mailbox())
    (found,) = [row for row in await rows(db, notices) if row.notice_id == waits]
    assert (found.state, found.reason) == ("not_sent", "stopped")
