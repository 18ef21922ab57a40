"""What simulated customers, the wallet and agents do, hour by hour, through the same doors as real ones."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from bot.rules.agreements.promise_choices import Choice
from bot.rules.cases.case import Case
from bot.rules.customers.phone_zones import zone_of
from bot.work.agreements import disputes, promises
from bot.work.cases import casework
from bot.work.customers import customer_activity, opt_out, talk_with_agent
from bot.work.facts.forgetting import forget
from bot.work.facts.import_values import ACCOUNTS, CUSTOMERS, INSTALMENTS, PAYMENTS
from storage.cases.agents import Agent, add_agent
from storage.customers import telegram_links
from storage.reminders import contacts
from storage.reminders.contacts import Outgoing
from tests.simulation.agreements import agree
from tests.simulation.people import Debt, Person, Plan, decimal, draw_payments
from tests.simulation.program import Program

OUTCOMES = ("paid", "promised", "plan", "dispute", "hardship", "unreachable", "wrong_person", "other")
AGENTS = [Agent(500 + n, f"Agent {n}", ("en", "zh-Hant"), "agent") for n in range(3)]


@dataclass(order=True)
class Event:
    at: datetime
    order: int
    do: Callable[[datetime], Any] = field(compare=False)


class Lives:
    """Everybody's coming deeds in order of time, and the rows that the wallet has not said yet."""

    def __init__(self, random: Random, program: Program, everybody: list[Person], zones: tuple[str, ...]) -> None:
        self.random, self.program, self.people, self.zones = random, program, everybody, zones
        self._events: list[Event] = []
        self._at_the_wallet: list[Event] = []  # what the program hears of only when the wallet speaks
        self._count = 0
        self._payments: list[tuple[Person, Debt, int]] = []
        self._moved: dict[str, dict[str, Any]] = {}
        self._restated: dict[str, tuple[Person, Debt]] = {}
        self._desk: list[tuple[datetime, int, Case, Agent]] = []
        self._by_id = {person.customer_id: person for person in everybody}

    def after(self, at: datetime, do: Callable[[datetime], Any], *, at_the_wallet: bool = False) -> None:
        self._count += 1
        heapq.heappush(self._at_the_wallet if at_the_wallet else self._events, Event(at, self._count, do))

    # --- The beginning ----------------------------------------------------------------------------------------------

    async def begin(self, now: datetime, days: int) -> None:
        program = self.program
        rows = [
            {
                "customer_id": p.customer_id,
                "name": f"Person {p.number}",
                "language": p.language,
                "time_zone": p.zone if "|" not in p.zone else None,
                "phone": p.phone,
                "email": p.email,
                "segment": p.segment,
            }
            for p in self.people
        ]
        await program.take_in((CUSTOMERS, rows))
        accounts = [
            {"account_id": f"A{p.number}", "customer_id": p.customer_id, "currency": p.currency, "balance": "100.00"}
            for p in self.people
        ]
        await program.take_in((ACCOUNTS, accounts))
        async with program.db.write() as conn:
            for agent in AGENTS:
                await add_agent(conn, agent, now)
            for p in self.people:
                if p.linked:
                    await telegram_links.start_link(conn, p.customer_id, p.user_id, "payload", now)
        for p in self.people:
            self._draw_deeds(p, now, days)
        for month in range(days // 28 + 1):
            self.after(now + timedelta(days=28 * month), self._new_month)

    def _draw_deeds(self, p: Person, now: datetime, days: int) -> None:
        """What befalls a customer whatever the program does."""
        random = self.random

        def some_time() -> datetime:
            return now + timedelta(seconds=random.randrange(days * 86_400))

        deeds = (
            (0.15, self._blocks),
            (0.10, self._moves),
            (0.06, self.stops),
            (0.05, self._asks),
            (0.10, self._promises),
            (0.04, self._disputes),
            (0.03, self._is_disputed_by_the_wallet),
            (0.03, self._is_waived),
            (0.05, self._due_date_moves),
            (0.02, self._is_forgotten),
            (0.10, self._links),
            (0.04, self._changes_address),
        )
        for chance, deed in deeds:
            if random.random() < chance:
                self.after(some_time(), partial(deed, p), at_the_wallet=deed in self._at_the_wallets_door())

    def _at_the_wallets_door(self) -> tuple[Callable[..., Any], ...]:
        return (
            self._moves,
            self._is_disputed_by_the_wallet,
            self._is_waived,
            self._due_date_moves,
            self._changes_address,
        )

    # --- Each hour --------------------------------------------------------------------------------------------------

    async def go_on(self, now: datetime, *, the_wallet_speaks: bool) -> None:
        """All that happened until now, and what the wallet says."""
        await self._happen(self._events, now)
        if the_wallet_speaks:
            await self._happen(self._at_the_wallet, now)
            await self.wallet_speaks(now)

    async def _happen(self, events: list[Event], now: datetime) -> None:
        while events and events[0].at <= now:
            event = heapq.heappop(events)
            result = event.do(event.at)
            if result is not None:
                await result

    async def agents_work(self, now: datetime, most: int) -> None:
        while self._desk and self._desk[0][0] <= now:
            _, _, finished, agent = heapq.heappop(self._desk)
            await self._close(finished, agent, now)
        for _ in range(most):
            agent = self.random.choice(AGENTS)
            case = await casework.claim_next(self.program.db, agent, now)
            if case is None:
                return
            self._count += 1
            ends = now + timedelta(hours=self.random.randint(1, 60))
            heapq.heappush(self._desk, (ends, self._count, case, agent))

    async def _close(self, case: Case, agent: Agent, now: datetime) -> None:
        p = self._by_id[case.customer_id]
        p.touched_at = now
        if self.random.random() < 0.3 and p.linked and not p.blocked:
            await self._agent_speaks(p, now)
        if self.random.random() < 0.3:
            agreed = await agree(self.random, self.program, case, agent, p, now)
            for at, amount in agreed.pays if agreed else ():
                self.after(max(at, now), partial(self._pays_a_sum, p, amount), at_the_wallet=True)
            if agreed:
                self._count += 1
                heapq.heappush(self._desk, (max(agreed.again, now), self._count, case, agent))
                return
        outcome = self.random.choice(OUTCOMES)
        closed = await casework.close(self.program.db, case, agent, outcome, now)
        is_closed = isinstance(closed, casework.Closed)
        if is_closed and outcome == "wrong_person":
            p.linked = False  # it was somebody else's account
        if not is_closed or self.random.random() < 0.5 or outcome in ("unreachable", "wrong_person"):
            return
        for debt in p.debts:
            if debt.outstanding and debt.due < p.today(now):
                self._will_pay(p, debt, Plan(p.today(now) + timedelta(days=self.random.randint(0, 9)), 0, False), now)

    def _pays_a_sum(self, p: Person, amount: int, at: datetime) -> None:
        """Over what they owe, the oldest first."""
        for debt in sorted(p.debts, key=lambda debt: debt.due):
            part = min(amount, debt.outstanding)
            if part > 0 and debt.status == "open":
                self._pays(p, debt, Plan(at.date(), part, False))
                amount -= part

    async def _agent_speaks(self, p: Person, now: datetime) -> None:
        async with self.program.db.write() as conn:
            contact = await contacts.record_attempt(conn, Outgoing(p.customer_id, "telegram", "agent", "Hello"), now)
            await contacts.record_result(conn, contact, "accepted", reference="1")
        p.words.append(now)

    # --- The wallet -------------------------------------------------------------------------------------------------

    async def _new_month(self, now: datetime) -> None:
        rows = []
        for p in self.people:
            for n in range(self.random.choice((1, 1, 1, 2))):
                due = now.date() + timedelta(days=self.random.randint(9, 36))
                debt = Debt(
                    f"I{p.number}-{now:%y%m%d}-{n}",
                    f"A{p.number}",
                    p.currency,
                    due,
                    self.random.choice((200, 2500, 12_345, 99_900)) + self.random.randrange(99),
                )
                p.debts.append(debt)
                rows.append(debt.as_row())
                for plan in draw_payments(self.random, p, debt):
                    self._will_pay(p, debt, plan, now)
                if self.random.random() < 0.25:
                    self._something_happens_near(p, debt, now)
            p.update_first_due()
        await self.program.take_in((INSTALMENTS, rows))

    def _will_pay(self, p: Person, debt: Debt, plan: Plan, now: datetime) -> None:
        """On that day, at any hour of it, day or night. An amount of 0 is all that is left then."""
        at = datetime(plan.day.year, plan.day.month, plan.day.day, tzinfo=now.tzinfo)
        at += timedelta(seconds=self.random.randrange(86_400))
        self.after(max(at, now), lambda _: self._pays(p, debt, plan), at_the_wallet=True)

    def _pays(self, p: Person, debt: Debt, plan: Plan) -> None:
        amount = plan.amount or debt.outstanding
        if debt.status != "open" or amount == 0 or (amount > 0) != (debt.outstanding > 0) or debt.paid + amount < 0:
            return
        if plan.in_file or debt.by_file:
            debt.by_file = debt.paid = debt.paid + amount
            self._restated[debt.instalment_id] = (p, debt)
        else:
            debt.paid += amount
            self._payments.append((p, debt, amount))

    def _something_happens_near(self, p: Person, debt: Debt, now: datetime) -> None:
        """While a message about it waits, most likely."""
        deed = self.random.choice((self._moves, self._moves, self._due_date_moves, self._promises, self._blocks))
        day = datetime(debt.due.year, debt.due.month, debt.due.day, tzinfo=now.tzinfo)
        at = day + timedelta(days=self.random.choice((-3, 0, 1, 3)), hours=self.random.randint(-14, 14))
        self.after(max(at, now), partial(deed, p), at_the_wallet=deed in self._at_the_wallets_door())

    def restate(self, p: Person, debt: Debt) -> None:
        self._restated[debt.instalment_id] = (p, debt)

    async def wallet_speaks(self, now: datetime) -> None:
        payments, self._payments = self._payments, []
        restated, self._restated = self._restated, {}
        moved, self._moved = self._moved, {}
        rows = []
        for payer, debt, amount in payments:
            self._count += 1
            paid_on = now.date() - timedelta(days=self.random.choice((0, 0, 0, 1, 3)))
            row = {"payment_id": f"P{self._count}", "instalment_id": debt.instalment_id}
            rows.append({**row, "paid_on": paid_on, "amount": decimal(amount)})
            if amount > 0:
                payer.paid_at = now
        debts = [debt.as_row() for _, debt in restated.values()]
        files = [(CUSTOMERS, list(moved.values())), (INSTALMENTS, debts), (PAYMENTS, rows)]
        if given := [(kind, one) for kind, one in files if one]:
            await self.program.take_in(*given)
        spoken_of = (
            *(p for p, *_ in payments),
            *(p for p, _ in restated.values()),
            *map(self._by_id.__getitem__, moved),
        )
        for p in spoken_of:
            p.touched_at = now  # and not when it happened: the program hears of it only now
            p.update_first_due()

    # --- Deeds ------------------------------------------------------------------------------------------------------

    async def answers(self, p: Person, at: datetime) -> None:
        """Presses or writes, at any hour; who blocked the bot unblocks it first."""
        p.touched_at = at
        if not p.linked:
            return
        if p.blocked:
            await self._unblocks(p, at)
        did = customer_activity.Activity(p.user_id, "en", self.random.choice(("press", "word")), at)
        await customer_activity.record_activity(self.program.db, did)
        p.seen_at = at
        p.dead.discard("telegram")

    async def _blocks(self, p: Person, at: datetime) -> None:
        if not p.linked or p.blocked:
            return
        p.blocked, p.touched_at = True, at
        if self.random.random() < 0.7:  # else it is found out by the next message
            await customer_activity.note_blocked(self.program.db, p.user_id, True, at)
            p.dead.add("telegram")
        if self.random.random() < 0.4:
            again = at + timedelta(hours=self.random.randint(1, 900))
            self.after(again, partial(self._unblocks, p))

    async def _unblocks(self, p: Person, at: datetime) -> None:
        p.blocked, p.touched_at = False, at
        await customer_activity.note_blocked(self.program.db, p.user_id, False, at)
        p.dead.discard("telegram")

    def _said_of(self, p: Person) -> dict[str, Any]:
        """What the wallet will say of the person themselves."""
        row = {"customer_id": p.customer_id, "time_zone": None if "|" in p.zone else p.zone}
        return self._moved.setdefault(p.customer_id, {**row, "phone": p.phone, "email": p.email})

    def _moves(self, p: Person, at: datetime) -> None:
        p.touched_at = at
        row = self._said_of(p)
        if self.random.random() < 0.1:
            p.phone = f"+614{p.number:08d}"  # a mobile number of many zones: where its owner is, nobody knows
            p.zone = zone_of(None, p.phone)
            p.number_gone = False
            p.dead.discard("sms")
            row |= {"time_zone": None, "phone": p.phone}
            self.program.world.by_address[p.phone] = p
        else:
            p.zone = self.random.choice(self.zones)
            row |= {"time_zone": p.zone}

    async def stops(self, p: Person, at: datetime) -> None:
        p.stopped, p.touched_at = True, at
        await opt_out.stop_reminders(self.program.db, p.customer_id, at)
        if self.random.random() < 0.5:
            self.after(at + timedelta(days=self.random.randint(1, 40)), partial(self._starts, p))

    async def _starts(self, p: Person, at: datetime) -> None:
        if not p.forgotten:
            p.stopped, p.touched_at = False, at
            await opt_out.resume_reminders(self.program.db, p.customer_id)

    async def _asks(self, p: Person, at: datetime) -> None:
        p.touched_at = at
        if p.linked and not p.forgotten:
            await talk_with_agent.ask_for_person(self.program.db, p.customer_id, p.user_id, at)

    async def _promises(self, p: Person, at: datetime) -> None:
        p.touched_at = at
        offered = await promises.offer(self.program.db, self.program.policy.desk, p.customer_id, at)
        if isinstance(offered, Choice) and offered.days:
            day = self.random.choice(offered.days)
            await promises.promise(self.program.db, self.program.policy.desk, p.customer_id, day, at)
            if self.random.random() < 0.6:
                for debt in p.debts:
                    if debt.outstanding and debt.due <= day:
                        self._will_pay(p, debt, Plan(day, 0, False), at)

    async def _disputes(self, p: Person, at: datetime) -> None:
        p.touched_at = at
        owed = [debt for debt in p.debts if debt.outstanding]
        if owed and p.linked and not p.forgotten:
            key = disputes.key_of(self.random.choice(owed).instalment_id)
            await disputes.dispute(self.program.db, self.program.policy.desk, p.customer_id, p.user_id, key, at)

    def _is_disputed_by_the_wallet(self, p: Person, at: datetime) -> None:
        owed = [debt for debt in p.debts if debt.outstanding and debt.status == "open"]
        if owed:
            debt = self.random.choice(owed)
            debt.status = "disputed"
            self.restate(p, debt)
            self.after(
                at + timedelta(days=self.random.randint(1, 40)),
                lambda _: self._is_settled_as(p, debt),
                at_the_wallet=True,
            )

    def _is_settled_as(self, p: Person, debt: Debt) -> None:
        debt.status = self.random.choice(("open", "waived"))
        self.restate(p, debt)

    def _is_waived(self, p: Person, at: datetime) -> None:
        owed = [debt for debt in p.debts if debt.outstanding and debt.status == "open"]
        if owed:
            debt = self.random.choice(owed)
            debt.status = "waived"
            self.restate(p, debt)

    def _due_date_moves(self, p: Person, at: datetime) -> None:
        owed = [debt for debt in p.debts if debt.outstanding and debt.status == "open"]
        if owed:
            debt = self.random.choice(owed)
            debt.due += timedelta(days=self.random.choice((-9, -3, 2, 10)))
            self.restate(p, debt)

    async def _is_forgotten(self, p: Person, at: datetime) -> None:
        await forget(self.program.db, p.customer_id, at)
        p.forgotten = p.stopped = True
        p.linked, p.touched_at = False, at

    async def _links(self, p: Person, at: datetime) -> None:
        if p.linked or p.forgotten:
            return
        p.linked, p.touched_at = True, at
        async with self.program.db.write() as conn:
            await telegram_links.start_link(conn, p.customer_id, p.user_id, "payload", at)
        p.dead.discard("telegram")

    def _changes_address(self, p: Person, at: datetime) -> None:
        """A new e-mail address, that works: whatever was said of the old one is not true of it."""
        if p.forgotten:
            return
        p.email, p.mailbox_gone, p.touched_at = f"new{p.number}@example.com", False, at
        self.program.world.by_address[p.email] = p
        self._said_of(p)["email"] = p.email
        p.dead.discard("email")
