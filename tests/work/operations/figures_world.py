"""A wallet with a past, made up by a seed: everything that the figures count, in bulk."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert

from bot.rules.cases.case_events import Called, Closed, Introduced
from bot.rules.cases.case_events_agreements import PromiseBroken
from storage.cases.event_rows import event_row
from storage.runtime.engine import Database
from storage.schema import (
    accounts,
    agents,
    case_events,
    cases,
    contacts,
    customers,
    day_states,
    holds,
    instalments,
    ladders,
    notices,
    plans,
    policy_versions,
    ratings,
)

ZONES = ("Asia/Taipei", "Europe/Paris", "America/Los_Angeles")  # in the last one it is still yesterday
DAYS = 50  # so many evenings were written down
CAUSES = ("no_channel", "not_reached", "no_sign_of_life")
VERSIONS = ("v1", "v2")
LANGUAGES = ("en", "zh-Hant", None)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class World:
    """Fills the database with `people` customers and what happened to them before `now`."""

    def __init__(self, db: Database, now: datetime, people: int = 60, seed: int = 7) -> None:
        self.db, self.now, self.people, self.random = db, now, people, random.Random(seed)  # noqa: S311
        self.ids = [f"C{n}" for n in range(people)]

    async def fill(self) -> None:
        await self._put(customers, [self._customer(n) for n in range(self.people)])
        await self._put(accounts, [self._account(n) for n in range(self.people)])
        await self._put(instalments, [self._instalment(n) for n in range(3 * self.people)])
        await self._put(policy_versions, [self._version(version) for version in VERSIONS])
        await self._put(ladders, [row for n in range(3 * self.people) for row in self._ladder(n)])
        await self._put(day_states, [row for who in self.ids for row in self._evenings(who)])
        await self._put(agents, [{"telegram_id": n, "name": f"A{n}", "added_at": self.now} for n in (1, 2)])
        of_cases = [self._case(n) for n in range(1, 2 * self.people)]
        await self._put(cases, of_cases)
        await self._put(holds, [self._hold(n) for n in range(1, 4 * self.people)])
        await self._put(case_events, self._events(of_cases))
        await self._put(contacts, self._contacts(of_cases))
        await self._put(notices, [self._notice(n) for n in range(1, 2 * self.people)])
        await self._put(plans, [self._plan(n) for n in range(1, 2 * self.people)])
        await self._put(ratings, [self._rating(n) for n in range(1, self.people)])
        await self._put(case_events, [self._closed_by_somebody(n) for n in range(1, self.people)])

    async def _put(self, table: Table, rows: list[dict[str, Any]]) -> None:
        async with self.db.write() as conn:
            await conn.execute(insert(table), rows)

    def _ago(self, days: int = DAYS) -> datetime:
        return self.now - timedelta(minutes=self.random.randrange(days * 24 * 60))

    def _due(self, n: int) -> date:
        """Around the ends of the buckets, too."""
        ago = (0, 1, -1, 29, 30, 31, 59, 60, 61, 89, 90, 91, -40, 400)[n % 14] + (n // 14) % 3
        return self.now.date() - timedelta(days=ago)

    def _customer(self, n: int) -> dict[str, Any]:
        row = {"customer_id": f"C{n}", "zone": ZONES[n % 3], "language": LANGUAGES[n % 3], "facts_at": self.now}
        return {**row, "forgotten_at": self.now if n % 11 == 0 else None}

    def _account(self, n: int) -> dict[str, Any]:
        row = {"account_id": f"A{n}", "customer_id": f"C{n}", "currency": ("TWD", "JPY")[n % 2]}
        return {**row, "balance": 0, "facts_at": self.now}

    def _instalment(self, n: int) -> dict[str, Any]:
        row = {"instalment_id": f"I{n}", "account_id": f"A{n % self.people}", "due_date": self._due(n)}
        paid = self.random.choice((0, 0, 500, 10_000))
        return {**row, "amount_due": 1000 + n, "paid": paid, "facts_at": self.now, "amount_paid_at": self.now}

    def _version(self, version: str) -> dict[str, Any]:
        return {"version": version, "name": f"policy-{version}", "source": "", "first_used_at": self.now}

    def _ladder(self, n: int) -> list[dict[str, Any]]:
        if n % 4 == 0:
            return []
        row = {"instalment_id": f"I{n}", "due_date": self._due(n), "policy_version": VERSIONS[n % 2]}
        return [{**row, "begun_at": self.now - n * HOUR}]

    def _evenings(self, who: str) -> list[dict[str, Any]]:
        """Runs of days on which they were overdue."""
        rows: list[dict[str, Any]] = []
        n = int(who[1:])
        due, until = self._due(n), DAYS - self.random.randrange(DAYS)
        for ago in range(DAYS, 0, -1):
            day = self.now.date() - timedelta(days=ago)
            if ago < until and self.random.random() < 0.5:
                until = ago - self.random.randrange(1, 20)
                due = self.random.choice((self._due(n), self._due(n + self.people), day - timedelta(days=1)))
            if until <= ago and due < day:
                state = self.random.choice(("in_grace", "reached", "in_queue", "on_hold", "silent"))
                since = None if ago > DAYS - 3 and n % 5 == 0 else due
                cause = CAUSES[(n + ago) % 3] if state == "silent" else None
                rows.append({"day": day, "customer_id": who, "state": state, "cause": cause, "due_since": since})
        return rows

    def _case(self, n: int) -> dict[str, Any]:
        opened = self._ago()
        closed = n < self.people  # those above are each customer's open one
        row = {"case_id": n, "customer_id": f"C{n % self.people}", "reason": ("overdue", "asked", "dispute")[n % 3]}
        row |= {"opened_at": opened, "state": "closed" if closed else "waiting"}
        outcome = (None, "paid", "promised")[n % 3 if n % 2 else 0]
        ended = opened + timedelta(minutes=self.random.randrange(4000)) if closed else None
        return {**row, "closed_at": ended, "outcome": outcome if closed else None}

    def _hold(self, n: int) -> dict[str, Any]:
        row = {"hold_id": n, "customer_id": f"C{n % self.people}", "kind": ("promise", "promise", "hold")[n % 3]}
        ended = self._ago() if n % 4 else None
        why = self.random.choice(("kept", "broken", "broken", "not_needed", "withdrawn", "replaced"))
        row |= {"set_at": self._ago(), "until": self.now.date(), "amount": 1000, "currency": "TWD"}
        return {**row, "ended_at": ended, "ended_why": why if ended else None}

    def _events(self, of_cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = []
        for case in of_cases:
            at, actor = case["opened_at"] + HOUR, self.random.choice((1, 2))
            first = Introduced() if case["case_id"] % 2 else Called("reached")
            rows.append(event_row(case["case_id"], Called("no_answer"), at, actor_id=3 - actor))
            rows.append(event_row(case["case_id"], first, at, actor_id=actor))
            rows.append(event_row(case["case_id"], Introduced(), at + HOUR, actor_id=3 - actor))
        return rows

    async def tell_of_broken(self) -> None:
        """The cases of customers with broken promises say so, and how much had come in: something, nothing, or nobody
        knows."""
        broken = holds.select().where(holds.c.ended_why == "broken").order_by(holds.c.hold_id)
        async with self.db.write() as conn:
            for place, hold in enumerate((await conn.execute(broken)).all()):
                n = int(hold.customer_id[1:]) or self.people
                event = PromiseBroken(hold.until, 1000, (777, 0, None)[place % 3], "TWD", {}, closed=False)
                await conn.execute(insert(case_events), [event_row(n, event, hold.ended_at)])

    def _contacts(self, of_cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for case in of_cases:
            if case["case_id"] % 3:
                at = case["opened_at"] + timedelta(minutes=self.random.randrange(1200))
                rows.append(self._contact(at, case["customer_id"], case["case_id"], "agent", "telegram"))
        for n in range(10 * self.people):
            row = self._contact(
                self._ago(), f"C{n % self.people}", None, "reminder", ("telegram", "email", "sms")[n % 3]
            )
            rows.append(row if n % 7 else {**row, "direction": "in", "state": "answered", "reason": None})
        return rows

    def _contact(self, at: datetime, who: str, case_id: int | None, kind: str, channel: str) -> dict[str, Any]:
        state = self.random.choice(("accepted", "accepted", "refused", "attempted"))
        reason = self.random.choice(("blocked", "bounced", None)) if state == "refused" else None
        row = {"customer_id": who, "case_id": case_id, "at": at, "kind": kind, "channel": channel}
        return {**row, "direction": "out", "state": state, "reason": reason}

    def _notice(self, n: int) -> dict[str, Any]:
        at = self._ago()
        row = {"notice_id": n, "customer_id": f"C{n % self.people}", "local_day": at.date(), "send_after": at}
        row |= {"expires_at": at, "policy": "p", "policy_version": "v1", "planned_at": at, "ended_at": at}
        return {**row, "state": ("not_sent", "accepted")[n % 2], "reason": ("paid", "stopped", None)[n % 3]}

    def _plan(self, n: int) -> dict[str, Any]:
        state = ("agreed", "kept", "broken", "declined", "refused", "withdrawn", "proposed", "not_needed")[n % 8]
        decided = self._ago() if state != "proposed" and n % 5 else None
        ended = self._ago() if state not in ("agreed", "proposed") else None
        row = {"plan_id": n, "customer_id": f"C{n % self.people}", "currency": "TWD", "state": state}
        return {**row, "proposed_at": self.now, "decided_at": decided, "ended_at": ended}

    def _rating(self, n: int) -> dict[str, Any]:
        """Some were not asked, some did not answer."""
        asked = self._ago()
        row = {"case_id": n, "customer_id": f"C{n % self.people}", "agent_id": (1, 2, None)[n % 3], "asked_at": asked}
        is_asked, score = n % 5 != 0, 1 + n % 4 if n % 7 else None
        answered = {"score": score, "rated_at": asked + HOUR if score else None} if is_asked else {}
        return {**row, "score": None, "rated_at": None, "state": "asked" if is_asked else "not_asked", **answered}

    def _closed_by_somebody(self, n: int) -> dict[str, Any]:
        return event_row(n, Closed("paid"), self._ago(), actor_id=(1, 1, 2, None)[n % 4])
