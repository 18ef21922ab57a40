"""The last check before sending: claimed notices are judged against the present facts. What may not be sent ends with
its reason or waits for its hours; of what may, the channels and the content are ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

import structlog

from bot.channels import Channel
from bot.message import Message
from bot.rules.customers.lessons import LONGEST_AGO, Lesson, Lessons, hint_for
from bot.rules.facts.customer_facts import Customer, CustomerFacts, Instalment
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day, next_window
from bot.rules.reminders import send_check
from bot.rules.reminders.part_reminders import Speak
from bot.rules.reminders.receipts import Tell
from bot.rules.reminders.surveys import Ask
from bot.settings import Settings
from bot.views.customers.button_owners import marked
from bot.views.reminders import surveys as survey_views
from bot.views.reminders.notice_context import NoticeContext
from bot.views.reminders.part import part_reminder
from bot.views.reminders.receipt import receipt
from bot.views.reminders.reminder import ReminderContext, ReminderItem, reminder
from bot.work.customers.lesson_book import shipped_lessons
from bot.work.policy.policies import PolicyBook
from bot.work.reminders import part_reminders as part_checks
from bot.work.reminders import receipts as receipt_checks
from bot.work.reminders import surveys as survey_checks
from bot.work.reminders.pay_links import pay_link
from locales import Translator, translator
from storage.cases import cases
from storage.facts import imports
from storage.reminders import notices
from storage.reminders.notices import Notice
from storage.runtime.engine import Connection, Database

log = structlog.get_logger()

# A message may arrive so much later than its last check: it waits for its turn, and its server may be slow. A message
# that might arrive after the sending hours is not sent.
ON_ITS_WAY = timedelta(seconds=15)
KNOWN_FOR = timedelta(days=60)  # for so long after a talk, reminders name the agent


@dataclass(frozen=True, slots=True)
class Sender:
    """What sending needs: the policies in force, and the channels that are set up."""

    db: Database
    policies: PolicyBook
    settings: Settings
    channels: Mapping[str, Channel]
    worker: str
    lessons: Lessons = field(default_factory=shipped_lessons)


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that may be sent now: the channels to try, in this order, its content on one of them, and the
    instalments that it tells of for the first time, perhaps."""

    channels: Sequence[str]
    on: Callable[[str], Message]
    tells: Sequence[Instalment] = ()


@dataclass(frozen=True, slots=True)
class _Reader:
    """The customer who reads a message, and how things are for them `now`; `spoke_at`: when the wallet last spoke."""

    sender: Sender
    facts: CustomerFacts
    spoke_at: datetime | None
    now: datetime

    @property
    def t(self) -> Translator:
        return translator(self.facts.customer.spoken)

    @property
    def today(self) -> date:
        return local_day(self.facts.customer.zone, self.now)

    @property
    def policy(self) -> Policy:
        return self.sender.policies.current.for_segment(self.facts.customer.segment)

    @property
    def brand(self) -> str:
        return self.sender.settings.brand

    @property
    def facts_are_fresh(self) -> bool:
        return send_check.are_fresh(self.policy, self.spoke_at, self.now)

    def pay_link(self, instalment_id: str) -> str:
        return pay_link(self.sender.settings.pay_url, self.facts.customer.customer_id, instalment_id)


async def check(
    conn: Connection, sender: Sender, claimed: Sequence[Notice], known: Mapping[str, CustomerFacts], now: datetime
) -> list[tuple[Notice, Ready]]:
    """Those of the claimed notices that may be sent now. `known` has the facts of their customers."""
    kinds = ("reminder", "receipt", "survey", "part")
    reminders, receipts, surveys, parts = ([n for n in claimed if n.kind == kind] for kind in kinds)
    spoke_at = await imports.wallet_spoke_at(conn)
    return [
        *await _receipts(conn, sender, receipts, known, spoke_at, now),
        *await _surveys(conn, sender, surveys, known, now),
        *await _parts(conn, sender, parts, known, spoke_at, now),
        *await _reminders(conn, sender, reminders, known, spoke_at, now),
    ]


async def _surveys(
    conn: Connection, sender: Sender, claimed: Sequence[Notice], known: Mapping[str, CustomerFacts], now: datetime
) -> list[tuple[Notice, Ready]]:
    ready = []
    for checked in await survey_checks.check(conn, sender.policies.current, claimed, known, now + ON_ITS_WAY):
        if not isinstance(checked.verdict, Ask) or checked.survey is None:
            why = send_check.Never("survey_over") if isinstance(checked.verdict, Ask) else checked.verdict
            await _not_now(conn, sender, checked.notice, why, now)
            continue
        customer = known[checked.notice.customer_id].customer
        ready.append((checked.notice, Ready(("telegram",), partial(_question, checked, customer))))
    return ready


def _question(checked: survey_checks.Checked, customer: Customer, channel: str) -> Message:
    assert checked.survey is not None
    asked = survey_views.invitation(translator(customer.spoken), checked.survey_id, checked.survey)
    return marked(asked, customer.customer_id)


async def _receipts(
    conn: Connection,
    sender: Sender,
    claimed: Sequence[Notice],
    known: Mapping[str, CustomerFacts],
    spoke_at: datetime | None,
    now: datetime,
) -> list[tuple[Notice, Ready]]:
    ready = []
    for checked in await receipt_checks.check(conn, sender.policies, claimed, known, now + ON_ITS_WAY):
        if not isinstance(checked.verdict, Tell):
            await _not_now(conn, sender, checked.notice, checked.verdict, now)
            continue
        reader = _Reader(sender, known[checked.notice.customer_id], spoke_at, now)
        make = partial(_receipt, reader, checked.verdict)
        ready.append((checked.notice, Ready(checked.channels, make)))
    return ready


def _receipt(reader: _Reader, told: Tell, channel: str) -> Message:
    about = NoticeContext(reader.brand, amounts=reader.facts_are_fresh, channel=channel)
    return receipt(reader.t, reader.facts, told.news, reader.now, about, told.promises)


async def _parts(
    conn: Connection,
    sender: Sender,
    claimed: Sequence[Notice],
    known: Mapping[str, CustomerFacts],
    spoke_at: datetime | None,
    now: datetime,
) -> list[tuple[Notice, Ready]]:
    accepted_at = await notices.accepted_since(conn, [n.customer_id for n in claimed], now - timedelta(days=9))
    arrives, ready = now + ON_ITS_WAY, []
    for checked in await part_checks.check(conn, sender.policies, claimed, known, accepted_at, arrives):
        if not isinstance(checked.verdict, Speak):
            await _not_now(conn, sender, checked.notice, checked.verdict, now)
            continue
        reader = _Reader(sender, known[checked.notice.customer_id], spoke_at, now)
        make = partial(_part, reader, checked)
        ready.append((checked.notice, Ready(checked.channels, make)))
    return ready


def _part(reader: _Reader, told: part_checks.Checked, channel: str) -> Message:
    assert told.plan is not None and told.part is not None, "it may be spoken of"
    first = reader.facts.unsettled[0].instalment_id if reader.facts.unsettled else ""
    about = NoticeContext(
        reader.brand,
        reader.pay_link(first) if first else "",
        amounts=reader.facts_are_fresh,
        channel=channel,
    )
    return part_reminder(reader.t, told.plan, told.part, reader.today, about)


async def _reminders(
    conn: Connection,
    sender: Sender,
    claimed: Sequence[Notice],
    known: Mapping[str, CustomerFacts],
    spoke_at: datetime | None,
    now: datetime,
) -> list[tuple[Notice, Ready]]:
    ids = [n.customer_id for n in claimed]
    accepted_at = await notices.accepted_since(conn, ids, now - timedelta(days=9))
    agents = await cases.names_of_owners(conn, ids)
    told = await notices.hints_told(conn, ids, now - LONGEST_AGO)
    last_agents = await cases.names_of_last_agents(conn, ids, now - KNOWN_FOR)
    ready = []
    for notice in claimed:
        id_, facts = notice.customer_id, known[notice.customer_id]
        verdict = _verdict(sender, notice, facts, accepted_at.get(id_, ()), now)
        if not isinstance(verdict, send_check.Send):
            await _not_now(conn, sender, notice, verdict, now)
            continue
        names = (agents.get(id_, ""), last_agents.get(id_, ""))
        reader = _Reader(sender, facts, spoke_at, now)
        make = partial(_reminder, reader, verdict, names, _hint(reader, verdict, told.get(id_, {})))
        ready.append((notice, Ready(verdict.channels, make, [instalment for instalment, _ in verdict.items])))
        if verdict.left_out:
            await notices.split_off_items(conn, notice.notice_id, verdict.left_out, now)
    return ready


async def _not_now(
    conn: Connection, sender: Sender, notice: Notice, verdict: send_check.NotNow | send_check.Never, now: datetime
) -> None:
    """Ends the notice with its reason, or lets it wait for its hours: a receipt as long as it was meant to."""
    if isinstance(verdict, send_check.Never):
        await notices.end_unsent(conn, notice.notice_id, sender.worker, verdict.reason, now)
        return
    window = verdict.window
    until = window.closes if notice.kind == "reminder" else None
    await notices.put_back(conn, notice.notice_id, sender.worker, verdict.reason, window.opens, expires_at=until)


def _verdict(
    sender: Sender, notice: Notice, facts: CustomerFacts, accepted_at: Sequence[datetime], now: datetime
) -> send_check.Verdict:
    segment = facts.customer.segment
    policy = sender.policies.current.for_segment(segment)
    try:
        verdict = send_check.decide(
            policy,
            facts,
            notice.items,
            accepted_at,
            now,
            ladders={
                item.policy_version: sender.policies.version(item.policy_version, segment) for item in notice.items
            },
        )
        hours = next_window(policy.sending_hours, facts.customer.zone, now + ON_ITS_WAY)
    except Exception:
        return send_check.Never(program_error(notice))
    if isinstance(verdict, send_check.Send) and hours is not None and hours.opens > now:
        return send_check.NotNow(hours, "outside_hours")
    return verdict


def program_error(notice: Notice) -> str:
    """A program error in one message must not stop the others: it becomes the reason why this one is not sent."""
    log.exception("a notice could not be sent", notice_id=notice.notice_id)
    return "program_error"


def _reminder(
    reader: _Reader, verdict: send_check.Send, names: tuple[str, str], hint: Lesson | None, channel: str
) -> Message:
    """`names` are those of the agent who has the customer's case, and of the one who had the last (empty: nobody)."""
    charges = reader.policy.charges
    return reminder(
        reader.t,
        reader.facts,
        tuple(ReminderItem(instalment, step_message) for instalment, step_message in verdict.items),
        reader.now,
        ReminderContext(
            reader.brand,
            reader.pay_link(verdict.items[0][0].instalment_id),
            amounts=reader.facts_are_fresh,
            channel=channel,
            agent=names[0],
            last_agent=names[1],
            policy=reader.policy if charges is not None and charges.in_reminders else None,
            hint=hint,
        ),
    )


def _hint(reader: _Reader, verdict: send_check.Send, told: Mapping[str, datetime]) -> Lesson | None:
    """The hint that fits, of those that the customer was not told within a month; None where the policy wants none, and
    for a customer who is vulnerable: they get a person instead."""
    customer, today = reader.facts.customer, reader.today
    if not reader.policy.hints or customer.vulnerable:
        return None
    days = {name: local_day(customer.zone, at) for name, at in told.items()}
    overdue = any(instalment.due_date < today for instalment, _ in verdict.items)
    lessons = reader.sender.lessons.of(reader.t.language)
    return hint_for(lessons, days, overdue=overdue, today=today)
