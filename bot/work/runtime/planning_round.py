"""A round of planning, and its order: agreements, cases, reminders, and the guarantee last.

Agreements and settled cases come first, because they change which debts the later steps see. Steps that open a case
come before steps that only remind. After these, customers without any channel are escalated. The guard comes last and
checks what the others missed.
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
    unreachable: int = 0  # customers who should be told something, and no channel can do it
    cases_opened: int = 0
    cases_closed: int = 0
    holds_ended: int = 0
    agreements_due: int = 0  # call-backs that are due, plans that nobody answered

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
    """Plans everything that is due now: notices for the customer's day, cases for customers who need a person, and the
    end of cases whose debts are settled. A second call plans nothing twice.

    `channels` are those that are set up. A customer in the middle of an earlier version's ladder finishes that ladder.
    With a `rate` (messages per second) notices are spread over their hours; without one they are not.
    """
    policy = book.current
    await _refresh_statistics(db)
    zones, over = await _find_ended(db, policy.desk, now)
    # Each step is its own transaction, so senders and handlers never wait for a whole long round.
    done = Planned(agreements_due=await agreement_outcomes.handle_due_agreements(db, policy.desk, now))
    for audience in over:
        done += await _end_holds_and_cases(db, policy.desk, audience, now)
    for version in (policy, *book.earlier):
        ladder = Ladder(version.version, version is policy)
        done += await _plan_ladder(db, version, ladder, zones, channels, rate, now)
    return done + Planned(cases_opened=await guard(db, policy, zones, channels, now))


async def _refresh_statistics(db: Database) -> None:
    """Refreshes PostgreSQL's table statistics after imports and other growth, so that planning gets good query
    plans."""
    if not db.is_sqlite:
        async with db.write() as conn:
            await statistics.refresh_grown(conn)


async def _find_ended(db: Database, desk: Desk, now: datetime) -> tuple[list[str], list[Audience]]:
    """All time zones in use, and the audiences in which a hold or a case has to end."""
    async with db.read() as conn:
        zones = await debts.zones_in_use(conn)
        over = [
            audience
            for audience in everybody(zones, now)
            if await pending_work.has_ended_work(conn, audience, agreement_outcomes.judging_terms(desk, audience), now)
        ]
    return zones, over


async def _end_holds_and_cases(db: Database, desk: Desk, audience: Audience, now: datetime) -> Planned:
    """Ends holds, and cases whose debts are settled, in one transaction, so that nobody is seen between the two."""
    async with db.write() as conn:
        ended, opened, kept = await agreement_outcomes.end_holds(conn, desk, audience, now)
        opened += await wallet_disputes.hand_over(conn, ended, now)
        await wallet_disputes.hold(conn, audience, audience.today + timedelta(days=DISPUTE_RESTS_DAYS), now)
        settled = await cases_closing.close_settled(conn, audience, now)
    return Planned(cases_opened=opened, cases_closed=kept + settled, holds_ended=len(ended))


async def _plan_ladder(
    db: Database,
    policy: Policy,
    ladder: Ladder,
    zones: Sequence[str],
    channels: Collection[str],
    rate: float | None,
    now: datetime,
) -> Planned:
    """Plans the steps of one version's ladder: finds them with reads only, then opens cases, then plans notices."""
    async with db.read() as conn:
        calls = await escalations.look(conn, policy, ladder, zones, channels, now)
        due = await planning.look(conn, policy, ladder, zones, channels, now)
    done = Planned(cases_opened=await escalations.escalate(db, calls, now))
    for notices in due:
        planned = await planning.plan_notices(db, notices, rate, now)
        done += Planned(notices=planned.notices, unreachable=planned.unreachable)
    return done + Planned(cases_opened=await escalations.escalate_unreachable(db, calls, channels, now))
