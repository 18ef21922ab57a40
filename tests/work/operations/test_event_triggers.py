"""Each trigger that writes an event, on both databases: a change is told once, and nothing else is."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Table, select, update

from bot.clock import ManualClock
from bot.rules.operations.outgoing_events import KINDS, body_of
from bot.settings import Settings
from bot.web.api.webhooks_document import event_model
from bot.work.operations.hooks import add_hook
from storage.runtime.engine import Database
from storage.schema import (
    agents,
    cases,
    contacts,
    customers,
    dead_channels,
    holds,
    links,
    notices,
    outgoing_events,
    plan_parts,
    plans,
    survey_invitations,
    surveys,
)
from tests.rules.operations.test_event_signatures import PLAIN
from tests.work.lives import ANNA, add, customer, owes

SETTINGS = Settings(_env_file=None, events_secret=SecretStr(PLAIN))
UNTIL = date(2026, 3, 10)


class Wallet:
    """`told` is what was told since the last time, as (kind, data)."""

    def __init__(self, db: Database, clock: ManualClock) -> None:
        self.db, self.clock, self._seen = db, clock, 0

    async def change(self, table: Table, **values: Any) -> None:
        async with self.db.write() as conn:
            await conn.execute(update(table).values(**values))

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        async with self.db.read() as conn:
            later = outgoing_events.c.event_number > self._seen
            query = select(outgoing_events).where(later).order_by(outgoing_events.c.event_number)
            rows = (await conn.execute(query)).all()
        self._seen = max((row.event_number for row in rows), default=self._seen)
        assert all(row.at == self.clock.now() and row.customer_id == ANNA for row in rows)
        bodies = [json.loads(body_of(row.kind, row.customer_id, row.at, row.body)) for row in rows]
        for body in bodies:
            event_model(body["type"]).model_validate(body)  # as the OpenAPI document has it
            assert body["data"].pop("customer_id") == ANNA
            assert body["data"].keys() == KINDS[body["type"]].example.keys()
        self.clock.move(timedelta(minutes=1))
        return [(body["type"], body["data"]) for body in bodies]


async def test_each_change_that_is_told_is_told_once(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await add_hook(db, SETTINGS, "https://crm.example/", "*", clock.now())
    await owes(db, clock.now(), UNTIL)
    wallet = Wallet(db, clock)
    seen = set()
    for step in (_agreements, _cases, _customers, _notices):
        seen |= await step(wallet)
    assert seen == KINDS.keys()


async def test_of_many_cases_opened_at_once_each_is_told_to_each_hook(db: Database, clock: ManualClock) -> None:
    for customer_id in (ANNA, "ben"):
        await customer(db, clock.now(), customer_id)
    for path in ("a", "b"):
        await add_hook(db, SETTINGS, f"https://crm.example/{path}", "case.opened", clock.now())
    case = {"reason": "overdue", "opened_at": clock.now(), "state": "waiting"}
    async with db.write() as conn:
        await conn.execute(cases.insert().values([{**case, "customer_id": of} for of in (ANNA, "ben")]))
    async with db.read() as conn:
        told = (await conn.execute(select(outgoing_events))).all()
    assert sorted((row.hook_id, row.customer_id, json.loads(row.body)["case_id"], row.at) for row in told) == [
        (hook, of, case_id, clock.now()) for hook in (1, 2) for case_id, of in ((1, ANNA), (2, "ben"))
    ]


async def _agreements(wallet: Wallet) -> set[str]:
    db, now = wallet.db, wallet.clock.now
    hold = {"customer_id": ANNA, "until": UNTIL}
    said = {"hold_id": 1, "instalment_id": None, "until": "2026-03-10", "currency": "TWD", "case_id": None}
    said |= {"amount": "500.00"}
    await add(db, holds, **hold, kind="promise", set_at=now(), amount=50000, currency="TWD")
    assert await wallet.told() == [("promise.made", said)]
    for how in ("kept", "broken"):
        await wallet.change(holds, seen_by=900)
        await wallet.change(holds, ended_at=now(), ended_why=how)
        assert await wallet.told() == [(f"promise.{how}", said)]
        await wallet.change(holds, ended_at=None, ended_why=None)
    await wallet.change(holds, ended_at=now(), ended_why="withdrawn")
    await add(db, holds, **hold, kind="hold", set_at=now())
    assert await wallet.told() == []
    await add(db, holds, **hold, kind="dispute", set_at=now(), instalment_id="I1", case_id=12)
    dispute = {"hold_id": 3, "instalment_id": "I1", "case_id": 12}
    assert await wallet.told() == [("dispute.opened", dispute)]
    await wallet.change(holds, ended_at=now(), ended_why="rejected")
    assert await wallet.told() == [("dispute.closed", {**dispute, "how": "rejected"})]
    await add(db, plans, customer_id=ANNA, currency="TWD", state="asked", proposed_at=now())
    for part, day in ((1, date(2026, 4, 1)), (2, date(2026, 5, 1))):
        await add(db, plan_parts, plan_id=1, part=part, due_date=day, amount=60000)
    assert await wallet.told() == []
    await wallet.change(plans, state="agreed", decided_at=now())
    about = {"plan_id": 1, "amount": "1200.00", "currency": "TWD", "parts": 2, "until": "2026-05-01", "case_id": None}
    assert await wallet.told() == [("plan.agreed", about)]
    await wallet.change(plans, state="kept", ended_at=now())
    assert await wallet.told() == [("plan.ended", {"plan_id": 1, "how": "kept", "case_id": None})]
    return {"promise.made", "promise.kept", "promise.broken"} | {
        *("dispute.opened", "dispute.closed", "plan.agreed", "plan.ended"),
    }


async def _cases(wallet: Wallet) -> set[str]:
    db, now = wallet.db, wallet.clock.now
    for agent in (900, 901):
        await add(db, agents, telegram_id=agent, name="Mei", added_at=now())
    await add(db, cases, customer_id=ANNA, reason="overdue", opened_at=now(), state="waiting")
    case = {"case_id": 1, "reason": "overdue"}
    assert await wallet.told() == [("case.opened", case)]
    for owner in (900, 901):
        await wallet.change(cases, state="claimed", owner_id=owner, claimed_at=now())
        assert await wallet.told() == [("case.claimed", case)]
    await wallet.change(cases, state="claimed", owner_id=901, claimed_at=now())
    await wallet.change(cases, state="waiting", owner_id=None)
    await wallet.change(cases, state="closed", closed_at=now())
    assert await wallet.told() == []
    await wallet.change(cases, outcome="paid", closed_at=now())
    assert await wallet.told() == [("case.closed", {**case, "outcome": "paid"})]
    await add(db, cases, customer_id=ANNA, reason="unreachable", opened_at=now(), state="waiting")
    opened = {"case_id": 2, "reason": "unreachable"}
    nowhere = ("customer.unreachable", {"channel": None, "reason": "unreachable"})
    assert sorted(await wallet.told(), key=lambda told: told[0]) == [("case.opened", opened), nowhere]
    return {"case.opened", "case.claimed", "case.closed", "customer.unreachable"}


async def _customers(wallet: Wallet) -> set[str]:
    db, now = wallet.db, wallet.clock.now
    await add(db, links, customer_id=ANNA, user_id=111, way="payload", linked_at=now())
    assert await wallet.told() == [("customer.linked", {"link_id": 1, "way": "payload"})]
    await add(db, dead_channels, customer_id=ANNA, channel="email", since=now(), reason="bounced")
    assert await wallet.told() == [("customer.unreachable", {"channel": "email", "reason": "bounced"})]
    await wallet.change(customers, stopped_at=now())
    assert await wallet.told() == [("customer.stopped", {})]
    await wallet.change(customers, stopped_at=now())
    await wallet.change(customers, stopped_at=None)
    await add(db, holds, customer_id=ANNA, kind="distress", set_at=now(), until=UNTIL)
    assert await wallet.told() == [("customer.distressed", {})]
    return {"customer.linked", "customer.stopped", "customer.distressed"}


async def _notices(wallet: Wallet) -> set[str]:
    db, now = wallet.db, wallet.clock.now
    planned = {"local_day": UNTIL, "send_after": now(), "expires_at": now(), "planned_at": now()}
    policy = {"policy": "gentle", "policy_version": "1", "state": "planned", "customer_id": ANNA}
    await add(db, notices, **planned, **policy)
    sent = {"customer_id": ANNA, "channel": "email", "direction": "out", "kind": "reminder", "state": "attempted"}
    await add(db, contacts, **sent, at=now(), notice_id=1)
    await wallet.change(notices, state="claimed", channel="telegram")
    await wallet.change(contacts, state="refused", reason="held_back", at=now())
    await wallet.change(contacts, state="attempted")
    assert await wallet.told() == []
    await wallet.change(contacts, state="refused", reason="bad_address", at=now())
    refused = {"notice_id": 1, "kind": "reminder", "channel": "email", "reason": "bad_address"}
    assert await wallet.told() == [("notice.refused", refused)]
    await wallet.change(notices, state="accepted", ended_at=now())
    accepted = {"notice_id": 1, "kind": "reminder", "channel": "telegram"}
    assert await wallet.told() == [("notice.accepted", accepted)]
    await add(db, surveys, name="spring", body="", whom="everybody", started_at=now(), ends_at=now())
    await add(db, survey_invitations, survey_id=1, customer_id=ANNA, at_question=0)
    await wallet.change(survey_invitations, at_question=2, touched_at=now())
    assert await wallet.told() == []
    await wallet.change(survey_invitations, done_at=now())
    assert await wallet.told() == [("survey.answered", {"survey": "spring"})]
    return {"notice.accepted", "notice.refused", "survey.answered"}
