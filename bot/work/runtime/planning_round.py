"""One round of planning, in this order: agreements, cases, reminders, and the guard last.

A round looks at those customers who are due (`storage.facts.looks`) and at nobody else, some hundreds at a time, each
time in one transaction. Agreements and settled cases come first, because what ends there changes what is owed in the
later steps. Steps that call a person come before reminders, so that a case exists before a message goes out. Customers
who have no channel left are handed over after the reminders. The guard comes last: it checks what the other steps have
left. It also walks through all customers by itself (`bot.work.guarantee.guard_walk`), due or not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from bot.rules.guarantee.states import DISPUTE_RESTS_DAYS
from bot.rules.policy.policy import Policy
from bot.rules.reminders.next_look import comes_up, lead_days, next_look
from bot.work.agreements import agreement_outcomes
from bot.work.cases import escalations
from bot.work.guarantee import guard as guarantee
from bot.work.guarantee import guard_walk
from bot.work.guarantee.guard_walk import Walked
from bot.work.policy.audiences import Crowd, everybody
from bot.work.policy.policies import PolicyBook
from bot.work.reminders import part_reminders, planning, receipts
from bot.work.reminders.planning import Spread
from bot.work.runtime.slices import Slices, has_new_terms, swept_to
from storage.agreements import cases_closing, wallet_disputes
from storage.facts import looks
from storage.facts.debts import Audience, Ladder
from storage.facts.looks import Ahead
from storage.reminders import pending_work
from storage.runtime import statistics, workers
from storage.runtime.engine import Connection, Database

TELEGRAM_ONLY = ("telegram",)


@dataclass(frozen=True, slots=True)
class Planned:
    """What one round of planning did."""

    notices: int = 0
    unreachable: int = 0  # customers who should be told something, and no channel can do it
    cases_opened: int = 0
    cases_closed: int = 0
    holds_ended: int = 0
    receipts: int = 0
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
    end of cases whose debts are settled; then the guard walks on. A second call plans nothing twice.

    `channels` are those that are set up. A customer in the middle of an earlier version's ladder finishes that ladder.
    With a `rate` (messages per second) notices are spread over their hours; without one they are not.
    """
    done = await plan_due(db, book, now, channels=channels, rate=rate)
    return done + Planned(cases_opened=(await guard(db, book, now, channels=channels)).opened)


async def plan_due(
    db: Database,
    book: PolicyBook,
    now: datetime,
    *,
    channels: Collection[str] = TELEGRAM_ONLY,
    rate: float | None = None,
) -> Planned:
    """The same without the guard's walk: the customers who are due, slice after slice. Killed between any two
    statements, it has done whole slices, and all others are due still."""
    done = Planned(agreements_due=await agreement_outcomes.handle_due_agreements(db, book.current.desk, now))
    slices = Slices(db, await swept_to(db, book, channels), now)
    look = _Look(book, channels, now, Spread(rate), lead_days((book.current, *book.earlier)))
    while customer_ids := await slices.next():
        await _refresh_statistics(db)
        # Each slice is its own transaction, so senders and handlers never wait for a whole long round.
        async with db.write() as conn:
            await workers.one_at_a_time(conn, workers.PLANNING)
            done += await look.at(conn, customer_ids)
            await slices.done(conn)
    return done


async def guard(db: Database, book: PolicyBook, now: datetime, *, channels: Collection[str] = TELEGRAM_ONLY) -> Walked:
    """The guard's part of a round. It also inspects whether planning knows of everybody it has something to do for."""

    async def inspect(conn: Connection, crowd: Crowd) -> set[str] | None:
        if await has_new_terms(conn, book, channels):
            return None
        return await whose_turn(conn, book, crowd, channels, now)

    return await guard_walk.walk(db, book.current, channels, now, inspect)


async def whose_turn(
    conn: Connection, book: PolicyBook, crowd: Crowd, channels: Collection[str], now: datetime
) -> set[str]:
    """Those of the crowd about whom planning would do something if it looked at them, due or not; writes nothing."""
    found: set[str] = set()
    for audience in everybody(crowd, now):
        judging = agreement_outcomes.judging_terms(book.current.desk, audience)
        found.update(await pending_work.whose_is_over(conn, audience, judging, now))
    for version in (book.current, *book.earlier):
        ladder = Ladder(version.version, version is book.current)
        found |= (await escalations.look(conn, version, ladder, crowd, channels, now)).customer_ids
        for due in await planning.look(conn, version, ladder, crowd, channels, now):
            found |= due.news.customer_ids
    found.update(await receipts.whose(conn, crowd, now))
    found |= await part_reminders.whose(conn, book.current, crowd, now)
    return found


async def _refresh_statistics(db: Database) -> None:
    """Refreshes PostgreSQL's table statistics after imports and other growth. Planning does not need them; the desk and
    the senders do, and this is when tables grow most."""
    if not db.is_sqlite:
        async with db.write() as conn:
            await statistics.refresh_grown(conn)


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at some customers, one transaction for each slice."""

    book: PolicyBook
    channels: Collection[str]
    now: datetime
    spreading: Spread
    lead: int  # days before a due date from which something may happen

    async def at(self, conn: Connection, customer_ids: Sequence[str]) -> Planned:
        """Does all that there is to be done for these customers, and says when they are to be looked at again. What is
        asked of whom follows from the facts alone, and only leaves out questions that have no answer."""
        people = await looks.take(conn, customer_ids)
        crowd, involved = Crowd.of(people), Crowd.of(each for each in people if each.involved)
        done = Planned()
        for audience in everybody(involved, self.now):
            done += await self._end_holds_and_cases(conn, audience)
        soon = {key: comes_up(*key, self.lead, self.now) for key in {(each.zone, each.due) for each in people}}
        near = Crowd.of(each for each in people if soon[each.zone, each.due])
        owing = Crowd.of(each for each in people if each.due is not None)
        for version in (self.book.current, *self.book.earlier):
            done += await self._plan_ladder(conn, version, owing, near)
        done += Planned(receipts=await receipts.plan_receipts(conn, self.book.current, crowd, self.now))
        done += Planned(notices=await part_reminders.plan_part_reminders(conn, self.book.current, involved, self.now))
        findings = await guarantee.look(conn, self.book.current, owing, self.channels, self.now)
        done += Planned(cases_opened=await guarantee.act(conn, findings, self.now))
        await self._look_again(conn, customer_ids, people, involved.customer_ids or ())
        return done

    async def _end_holds_and_cases(self, conn: Connection, audience: Audience) -> Planned:
        """Ends holds, and cases whose debts are settled, in one transaction, so that nobody is seen between the two."""
        now, desk = self.now, self.book.current.desk
        judging = agreement_outcomes.judging_terms(desk, audience)
        whose = await pending_work.whose_is_over(conn, audience, judging, now)
        if not whose:
            return Planned()
        audience = replace(audience, customer_ids=whose)
        ended, opened, kept = await agreement_outcomes.end_holds(conn, desk, audience, now)
        opened += await wallet_disputes.hand_over(conn, ended, now)
        await wallet_disputes.hold(conn, audience, audience.today + timedelta(days=DISPUTE_RESTS_DAYS), now)
        settled = await cases_closing.close_settled(conn, audience, now)
        return Planned(cases_opened=opened, cases_closed=kept + settled, holds_ended=len(ended))

    async def _plan_ladder(self, conn: Connection, policy: Policy, owing: Crowd, near: Crowd) -> Planned:
        """Plans the steps of one version's ladder: finds them first, then opens cases, then plans notices. `owing` are
        those who owe anything, `near` those of whose debts one may be on a step today."""
        ladder = Ladder(policy.version, policy is self.book.current)
        calls = await escalations.look(conn, policy, ladder, owing, self.channels, self.now)
        due = await planning.look(conn, policy, ladder, near, self.channels, self.now)
        done = Planned(cases_opened=await escalations.escalate(conn, calls, self.now))
        for notices in due:
            planned = await planning.plan_notices(conn, notices, self.spreading, self.now)
            done += Planned(notices=planned.notices, unreachable=planned.unreachable)
        opened = await escalations.escalate_unreachable(conn, calls, self.channels, self.now)
        return done + Planned(cases_opened=opened)

    async def _look_again(
        self, conn: Connection, customer_ids: Sequence[str], people: Sequence[Ahead], involved: Sequence[str]
    ) -> None:
        """Holds may have ended or begun, of those who were `involved` only."""
        now = {each.customer_id: each for each in people}
        now |= {each.customer_id: each for each in (await looks.ahead(conn, involved) if involved else ())}
        kinds = {(each.zone, each.due, each.held) for each in now.values()}  # far fewer than customers
        looks_at = {kind: next_look(*kind, self.lead, self.now) for kind in kinds}
        at = {
            each.customer_id: instant
            for each in now.values()
            if (instant := looks_at[each.zone, each.due, each.held]) is not None
        }
        await looks.look_again(conn, customer_ids, at)
