"""The rules that must hold, checked against the simulated lives: hours, days and sums are computed here and not by the
program.

No function of `bot` is used to judge. What the program stored (which cases are open, which holds are active, which
instalments a notice is about) is read from its tables.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.channels import Accepted, Refused
from tests.simulation.far_end import Call
from tests.simulation.people import Debt, Person
from tests.simulation.promises import MINIMUMS, Promise

AMOUNT = re.compile(r"[0-9][0-9,]*\.[0-9]{2}")


class Broken(AssertionError):
    """A promise was broken: to whom, and how."""

    def __init__(self, person: Person, now: datetime, what: str) -> None:
        super().__init__(
            f"{person.customer_id} at {now:%Y-%m-%d %H:%M:%S} UTC ({person.zone}, {person.segment}): {what}"
        )
        self.person = person


@dataclass(frozen=True)
class Item:
    """One row of `notice_items`."""

    notice_id: int
    instalment_id: str
    step_id: str
    due: date
    version: str


@dataclass(frozen=True)
class Written:
    """What the program's tables say now: whose case is open, and which holds are in force (instalment None: all)."""

    in_queue: Collection[str]
    holds: Mapping[str, Sequence[tuple[str | None, date]]]


@dataclass
class Ledger:
    """`promised` is what holds just now, by segment; `steps` says on which days each version's steps may be told."""

    promised: Mapping[str | None, Promise]
    steps: Mapping[str, Mapping[str, tuple[int, int]]]
    recorded: dict[tuple[str, str, date], int] = field(default_factory=dict)  # told and on record: in which notice
    in_flight: dict[int, int] = field(default_factory=dict)  # notices of which nobody knows: how often they were taken
    doubled: int = 0
    messages: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    # --- Each message -----------------------------------------------------------------------------------------------

    def check(
        self, calls: Sequence[Call], items: Mapping[int, Sequence[Item]], recorded: Collection[int], written: Written
    ) -> None:
        """Checks the calls of a round; `recorded` are the notices that are on record as accepted after it."""
        for call in calls:
            told = items[call.notice_id]
            self._check_call(call, told, written)
            if not told:  # a receipt: it tells of no debt, and is not counted with the reminders
                continue
            if call.taken:
                self._check_taken(call)
            if call.notice_id in recorded and isinstance(call.outcome, Accepted):
                self._record(call, told)
            elif call.taken:
                self.in_flight[call.notice_id] = self.in_flight.get(call.notice_id, 0) + 1

    def _check_call(self, call: Call, told: Sequence[Item], written: Written) -> None:
        person, now = call.person, call.at
        promise = self.promised[person.segment]
        if not promise.allows(person.zone, now, is_receipt=not told):
            raise Broken(person, now, f"notice {call.notice_id} went out of hours")
        if person.stopped:
            raise Broken(person, now, f"notice {call.notice_id} went to somebody who stopped them")
        if call.channel in person.dead:
            raise Broken(person, now, f"notice {call.notice_id} went over {call.channel}, which is dead")
        if not told:
            return
        debts = {debt.instalment_id: debt for debt in person.debts}
        if untrue := [item for item in told if not self._is_true(person, now, item, debts, written)]:
            raise Broken(person, now, f"notice {call.notice_id} tells what is not so: {untrue}")
        true = [debts[item.instalment_id] for item in told]
        if self._on_a_step(person, now, written) < MINIMUMS.get(person.currency, 0):
            raise Broken(person, now, f"notice {call.notice_id} went about too little")
        # Where amounts are told at all (not where the facts are old), they are those of what is told, and no others.
        amounts = {int(re.sub(r"[^0-9]", "", amount)) for amount in AMOUNT.findall(call.text)}
        left = {debt.outstanding for debt in true}
        others = {sum(debt.outstanding for debt in true), *(n for debt in true for n in (debt.amount, debt.paid))}
        if amounts and not left <= amounts <= left | others:
            raise Broken(person, now, f"notice {call.notice_id} tells {amounts} of {left}: {call.text}")

    def _is_true(self, person: Person, now: datetime, item: Item, debts: Mapping[str, Debt], written: Written) -> bool:
        debt = debts[item.instalment_id]
        first, last = self.steps[item.version][item.step_id]
        return (
            debt.outstanding > 0
            and debt.due == item.due
            and first <= (person.today(now) - debt.due).days <= last
            and not _is_held(person, debt, written)
        )

    def _on_a_step(self, person: Person, now: datetime, written: Written) -> int:
        """What they owe, in minor units, on any of today's steps, told before or not."""
        today = person.today(now)
        days = [span for steps in self.steps.values() for span in steps.values()]
        return sum(
            debt.outstanding
            for debt in person.debts
            if any(first <= (today - debt.due).days <= last for first, last in days)
            and not _is_held(person, debt, written)
        )

    def _check_taken(self, call: Call) -> None:
        person, promise = call.person, self.promised[call.person.segment]
        self.messages += 1
        today = person.today(call.at)
        days = [person.today(at) for at in person.accepted if at >= call.at - timedelta(days=9)]
        if sum(day == today for day in days) >= promise.per_day:
            raise Broken(person, call.at, f"notice {call.notice_id} is one too many on {today}")
        if sum(today - timedelta(days=6) <= day <= today for day in days) >= promise.per_week:
            raise Broken(person, call.at, f"notice {call.notice_id} is one too many in seven days: {days}")

    def _record(self, call: Call, told: Sequence[Item]) -> None:
        person = call.person
        if call.notice_id in self.in_flight:
            self.doubled += self.in_flight.pop(call.notice_id)
        for item in told:
            key = (item.instalment_id, item.step_id, item.due)
            before = self.recorded.setdefault(key, call.notice_id)
            if before != call.notice_id or call.at in person.accepted:
                raise Broken(person, call.at, f"{key} was told in notice {before} and again in {call.notice_id}")
            person.told.setdefault(item.instalment_id, call.at)
        person.accepted.append(call.at)

    def lost(self, call: Call) -> None:
        """The program has it on record that this address reaches nobody."""
        assert isinstance(call.outcome, Refused)
        call.person.dead.add(call.channel)

    # --- Each hour --------------------------------------------------------------------------------------------------

    def state_of(self, person: Person, now: datetime, written: Written) -> str | None:
        """The one state of an overdue customer; None for those who are not overdue."""
        today = person.today(now)
        overdue = [debt for debt in person.debts if debt.outstanding > 0 and debt.due < today]
        if not overdue or sum(debt.outstanding for debt in overdue) < MINIMUMS.get(person.currency, 0):
            return None
        if person.customer_id in written.in_queue:
            return "in_queue"
        free, told_at = self.free_debts(person, now, written)
        if not free:
            return "on_hold"
        promise = self.promised[person.segment]
        days = max((today - debt.due).days for debt in free)
        if days < promise.person_from:
            return "in_grace"
        if told_at is not None and (days < promise.seen_by_day or person.sign_since(told_at)):
            return "reached"
        return "silent"

    def check_case(self, person: Person, reason: str, now: datetime, written: Written) -> None:
        """Nobody is called for nothing."""
        if reason in ("asked", "dispute"):
            return
        if not any(debt.outstanding for debt in person.debts):
            raise Broken(person, now, f"a case was opened ({reason}) for somebody who owes nothing")
        if reason == "unreachable" and (alive := person.living_channels()):
            raise Broken(person, now, f"a case was opened (unreachable) for somebody whom {alive} reaches")
        if reason == "not_reached" and not person.living_channels():
            raise Broken(person, now, "a case was opened (not_reached) for somebody whom nothing reaches")
        if reason == "overdue" and max((person.today(now) - d.due).days for d in person.debts if d.outstanding) < 5:
            raise Broken(person, now, "a person was called too early")
        if reason == "no_sign_of_life" and person.customer_id not in written.holds:
            tomorrow = now + timedelta(days=1)  # at which the guard looks in the evening
            told = [self.free_debts(person, at, written)[1] for at in (now, tomorrow)]
            if all(at is None or person.sign_since(at) for at in told):
                raise Broken(person, now, f"a case was opened ({reason}) for somebody who gave one since {told}")

    def free_debts(self, person: Person, now: datetime, written: Written) -> tuple[list[Debt], datetime | None]:
        """What is overdue and not held, and since when they have been told of any of it: by a message about it, or by
        an agent's words since it was due."""
        today = person.today(now)
        free = [d for d in person.debts if d.outstanding > 0 and d.due < today and not _is_held(person, d, written)]
        told = [person.told[d.instalment_id] for d in free if d.instalment_id in person.told]
        told += [at for at in person.words if any(at.date() >= d.due for d in free)]
        return free, min(told, default=None)

    def check_states(self, people: Iterable[Person], now: datetime, written: Written) -> dict[str, str]:
        """Finds nobody silent, and no hold that is past its last day; gives everybody's state."""
        states = {}
        for person in people:
            state = self.state_of(person, now, written)
            if state is None:
                continue
            if state == "silent":
                raise Broken(person, now, "is silent")
            states[person.customer_id] = state
            for _, until in written.holds.get(person.customer_id, ()):
                if until < person.today(now):
                    raise Broken(person, now, f"a hold is in force that ended on {until}")
        return states


def _is_held(person: Person, debt: Debt, written: Written) -> bool:
    if debt.status == "disputed":
        return True
    return any(about in (None, debt.instalment_id) for about, _ in written.holds.get(person.customer_id, ()))
