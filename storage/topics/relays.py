"""Relays: messages between an agent and a customer through the bot, in order, with a map of message ids.

A relay is stored when the message arrives. It waits until Telegram has answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from bot.rules.cases.talk_files import SentFile
from storage.runtime.engine import Upsert, insert_in
from storage.runtime.prepared import NOW, prepared
from storage.schema import Instant, case_events, relays

_FIRST = bindparam("given_relay_id", type_=BigInteger())
_WORKER = bindparam("given_worker", type_=Text())
_LOST_BEFORE = bindparam("given_lost_before", type_=Instant())
_THESE = bindparam("given_relay_ids", type_=BigInteger(), expanding=True)

UNDONE = relays.c.state.in_(("waiting", "attempted"))
BY_AGENT = relays.c.kind != "message"  # which is by the bot, about what an agent did
TO_TOPIC = select(relays.c.case_id).where(UNDONE, relays.c.direction == "in")
NOTE = "note"  # the kind of an internal note, and the reason why the rest of its album is not passed on
NOWHERE = 0  # the source chat of a line, and of what was written outside Telegram (then the message is negative)
MOST_TEXTS = 200  # texts that are passed on as one message


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message, or an edit of one, that is to be passed on. `kind` and `content` are those of `Relay`. `source` is its
    chat and number, `revision` 0 for the message itself, `album` the id of its album, `file` what the console
    fetches."""

    kind: str
    content: str
    source: tuple[int, int]
    reply_to: int | None = None
    revision: int = 0
    album: str | None = None
    file: SentFile | None = None


@dataclass(frozen=True, slots=True)
class Relay:
    """One message (or edit) to pass on. `direction` is 'in' (to the topic) or 'out' (to the customer). `kind` is text,
    copy, forward, media (a part of an `album`), file (of `kept_files`), message (by the bot itself, as
    `bot.work.kept_messages` has it), edit_text, edit_caption or edit_media. `content` is JSON from the handlers.
    `doubts` counts the attempts with an unknown result, including the current one. `agent_id` is who wrote it to the
    customer, or whose doing it tells."""

    relay_id: int
    case_id: int
    direction: str
    kind: str
    source_chat: int
    source_message: int
    reply_to: int | None
    content: str
    album: str | None = None
    doubts: int = 0
    agent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The next relay in a case in one direction. For an album, `parts` counts its parts that have arrived, and
    `followed` says whether something came after it. If it is a plain text, `texts` has it and the plain texts that
    directly follow it and have the same doubts, by id and in order."""

    relay_id: int
    case_id: int
    direction: str
    source_chat: int
    album: str | None
    parts: int
    followed: bool
    texts: Sequence[tuple[int, str]] = ()


async def add(
    conn: AsyncConnection,
    case_id: int,
    direction: str,
    message: NewMessage,
    now: datetime,
    *,
    agent_id: int | None = None,
) -> bool:
    """Stores a message to pass on; False if it is stored already (a repeated update). A part of an album with an
    internal note is not passed on, like the note."""
    row = {
        "case_id": case_id,
        "direction": direction,
        "kind": message.kind,
        "source_chat": message.source[0],
        "source_message": message.source[1],
        "revision": message.revision,
        "reply_to": message.reply_to,
        "content": message.content,
        "at": now,
        "state": "waiting",
        "album": message.album,
        "agent_id": agent_id,
    }
    if message.album is not None and await _holds_note(conn, message.source[0], message.album):
        row |= {"state": "refused", "reason": NOTE, "content": None}
    return (await conn.execute(_adding(conn.dialect.name), row)).rowcount > 0


@prepared
def _adding(dialect: str) -> Upsert:
    return insert_in(dialect, relays).on_conflict_do_nothing()


async def add_from_outside(
    conn: AsyncConnection, case_id: int, kind: str, content: str, now: datetime, agent_id: int
) -> tuple[int, int]:
    """Stores an agent's message to the customer that has no source in Telegram, and returns the source that it has
    instead: the number of the case's last event, which the same transaction has written."""
    last = select(func.max(case_events.c.event_id)).where(case_events.c.case_id == case_id)
    event_id = (await conn.execute(last)).scalar_one()
    source = (NOWHERE, -event_id)
    await add(conn, case_id, "out", NewMessage(kind, content, source), now, agent_id=agent_id)
    return source


@prepared
def with_words() -> Select[*tuple[Any, ...]]:
    """Cases with something to pass on, each with the direction, longest waiting first."""
    return (
        select(relays.c.case_id, relays.c.direction)
        .where(UNDONE)
        .group_by(relays.c.case_id, relays.c.direction)
        .order_by(func.min(relays.c.relay_id))
    )


async def has_undone(conn: AsyncConnection, case_id: int, direction: str | None = None) -> bool:
    """Whether any message of this case, in this direction or in any, is still to be passed on."""
    values = (
        {"given_case_id": case_id} if direction is None else {"given_case_id": case_id, "given_direction": direction}
    )
    return (await conn.execute(_first_of(is_directed=direction is not None), values)).first() is not None


async def next_relay(conn: AsyncConnection, case_id: int, direction: str) -> Head | None:
    """The next relay of the case in this direction; None if there is none."""
    values = {"given_case_id": case_id, "given_direction": direction}
    row = (await conn.execute(_first_of(is_directed=True), values)).first()
    if row is None:
        return None
    if row.album is None:
        texts = await _texts_from(conn, case_id, direction) if direction == "in" else []
        return Head(row.relay_id, case_id, direction, row.source_chat, None, parts=1, followed=False, texts=texts)
    there = (relays.c.case_id == case_id, relays.c.direction == direction, relays.c.relay_id >= row.relay_id)
    albums: Sequence[str | None] = (await conn.execute(select(relays.c.album).where(*there))).scalars().all()
    parts = sum(album == row.album for album in albums)
    return Head(row.relay_id, case_id, direction, row.source_chat, row.album, parts, followed=parts < len(albums))


async def _texts_from(conn: AsyncConnection, case_id: int, direction: str) -> list[tuple[int, str]]:
    """The plain texts at the front of the waiting relays that directly follow each other and have the same doubts."""
    rows = (await conn.execute(_undone(), {"given_case_id": case_id, "given_direction": direction})).all()
    alike = takewhile(
        lambda row: (
            (row.kind, row.reply_to, row.album) == ("text", None, None)
            and (row.source_chat, row.doubts) == (rows[0].source_chat, rows[0].doubts)
            and (row.doubts == 0 or row.sent_with == rows[0].sent_with)
        ),
        rows,
    )
    return [(row.relay_id, row.content) for row in alike]


@prepared
def _undone() -> Select[*tuple[Any, ...]]:
    columns = [relays.c.relay_id, relays.c.kind, relays.c.content, relays.c.reply_to, relays.c.album]
    waiting = select(*columns, relays.c.source_chat, relays.c.doubts, relays.c.sent_with).where(
        relays.c.case_id == bindparam("given_case_id", type_=BigInteger()),
        relays.c.direction == bindparam("given_direction", type_=Text()),
        UNDONE,
    )
    return waiting.order_by(relays.c.relay_id).limit(literal_column(str(MOST_TEXTS)))


@prepared
def _first_of(*, is_directed: bool) -> Select[*tuple[Any, ...]]:
    of_case = relays.c.case_id == bindparam("given_case_id", type_=BigInteger())
    so = relays.c.direction == bindparam("given_direction", type_=Text()) if is_directed else true()
    columns = (relays.c.relay_id, relays.c.album, relays.c.source_chat)
    return select(*columns).where(of_case, UNDONE, so).order_by(relays.c.relay_id).limit(1)


async def claim_next(
    conn: AsyncConnection,
    next_up: Head,
    worker: str,
    now: datetime,
    lost_before: datetime,
    *,
    doubted_before: Sequence[datetime] = (),
    together: Collection[int] = (),
) -> list[Relay]:
    """Claims the relay of `next_relay`, with all parts of its album, or with the relays in `together`. A claim of
    another worker from before `lost_before` counts as lost, because its process was killed. A relay with one doubt is
    claimed only if its last attempt was before the first of `doubted_before`, with two doubts the second, and so on."""
    by = {_FIRST.key: next_up.relay_id, _WORKER.key: worker, NOW.key: now, _LOST_BEFORE.key: lost_before}
    by |= {f"given_doubted_before_{n}": before for n, before in enumerate(doubted_before, start=1)}
    doubts = len(doubted_before)
    first = (await conn.execute(_taking("the first", doubts), by)).first()
    if first is None:
        return []
    taken = [Relay(**first._mapping)]
    if together:
        rows = (await conn.execute(_taking("with it", doubts), {**by, _THESE.key: list(together)})).all()
        taken += sorted((Relay(**row._mapping) for row in rows), key=lambda relay: relay.relay_id)
    if first.album is not None:
        same = {
            "given_case_id": next_up.case_id,
            "given_direction": next_up.direction,
            "given_source_chat": next_up.source_chat,
            "given_album": first.album,
        }
        rows = (await conn.execute(_taking("of its album", doubts), {**by, **same})).all()
        taken += sorted((Relay(**row._mapping) for row in rows), key=lambda relay: relay.relay_id)
    return taken


def _free(doubts: int) -> ColumnElement[bool]:
    """A clause for relays that may be claimed: waiting ones, after a pause if they have doubts (of which there are so
    many pauses), and lost claims."""
    before = [bindparam(f"given_doubted_before_{n}", type_=Instant()) for n in range(1, doubts + 1)]
    rested = (
        and_(relays.c.doubts == n if n < doubts else relays.c.doubts >= n, relays.c.claimed_at <= last_at)
        for n, last_at in enumerate(before, start=1)
    )
    lost = and_(relays.c.state == "attempted", relays.c.claimed_by != _WORKER, relays.c.claimed_at < _LOST_BEFORE)
    if not doubts:
        return or_(relays.c.state == "waiting", lost)
    return or_(and_(relays.c.state == "waiting", or_(relays.c.doubts == 0, *rested)), lost)


@prepared
def _taking(which: Literal["the first", "with it", "of its album"], doubts: int) -> ReturningUpdate[*tuple[Any, ...]]:
    """Claims relays, which go with the first of them. Each attempt counts as a doubt until its result is known, so that
    a kill leaves it as a doubt."""
    others = relays.c.relay_id != _FIRST
    if which == "the first":
        these: tuple[ColumnElement[bool], ...] = (relays.c.relay_id == _FIRST,)
    elif which == "with it":
        these = (relays.c.relay_id.in_(_THESE), others)
    else:
        columns = (relays.c.case_id, relays.c.direction, relays.c.source_chat, relays.c.album)
        these = (*(column == bindparam(f"given_{column.key}", type_=column.type) for column in columns), others)
    return (
        update(relays)
        .where(*these, UNDONE, _free(doubts))
        .values(
            state="attempted",
            claimed_by=_WORKER,
            claimed_at=NOW,
            doubts=relays.c.doubts + 1,
            sent_with=_FIRST,
        )
        .returning(
            relays.c.relay_id,
            relays.c.case_id,
            relays.c.direction,
            relays.c.kind,
            relays.c.source_chat,
            relays.c.source_message,
            relays.c.reply_to,
            relays.c.content,
            relays.c.album,
            relays.c.doubts,
            relays.c.agent_id,
        )
    )


async def in_doubt(conn: AsyncConnection, case_id: int, direction: str) -> bool:
    """Whether any message of this case in this direction is being sent, or waits after an attempt with an unknown
    result."""
    query = select(relays.c.relay_id).where(relays.c.case_id == case_id, UNDONE, relays.c.direction == direction)
    return (await conn.execute(query.where(relays.c.doubts > 0).limit(1))).first() is not None


async def record_accepted(conn: AsyncConnection, relay_ids: Collection[int], target: tuple[int, int | None]) -> bool:
    """Stores where messages were passed on to, together: the chat, and the message's id if it is known. False if none
    is there any more: they go with a customer who is forgotten."""
    return await _end(conn, relay_ids, state="accepted", target_chat=target[0], target_message=target[1])


async def record_refused(conn: AsyncConnection, relay_ids: Collection[int], reason: str) -> bool:
    return await _end(conn, relay_ids, state="refused", reason=reason)


async def _end(conn: AsyncConnection, relay_ids: Collection[int], **values: str | int | None) -> bool:
    given = {f"given_{name}": value for name, value in values.items()}
    return (await conn.execute(_ending(*values), {**given, _THESE.key: list(relay_ids)})).rowcount > 0


@prepared
def _ending(*names: str) -> Update:
    values = {name: bindparam(f"given_{name}", type_=relays.c[name].type) for name in names}
    return update(relays).where(relays.c.relay_id.in_(_THESE)).values(**values, content=None)


async def put_back(
    conn: AsyncConnection, relay_ids: Sequence[int], now: datetime, doubtful: Collection[int] = ()
) -> None:
    """Gives back claimed relays that could not be passed on; finished ones stay finished. Those in `doubtful` may have
    arrived, the others were not sent."""
    for doubted in (True, False):
        ids = [relay_id for relay_id in relay_ids if (relay_id in doubtful) is doubted]
        if ids:
            values = {_THESE.key: ids} | ({NOW.key: now} if doubted else {})
            await conn.execute(_putting_back(doubted=doubted), values)


@prepared
def _putting_back(*, doubted: bool) -> Update:
    known = {"claimed_at": NOW} if doubted else {"doubts": relays.c.doubts - 1}
    theirs = (relays.c.relay_id.in_(_THESE), relays.c.state == "attempted")
    return update(relays).where(*theirs).values(state="waiting", claimed_by=None, **known)


async def refuse_rest(conn: AsyncConnection, case_id: int, reason: str) -> None:
    """Ends messages to the topic of a case that will have no topic."""
    rest = (relays.c.case_id == case_id, relays.c.direction == "in", UNDONE)
    await conn.execute(update(relays).where(*rest).values(state="refused", content=None, reason=reason))


async def keep_internal(
    conn: AsyncConnection, case_id: int, source: tuple[int, int], album: str | None, now: datetime
) -> Literal["inside", "sent"]:
    """Keeps an internal note, and its album, from being passed on. 'sent': a part of it was sent already."""
    this = {"given_source_chat": source[0], "given_source_message": source[1]}
    if album is not None:
        note = {"case_id": case_id, "direction": "out", "kind": NOTE, "state": "refused", "reason": NOTE, "at": now}
        place = {"source_chat": source[0], "source_message": source[1], "album": album}
        await conn.execute(_adding(conn.dialect.name), {**note, **place})
    values = this if album is None else {**this, "given_album": album}
    has_left, staying = _of_note(in_album=album is not None)
    some_left = (await conn.execute(has_left, values)).first() is not None
    await conn.execute(staying, values)
    return "sent" if some_left else "inside"


@prepared
def _of_note(*, in_album: bool) -> tuple[Select[*tuple[Any, ...]], Update]:
    """Which of a note's messages have left, or perhaps have; and keeping the others from it."""
    chat = relays.c.source_chat == bindparam("given_source_chat", type_=BigInteger())
    mine = relays.c.source_message == bindparam("given_source_message", type_=BigInteger())
    if in_album:
        mine = or_(mine, relays.c.album == bindparam("given_album", type_=Text()))
    perhaps = or_(and_(relays.c.state == "waiting", relays.c.doubts > 0), relays.c.reason == "in_doubt")
    left = select(relays.c.relay_id).where(chat, mine, or_(relays.c.state.in_(("attempted", "accepted")), perhaps))
    stay = update(relays).where(chat, mine, relays.c.state == "waiting")
    return left.limit(literal_column("1")), stay.values(state="refused", reason=NOTE, content=None)


async def _holds_note(conn: AsyncConnection, source_chat: int, album: str) -> bool:
    values = {"given_source_chat": source_chat, "given_album": album}
    return (await conn.execute(_note_in_album(), values)).first() is not None


@prepared
def _note_in_album() -> Select[*tuple[Any, ...]]:
    chat = relays.c.source_chat == bindparam("given_source_chat", type_=BigInteger())
    album = relays.c.album == bindparam("given_album", type_=Text())
    return select(relays.c.relay_id).where(chat, album, relays.c.kind == NOTE).limit(literal_column("1"))
