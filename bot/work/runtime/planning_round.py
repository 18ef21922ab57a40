"""A round of planning, and its order: agreements, cases, reminders, and the guarantee last.

Agreements and settled cases come first, since what ends there is owed, or no longer, by what follows. Steps that call
for a person come before those that only remind; who has no channel left is handed over after them. The guard comes
last: it looks at what the others left.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from bot.rules.guarantee.states import DISPUTE_RESTS_DAYS
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.policy import Policy
from bot.work.agreements import agreement_outcomes
from bot.work.cases import escalations
from bot.work.guarantee.guard import guard
from bot.work.policy.audiences import everybody
from bot.work.policy.policies import PolicyBook
from bot.work.reminders import planning
from storage.agreements import cases_closing, wallet_disputes
from storage.facts import debts
from storage.facts.debts import Audience, Ladder
from storage.reminders import pending_work
from storage.runtime import statistics
from storage.runtime.engine import Database

TELEGRAM_ONLY = ("telegram",)


@dataclass(frozen=True, slots=True)
class Planned:
    """What one round of planning did."""

    notices: int = 0
    unreachable: int = 0  # should be told something, and there is no channel that could
    cases_opened: int = 0
    cases_closed: int = 0
    holds_ended: int = 0
    agreements_due: int = 0  # calls that are due, plans that nobody answered

    def __add__(self, other: Planned) -> Planned:
        return Planned(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __bool__(self) -> bool:
        return self != Planned()


async def plan(
    db: Database,
    book: PolicyBook,
    now: datetime,
    *,
    channels: Collection[str] = TELEGRAM_ONLY,
    rate: float | None = None,
) -> Planned:
    """Plans all that is due now: notices for the customer's day, cases for who needs a person, and the end of cases
    whose debts are settled. Doing it twice plans nothing twice.

    `channels` are those that are set up. Who is in the middle of a ladder of an earlier version finishes that one.
    What is planned in one go is spread over the hours by the `rate` (messages a second); without one it is not.
    """
    policy = book.current
    await _know_the_tables(db)
    zones, over = await _what_is_over(db, policy.desk, now)
    # Each step is a transaction of its own: a long round never keeps senders and handlers waiting for all of it.
    done = Planned(agreements_due=await agreement_outcomes.take_up_what_is_due(db, policy.desk, now))
    for audience in over:
        done += await _end_what_is_over(db, policy.desk, audience, now)
    for version in (policy, *book.earlier):
        ladder = Ladder(version.version, version is policy)
        done += await _climb(db, version, ladder, zones, channels, rate, now)
    return done + Planned(cases_opened=await guard(db, policy, zones, channels, now))


async def _know_the_tables(db: Database) -> None:
    """What came in since the last round, by files or by what people did, is counted before anything is planned."""
    if not db.is_sqlite:
        async with db.write() as conn:
            await statistics.count_what_grew(conn)


async def _what_is_over(db: Database, desk: Desk, now: datetime) -> tuple[list[str], list[Audience]]:
    """The time zones there are, and those in which a hold or a case is to be ended."""
    async with db.read() as conn:
        zones = await debts.zones_in_use(conn)
        over = [
            audience
            for audience in everybody(zones, now)
            if await pending_work.is_anything_over(conn, audience, agreement_outcomes.judging(desk, audience), now)
        ]
    return zones, over


async def _end_what_is_over(db: Database, desk: Desk, audience: Audience, now: datetime) -> Planned:
    """Ends holds, and cases whose debts are settled, in one go: nobody is between the two in the meantime."""
    async with db.write() as conn:
        ended, opened, kept = await agreement_outcomes.end_holds(conn, desk, audience, now)
        opened += await wallet_disputes.hand_over(conn, ended, now)
        await wallet_disputes.hold(conn, audience, audience.today + timedelta(days=DISPUTE_RESTS_DAYS), now)
        settled = await cases_closing.close_settled(conn, audience, now)
    return Planned(cases_opened=opened, cases_closed=kept + settled, holds_ended=len(ended))


async def _climb(
    db: Database,
    policy: Policy,
    ladder: Ladder,
    zones: Sequence[str],
    channels: Collection[str],
    rate: float | None,
    now: datetime,
) -> Planned:
    """The steps of one version's ladder: looked for in one go and in nobody's way, then cases, then notices."""
    async with db.read() as conn:
        calls = await escalations.look(conn, policy, ladder, zones, channels, now)
        due = await planning.look(conn, policy, ladder, zones, channels, now)
    done = Planned(cases_opened=await escalations.escalate(db, calls, now))
    for one in due:
        planned = await planning.plan_notices(db, one, rate, now)
        done += Planned(notices=planned.notices, unreachable=planned.unreachable)
    return done + Planned(cases_opened=await escalations.hand_over_the_lost(db, calls, channels, now))
