"""Serves the inbox: several lanes at the same time, the updates of one lane in order, and everybody in turn.

A turn is one transaction: updates that were handled since the last turn leave the inbox, and what they left to be
written is written (`deferred_writes`); new updates are stored; and the next update of each free lane begins. While no
update waits, a new one begins as soon as it is stored, and nothing has to be looked up. If a handler fails, the update
is tried again after a while. After several failures it is put aside with the kind of error. It is put aside at
once if it cannot be read, and the second time if it blocks the program (`watchdog`) or never ends. The start of
handling is written down first. An update that was being handled when the process was killed is tried once more after
the restart, alone, so that no other update can be blamed.

Only updates that are being handled are in memory.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from bot import spans
from bot.clock import Clock
from bot.rules.runtime.inbox_shares import MOST_LANES, Room, Share
from bot.rules.runtime.retries import Retries
from bot.waiting import OwnTime
from bot.work.runtime.intake import Unreadable, log_put_aside, take_in
from bot.work.runtime.lane_claims import LaneClaims
from bot.work.runtime.watchdog import Stalled
from storage.runtime import inbox_shares, updates
from storage.runtime.deferred_writes import Afterwards, write_afterwards, write_one_by_one
from storage.runtime.engine import Connection, Database, is_unavailable
from storage.runtime.inbox_shares import Next
from storage.runtime.updates import Received
from storage.runtime.write_retry import outage, persist

log = structlog.get_logger()

R = TypeVar("R")

ATTEMPTS_OF_HARM = 2  # attempts that blocked everybody, or that the process did not survive
AGAIN = Retries((0.5, 2.0, 8.0), most=4)
MARKED_WITHIN_S = 0.02  # after an update was handled: with what ends meanwhile, and with what comes
LOOKED_WITHIN_S = 0.005  # the same, if others wait
MARKED_AT_THE_END_S = 0.5  # so long at least the last marks are tried as the program ends
NOT_ITS_FAULT_AFTER_S = 5.0
"""What is not over by then waits for Telegram or the database, since the loop runs: a kill is not its doing."""
MOST_LOOKED_AT = max(MOST_LANES.values())  # lanes of each share
KEPT_FOR = timedelta(days=8)  # Telegram repeats no update older than a day
OWN_TIME_S = 120.0
"""How long handling may take without what Telegram and the database take."""
STRANGERS_KEPT_FOR = timedelta(hours=1)
FLOODS_KEPT_FOR = timedelta(days=1)


class Endless(Exception):
    """Handling the update did not end, though it waited neither for Telegram nor for the database."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """What begins: updates that may be handled at the same time, and suspects, which a process that is gone began to
    handle; whether anybody is to be told of a flood; and whether others wait, for these or for room."""

    begun: Sequence[Received] = ()
    suspects: Sequence[Next] = ()
    floods: bool = False
    others_wait: bool = True


async def _nothing(_of: str) -> None:
    return None


class Inbox:
    """Gives waiting updates to `handle` as JSON, and writes down what it returns as they end. `give_up` is called for
    an update put aside, `too_fast` for a lane whose updates were not all kept, `more` when there may be more."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        handle: Callable[[str], Awaitable[Sequence[Afterwards] | None]],
        give_up: Callable[[str], Awaitable[None]],
        too_fast: Callable[[str], Awaitable[None]] = _nothing,
        more: Callable[[], None] = lambda: None,
        claims: LaneClaims | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._handle = handle
        self._give_up = give_up
        self._too_fast = too_fast
        self._more = more
        self._claims = claims or LaneClaims()
        self._lanes: dict[str, Share] = {}  # that are being served
        self._ended: list[Received] = []  # handled, and not yet marked as done
        self._left: dict[int, Sequence[Afterwards]] = {}  # what these left to be written down, by update
        self._others_wait = True  # as far as is known
        self._waking: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._handling: set[asyncio.Task[object] | None] = set()
        self._telling = False
        self._alone = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._stopping = False

    def is_handling(self, task: asyncio.Task[object]) -> bool:
        """Whether the task is in the middle of handling an update."""
        return task in self._handling

    async def take_in(self, batch: Sequence[Received]) -> None:
        """Stores updates and starts with what comes next, in one turn. It waits while the database is away; if the
        caller is cancelled, the turn is finished all the same."""

        async def turn() -> None:
            await persist(partial(self.serve, batch, look=False))
            log_put_aside(batch)

        await asyncio.shield(self._start(turn(), "taking in"))

    async def serve(self, batch: Sequence[Received] = (), *, look: bool = True) -> None:
        """One turn: marks what was handled, stores the updates of `batch`, and starts with what comes next. `look`:
        others may have stored something."""
        async with self._looking:
            ended = list(self._ended)
            if not (look or batch or ended):
                return
            turn = await self._whole_turn(batch, ended, look=look or self._others_wait)
            self._others_wait = turn.others_wait
            self._ended = self._ended[len(ended) :]
            for one in ended:
                del self._lanes[one.lane]
                self._left.pop(one.update_id, None)
            for one in turn.begun:
                self._serve_lane(one.share, one.lane, partial(self._serve_one, one))
            for suspect in turn.suspects:
                self._serve_lane(suspect.share, suspect.lane, partial(self._serve_suspect, suspect))
        if turn.floods and not self._telling:
            self._telling = True
            self._start(self._tell(), "telling of floods")

    async def _whole_turn(self, batch: Sequence[Received], ended: Sequence[Received], *, look: bool) -> _Turn:
        left = [update for one in ended for update in self._left.get(one.update_id, ())]
        try:
            return await self._turn(batch, ended, left, look=look)
        except Exception as error:
            if not left or is_unavailable(error):
                raise
        await write_one_by_one(self._db, left)
        return await self._turn(batch, ended, [], look=look)

    async def _turn(
        self, batch: Sequence[Received], ended: Sequence[Received], left: Sequence[Afterwards], *, look: bool
    ) -> _Turn:
        now, claims = self._clock.now(), self._claims
        marked = {one.lane for one in ended}
        busy = {lane: share for lane, share in self._lanes.items() if lane not in marked}
        serves = not self._stopping and claims.ready
        at_once = serves and not look and not claims.shared
        room = Room(busy, claims.bots if at_once else 0)
        async with self._db.write() as conn:
            await updates.mark_handled(conn, [one.update_id for one in ended], now)
            await write_afterwards(conn, left)
            taken = await take_in(conn, batch, now, lambda one: room.take(one.lane, one.share))
            if not serves:
                return _Turn()
            begun = await self._claimed(conn, busy, taken.begun) if at_once else []
            if at_once and not taken.more:
                return _Turn(begun, others_wait=len(begun) < len(taken.begun))
            busy |= {one.lane: one.share for one in begun}
            waiting = await inbox_shares.in_turn(conn, MOST_LOOKED_AT)
            room = Room(busy, claims.bots)
            mine = await claims.take(conn, busy, [one for one in waiting.updates if room.take(one.lane, one.share)])
            begun += await updates.begin(conn, [update.update_id for update in mine if not update.begun], now)
        served = busy.keys() | {update.lane for update in mine}
        behind = any(update.more or update.lane not in served for update in waiting.updates)
        others_wait = behind or len(waiting.updates) >= MOST_LOOKED_AT
        return _Turn(begun, [update for update in mine if update.begun], waiting.floods, others_wait)

    async def _claimed(self, conn: Connection, busy: Collection[str], begun: Sequence[Received]) -> list[Received]:
        """Those whose lanes no other process has got meanwhile."""
        lanes = [Next(one.share, one.lane, one.update_id, begun=True) for one in begun]
        mine = {claimed.lane for claimed in await self._claims.take(conn, busy, lanes)}
        return [one for one in begun if one.lane in mine]

    def _serve_lane(self, share: Share, lane: str, serve_it: Callable[[], Awaitable[Received | None]]) -> None:
        """Until its update was handled and marked, or put aside, nothing else of the lane begins."""

        async def serve() -> None:
            handled: Received | None = None
            try:
                handled = await serve_it()
            finally:
                if handled is not None:
                    self._ended.append(handled)
                else:
                    del self._lanes[lane]
                    self._more()  # what came for this lane meanwhile was left out of the turns
                self._wake_soon()

        self._lanes[lane] = share
        self._start(serve(), f"lane {lane}")

    def _wake_soon(self) -> None:
        if self._stopping:
            return
        loop, within_s = asyncio.get_running_loop(), LOOKED_WITHIN_S if self._others_wait else MARKED_WITHIN_S
        if self._waking is not None:
            if self._waking.when() <= loop.time() + within_s:
                return
            self._waking.cancel()
        self._waking = loop.call_later(within_s, self._wake)

    def _wake(self) -> None:
        self._waking = None
        if self._others_wait:
            self._more()
        elif self._ended:
            self._start(persist(partial(self.serve, look=False)), "marking")

    def _start(self, coroutine: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def settle(self) -> None:
        """Serves until nothing waits."""
        while True:
            await self.serve()
            if self._tasks:
                await asyncio.wait(list(self._tasks))
            elif not self._ended:
                return

    async def stop(self, within_s: float) -> None:
        """Lets the updates that are being handled end; the rest waits in the database for the next start."""
        self._stopping = True
        if self._waking is not None:
            self._waking.cancel()
        ends_at = asyncio.get_running_loop().time() + within_s
        if self._tasks:
            _, unfinished = await asyncio.wait(list(self._tasks), timeout=within_s)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        if self._ended:
            left_s = ends_at - asyncio.get_running_loop().time()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(left_s, MARKED_AT_THE_END_S)):
                    await persist(self.serve)

    async def clean(self) -> None:
        """Deletes what was handled long ago, and what people without a link left behind."""
        now = self._clock.now()
        async with self._db.write() as conn:
            await updates.forget_before(conn, now - KEPT_FOR)
            await inbox_shares.drop_what_strangers_left(conn, now - STRANGERS_KEPT_FOR, now - FLOODS_KEPT_FOR)

    async def _serve_suspect(self, suspect: Next) -> Received | None:
        async with self._alone:
            update = await persist(partial(self._begin, suspect.update_id, suspect.lane))
            if update is not None and update.attempts > ATTEMPTS_OF_HARM:
                await self._put_aside(replace(update, error="NotSurvived"), "")
                update = None
            return None if update is None else await self._serve_one(update)

    async def _serve_one(self, update: Received) -> Received | None:
        """Returns the update once it was handled; None if it was put aside, or served meanwhile."""
        while (error := await self._tried(update)) is not None:
            if outage.noticed(error):
                await asyncio.sleep(AGAIN.wait_s(2))
                continue
            # Only the kind of error: its message may contain what a person wrote.
            kind = error.kind if isinstance(error, Unreadable) else type(error).__name__
            update, at = replace(update, error=kind), _place(error)
            if _is_over(error, update.attempts):
                await self._put_aside(update, at)
                return None
            log.warning("update failed", update_id=update.update_id, error=kind, at=at, attempt=update.attempts)
            await persist(partial(self._failed, update, for_good=False))
            await asyncio.sleep(AGAIN.wait_s(update.attempts))
            if (again := await persist(partial(self._begin, update.update_id, update.lane))) is None:
                return None
            update = again
        return update

    async def _tried(self, update: Received) -> Exception | None:
        """Handles it once; returns the error, or None if there was none."""
        task = asyncio.current_task()
        late = asyncio.get_running_loop().call_later(NOT_ITS_FAULT_AFTER_S, self._clear_attempt, update.update_id)
        self._handling.add(task)
        try:
            with spans.root("update", "consumer", attempt=update.attempts):
                left = await _in_time(self._handle(update.body))
        except Exception as error:
            return error
        except asyncio.CancelledError:
            await self._uncount(update.update_id)
            raise
        else:
            if left:
                self._left[update.update_id] = left
            return None
        finally:
            self._handling.discard(task)
            late.cancel()

    def _clear_attempt(self, update_id: int) -> None:
        self._start(self._uncount(update_id), "clear attempt")

    async def _uncount(self, update_id: int) -> None:
        try:
            async with self._db.write() as conn:
                await updates.discard_attempt(conn, update_id)
        except Exception as error:
            if not outage.noticed(error):
                raise
            log.info("an attempt counts that should not", update_id=update_id, error=type(error).__name__)

    async def _put_aside(self, update: Received, at: str) -> None:
        await persist(partial(self._failed, update, for_good=True))
        log.warning("update put aside", update_id=update.update_id, error=update.error, at=at)
        try:
            await self._give_up(update.body)
        except Exception as error:
            log.warning("nobody could be told about it", update_id=update.update_id, error=type(error).__name__)

    async def _tell(self) -> None:
        """Tells people once that they write faster than the bot can answer."""
        try:
            while not self._stopping and (lane := await persist(self._next_to_tell)) is not None:
                try:
                    await self._too_fast(lane)
                except Exception as error:
                    log.warning("nobody could be told about a flood", error=type(error).__name__)
        finally:
            self._telling = False

    async def _next_to_tell(self) -> str | None:
        async with self._db.write() as conn:
            return await inbox_shares.tell_next(conn, self._clock.now())

    async def _begin(self, update_id: int, lane: str) -> Received | None:
        """None if it does not wait any more, or if another process serves its lane by now."""
        if not self._claims.holds(lane):
            return None
        async with self._db.write() as conn:
            return next(iter(await updates.begin(conn, [update_id], self._clock.now())), None)

    async def _failed(self, update: Received, *, for_good: bool) -> None:
        async with self._db.write() as conn:
            await updates.mark_failed(conn, update, self._clock.now(), for_good=for_good)


async def _in_time(handling: Awaitable[R]) -> R:
    """What it returns; raises `Endless` if it uses more than OWN_TIME_S of its own: its lane must not wait for ever."""
    own, looks = OwnTime(), list[asyncio.TimerHandle]()
    try:
        async with asyncio.timeout(None) as limit:
            _look(own, limit, looks)
            with own.counted():
                return await handling
    except TimeoutError as error:
        if not limit.expired():
            raise
        where = error.__cause__ or error.__context__ or error  # what was cancelled: Python 3.11.2 names no cause
        raise Endless().with_traceback(where.__traceback__) from None
    finally:
        looks[0].cancel()


def _look(own: OwnTime, limit: asyncio.Timeout, looks: list[asyncio.TimerHandle]) -> None:
    """Ends what has used up its own time, or looks again; `looks` has the next one."""
    loop, left_s = asyncio.get_running_loop(), OWN_TIME_S - own.seconds
    if left_s > 0:
        looks[:] = [loop.call_later(max(left_s, OWN_TIME_S / 10), _look, own, limit, looks)]
    else:
        limit.reschedule(loop.time())


def _is_over(error: Exception, attempts: int) -> bool:
    if isinstance(error, Unreadable):
        return True
    return attempts >= ATTEMPTS_OF_HARM if isinstance(error, Stalled | Endless) else AGAIN.is_over(attempts)


def _place(error: BaseException) -> str:
    """Where it happened: the last line of our own code, as `handlers/customer/talk_with_agent.py:65`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    last = (ours or frames)[-1:]
    return "".join(f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno}" for frame in last)
