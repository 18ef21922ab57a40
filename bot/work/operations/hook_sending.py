"""Sends events to hooks, at least once, and in order for each customer.

Each hook has places of its own, so that a slow receiver holds up no other. What is claimed is a lease: when a process
dies, others send it after that. Nothing else is in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

import structlog

from bot import spans
from bot.channels.hook_post import TIMEOUT_S, Receivers
from bot.clock import Clock, time_of_machines
from bot.rules.operations.event_signatures import signed
from bot.rules.operations.outgoing_events import Answer, body_of, next_try
from bot.settings import Settings
from storage.operations import hooks, outgoing_events
from storage.operations.hooks import Hook
from storage.operations.outgoing_events import Outgoing, Result
from storage.runtime.engine import Database
from storage.runtime.write_retry import outage, persist

log = structlog.get_logger()

AT_ONCE = 16  # events that one receiver gets at a time
LEASE = timedelta(seconds=2 * TIMEOUT_S)
LOOK_EVERY_S = 1.0
GATHER_S = 0.02  # places that become free at about the same time are filled together
END_WITHIN_S = 3.0
CHANCES = 1000


class Courier:
    """The sender of one process. Call `run`."""

    def __init__(self, db: Database, settings: Settings, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._secrets: tuple[str, ...] = settings.events_secrets
        self._receivers = Receivers(settings.hooks_allowed)
        self._under_way: dict[int, dict[int, asyncio.Task[None]]] = defaultdict(dict)  # by hook and event
        self._has_room = asyncio.Event()

    async def run(self, ends: Callable[[], bool]) -> None:
        """Sends what is due until `ends`, which it asks again after `wake`; then waits a moment for what is under
        way."""
        try:
            while not ends():
                self._has_room.clear()
                await persist(self.look)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._has_room.wait(), LOOK_EVERY_S)
                    if not ends():
                        await asyncio.sleep(GATHER_S)
        finally:
            await self._end()

    def wake(self) -> None:
        """Looks again at once."""
        self._has_room.set()

    async def look(self) -> None:
        """Begins to send what is due, as far as there is room."""
        now = self._clock.now()
        async with self._db.read() as conn:
            due = await outgoing_events.with_work(conn, now)
            known = await hooks.all_hooks(conn, now) if due else []
        for hook in known:
            room = AT_ONCE - len(self._under_way[hook.hook_id])
            if hook.hook_id in due and room > 0 and (hook.secrets or self._secrets):
                async with self._db.write() as conn:
                    taken = await outgoing_events.claim(conn, hook.hook_id, room, now, now + LEASE)
                for event in taken:
                    self._begin(hook, event)

    async def settle(self) -> None:
        """Sends until nothing is due and nothing under way: for those who do not `run` it."""
        while True:
            await persist(self.look)
            tasks = [task for of_hook in self._under_way.values() for task in of_hook.values()]
            if not tasks:
                return
            await asyncio.wait(tasks)

    def _begin(self, hook: Hook, event: Outgoing) -> None:
        task = asyncio.create_task(self._send(hook, event), name=f"event {event.event_number}")
        self._under_way[hook.hook_id][event.event_number] = task

        def ended(_task: asyncio.Task[None]) -> None:
            self._under_way[hook.hook_id].pop(event.event_number, None)
            self._has_room.set()

        task.add_done_callback(ended)

    async def _send(self, hook: Hook, event: Outgoing) -> None:
        with spans.root("event", "producer", event=event.kind, hook=hook.hook_id, attempt=event.tries) as span:
            try:
                answer = await self._post(hook, event)
            except Exception:  # one that nobody thought of holds up no other: it is tried again like any that failed
                log.exception("an event cannot be sent", hook=hook.hook_id, kind=event.kind)
                answer = Answer(None, "something went wrong here")
            result = self._result(event, answer)
            spans.tell(span, outcome=result.state)
            await self._record(hook, event, result)

    async def _record(self, hook: Hook, event: Outgoing, result: Result) -> None:
        if result.state != "delivered":
            log.info("event not taken", hook=hook.hook_id, kind=event.kind, tries=event.tries, why=result.reason)
        try:
            await persist(lambda: self._db.write_together(outgoing_events.record, result))
        except Exception as error:  # it is sent once more when its lease ends
            if not outage.noticed(error):
                log.exception("what came of an event could not be stored", hook=hook.hook_id)

    async def _post(self, hook: Hook, event: Outgoing) -> Answer:
        body = body_of(event.kind, event.customer_id, event.at, event.body)
        event_id = f"evt_{hook.token}_{event.event_number}"
        headers = signed(event_id, time_of_machines(self._clock), body, hook.secrets or self._secrets)
        with spans.child("POST", "client", server="receiver") as span:
            answer = await self._receivers.post(hook.url, headers, body)
            spans.tell(span, http__response__status_code=answer.status or 0)
        return answer

    def _result(self, event: Outgoing, answer: Answer) -> Result:
        now = self._clock.now()
        if answer.meaning == "delivered":
            return Result(event, "delivered", now)
        if answer.meaning == "gone":
            return Result(event, "parked", now, reason=answer.reason, gone=True)
        chance = secrets.randbelow(CHANCES) / CHANCES
        again = next_try(event.tries, event.waits_since, now, chance, answer.retry_after_s)
        return Result(event, "parked" if again is None else "waiting", now, again, answer.reason)

    async def _end(self) -> None:
        """Gives back what has no answer yet: whether it arrived is not known."""
        tasks = {number: task for of_hook in self._under_way.values() for number, task in of_hook.items()}
        if not tasks:
            return
        _, unfinished = await asyncio.wait(tasks.values(), timeout=END_WITHIN_S)
        left = [number for number, task in tasks.items() if task in unfinished]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        if left:
            async with self._db.write() as conn:
                await outgoing_events.give_back(conn, left, self._clock.now())
