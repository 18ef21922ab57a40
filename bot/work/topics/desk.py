"""The desk: keeps every case's topic in the agents' group up to date, and carries messages both ways.

All its work is in the database, so a kill loses nothing: topics to open, cards to renew, events to tell, messages to
pass on. A case is served in three lanes, each by one task at a time: what goes to the customer, what the customer says,
and the rest of its topic; the message that shows the queue, and the signs of what waits, have lanes of their own. So a
group that has to wait delays no customer, and a card delays no message. Cases do not wait for each other. What only
waits in the queue has no topic.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Literal

import structlog

from bot import spans
from bot.rules.cases.case import Case
from bot.rules.cases.case_events import Words
from bot.rules.facts.settlement import ENDINGS
from bot.work.topics.agent_groups import trouble_noted
from bot.work.topics.closing_messages import say_goodbye, say_thanks, was_kept
from bot.work.topics.live_queue import keep_live_queue
from bot.work.topics.relays import carry_words
from bot.work.topics.topic_header import keep_name, pin_card
from bot.work.topics.topics import (
    DeskParts,
    Later,
    TopicGone,
    close_topic,
    open_topic,
    read_case,
    renew_card,
    tell_events,
)
from bot.work.topics.waiting_signs import WaitingSigns
from locales import Translator
from storage.cases import cases
from storage.runtime.write_retry import outage, persist
from storage.topics import agent_groups, relays, topics

log = structlog.get_logger()

AGAIN_AFTER_S = 3.0  # a case that could not be served is tried again
MEND_AFTER_S = 60.0  # if a person has to fix something first: the bot's rights, the group
TO_BE_MENDED = ("no_rights", "no_new_topics", "group_gone", "unauthorized")
TOPIC_AGAIN_AFTER = timedelta(seconds=4)
TOPICS_AT_ONCE = 2  # a group takes about 20 calls a minute, and messages go before new topics
TRIES = 3  # for a topic that is deleted again and again while it is being opened


Lane = Literal["out", "in", "topic", "queue", "signs"]
ALL_CASES = 0  # whose lanes "queue" and "signs" keep the live queue, and show what waits
LOOKS_EVERY: dict[Lane, timedelta] = {"queue": timedelta(seconds=5), "signs": timedelta(seconds=2)}


class Desk:
    """Serves cases in rounds; the running program calls `serve` again and again."""

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts
        self._tasks: dict[tuple[int, Lane], asyncio.Task[None]] = {}
        self._not_before: dict[tuple[int, Lane], float] = {}
        self._topics: set[int] = set()
        self._topics_after = 0.0
        self._signs = WaitingSigns(parts)
        self._looked_at: dict[Lane, datetime] = {}
        self._stopping = False
        self.trouble: str | None = None  # why the agents' group cannot be used, if it cannot
        self._troubled: set[int] = set()  # cases that the group refused
        self._noted: str | None = None  # what this process told the others about it; None: nothing yet

    async def serve(self) -> None:
        """Starts serving every case that has work and is not being served already."""
        parts = self._parts
        if parts.groups is not None:
            await parts.groups.refresh(parts.db)
            await self._check_if_fixed()
        async with parts.db.read() as conn:
            tried_before = parts.clock.now() - TOPIC_AGAIN_AFTER
            work = await topics.desk_work(conn, TOPICS_AT_ONCE + len(self._topics), tried_before)
        words, behind, bare = (work.words, work.behind, work.bare) if parts.groups else (work.words, [], [])
        for case_id, direction in words:
            if direction == "out" or parts.groups is not None:
                self._start(case_id, "out" if direction == "out" else "in")
        for case_id in behind:
            self._start(case_id, "topic")
        if parts.groups is not None:
            self._look_at_all()
        if asyncio.get_running_loop().time() < self._topics_after:
            return  # the group refuses all cases until somebody has fixed it
        for case_id in bare:
            if len(self._topics) < TOPICS_AT_ONCE and self._start(case_id, "topic"):
                self._topics.add(case_id)

    def _look_at_all(self) -> None:
        """Starts what is about all cases, every few seconds."""
        now = self._parts.clock.now()
        for lane, every in LOOKS_EVERY.items():
            last = self._looked_at.get(lane)
            if (last is None or abs(now - last) >= every) and self._start(ALL_CASES, lane):
                self._looked_at[lane] = now

    async def settle(self) -> None:
        """Serves until nothing more can be done now: for tests, the demo's clock, and the end of the program."""
        while True:
            await self.serve()
            if not self._tasks:
                return
            await asyncio.wait(list(self._tasks.values()))

    async def stop(self, within_s: float) -> None:
        """Lets running tasks finish for a while, then cancels them; nothing new is started."""
        self._stopping = True
        tasks = list(self._tasks.values())
        if tasks:
            _, unfinished = await asyncio.wait(tasks, timeout=within_s)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    def _start(self, case_id: int, lane: Lane) -> bool:
        loop, key = asyncio.get_running_loop(), (case_id, lane)
        if self._stopping or key in self._tasks or self._not_before.get(key, 0.0) > loop.time():
            return False
        self._not_before.pop(key, None)
        task = asyncio.create_task(self._serve(case_id, lane), name=f"case {case_id}, {lane}")
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._ended(case_id, lane))
        return True

    def _ended(self, case_id: int, lane: Lane) -> None:
        self._tasks.pop((case_id, lane), None)
        if lane == "topic":
            self._topics.discard(case_id)

    async def _serve(self, case_id: int, lane: Lane) -> None:
        if lane in LOOKS_EVERY:  # every few seconds, whether there is anything or not
            await self._try(case_id, lane)
            return
        with spans.root("case", "producer", lane=lane) as span:
            spans.tell(span, outcome=await self._try(case_id, lane))

    async def _try(self, case_id: int, lane: Lane) -> str:
        """Serves a case in one lane; what came of it is for its span."""
        try:
            for _ in range(TRIES):
                with contextlib.suppress(TopicGone):
                    used = await self._serve_once(case_id, lane)
                    if used or (case_id in self._troubled and lane in ("topic", "queue")):
                        await self._note_trouble(None)
                    return "done"
        except Later as later:
            mend = later.reason in TO_BE_MENDED and lane != "out"
            if mend:
                self._troubled.add(case_id)
                await self._note_trouble(later.reason)
                self._topics_after = asyncio.get_running_loop().time() + MEND_AFTER_S
                log.warning("the agents' group cannot be used", reason=later.reason)
            self._wait(case_id, lane, MEND_AFTER_S if mend else AGAIN_AFTER_S)
            return later.reason
        except Exception as error:
            if not outage.noticed(error):
                log.exception("a case could not be served", case_id=case_id)
            self._wait(case_id, lane, AGAIN_AFTER_S)
            return type(error).__name__
        self._wait(case_id, lane, AGAIN_AFTER_S)
        return "topic_gone"

    async def _check_if_fixed(self) -> None:
        """Drops the group's trouble when another process noted its end, such as the bot's rights coming back: all that
        waits for it continues at once."""
        if self.trouble is not None and not await trouble_noted(self._parts.db):
            self.trouble, self._noted = None, ""
            self._troubled.clear()
            self._not_before.clear()
            self._topics_after = 0.0

    async def _note_trouble(self, reason: str | None) -> None:
        """Remembers whether the group can be used, and writes it down for the other processes when it changes."""
        self.trouble = reason
        if reason is None:
            self._troubled.clear()
        if self._noted == (value := reason or ""):
            return
        parts = self._parts

        async def write() -> None:
            async with parts.db.write() as conn:
                await agent_groups.note_trouble(conn, "refusal", value, parts.clock.now())

        await persist(write)
        self._noted = value

    async def _serve_once(self, case_id: int, lane: Lane) -> bool:
        """Does all the work of a case in one lane; returns whether the group certainly accepted something."""
        parts = self._parts
        if lane in LOOKS_EVERY:
            await (keep_live_queue(parts) if lane == "queue" else self._signs.show())
            return False
        case, t = await read_case(parts, case_id)
        if lane == "out":
            await carry_words(parts, case, "out")
            return False
        if lane == "topic":
            return await self._keep_topic(case, t)
        if case.topic != "open" or (case.card_id is None and case.thread_id is None):
            self._start(case_id, "topic")  # messages go before new topics, and this topic is for messages
            return False
        if await self._earlier_words(case):
            self._start(case_id, "topic")  # it first tells the earlier messages, and then starts this lane again
            return False
        await carry_words(parts, case, "in")
        return False

    async def _earlier_words(self, case: Case) -> bool:
        """Whether the topic still has to be told what the customer wrote before there was a case."""
        async with self._parts.db.read() as conn:
            return any(told.event.kind == Words.kind for told in await cases.events_to_tell(conn, case.case_id))

    async def _keep_topic(self, case: Case, t: Translator) -> bool:
        """Brings the topic up to date: opens it, tells events, renews the card, closes it at the end."""
        parts = self._parts
        over = not case.is_open  # its end is told next time if it is closed below
        if opened := await self._needs_topic(case):
            case = await open_topic(parts, case, t)
        if case.topic != "open":
            await self._drop_words_of(case)
            return opened
        await tell_events(parts, case, t)
        self._start(case.case_id, "in")
        case, t = await read_case(parts, case.case_id)
        if renewed := case.card_stale or case.card_id is None:
            await renew_card(parts, case, t)
            case, t = await read_case(parts, case.case_id)
            await keep_name(parts, case, t)
        await pin_card(parts, case)
        if over and not await self._words_under_way(case):
            if case.outcome in ENDINGS or await was_kept(parts, case):
                await say_thanks(parts, case)
            elif case.outcome not in ("unreachable", "wrong_person"):
                await say_goodbye(parts, case)
            await close_topic(parts, case)
        return opened or renewed

    async def _words_under_way(self, case: Case) -> bool:
        """Whether a message of the case has not arrived yet; the good-bye waits for it."""
        async with self._parts.db.read() as conn:
            return await relays.has_undone(conn, case.case_id)

    async def _needs_topic(self, case: Case) -> bool:
        return case.is_open and (case.topic != "open" or case.card_id is None)

    async def _drop_words_of(self, case: Case) -> None:
        """Drops messages on their way to the topic of a case that was closed before it had one."""
        if not case.is_open:
            async with self._parts.db.write() as conn:
                await relays.refuse_rest(conn, case.case_id, "case_closed")

    def _wait(self, case_id: int, lane: Lane, seconds: float) -> None:
        self._not_before[case_id, lane] = asyncio.get_running_loop().time() + seconds
