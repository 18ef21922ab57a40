"""The topics of cases in the agents' group: which cases have one, and which topics are out of date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case_events import InDistress, LinkDisputed, SaysWrongPerson, Words
from bot.rules.cases.case_events_agreements import Disputed, NoPlanFits, PlanAsked
from storage.cases.cases import OPEN
from storage.cases.event_rows import is_a
from storage.cases.queue import most_urgent_first
from storage.runtime.direct_statements import ask
from storage.runtime.prepared import NOW, prepared
from storage.schema import Instant, case_events, cases
from storage.topics.relays import TO_TOPIC, with_words
from storage.topics.topic_headers import to_be_pinned

_CASE = bindparam("given_case_id", type_=BigInteger())

FROM_THE_CUSTOMER = (Words, InDistress, SaysWrongPerson, LinkDisputed, Disputed, PlanAsked, NoPlanFits)
"""Events that open a topic even if nobody has the case: the customer said or did something that a person must see."""


def calls_for_a_topic() -> ColumnElement[bool]:
    """A clause for cases that are worked on, or whose customer wrote: what only waits in the queue has no topic. One
    that somebody deleted is opened again, and one that an agent asked for is `wanted`."""
    heard = select(case_events.c.case_id).where(case_events.c.to_tell, is_a(*FROM_THE_CUSTOMER))
    return or_(
        cases.c.state == "claimed",
        cases.c.topic.in_(("wanted", "gone", "opening")),
        cases.c.waits_since.is_not(None),
        cases.c.call_at.is_not(None),
        cases.c.for_agent.is_not(None),
        cases.c.case_id.in_(heard),
        cases.c.case_id.in_(TO_TOPIC),
    )


async def want_topic(conn: AsyncConnection, case_id: int) -> bool:
    """Has the topic of an open case opened although nobody has the case; False if it has one, or is closed."""
    return (await conn.execute(_wanting(), {_CASE.key: case_id})).rowcount > 0


@prepared
def _wanting() -> Update:
    return update(cases).where(cases.c.case_id == _CASE, OPEN, cases.c.topic == "none").values(topic="wanted")


async def topic_to_use_again(
    conn: AsyncConnection, case_id: int, customer_id: str, chat_id: int, since: datetime
) -> int | None:
    """The closed topic of the customer's last case in this group, if that was closed since `since`: the talk goes on
    there. Not after `wrong_person`, because somebody else read there."""
    values = {"given_customer_id": customer_id, "given_chat_id": chat_id, "given_since": since}
    thread_id: int | None = (await conn.execute(_last_topic(), {**values, _CASE.key: case_id})).scalar()
    return thread_id


@prepared
def _last_topic() -> Select[*tuple[Any, ...]]:
    return (
        select(cases.c.thread_id)
        .where(
            cases.c.customer_id == bindparam("given_customer_id", type_=Text()),
            cases.c.case_id != _CASE,
            cases.c.topic == "closed",
            cases.c.chat_id == bindparam("given_chat_id", type_=BigInteger()),
            cases.c.thread_id.is_not(None),
            cases.c.closed_at >= bindparam("given_since", type_=Instant()),
            func.coalesce(cases.c.outcome, "") != "wrong_person",
        )
        .order_by(cases.c.case_id.desc())
        .limit(literal_column("1"))
    )


async def begin_topic(conn: AsyncConnection, case_id: int, now: datetime, lost_before: datetime) -> bool:
    """Claims the opening of this case's topic; False if it has one, or another process is opening it. An attempt that
    began before `lost_before` counts as lost, because its process was killed."""
    values = {_CASE.key: case_id, NOW.key: now, "given_lost_before": lost_before}
    return (await conn.execute(_beginning(), values)).rowcount > 0


@prepared
def _beginning() -> Update:
    bare = cases.c.topic.in_(("none", "wanted", "gone"))
    lost = and_(cases.c.topic == "opening", cases.c.topic_at < bindparam("given_lost_before", type_=Instant()))
    return update(cases).where(cases.c.case_id == _CASE, or_(bare, lost)).values(topic="opening", topic_at=NOW)


async def set_topic(conn: AsyncConnection, case_id: int, topic: str, **columns: Any) -> None:
    values = {f"given_{name}": value for name, value in columns.items()}
    await conn.execute(_setting(*sorted(columns)), {**values, "given_topic": topic, _CASE.key: case_id})


@prepared
def _setting(*columns: str) -> Update:
    values = {name: bindparam(f"given_{name}", type_=cases.c[name].type) for name in ("topic", *columns)}
    return update(cases).where(cases.c.case_id == _CASE).values(**values)


async def has_topics_in(conn: AsyncConnection, chat_id: int) -> bool:
    """Whether any case, open or closed, has its topic or card in this group."""
    return (await conn.execute(select(cases.c.case_id).where(cases.c.chat_id == chat_id).limit(1))).first() is not None


async def reset_topics(conn: AsyncConnection, chat_id: int) -> None:
    """The group has a new id and has lost its topics: open cases get new ones, closed cases need none."""
    there = (cases.c.chat_id == chat_id, cases.c.topic.in_(("open", "opening")))
    await conn.execute(update(cases).where(*there, OPEN).values(topic="gone", card_id=None))
    await conn.execute(update(cases).where(*there, ~OPEN).values(topic="closed"))


async def set_card(conn: AsyncConnection, case_id: int, *, card_id: int | None = None, stale: bool = False) -> None:
    values = {"given_case_id": case_id, "given_stale": stale}
    values |= {"given_card_id": card_id} if card_id is not None else {}
    await conn.execute(_setting_card(is_new=card_id is not None), values)


@prepared
def _setting_card(*, is_new: bool) -> Update:
    changes = {"card_stale": bindparam("given_stale", type_=cases.c.card_stale.type)}
    changes |= {"card_id": bindparam("given_card_id", type_=cases.c.card_id.type)} if is_new else {}
    return update(cases).where(cases.c.case_id == bindparam("given_case_id", type_=BigInteger())).values(**changes)


@dataclass(frozen=True, slots=True)
class DeskWork:
    """Cases with words to pass on, each with the direction, longest waiting first; those whose topic is out of date;
    and open ones that need a topic and have none, those of an agent first, then the most urgent."""

    words: list[tuple[int, str]]
    behind: list[int]
    bare: list[int]


async def desk_work(conn: AsyncConnection, limit: int, tried_before: datetime) -> DeskWork:
    """What there is to do now. Of the cases without a topic, `limit` at most; those that were tried after
    `tried_before` are left out."""
    values = {"given_tried_before": tried_before, "given_limit": limit}
    words, behind, bare = await ask(conn, (with_words(), {}), (_with_topic_work(), {}), (_without_topic(), values))
    ids = [[row.case_id for row in rows] for rows in (behind, bare)]
    return DeskWork([(row.case_id, row.direction) for row in words], *ids)


@prepared
def _without_topic() -> Select[*tuple[Any, ...]]:
    tried_before = bindparam("given_tried_before", type_=cases.c.topic_at.type)
    return (
        select(cases.c.case_id)
        .where(
            OPEN,
            cases.c.topic.in_(("none", "wanted", "gone", "opening")),
            calls_for_a_topic(),
            or_(cases.c.topic_at.is_(None), cases.c.topic_at < tried_before),
        )
        .order_by(cases.c.state != "claimed", *most_urgent_first())
        .limit(bindparam("given_limit", type_=Integer()))
    )


@prepared
def _with_topic_work() -> Select[*tuple[Any, ...]]:
    untold = exists().where(case_events.c.case_id == cases.c.case_id, case_events.c.to_tell)
    behind = or_(untold, cases.c.card_stale, cases.c.card_id.is_(None), cases.c.state == "closed", to_be_pinned())
    return select(cases.c.case_id).where(cases.c.topic == "open", behind).order_by(cases.c.case_id)
