"""The guarantee's set statement gives every customer the same state as the rule, on both databases."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import pytest

from bot.clock import ManualClock
from bot.rules.guarantee.states import STATES, Evidence, state
from bot.rules.policy.minimum import currencies_worth_it
from bot.rules.policy.policy import Policy
from bot.work.guarantee import guard, guard_walk
from bot.work.policy.audiences import Crowd, by_hours
from storage.facts import debts
from storage.guarantee import states, walks
from storage.runtime.engine import Database
from tests.random_worlds import CHANNELS, POLICY, Row, World, a_world, read, segment_of, write

SEEDS = range(3)
DAYS_AHEAD = (0, 1)  # the guard looks at today, and in the evening at tomorrow


def by_the_rule(world: World, ahead: int = 0) -> dict[str, tuple[str, str | None]]:
    """State and cause of everybody who is overdue."""
    found = {}
    for customer in world.rows["customers"]:
        if customer["forgotten_at"] is None:
            policy, day = POLICY.for_segment(segment_of(customer)), world.today(customer) + timedelta(days=ahead)
            if overdue := _overdue(world, customer, policy, day):
                found[customer["customer_id"]] = state(policy, _evidence(world, customer, overdue), day)
    return found


def _overdue(world: World, customer: Row, policy: Policy, day: date) -> list[Row]:
    """What is overdue and not too little to speak of, held or not."""
    late = [debt for debt in world.debts(customer) if debt["due_date"] < day]
    sums: dict[str, int] = defaultdict(int)
    for debt in late:
        sums[debt["currency"]] += debt["left"]
    worth = currencies_worth_it(policy, sums)
    return [debt for debt in late if debt["currency"] in worth]


def _evidence(world: World, customer: Row, overdue: list[Row]) -> Evidence:
    customer_id = customer["customer_id"]
    free = [debt for debt in overdue if not debt["held"]]
    oldest = min((debt["due_date"] for debt in free), default=None)
    told_at = _told_at(world, customer_id, {debt["instalment_id"] for debt in free}, oldest)
    paid = [p["facts_at"] for p in _payments(world, customer_id) if p["amount"] > 0]
    signs = [at for at in (customer["seen_at"], *paid) if at is not None]
    return Evidence(
        oldest_due=oldest,
        open_case=any(case["state"] != "closed" for case in world.of("cases", customer_id=customer_id)),
        told_at=told_at,
        sign_at=max(signs, default=None),
        reachable=bool(world.reached_by(customer)),
    )


def _told_at(world: World, customer_id: str, about: set[str], oldest: date | None) -> datetime | None:
    items = [item for instalment_id in about for item in world.of("notice_items", instalment_id=instalment_id)]
    at = [n["ended_at"] for i in items for n in world.of("notices", notice_id=i["notice_id"], state="accepted")]
    words = world.of("contacts", customer_id=customer_id, kind="agent", state="accepted")
    at += [word["at"] for word in words if oldest is not None and word["at"].date() >= oldest]
    return min(at, default=None)


def _payments(world: World, customer_id: str) -> list[Row]:
    return [p for i in world.instalments(customer_id) for p in world.of("payments", instalment_id=i["instalment_id"])]


def test_every_state_and_cause_is_in_these_worlds(clock: ManualClock) -> None:
    known = Counter(found for seed in SEEDS for found in by_the_rule(a_world(seed, clock.now(), 200)).values())
    assert {state for state, _ in known} == set(STATES)
    assert {cause for _, cause in known if cause} == {"no_channel", "not_reached", "no_sign_of_life"}


@pytest.mark.postgresql_one_in(3)
@pytest.mark.parametrize("seed", SEEDS)
async def test_everybody_is_in_the_state_that_the_rule_has(db: Database, clock: ManualClock, seed: int) -> None:
    await write(db, a_world(seed, clock.now(), 200))
    world = await read(db, clock.now())
    for ahead in DAYS_AHEAD:
        expected = by_the_rule(world, ahead)
        found, silent = {}, {}
        async with db.read() as conn:
            everybody = Crowd(tuple(await debts.zones_in_use(conn)))
            for audience, _ in by_hours(POLICY, everybody, clock.now()):
                terms = guard.terms_of(POLICY.for_segment(audience.segment), CHANNELS)
                day = audience.today + timedelta(days=ahead)
                found |= await states.states(conn, audience, terms, day)
                holes = await states.silent_customers(conn, audience, terms, day)
                silent |= {hole.customer_id: hole.cause for hole in holes}
        assert found == {customer_id: known for customer_id, (known, _) in expected.items()}
        assert silent == {customer_id: cause for customer_id, (_, cause) in expected.items() if cause}


@pytest.mark.postgresql_one_in(2)
@pytest.mark.parametrize("seed", range(3, 5))
async def test_the_audit_counts_them_and_the_guard_leaves_nobody_silent(
    db: Database, clock: ManualClock, seed: int
) -> None:
    await write(db, a_world(seed, clock.now(), 200))
    now = clock.now()
    for _ in range(2):  # noon, and the evening of most of them
        world = await read(db, now)
        expected = by_the_rule(world)
        audit = await guard.audit(db, POLICY, CHANNELS, now)
        assert audit.counts == {known: [s for s, _ in expected.values()].count(known) for known in STATES}
        assert {hole.customer_id for hole in audit.silent} == {c for c, (s, _) in expected.items() if s == "silent"}
        await guard_walk.walk(db, POLICY, CHANNELS, now)
        assert not [c for c, (s, _) in by_the_rule(await read(db, now)).items() if s == "silent"]
        async with db.read() as conn:
            on_the_way = await walks.counts(conn)
        counted_now = (await guard.audit(db, POLICY, CHANNELS, now)).counts
        assert {known: on_the_way.get(known, 0) for known in STATES} == counted_now
        now += timedelta(hours=9)
