"""Events on their way to receivers that take them, refuse them, redirect them, or say nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import select, text

from bot.channels import hook_post
from bot.clock import ManualClock
from bot.rules.operations.outgoing_events import KINDS
from bot.work.facts.forgetting import forget
from bot.work.operations.clock_steps import correct_clock_steps
from bot.work.operations.hook_sending import AT_ONCE, LEASE
from bot.work.operations.hooks import (
    DELIVERED_KEPT_FOR,
    add_hook,
    drop_old_events,
    examine_hooks,
    list_hooks,
    replay_hook,
)
from storage.customers import customer_rows
from storage.operations import metrics, outgoing_events
from storage.runtime.engine import Database
from storage.runtime.heartbeats import beat
from storage.schema import outgoing_events as table
from tests.rules.operations.test_event_signatures import PLAIN
from tests.work.operations.hooked import SETTINGS, STOPPED, courier, customers, states, stops
from tests.work.operations.receiver import Received, Receiver, receiving

pytestmark = pytest.mark.postgresql_one_in(2)


async def test_an_event_arrives_once_and_is_signed(
    db: Database, clock: ManualClock, receiver: Receiver, made_spans: InMemorySpanExporter
) -> None:
    [anna] = await customers(db, clock, 1)
    await stops(db, clock, anna)  # before there is a hook
    made = await add_hook(db, SETTINGS, receiver.url, "customer.*", clock.now())
    assert made.secret is None
    await stops(db, clock, anna)
    await courier(db, clock).settle()
    await courier(db, clock).settle()
    [one] = receiver.got
    assert one.json == {"type": STOPPED, "timestamp": clock.now().isoformat(), "data": {"customer_id": anna}}
    assert one.is_signed(PLAIN, clock.now())
    assert one.headers["content-type"] == "application/json"
    [listed] = await list_hooks(db, clock.now())
    now = clock.now().isoformat()
    told = {"hook": 1, "url": receiver.url, "own_secret": False, "made_at": now, "delivered_at": now, "ended_at": None}
    told |= {"waiting": 0, "waits_since": None, "parked": 0, "reason": None}
    post, *_, event = made_spans.get_finished_spans()
    assert (post.name, post.parent and post.parent.span_id) == ("POST", event.context.span_id)
    assert dict(post.attributes or {}) == {"server": "receiver", "http.response.status_code": 200}
    assert (event.name, dict(event.attributes or {})) == (
        "event",
        {"event": STOPPED, "hook": 1, "attempt": 1, "outcome": "delivered"},
    )
    assert listed.as_json() == {**told, "events": [kind for kind in KINDS if kind.startswith("customer.")]}


async def test_what_is_rolled_back_is_told_nobody(db: Database, clock: ManualClock, receiver: Receiver) -> None:
    [anna] = await customers(db, clock, 1)
    await add_hook(db, SETTINGS, receiver.url, "*", clock.now())
    with pytest.raises(ZeroDivisionError):
        async with db.write() as conn:
            await customer_rows.set_stopped(conn, anna, clock.now())
            assert (await conn.execute(text("SELECT count(*) FROM outgoing_events"))).scalar_one() == 1
            raise ZeroDivisionError
    assert await states(db) == []


async def test_no_row_is_written_that_no_hook_wants(db: Database, clock: ManualClock, receiver: Receiver) -> None:
    [anna] = await customers(db, clock, 1)
    await add_hook(db, SETTINGS, receiver.url, "case.opened,customer.linked", clock.now())
    await stops(db, clock, anna)
    assert await states(db) == []


async def test_order_is_kept_for_each_customer_and_a_failure_holds_up_only_its_own(
    db: Database, clock: ManualClock, receiver: Receiver
) -> None:
    anna, ben, chen = await customers(db, clock, 3)
    await add_hook(db, SETTINGS, receiver.url, "*", clock.now())
    receiver.answers = lambda one: web.Response(status=500 if one.customer_id == ben else 200)
    for _ in range(4):
        await stops(db, clock, anna, ben, chen)
        clock.move(timedelta(seconds=1))
    sending = courier(db, clock)
    await sending.settle()
    assert [one.customer_id for one in receiver.got].count(ben) == 1
    receiver.answers = lambda _its: web.Response(status=204)
    for _ in range(4):
        clock.move(timedelta(minutes=1))
        await sending.settle()
    times = {
        who: [one.json["timestamp"] for one in receiver.got if one.customer_id == who] for who in (anna, ben, chen)
    }
    assert [len(of) for of in times.values()] == [4, 5, 4]
    assert all(earlier <= later for of in times.values() for earlier, later in pairwise(of))
    assert len({*receiver.ids}) == 12
    assert await states(db) == ["delivered"] * 12


async def test_after_three_days_it_is_parked_shown_and_can_be_sent_again(
    db: Database, clock: ManualClock, receiver: Receiver
) -> None:
    [anna] = await customers(db, clock, 1)
    await add_hook(db, SETTINGS, receiver.url, "*", clock.now())
    receiver.answers = lambda _its: web.Response(status=503)
    await stops(db, clock, anna)
    sending = courier(db, clock)
    for hour in range(72):
        await sending.settle()
        if hour == 2:
            [late] = await examine_hooks(db, SETTINGS, clock.now())
            assert late.ok is None and "1 events wait, the first for 120 minutes" in late.words
        clock.move(timedelta(hours=1))
    await sending.settle()
    assert await states(db) == ["parked"]
    assert 20 <= len(receiver.got) <= 32
    [parked] = await examine_hooks(db, SETTINGS, clock.now())
    assert parked.ok is None and "1 events are parked, the last: HTTP status 503" in parked.words
    async with db.read() as conn:
        shown = {f.labels["state"]: f.value for f in await metrics.counts(conn, clock.now()) if "hook_events" in f.name}
    assert shown == {"waiting": 0, "parked": 1}
    receiver.answers = lambda _its: web.Response()
    assert await replay_hook(db, "1", None, clock.now()) == 1
    await sending.settle()
    assert await states(db) == ["delivered"]
    assert len({*receiver.ids}) == 1
    assert await replay_hook(db, receiver.url, clock.now() - timedelta(days=4), clock.now()) == 1
    assert await replay_hook(db, receiver.url, clock.now(), clock.now()) == 0
    await sending.settle()
    clock.move(DELIVERED_KEPT_FOR + timedelta(minutes=1))
    await drop_old_events(db, clock.now())
    assert await states(db) == []


async def test_one_that_never_answers_holds_up_no_other(
    sqlite_db: Database, clock: ManualClock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, waits = sqlite_db, asyncio.Event()

    async def never(_its: Received) -> web.StreamResponse:
        await waits.wait()
        return web.Response()

    monkeypatch.setattr(hook_post, "TIMEOUT_S", 1.0)
    everybody = await customers(db, clock, 3 * AT_ONCE)
    async with receiving() as other:
        receiver.answers = never
        await add_hook(db, SETTINGS, receiver.url, "*", clock.now())
        await add_hook(db, SETTINGS, other.url, "*", clock.now())
        await stops(db, clock, *everybody)
        ends = asyncio.Event()
        running = asyncio.create_task(courier(db, clock).run(ends.is_set))
        await other.has(len(everybody))
        ends.set()
        await running
        waits.set()
    assert AT_ONCE <= len(receiver.got) < len(everybody)
    async with db.read() as conn:
        why = set((await conn.execute(select(table.c.reason).where(table.c.hook_id == 1))).scalars())
    assert why <= {None, "no answer within 1 seconds"}


async def slow_body(one: Received) -> web.StreamResponse:
    """200, and a body that never ends."""
    answer = web.StreamResponse(headers={"Content-Length": str(1 << 40)})
    await answer.prepare(one.request)
    while one.request.transport is not None and not one.request.transport.is_closing():
        await answer.write(b"x" * 65536)
    return answer


async def redirect(one: Received) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": str(one.request.url.with_path("/elsewhere"))})


async def no_http(one: Received) -> web.StreamResponse:
    assert one.request.transport is not None
    one.request.transport.write(b"SSH-2.0-x\r\n\r\n")
    one.request.transport.close()
    return web.Response()


async def long_header(_its: Received) -> web.StreamResponse:
    return web.Response(headers={"X-Long": "x" * 100_000})


@pytest.mark.parametrize(
    ("answers", "state", "reason"),
    [
        (slow_body, "delivered", None),
        (redirect, "waiting", "HTTP status 302, and redirects are not followed"),
        (no_http, "waiting", "cannot be reached"),
        (long_header, "waiting", "cannot be reached"),
        (lambda _its: web.Response(status=429, headers={"Retry-After": "1800"}), "waiting", "HTTP status 429"),
        (lambda _its: web.Response(status=404, text="x" * 1_000_000), "waiting", "HTTP status 404"),
    ],
    ids=["endless", "redirect", "no http", "long header", "asks to wait", "huge"],
)
async def test_odd_receivers(
    sqlite_db: Database, clock: ManualClock, receiver: Receiver, answers: Any, state: str, reason: str | None
) -> None:
    db, receiver.answers = sqlite_db, answers
    [anna] = await customers(db, clock, 1)
    await add_hook(db, SETTINGS, receiver.url, "*", clock.now())
    await stops(db, clock, anna)
    await courier(db, clock).settle()
    async with db.read() as conn:
        row = (await conn.execute(select(table.c.state, table.c.reason, table.c.next_at))).one()
    assert row.state == state and (row.reason or "").startswith(reason or "")
    if reason == "HTTP status 429":
        assert row.next_at == clock.now() + timedelta(minutes=30)
    assert [one.request.path for one in receiver.got] == ["/events"]


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_one_that_says_that_it_is_gone_is_asked_no_more(
    db: Database, clock: ManualClock, receiver: Receiver
) -> None:
    anna, ben = await customers(db, clock, 2)
    await add_hook(db, SETTINGS, receiver.url, "*", clock.now())
    receiver.answers = lambda _its: web.Response(status=410)
    await stops(db, clock, anna)
    await stops(db, clock, anna)
    await courier(db, clock).settle()
    await stops(db, clock, ben)
    assert await states(db) == ["parked", "parked"] and len(receiver.got) == 1
    [gone] = await examine_hooks(db, SETTINGS, clock.now())
    assert gone.ok is None and "410" in gone.words
    receiver.answers = lambda _its: web.Response()
    assert await replay_hook(db, "1", None, clock.now()) == 2
    await stops(db, clock, ben)
    await courier(db, clock).settle()
    assert await states(db) == ["delivered"] * 3


async def test_several_processes_share_the_work(db: Database, clock: ManualClock, receiver: Receiver) -> None:
    everybody = await customers(db, clock, 6)
    await add_hook(db, SETTINGS, receiver.url, "*", clock.now())
    for _ in range(5):
        await stops(db, clock, *everybody)
        clock.move(timedelta(seconds=1))
    await asyncio.gather(*(courier(db, clock).settle() for _ in range(3)))
    clock.move(LEASE)  # what one saw behind another's
    await courier(db, clock).settle()
    assert len(receiver.ids) == len({*receiver.ids}) == 30
    for customer_id in everybody:
        times = [one.json["timestamp"] for one in receiver.got if one.customer_id == customer_id]
        assert times == sorted(times)


async def test_what_a_dead_process_had_claimed_is_sent_after_its_lease(
    db: Database, clock: ManualClock, receiver: Receiver
) -> None:
    [anna] = await customers(db, clock, 1)
    await add_hook(db, SETTINGS, receiver.url, "*", clock.now())
    await stops(db, clock, anna)
    await stops(db, clock, anna)
    async with db.write() as conn:
        assert len(await outgoing_events.claim(conn, 1, 8, clock.now(), clock.now() + LEASE)) == 1
    await courier(db, clock).settle()
    assert receiver.got == []
    clock.move(LEASE)
    await courier(db, clock).settle()
    assert await states(db) == ["delivered"] * 2


async def test_a_clock_that_was_ahead_holds_up_no_event(db: Database, clock: ManualClock, receiver: Receiver) -> None:
    [anna] = await customers(db, clock, 1)
    await add_hook(db, SETTINGS, receiver.url, "*", clock.now())
    clock.move(timedelta(days=400))
    receiver.answers = lambda _its: web.Response(status=500)
    await stops(db, clock, anna)
    await courier(db, clock).settle()
    async with db.write() as conn:
        await beat(conn, "sender", clock.now())
    clock.set_back(timedelta(days=400))
    assert await correct_clock_steps(db, clock.now())
    receiver.answers = lambda _its: web.Response()
    await courier(db, clock).settle()
    assert await states(db) == ["delivered"]


async def test_a_forgotten_customer_is_in_no_event_but_their_case_is_told(
    db: Database, clock: ManualClock, receiver: Receiver
) -> None:
    anna, ben = await customers(db, clock, 2)
    await add_hook(db, SETTINGS, receiver.url, "*", clock.now())
    await stops(db, clock, anna, ben)
    await forget(db, anna, clock.now())
    await courier(db, clock).settle()
    assert [one.customer_id for one in receiver.got] == [ben]
