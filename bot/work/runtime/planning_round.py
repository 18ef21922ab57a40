"""One round of planning, in this order: agreements, cases, reminders, and the guard last.

A round looks at those customers who are due (`storage.facts.looks`) and at nobody else, some hundreds at a time, each
time in one transaction. Agreements and settled cases come first, because what ends there changes what is owed in the
later steps. Steps that call a person come before reminders, so that a case exists before a message goes out. Customers
who have no channel left are handed over after the reminders. The guard comes last: it checks what the other steps have
left. It also walks through all customers by itself (`bot.work.guarantee.guard_walk`), due or not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from functools import cache

from bot.rules.guarantee.states import DISPUTE_RESTS_DAYS
from bot.rules.reminders.next_look import lead_days, next_look
from bot.work.agreements import agreement_outcomes
from bot.work.cases import escalations
from bot.work.guarantee import guard as guarantee
from bot.work.guarantee import guard_walk
from bot.work.guarantee.guard_walk import Walked
from bot.work.policy.audiences import Crowd, everybody
from bot.work.policy.policies import PolicyBook
from bot.work.reminders import part_reminders, planning, receipts
from bot.work.reminders.planning import Spread
from bot.work.runtime import ladder_look
from bot.work.runtime.ladder_look import Seen
from bot.work.runtime.slices import Slices, has_new_terms, swept_to
from storage.agreements import cases_closing, wallet_disputes
from storage.facts import looks
from storage.facts.debts import Audience
from storage.facts.looks import Taken
from storage.reminders import pending_work
from storage.runtime import statistics, workers
from storage.runtime.engine import Connection, Database, data_version

TELEGRAM_ONLY = ("telegram",)
SAY_EVERY_S = 10.0  # a connection that says nothing for a minute is taken for that of a process that has stopped


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
    """The same without the guard's walk: the customers who are due, slice after slice, or on PostgreSQL two at a time.
    Killed between any two statements, it has done whole slices, and all others are due still."""
    done = Planned(agreements_due=await agreement_outcomes.handle_due_agreements(db, book.current.desk, now))
    slices = Slices(db, await swept_to(db, book, channels), now)
    look = _Look(book, channels, now, Spread(rate), lead_days((book.current, *book.earlier)))
    while parts := await slices.next():
        await _refresh_statistics(db)
        # Each slice is its own transaction, so senders and handlers never wait for a whole long round.
        if db.is_sqlite and len(parts) > 1:
            done += await _in_a_row(db, look, parts, slices)
            continue
        async with db.write() as conn:
            if len(parts) == 1:
                await workers.one_at_a_time(conn, workers.PLANNING, *workers.PLANNING_SIDES)
                done += await look.at(conn, parts[0])
            else:
                await workers.one_at_a_time(conn, workers.PLANNING)
                done += await _side_by_side(db, conn, look, parts)
            await slices.done(conn)
    return done


async def _in_a_row(db: Database, look: _Look, parts: Sequence[Sequence[str]], slices: Slices) -> Planned:
    """Looks at slices of different customers one after the other; while one is written, SQLite reads on another
    connection what the next one's customers owe. Nobody else writes meanwhile, and what is written is not about them.
    If anybody else writes before it is the next one's turn, that is read again."""
    done, ahead, version = Planned(), None, 0
    async with db.writes() as write:
        for ids, following in zip(parts, (*parts[1:], ()), strict=True):
            async with write() as conn:
                before, version = version, await data_version(conn)
                # From here to the commit nobody else can write.
                reading = asyncio.ensure_future(_ahead(db, look, following))
                try:
                    done += await look.at(conn, ids, ahead if version == before else None)
                    ahead = await reading
                finally:
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)
                if not following:
                    await slices.done(conn)
    return done


async def _ahead(db: Database, look: _Look, customer_ids: Sequence[str]) -> _Found | None:
    if not customer_ids:
        return None
    async with db.read() as conn:
        return await look.see(conn, customer_ids)


async def _side_by_side(db: Database, conn: Connection, look: _Look, parts: Sequence[Sequence[str]]) -> Planned:
    """Looks at slices of different customers at once, each in a transaction of its own that ends by itself: if one had
    to wait for the other's end, the other might wait for what this one has locked. Each has a lock of its own, too: if
    `conn`, which has that of the round, breaks, another process's round waits for what is still under way here."""

    async def one(customer_ids: Sequence[str], number: int) -> Planned:
        async with db.write() as side:
            await workers.one_at_a_time(side, number)
            return await look.at(side, customer_ids)

    numbers = workers.PLANNING_SIDES
    sides = [asyncio.ensure_future(one(ids, number)) for ids, number in zip(parts, numbers, strict=False)]
    waiting = set(sides)
    try:
        while waiting:
            ended, waiting = await asyncio.wait(waiting, timeout=SAY_EVERY_S, return_when=asyncio.FIRST_EXCEPTION)
            for side in ended:
                side.result()  # raises if it has failed
            if waiting:
                await workers.say(conn)
    finally:
        for side in waiting:
            side.cancel()
        await asyncio.gather(*sides, return_exceptions=True)
    return sum((side.result() for side in sides), Planned())


async def guard(db: Database, book: PolicyBook, now: datetime, *, channels: Collection[str] = TELEGRAM_ONLY) -> Walked:
    """The guard's part of a round. It also checks that planning knows of everybody for whom it
    has something to do."""

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
    found |= (await ladder_look.look(conn, book, crowd, channels, now, owing=False)).customer_ids
    found.update(await receipts.whose(conn, crowd, now))
    found |= await part_reminders.whose(conn, book.current, crowd, now)
    return found


async def _refresh_statistics(db: Database) -> None:
    """Refreshes PostgreSQL's table statistics after imports and other growth. Planning does not need them; the desk and
    the senders do, and this is when tables grow most. But wrong ones harm it: a round that was broken off leaves rows
    that were undone, which PostgreSQL may have counted meanwhile."""
    if not db.is_sqlite:
        async with db.write() as conn:
            await statistics.refresh_grown(conn)
            wrong = await statistics.counted_as_empty(conn)
        if wrong:
            async with db.outside_transactions() as conn:
                await statistics.count_again(conn, wrong)


_Found = tuple[dict[str, Taken], Crowd, Seen]  # the customers of a slice who were not forgotten, and what was seen


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at some customers, one transaction for each slice."""

    book: PolicyBook
    channels: Collection[str]
    now: datetime
    spreading: Spread
    lead: int  # days before a due date from which something may happen

    async def see(self, conn: Connection, customer_ids: Sequence[str]) -> _Found:
        """Takes these customers to be looked at, and sees what there is to be done for them. On SQLite that writes
        nothing."""
        people = {each.customer_id: each for each in await looks.take(conn, customer_ids)}
        crowd = Crowd.of(people.values())
        return people, crowd, await self._see(conn, crowd)

    async def at(self, conn: Connection, customer_ids: Sequence[str], found: _Found | None = None) -> Planned:
        """Does all that there is to be done for these customers, and says when they are to be looked at again. `found`
        is what was seen of them, if nothing has changed since."""
        people, crowd, seen = found or await self.see(conn, customer_ids)
        disputed = {customer_id for customer_id, (_, is_disputed) in seen.owing.items() if is_disputed}
        # Of nobody else anything may have come to its end, or has to be set.
        involved = Crowd.of(one for one in people.values() if one.held or one.cased or one.customer_id in disputed)
        done = Planned()
        for audience in everybody(involved, self.now):
            ended, whose = await self._end_holds_and_cases(conn, audience)
            done += ended
            if whose:
                again = {each.customer_id: each for each in await looks.taken(conn, whose)}
                seen = seen.of(people.keys() - again.keys()) + await self._see(conn, Crowd.of(again.values()))
                people |= again
        done += await self._plan_ladders(conn, seen)
        done += Planned(receipts=await receipts.plan_receipts(conn, self.book.current, crowd, self.now))
        done += Planned(notices=await part_reminders.plan_part_reminders(conn, self.book.current, involved, self.now))
        findings = await guarantee.look(conn, self.book.current, crowd, self.channels, self.now)
        done += Planned(cases_opened=await guarantee.act(conn, findings, self.now))
        await self._look_again(conn, customer_ids, people.values(), seen)
        return done

    async def _see(self, conn: Connection, crowd: Crowd) -> Seen:
        return await ladder_look.look(conn, self.book, crowd, self.channels, self.now)

    async def _end_holds_and_cases(self, conn: Connection, audience: Audience) -> tuple[Planned, tuple[str, ...]]:
        """Ends holds, and cases whose debts are settled, in one transaction, so that nobody is seen between the two.
        Also gives those of whom something ended or was set."""
        now, desk = self.now, self.book.current.desk
        judging = agreement_outcomes.judging_terms(desk, audience)
        whose = await pending_work.whose_is_over(conn, audience, judging, now)
        if not whose:
            return Planned(), ()
        audience = replace(audience, customer_ids=whose)
        ended, opened, kept = await agreement_outcomes.end_holds(conn, desk, audience, now)
        opened += await wallet_disputes.hand_over(conn, ended, now)
        await wallet_disputes.hold(conn, audience, audience.today + timedelta(days=DISPUTE_RESTS_DAYS), now)
        settled = await cases_closing.close_settled(conn, audience, now)
        return Planned(cases_opened=opened, cases_closed=kept + settled, holds_ended=len(ended)), whose

    async def _plan_ladders(self, conn: Connection, seen: Seen) -> Planned:
        """Opens cases first, then plans notices, then hands over whom no channel reaches."""
        done = Planned(cases_opened=await escalations.escalate(conn, seen.calls, self.now))
        for notices in seen.due:
            planned = await planning.plan_notices(conn, notices, self.spreading, self.now)
            done += Planned(notices=planned.notices, unreachable=planned.unreachable)
        opened = await escalations.escalate_unreachable(conn, seen.calls, self.channels, self.now)
        return done + Planned(cases_opened=opened)

    async def _look_again(
        self, conn: Connection, customer_ids: Sequence[str], people: Collection[Taken], seen: Seen
    ) -> None:
        @cache  # there are far fewer answers than customers
        def next_at(zone: str, due: date | None, held: bool) -> datetime | None:
            return next_look(zone, due, held, self.lead, self.now)

        nothing = (None, False)
        at = {
            one.customer_id: instant
            for one in people
            if (instant := next_at(one.zone, seen.owing.get(one.customer_id, nothing)[0], one.held)) is not None
        }
        await looks.look_again(conn, customer_ids, at)
