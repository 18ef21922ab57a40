"""Sending: a window of messages in flight for each channel, which is filled up as messages end. A slow message delays
only itself, and a slow channel no other.

The order makes it safe. A claim and an attempt are written before a message is sent, its outcome after. If the process
was killed in between, the message is tried again; a message with an outcome never is. Claims are taken in groups, a
little ahead of need (`claims`); outcomes are written in groups (`outcome_batches`, `outcomes`).

What the window needs from a channel, and Telegram's channel from its limiter: when a message's turn has come, it asks
`Envelope.may_leave`, and sends it only if the answer is yes. Asking may take a moment, in which the turn is kept. So a
message that waited for longer than FRESH_S, or during which the wallet said anything, is checked once more by the facts
of that moment. A turn that is not used is given back.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot import spans
from bot.channels import Accepted, Channel, Outcome, Refused
from bot.work.reminders import claims, outcomes
from bot.work.reminders.claims import Attempt, still_right
from bot.work.reminders.notice_checks import Sender, program_error
from bot.work.reminders.outcome_batches import Recorder
from bot.work.reminders.outcomes import STOPPED, Ended
from bot.work.reminders.spent_buttons import drop_spent
from storage.facts import imports
from storage.runtime.engine import is_unavailable

IN_FLIGHT = 200  # of the 256 connections to Telegram: the others are for people who wait for an answer
OTHERS_AHEAD = 2  # times what a channel but Telegram sends at once: when one is answered, another is ready
AHEAD_S = 0.8  # what the rate allows in this time is claimed and checked before its turn
MOST_AHEAD = 200
FRESH_S = 1.0  # a check that is older when its message's turn comes is made once more
LOOK_EVERY_S = 0.2  # whether the wallet has said anything is looked up so often at most, for all messages
FINISH_WITHIN_S = 5.0

TELEGRAM = "telegram"

_IN_DOUBT = Refused(False, "in_doubt")


@dataclass(frozen=True, slots=True)
class Sent:
    """What one round of sending did; `claimed` 0 means that nothing was due."""

    claimed: int
    accepted: int


async def send_due(sender: Sender, now: datetime, limit: int) -> Sent:
    """Sends up to `limit` notices that are due, and waits for all of them. Each ends as accepted, as not sent with a
    reason, or is put back."""
    window = Window(lambda: now, ahead=limit, size=limit, most_on_others=limit)
    try:
        claimed = await window.fill(sender, limit)
        await window.all_ended()
    finally:
        window.abandon()
    return Sent(claimed, window.accepted)


def ahead_at(rate: float) -> int:
    """How many messages to claim ahead of their turn, at so many messages a second."""
    return min(MOST_AHEAD, math.ceil(rate * AHEAD_S))


@dataclass(slots=True)
class _Waiting:
    """A message whose turn has not come: when it was checked, by the loop's time, by which facts, and whether it was
    right then."""

    attempt: Attempt
    checked_at: float
    facts_stamp: int
    right: bool = True


class Window:
    """The messages of one sender that are in flight. To Telegram: at most `size` without an answer, and at most
    `ahead` of them wait for their turn; with 0 nothing is claimed for any channel. On each other channel: as many as it
    takes, at most `most_on_others`.

    Its owner calls `fill` whenever there is `room`, and in the end `finish` and `abandon`. `refused` is called when
    messages were refused, `has_room` when there is room again on a channel but Telegram that had been full.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        ahead: int = 0,
        size: int = IN_FLIGHT,
        most_on_others: int = IN_FLIGHT,
        refused: Callable[[], None] = lambda: None,
        has_room: Callable[[], None] = lambda: None,
    ) -> None:
        self._ahead = ahead
        self._now, self._size, self._most_on_others = now, size, most_on_others
        self._refused, self._tell_of_room = refused, has_room
        self._sender: Sender
        # Each by contact id: the messages in flight, of those the ones without an outcome, of those the ones that wait.
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._unanswered: set[int] = set()
        self._waiting: dict[int, _Waiting] = {}
        self._on: Counter[str] = Counter()  # how many have no answer yet on each channel
        self._waiting_on: Counter[str] = Counter()  # how many of them wait for their turn
        self._takes: dict[str, int] = {}  # how many the channels but Telegram take
        self._full: set[str] = set()  # those of them that had been full
        self._recorder = Recorder[Ended](self._record)
        self._rechecking = asyncio.Lock()
        self._facts_stamp, self._looked_at = 0, -math.inf  # the newest stamp of the facts, and when it was looked up
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._paused_until = 0.0
        self._finishing = False
        self._failure: BaseException | None = None
        self.accepted = 0

    @property
    def in_flight(self) -> int:
        return len(self._tasks)

    @property
    def pause_s(self) -> float:
        """For how long Telegram asked all senders to wait, from now."""
        return max(0.0, self._paused_until - _time())

    def look_ahead(self, ahead: int) -> None:
        """From now on, at most so many wait for their turn."""
        self._ahead = ahead
        self._look_for_room()

    async def room(self, within_s: float) -> bool:
        """Waits until another group can be claimed, at most so long; whether it can."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._has_room.wait()
        return self._has_room.is_set()

    async def fill(self, sender: Sender, most: int = IN_FLIGHT) -> int:
        """Claims as many notices as there is room for, at most `most` for a channel, and sends those that may leave,
        without waiting for them. Returns how many it claimed; none for Telegram during a flood wait. Raises the error
        if an outcome could not be recorded."""
        self._raise_failure()
        self._sender = sender
        room = self._room_on(sender.channels, most)
        if not room:
            return 0
        group = await claims.take(sender, self._now(), room)
        checked_at = _time()
        if group.refused:
            self._refused()
        self._recorder.expect(len(group.attempts))
        for attempt, contact_id in group.attempts:
            self._begin(attempt, contact_id, _Waiting(attempt, checked_at, group.facts_stamp))
        self._full = {name for name, takes in self._takes.items() if self._on[name] > takes // 2}
        self._look_for_room()
        return group.claimed

    async def all_ended(self) -> None:
        """Waits until nothing is in flight."""
        while self._tasks and self._failure is None:
            await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_EXCEPTION)
            await asyncio.sleep(0)  # lets `_ended` be called
        self._raise_failure()

    async def finish(self, within_s: float = FINISH_WITHIN_S) -> None:
        """Gives back what has not left, and waits for the rest; what has no answer in time is in doubt. Returns when
        all outcomes are recorded."""
        self._finishing = True
        await asyncio.sleep(0)  # a task that never ran could not give back its notice
        for contact_id in self._waiting:
            self._tasks[contact_id].cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=within_s)
        for contact_id in self._unanswered:
            self._tasks[contact_id].cancel()
        await self.all_ended()

    def abandon(self) -> None:
        """Ends everything at once, and records nothing more."""
        self._finishing = False
        for task in self._tasks.values():
            task.cancel()
        self._recorder.abandon()

    def _room_on(self, channels: Mapping[str, Channel], most: int) -> dict[str, int]:
        """How many messages may be claimed for each channel that has room."""
        room = {}
        for name, channel in channels.items():
            if name == TELEGRAM:
                left = min(self._ahead - self._waiting_on[name], self._size - self._on[name])
                left = 0 if self.pause_s else left
            else:
                takes = min((channel.at_once or IN_FLIGHT) * OTHERS_AHEAD, self._most_on_others)
                self._takes[name] = takes
                left = takes - self._on[name] if self._ahead else 0
            if left > 0:
                room[name] = min(left, most)
        return room

    # --- One message -------------------------------------------------------------------------------------------------

    def _begin(self, attempt: Attempt, contact_id: int, waiting: _Waiting) -> None:
        self._unanswered.add(contact_id)
        self._waiting[contact_id] = waiting
        self._waiting_on[attempt.channel.name] += 1
        self._on[attempt.channel.name] += 1
        task = self._tasks[contact_id] = asyncio.create_task(self._deliver(attempt, contact_id))
        task.add_done_callback(partial(self._ended, contact_id))

    async def _deliver(self, attempt: Attempt, contact_id: int) -> None:
        with spans.root("notice", "producer", channel=attempt.channel.name) as span:
            outcome = await self._send(attempt, contact_id)
            spans.tell(span, outcome="accepted" if isinstance(outcome, Accepted) else outcome.reason)
            await self._recorder.record(Ended(attempt, contact_id, outcome))
            self.accepted += isinstance(outcome, Accepted)
            if isinstance(outcome, Accepted):
                await drop_spent(self._sender, attempt, self._now())

    async def _send(self, attempt: Attempt, contact_id: int) -> Outcome:
        envelope = replace(attempt.envelope, may_leave=partial(self._may_leave, contact_id))
        outcome: Outcome
        try:
            outcome = await attempt.channel.send_notice(attempt.address, envelope)
        except asyncio.CancelledError:
            if not self._finishing:
                raise
            outcome = STOPPED if contact_id in self._waiting else _IN_DOUBT
        except Exception:
            outcome = Refused(True, program_error(attempt.notice))
        finally:
            self._on[attempt.channel.name] -= 1  # its place is free: what is still to be written down takes none
        self._unanswered.discard(contact_id)
        self._waits_no_more(contact_id)
        if isinstance(outcome, Refused) and outcome.reason == "flood" and attempt.channel.name == TELEGRAM:
            # A flood wait of Telegram is for the whole bot; another channel that asks for a pause waits alone.
            self._paused_until = max(self._paused_until, _time() + (outcome.retry_after_s or 0.0))
        return outcome

    async def _may_leave(self, contact_id: int) -> bool:
        """Whether the message, whose turn has come, is still right; from then on it counts as having left."""
        if self._is_look_old() or self._is_stale(contact_id):
            async with self._rechecking:  # one look at the database is for all of them
                if self._is_look_old():
                    await self._look()
                if self._is_stale(contact_id):
                    await self._recheck()
        waiting = self._waiting.get(contact_id)
        if waiting is None or not waiting.right:
            return False
        self._waits_no_more(contact_id)
        return True

    def _waits_no_more(self, contact_id: int) -> None:
        if (waiting := self._waiting.pop(contact_id, None)) is not None:
            self._waiting_on[waiting.attempt.channel.name] -= 1
        self._look_for_room()

    def _is_stale(self, contact_id: int) -> bool:
        waiting = self._waiting.get(contact_id)
        if waiting is None or not waiting.right:
            return False
        return waiting.facts_stamp < self._facts_stamp or _time() - waiting.checked_at > FRESH_S

    def _is_look_old(self) -> bool:
        return _time() - self._looked_at > LOOK_EVERY_S

    async def _look(self) -> None:
        """Looks whether the wallet has said anything. While the database is away, a message that is fresh may leave."""
        try:
            async with self._sender.db.read() as conn:
                self._facts_stamp = await imports.facts_stamp(conn)
        except Exception as error:
            if not is_unavailable(error):
                raise
        self._looked_at = _time()

    async def _recheck(self) -> None:
        """Checks all whose check is too old once more. What cannot be checked, because the database is away, does
        not leave."""
        stale = [self._waiting[contact_id] for contact_id in self._waiting if self._is_stale(contact_id)]
        facts_stamp = self._facts_stamp
        try:
            right = await still_right(self._sender, [w.attempt for w in stale], self._now())
        except Exception as error:
            if not is_unavailable(error):
                raise
            right = set()
        checked_at = _time()
        for waiting in stale:
            waiting.checked_at, waiting.facts_stamp = checked_at, facts_stamp
            waiting.right = waiting.attempt.notice.notice_id in right

    # --- Outcomes, and room ------------------------------------------------------------------------------------------

    async def _record(self, group: Sequence[Ended]) -> None:
        await outcomes.record(self._sender, self._now(), group)
        if any(isinstance(ended.outcome, Refused) for ended in group):
            self._refused()

    def _ended(self, contact_id: int, task: asyncio.Task[None]) -> None:
        del self._tasks[contact_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = self._failure or error
        self._look_for_room()

    def _look_for_room(self) -> None:
        """A group is claimed when half of those ahead have left, so that groups are neither small nor too late."""
        little_waits = self._waiting_on[TELEGRAM] <= self._ahead // 2
        some_are_free = self._on[TELEGRAM] <= self._size - max(1, self._ahead // 8)
        if room_on_others := {name for name in self._full if self._on[name] <= self._takes[name] // 2}:
            self._full -= room_on_others
            self._tell_of_room()
        if (little_waits and some_are_free) or room_on_others or self._failure is not None:
            self._has_room.set()
        else:
            self._has_room.clear()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


def _time() -> float:
    return asyncio.get_running_loop().time()
