"""Reminders ahead: what planning and the last check will do for one customer on the coming days, if nobody pays,
answers or acts.

It has no rule of its own. Day by day it asks `due_today` what planning plans, and `send_check` whether that may be sent
at that moment, and goes on from what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import count

from bot.rules.facts.customer_facts import CustomerFacts, Instalment
from bot.rules.policy.dunning_ladder import step_for
from bot.rules.policy.policy import Policy, Step
from bot.rules.policy.sending_hours import Window, local_day, window, wished_hours
from bot.rules.reminders import send_check
from bot.rules.reminders.due_today import Told, due_today, may_be_planned, may_be_told, on_a_step
from bot.rules.reminders.send_check import PlannedItem


@dataclass(frozen=True, slots=True)
class Terms:
    """The policies of one day, for the customer's segment: `current` says when and how often, `ladders` (by version,
    the current one too) what is told."""

    current: Policy
    ladders: Mapping[str, Policy]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that waits for the instant `at`, or is on its way. `reason`: why it waits, or empty."""

    notice_id: int
    at: datetime
    reason: str = ""
    on_its_way: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a customer. `told` is what was planned before, `waiting` the notice of it that has not ended.

    `began_under` has the policy version of each debt whose ladder has begun, `held_until` the last day of each hold, by
    instalment. `unreached` says for each channel that is set up why nothing arrives, or is empty. `accepted_at` are the
    instants at which reminders were accepted, at least those of the last eight days.
    """

    facts: CustomerFacts
    terms_on: Callable[[date], Terms]
    began_under: Mapping[str, str]
    held_until: Mapping[str, date]
    told: Sequence[Told]
    waiting: Waiting | None
    unreached: Mapping[str, str]
    accepted_at: Sequence[datetime]

    def facts_on(self, day: date) -> CustomerFacts:
        """The facts when holds that end before this day are over."""
        owed = (replace(i, held=self._is_held(i, day)) for i in self.facts.unsettled)
        return replace(self.facts, unsettled=tuple(owed))

    def _is_held(self, instalment: Instalment, day: date) -> bool:
        until = self.held_until.get(instalment.instalment_id)
        return instalment.status == "disputed" or (until is not None and until >= day)

    def policy_of(self, instalment: Instalment, terms: Terms) -> Policy | None:
        """The policy of the debt's ladder, with the steps that they want; a ladder that has not begun begins under the
        current one."""
        policy = terms.ladders.get(self.began_under.get(instalment.instalment_id, terms.current.version))
        return None if policy is None else policy.for_wish(self.facts.customer.wishes.often)

    @property
    def reached_by(self) -> frozenset[str]:
        return frozenset(channel for channel, why in self.unreached.items() if not why)

    def is_set_up(self, step: Step) -> bool:
        return any(channel in self.unreached for channel in step.channels)

    def why_unreached(self, channels: Iterable[str]) -> str:
        """Why none of these channels arrives."""
        reasons = [why for channel, why in self.unreached.items() if channel in channels]
        return reasons[0] if len(reasons) == 1 else "no_channel"


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next reminder of a debt. It is sent at the instant `at`, on the customer's `day`, first by this `channel`;
    `reason`: why it waits, or empty. Or `at` is None: it is not sent, and `reason` says why. `notice_id` is that of a
    notice that is planned already."""

    step_id: str
    day: date
    at: datetime | None
    reason: str = ""
    notice_id: int | None = None
    channel: str | None = None


def reminders_ahead(outlook: Outlook, days: Iterable[date], now: datetime) -> Mapping[str, Ahead]:
    """The next reminder of each debt, by instalment, on these of the customer's days, today first; where none is sent,
    the first that is not and why. A debt without either has no step left."""
    walk = _Walk(outlook, now, list(outlook.told), list(outlook.accepted_at), outlook.waiting)
    owed = {i.instalment_id for i in outlook.facts.unsettled}
    if walk.waiting is not None and walk.waiting.on_its_way:  # nothing is added to it any more
        walk.check(local_day(outlook.facts.customer.zone, now))
    for day in days:
        walk.plan(day)
        walk.check(day)
        if owed <= walk.sent.keys():
            break
    return {**walk.lost, **walk.sent}


@dataclass(slots=True)
class _Walk:
    """From day to day: what was told, accepted and waits by then, and what that brought."""

    outlook: Outlook
    now: datetime
    told: list[Told]
    accepted_at: list[datetime]
    waiting: Waiting | None
    sent: dict[str, Ahead] = field(default_factory=dict)
    lost: dict[str, Ahead] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(0, -1))  # for notices planned on the way

    @property
    def zone(self) -> str:
        return self.outlook.facts.customer.zone

    def plan(self, day: date) -> None:
        """What planning does on this day."""
        outlook, terms, facts = self.outlook, self.outlook.terms_on(day), self.outlook.facts_on(day)
        hours = {
            version: rest for version, ladder in terms.ladders.items() if (rest := self._hours(ladder, day)) is not None
        }

        def policy_of(instalment: Instalment) -> Policy | None:
            policy = outlook.policy_of(instalment, terms)
            return policy if policy is not None and policy.version in hours and not policy.silenced_by else None

        due = due_today(policy_of, facts, self.told, outlook.reached_by, day)
        self._note_what_is_not_planned(day, terms, facts, hours, policy_of)
        if not due.to_plan:
            return
        if self.waiting is None:
            opens = min(hours[item.policy_version].opens for item in due.to_plan)
            self.waiting = Waiting(next(self.numbers), max(opens, self.now))
        self.told += [
            Told(self.waiting.notice_id, i.instalment_id, i.step_id, i.due_date, "planned", None, day, i.policy_version)
            for i in due.to_plan
        ]

    def check(self, day: date) -> None:
        """What the last check decides about the notice that waits, if it waits for this day."""
        while self.waiting is not None and local_day(self.zone, self.waiting.at) <= day:
            notice, terms = self.waiting, self.outlook.terms_on(day)
            items = [
                PlannedItem(told.instalment_id, told.step_id, told.due_date, told.policy_version)
                for told in self.told
                if told.notice_id == notice.notice_id
            ]
            facts, at = self.outlook.facts_on(day), notice.at
            verdict = send_check.decide(terms.current, facts, items, self.accepted_at, at, ladders=terms.ladders)
            if isinstance(verdict, send_check.NotNow):
                self.waiting = replace(notice, at=max(verdict.window.opens, self.now), reason=verdict.reason)
            elif isinstance(verdict, send_check.Never):
                self._end(day, items, dict.fromkeys(items, verdict.reason))
            elif not (ways := [channel for channel in verdict.channels if channel in self.outlook.reached_by]):
                self._end(day, items, dict.fromkeys(items, self.outlook.why_unreached(verdict.channels)))
            else:
                self.accepted_at.append(at)
                self._end(day, items, dict(verdict.left_out), ways[0])

    def _hours(self, policy: Policy, day: date) -> Window | None:
        """What is left of the day's sending hours, from the hour on that they chose."""
        wished = wished_hours(policy.sending_hours, self.outlook.facts.customer.wishes.from_hour, self.zone, day)
        hours = window(wished, self.zone, day)
        return hours if hours is not None and hours.closes > self.now else None

    def _end(
        self, day: date, items: Sequence[PlannedItem], why: Mapping[PlannedItem, str], channel: str | None = None
    ) -> None:
        """The waiting notice has ended: what was not sent has its reason, all else was accepted by this channel."""
        notice = self.waiting
        assert notice is not None
        self.waiting = None
        number = notice.notice_id if notice.notice_id > 0 else None
        for item in items:
            if (reason := why.get(item)) is None:
                sent = Ahead(item.step_id, day, notice.at, notice.reason, number, channel)
                self.sent.setdefault(item.instalment_id, sent)
            else:
                because = notice.reason if reason == "no_longer_true" and notice.reason else reason
                self.lost.setdefault(item.instalment_id, Ahead(item.step_id, day, None, because, number))
        self.told = [self._ended(told, day, why) if told.notice_id == notice.notice_id else told for told in self.told]

    def _ended(self, told: Told, day: date, why: Mapping[PlannedItem, str]) -> Told:
        reason = why.get(PlannedItem(told.instalment_id, told.step_id, told.due_date, told.policy_version))
        return replace(told, state="accepted" if reason is None else "not_sent", reason=reason, local_day=day)

    def _note_what_is_not_planned(
        self,
        day: date,
        terms: Terms,
        facts: CustomerFacts,
        hours: Mapping[str, Window],
        policy_of: Callable[[Instalment], Policy | None],
    ) -> None:
        """Why planning leaves out what is on a step and was not told yet."""
        enough = {instalment.instalment_id for instalment, _, _ in on_a_step(policy_of, facts.unsettled, day)}
        for instalment in filter(may_be_told, facts.unsettled):
            policy = self.outlook.policy_of(instalment, terms)
            if policy is None or policy.version not in hours:
                continue
            step = step_for(policy, instalment.days_past_due(day))
            if step is None or not self.outlook.is_set_up(step):
                continue
            if not may_be_planned([one for one in self.told if one.is_of(instalment, step.id)], day):
                continue
            if why := self._why_not(policy, step, day, is_enough=instalment.instalment_id in enough):
                self.lost.setdefault(instalment.instalment_id, Ahead(step.id, day, None, why))

    def _why_not(self, policy: Policy, step: Step, day: date, *, is_enough: bool) -> str:
        if policy.silenced_by:
            return "pack_expired"
        if not is_enough:
            return "below_minimum"
        if self.outlook.facts.customer.stopped:
            return "stopped"
        if self.outlook.facts.customer.wishes.paused(day):
            return "paused"
        return "" if self.outlook.reached_by.intersection(step.channels) else self.outlook.why_unreached(step.channels)
