"""Receipts: planned in each round for the customers of whose debts something has changed since they were last told, or
whose promise has ended, and checked once more before they are sent. `sending` sends them as it sends reminders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import SendingHours, local_day, next_window
from bot.rules.reminders import receipts as rules
from bot.rules.reminders.receipts import Tell
from bot.rules.reminders.send_check import Never, NotNow
from bot.work.policy.audiences import Crowd, everybody
from bot.work.policy.policies import PolicyBook
from storage.facts.looks import persons
from storage.reminders import receipts
from storage.reminders.notices import Notice
from storage.reminders.receipts import TellingTerms
from storage.runtime.engine import Connection


async def whose(conn: Connection, crowd: Crowd, now: datetime) -> list[str]:
    """The customers of the crowd for whom a receipt is to be planned; writes nothing."""
    return [each for audience in everybody(crowd, now) for each in await receipts.whose(conn, audience)]


async def plan_receipts(conn: Connection, policy: Policy, crowd: Crowd, now: datetime) -> int:
    """Plans the receipts of the crowd; returns how many there are."""
    found = await whose(conn, crowd, now)
    if not found:
        return 0
    planned = 0

    def day_and_opening(hours: SendingHours, zone: str) -> tuple[date, datetime]:
        # Without any hours it is planned all the same, so that the record says why it is not sent.
        window = next_window(rules.by_day(hours), zone, now)
        return local_day(zone, now), now if window is None else max(now, window.opens)

    for audience, (today, opening) in Crowd.of(await persons(conn, found)).grouped(policy, day_and_opening):
        terms = TellingTerms(opening, policy.for_segment(audience.segment).name, policy.version)
        planned += await receipts.plan(conn, audience.customer_ids or (), today, terms, now)
    return planned


@dataclass(frozen=True, slots=True)
class Checked:
    """A receipt that was checked, and the channels to try, in this order."""

    notice: Notice
    verdict: Tell | NotNow | Never
    channels: tuple[str, ...]


async def check(
    conn: Connection, book: PolicyBook, claimed: Sequence[Notice], known: Mapping[str, CustomerFacts], arrives: datetime
) -> list[Checked]:
    """Checks claimed receipts against the present facts; they would arrive at `arrives`."""
    if not claimed:
        return []
    ids = [notice.customer_id for notice in claimed]
    numbers = [notice.notice_id for notice in claimed]
    news, ended = await receipts.news_of(conn, numbers), await receipts.promises_of(conn, numbers)
    distressed = await receipts.in_distress(conn, ids)
    last = await receipts.last_channels(conn, ids)
    found = []
    for notice in claimed:
        facts, changed = known[notice.customer_id], news.get(notice.notice_id, ())
        promises = [each for each in ended.get(notice.notice_id, ()) if rules.is_still_so(each, facts, changed)]
        verdict = rules.decide(
            book.current.for_segment(facts.customer.segment),
            facts.customer,
            changed,
            arrives,
            in_distress=notice.customer_id in distressed,
            promises=promises,
        )
        # Where nobody opened the bot, a receipt comes as the reminder came.
        channels = dict.fromkeys(("telegram", last.get(notice.customer_id, "telegram")))
        found.append(Checked(notice, verdict, tuple(channels)))
    return found
