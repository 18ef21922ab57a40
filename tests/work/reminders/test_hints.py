"""The hint below a reminder: recorded, never twice the same in a month, and none where the policy wants none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.channels import Accepted, Envelope, Outcome, Refused
from bot.clock import ManualClock
from bot.message import Message
from bot.rules.policy.policy import Policy
from bot.settings import Settings
from bot.work.policy.policies import PolicyBook
from bot.work.reminders.notice_checks import Sender
from bot.work.reminders.sending import send_due
from bot.work.runtime.planning_round import plan
from storage.runtime.engine import Database
from storage.schema import notices
from tests.work.lives import POLICY, customer, linked, owes, rows


class Phone:
    """Telegram, which answers as a test wants."""

    name = "telegram"

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.answer: Outcome = Accepted("m1")

    async def deliver(self, address: str, message: Message) -> Outcome:
        raise AssertionError("a reminder is a notice")

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        self.heard.append(envelope.message)
        return self.answer


async def days(db: Database, clock: ManualClock, phone: Phone, number: int, policy: Policy = POLICY) -> None:
    """So many days pass, each with a round of planning and one of sending."""
    book = PolicyBook(policy)
    for _ in range(number):
        await plan(db, book, clock.now())
        await send_due(Sender(db, book, Settings(_env_file=None), {"telegram": phone}, "w"), clock.now(), 100)
        clock.move(timedelta(days=1))


async def hints(db: Database) -> list[str | None]:
    return [notice.hint for notice in await rows(db, notices) if notice.state == "accepted"]


async def test_each_reminder_has_another_hint_and_the_record_says_which(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await linked(db, clock.now())
    phone = Phone()
    await owes(db, clock.now(), clock.now().date() + timedelta(days=3))
    await days(db, clock, phone, 8)
    await owes(db, clock.now(), clock.now().date() + timedelta(days=3), "I2")
    await days(db, clock, phone, 8)
    told = await hints(db)
    assert told[:4] == ["credit", "month", "costs", "swindlers"]
    assert [message.hint for message in phone.heard] == [hint or "" for hint in told]
    assert len({hint for hint in told if hint}) == len([hint for hint in told if hint])


async def test_where_the_policy_wants_none_there_is_none(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await linked(db, clock.now())
    phone = Phone()
    await owes(db, clock.now(), clock.now().date())
    await days(db, clock, phone, 1, replace(POLICY, hints=False))
    assert await hints(db) == [None] and "/learn" not in phone.heard[0].text


async def test_a_hint_that_may_have_arrived_is_not_told_again(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await linked(db, clock.now())
    phone = Phone()
    await owes(db, clock.now(), clock.now().date())
    phone.answer = Refused(False, "in_doubt")
    await days(db, clock, phone, 1)
    phone.answer = Accepted("m2")
    await days(db, clock, phone, 3)
    first, *later = [message.hint for message in phone.heard]
    assert first and later and first not in later
