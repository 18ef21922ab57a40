"""Receives updates: they are written down unchanged before Telegram is told that they were received.

Nothing is parsed here that could be wrong; each update is parsed when it is handled (`inbox_turns`). What is beyond a
person's share of the inbox is counted and not kept, except texts for a human reader: if they arrive faster than they
can be passed on, they are joined.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from bot.clock import Clock
from bot.rules.runtime.inbox_shares import (
    MINUTE,
    MOST_FOR_A_PERSON,
    TELL_AGAIN_AFTER,
    Kind,
    Load,
    Share,
    has_room,
    is_for_a_person,
)
from bot.work.runtime.joined_messages import joined
from storage.runtime import inbox_shares, updates
from storage.runtime.engine import Connection, Database
from storage.runtime.updates import Received, lane_of_topic
from storage.runtime.write_retry import persist

log = structlog.get_logger()

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
MOST_BODY = 1 << 20  # characters of JSON; the longest message with the one it answers needs less than a tenth
SAYS_SOMETHING = ("text", "caption")


class Unreadable(Exception):
    """The update does not have the form of Telegram's Bot API. `kind` is the kind of error that parsing raised."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def polled(update: object) -> Received:
    """An update as Telegram sent it, in any form, ready to be written down: as ASCII, so that every database takes lone
    surrogates and NUL. An update without an update number cannot be handled, and is put aside."""
    try:
        body = json.dumps(update)
    except (ValueError, TypeError, RecursionError):
        body = ""
    number = _number(update.get("update_id")) if isinstance(update, dict) else None
    if number is None or number < 0:
        # Telegram uses no numbers below zero; the same update gets the same number again.
        return Received(-1 - _digest(body), "0", "", error="NoUpdateId")
    received = Received(number, lane_of(update), body, sender=_sender(update), kind=_kind(update))
    if not 0 < len(body) <= MOST_BODY:
        return replace(received, body="", error="TooLarge" if body else "NotJson")
    return received


def _digest(body: str) -> int:
    return int.from_bytes(hashlib.sha256(body.encode()).digest()[:7])


def lane_of(update: object) -> str:
    """The lane, whose updates stay in order: a private chat, a topic, or one person's messages in the rest of a group.
    Any form is accepted: updates that name nobody share one lane."""
    message = _message(update)
    sender = _sender(update)
    if not message:
        return str(sender)
    chat_id = _number(_part(message, "chat").get("id")) or 0
    if message.get("is_topic_message") is True:
        return lane_of_topic(chat_id, _number(message.get("message_thread_id")))
    return str(chat_id) if chat_id == sender else f"{chat_id}:{sender}"


def _sender(update: object) -> int:
    about = _message(update) or _part(update, "callback_query") or _part(update, "my_chat_member")
    return _number(_part(about, "from").get("id")) or 0


def _kind(update: object) -> Kind:
    new = _part(update, "message")
    if "migrate_to_chat_id" in new or "migrate_from_chat_id" in new:
        return "news"  # an agents' group got a new id
    if not new:
        joined_or_left = _part(update, "my_chat_member")
        if joined_or_left and _part(joined_or_left, "chat").get("id") != _sender(update):
            return "news"
        edited = _part(update, "edited_message")
        return "words" if any(name in edited for name in SAYS_SOMETHING) else "other"
    text = new.get("text")
    if "contact" in new or (isinstance(text, str) and text.startswith("/start ")):
        return "door"
    return "other" if isinstance(text, str) and text.startswith("/") else "words"


def _message(update: object) -> dict[str, Any]:
    return _part(update, "message") or _part(update, "edited_message")


def _part(whole: object, name: str) -> dict[str, Any]:
    part = whole.get(name) if isinstance(whole, dict) else None
    return part if isinstance(part, dict) else {}


def _number(value: object) -> int | None:
    """A number that Telegram may use as an id; true and false are not numbers."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


# --- Writing down ----------------------------------------------------------------------------------------------------


async def write_down(db: Database, batch: Sequence[Received], clock: Clock) -> None:
    """Keeps updates before Telegram is told that they were received, each person's up to their share."""

    async def write() -> None:
        async with db.write() as conn:
            await take_in(conn, batch, clock.now())

    if batch:
        await persist(write)
    log_put_aside(batch)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Updates that begin at once; `more`: others were kept, or somebody is to be told of a flood."""

    begun: Sequence[Received] = ()
    more: bool = False


async def take_in(
    conn: Connection, batch: Sequence[Received], now: datetime, begins: Callable[[Received], bool] = lambda _: False
) -> TakenIn:
    """The same as part of a transaction. An update in whose lane nothing waits begins at once if `begins` says so."""
    return await _Intake(conn, now, begins).take(batch) if batch else TakenIn()


def log_put_aside(batch: Sequence[Received]) -> None:
    for one in batch:
        if one.error:
            log.warning("update put aside", update_id=one.update_id, error=one.error)


class _Intake:
    """One batch, in one transaction."""

    def __init__(self, conn: Connection, now: datetime, begins: Callable[[Received], bool]) -> None:
        self._conn, self._now, self._begins = conn, now, begins
        self._begun: list[Received] = []
        self._kept: list[Received] = []
        self._dropped: Counter[str] = Counter()
        self._crowded: dict[str, list[Received]] = {}  # texts beyond a share, by lane

    async def take(self, batch: Sequence[Received]) -> TakenIn:
        conn, now = self._conn, self._now
        lanes = {one.lane for one in batch}
        known, waiting = await inbox_shares.known_and_waiting(conn, {one.sender for one in batch}, lanes)
        in_groups = {one.sender for one in batch if not _in_private(one)} & known
        agents = await inbox_shares.at_work(conn, in_groups) if in_groups else set()
        batch = [replace(one, share=_share(one, known, agents)) for one in batch]
        unknown = {one.lane for one in batch if one.share == "stranger"}
        lately = await inbox_shares.came_since(conn, unknown, now - MINUTE, now) if unknown else {}
        of_strangers = await inbox_shares.strangers_waiting(conn) if unknown else 0
        loads = {lane: Load(waiting.get(lane, 0), lately.get(lane, 0), ":" in lane) for lane in lanes}
        for one in batch:
            load = loads[one.lane]
            crowded = one.lane in self._crowded and one.kind != "news"
            if one.error or (not crowded and has_room(one.share, one.kind, load, of_strangers)):
                alone = not one.error and not load.waiting
                (self._begun if alone and self._begins(one) else self._kept).append(one)
                loads[one.lane] = replace(load, waiting=load.waiting + 1, lately=load.lately + 1)
                of_strangers += one.share == "stranger"
            elif one.kind == "words" and one.share != "stranger":
                self._crowded.setdefault(one.lane, []).append(one)
            else:
                self._dropped[one.lane] += 1
        begun = await updates.receive_begun(conn, self._begun, now)
        await updates.receive(conn, self._kept, now)
        await self._take_crowded({lane: load.waiting for lane, load in loads.items()})
        await inbox_shares.count_beyond(conn, self._dropped, now, TELL_AGAIN_AFTER)
        return TakenIn(begun, more=bool(self._kept or self._crowded or self._dropped))

    async def _take_crowded(self, waiting: Mapping[str, int]) -> None:
        """Keeps texts beyond a share if a person reads them, joined as far as possible."""
        if not self._crowded:
            return
        everything = [one for words in self._crowded.values() for one in words]
        come_before = await updates.known(self._conn, [one.update_id for one in everything])
        open_cases = await inbox_shares.with_open_case(self._conn, {one.sender for one in everything})
        for lane, all_words in self._crowded.items():
            if not (words := [one for one in all_words if one.update_id not in come_before]):
                continue  # Telegram brings them again
            if not all(is_for_a_person(one.share, one.kind, one.sender in open_cases) for one in words):
                self._dropped[lane] += len(words)
            else:
                await self._join(lane, words, MOST_FOR_A_PERSON - waiting[lane])

    async def _join(self, lane: str, words: Sequence[Received], room: int) -> None:
        """Keeps a customer's texts in at most `room` more rows, and all of an agent's."""
        if words[0].share != "known":
            await updates.receive(self._conn, words, self._now)
            return
        last = await updates.last_not_begun(self._conn, lane)
        rows = [] if last is None else [last]
        inside: list[Received] = []
        for one in words:
            whole = joined(rows[-1].body, one.body) if rows else None
            if whole is None:
                rows.append(one)
            else:
                rows[-1] = replace(rows[-1], body=whole)
                inside.append(one)
        if last is not None:
            await updates.rewrite(self._conn, last.update_id, rows.pop(0).body)
        await updates.receive(self._conn, rows[: max(0, room)], self._now)
        await updates.receive_joined(self._conn, inside, self._now)
        if beyond := len(rows[max(0, room) :]):
            self._dropped[lane] += beyond


def _share(one: Received, known: set[int], agents: set[int]) -> Share:
    in_private = _in_private(one)
    if one.sender not in (known if in_private else agents):
        return "stranger"
    return "known" if in_private else "group"


def _in_private(one: Received) -> bool:
    return one.lane == str(one.sender)
