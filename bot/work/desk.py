"""The desk: keeps every case's topic in the agents' group true, and carries words both ways.

All that is to be done stands in the database, so that a kill loses nothing: topics to open, cards to renew, events to
tell, words to pass on. One case is served by one task at a time; cases do not wait for each other.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import structlog

from bot.rules.cases import Case
from bot.work.persisting import persist
from bot.work.relaying import carry_words, say_goodbye, say_thanks
from bot.work.topics import DeskParts, Later, TopicGone, close_topic, open_topic, read_case, renew_card, tell_events
from storage import cases_topics, relays
from storage.engine import is_unavailable
from storage.marks import write_mark

log = structlog.get_logger()

AGAIN_AFTER_S = 3.0  # a case that could not be served is taken up again
MEND_AFTER_S = 60.0  # where somebody has to mend something first: the bot's rights, the group
TO_BE_MENDED = ("no_rights", "not_a_forum", "group_gone", "migrated", "unauthorized")
TOPIC_AGAIN_AFTER = timedelta(seconds=4)
TOPICS_AT_ONCE = 2  # a group takes about 20 calls a minute, and words go before new topics
GROUP_MARK = "agents_group"  # why the agents' group cannot be used, for other processes; empty where it can
TRIES = 3  # a topic that is deleted again and again while it is being made


class Desk:
    """Serves cases in rounds; `serve` is called again and again by whoever runs the program."""

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._not_before: dict[int, float] = {}
        self._topics: set[int] = set()
        self._topics_after = 0.0
        self.trouble: str | None = None  # why the agents' group cannot be used, if it cannot
        self._troubled: set[int] = set()  # cases that it refused
        self._noted: str | None = None  # what other processes were told of it; None: nothing by this one

    async def serve(self) -> None:
        """Starts serving every case that has something to be done and is not being served already."""
        parts = self._parts
        async with parts.db.read() as conn:
            words = await relays.cases_with_words(conn)
            behind = await cases_topics.with_topic_work(conn) if parts.forum else []
            tried_before = parts.clock.now() - TOPIC_AGAIN_AFTER
            bare = (
                await cases_topics.without_topic(conn, TOPICS_AT_ONCE + len(self._topics), tried_before)
                if parts.forum
                else []
            )
        for case_id in [*words, *behind]:
            self._start(case_id)
        if asyncio.get_running_loop().time() < self._topics_after:
            return  # the group refuses them all until somebody has mended it
        for case_id in bare:
            if len(self._topics) < TOPICS_AT_ONCE and self._start(case_id):
                self._topics.add(case_id)

    async def settle(self) -> None:
        """Serves until nothing more can be done just now: for tests, the demo's clock, and the end of the program."""
        while True:
            await self.serve()
            if not self._tasks:
                return
            await asyncio.wait(list(self._tasks.values()))

    async def stop(self, within_s: float) -> None:
        """Lets what is in flight come to its end, then ends it."""
        tasks = list(self._tasks.values())
        if tasks:
            _, unfinished = await asyncio.wait(tasks, timeout=within_s)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    def _start(self, case_id: int) -> bool:
        loop = asyncio.get_running_loop()
        if case_id in self._tasks or self._not_before.get(case_id, 0.0) > loop.time():
            return False
        self._not_before.pop(case_id, None)
        task = asyncio.create_task(self._serve(case_id), name=f"case {case_id}")
        self._tasks[case_id] = task
        task.add_done_callback(lambda _: self._ended(case_id))
        return True

    def _ended(self, case_id: int) -> None:
        self._tasks.pop(case_id, None)
        self._topics.discard(case_id)

    async def _serve(self, case_id: int) -> None:
        try:
            for _ in range(TRIES):
                with contextlib.suppress(TopicGone):
                    used = await self._serve_once(case_id)
                    if used or case_id in self._troubled:
                        await self._note_trouble(None)
                    return
            self._wait(case_id, AGAIN_AFTER_S)
        except Later as later:
            mend = later.reason in TO_BE_MENDED
            if mend:
                self._troubled.add(case_id)
                await self._note_trouble(later.reason)
                self._topics_after = asyncio.get_running_loop().time() + MEND_AFTER_S
                log.warning("the agents' group cannot be used", reason=later.reason)
            self._wait(case_id, MEND_AFTER_S if mend else AGAIN_AFTER_S)
        except Exception as error:
            if is_unavailable(error):
                log.warning("database unavailable, the case waits", case_id=case_id, error=type(error).__name__)
            else:
                log.exception("a case could not be served", case_id=case_id)
            self._wait(case_id, AGAIN_AFTER_S)

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
                await write_mark(conn, GROUP_MARK, value, parts.clock.now())

        await persist(write)
        self._noted = value

    async def _serve_once(self, case_id: int) -> bool:
        """Does all that is to be done for a case; says whether the group took something for certain."""
        parts = self._parts
        case, t = await read_case(parts, case_id)
        if parts.forum is None:
            await carry_words(parts, case)
            return False
        if opened := await self._needs_topic(case):
            case = await open_topic(parts, case, t)
        if case.topic != "open":
            await carry_words(parts, case)
            await self._drop_words_of(case)
            return opened
        await tell_events(parts, case, t)
        await carry_words(parts, case)
        case, t = await read_case(parts, case_id)
        await tell_events(parts, case, t)
        if renewed := case.card_stale or case.card_id is None:
            await renew_card(parts, case, t)
        if case.state == "closed":
            if case.outcome == "paid":
                await say_thanks(parts, case)
            elif case.outcome not in ("unreachable", "wrong_person"):
                await say_goodbye(parts, case)
            await close_topic(parts, case)
        return opened or renewed

    async def _needs_topic(self, case: Case) -> bool:
        return case.state != "closed" and (case.topic != "open" or case.card_id is None)

    async def _drop_words_of(self, case: Case) -> None:
        """What was still on its way to the topic of a case that was closed before it had one."""
        if case.state == "closed":
            async with self._parts.db.write() as conn:
                await relays.refuse_rest(conn, case.case_id, "case_closed")

    def _wait(self, case_id: int, seconds: float) -> None:
        self._not_before[case_id] = asyncio.get_running_loop().time() + seconds
