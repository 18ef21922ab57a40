"""The header of a case's topic: what its name shows, whether its card is pinned, and stale cards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, Update, bindparam, cast, exists, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case_events import CardNotPinned, CardPinned, TopicNamed
from storage.cases.cases import OPEN, last_event, mark_card_stale
from storage.cases.event_rows import field, is_a
from storage.runtime.prepared import prepared
from storage.schema import accounts, case_events, cases, customers, instalments

TRIED = (CardPinned, CardNotPinned)  # the card was pinned, or the bot is not allowed to pin it
CHUNK = 10_000


async def kind_shown(conn: AsyncConnection, case_id: int) -> str | None:
    """The kind of case that the topic's name showed last; None if the case never had a name."""
    named = await last_event(conn, case_id, TopicNamed)
    return named.about if named else None


async def was_pinned(conn: AsyncConnection, case_id: int, card_id: int) -> bool:
    """Whether this card was pinned, or the bot was not allowed to pin it."""
    values = {"given_case_id": case_id, "given_card": str(card_id)}
    return (await conn.execute(_pinned(), values)).first() is not None


@prepared
def _pinned() -> Select[*tuple[Any, ...]]:
    of_case = case_events.c.case_id == bindparam("given_case_id", type_=BigInteger())
    card = field("card", *TRIED) == bindparam("given_card", type_=Text())
    return select(case_events.c.event_id).where(of_case, is_a(*TRIED), card).limit(1)


def to_be_pinned() -> ColumnElement[bool]:
    """A clause for open cases with a topic whose card the bot has not tried to pin."""
    tried = exists().where(
        case_events.c.case_id == cases.c.case_id,
        is_a(*TRIED),
        field("card", *TRIED) == cast(cases.c.card_id, Text),
    )
    return OPEN & cases.c.card_id.is_not(None) & cases.c.thread_id.is_not(None) & ~tried


async def stale_of(conn: AsyncConnection, kind: str, ids: Sequence[str]) -> None:
    """Has the cards renewed whose facts have changed: `ids` are those of customers or instalments, as `kind` says.
    Other kinds change nothing, because a card does not show them."""
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        if kind == "customers":
            await mark_card_stale(conn, some)
        elif kind == "instalments":
            query = select(accounts.c.customer_id).join(instalments, instalments.c.account_id == accounts.c.account_id)
            owners = await conn.execute(query.where(instalments.c.instalment_id.in_(some)).distinct())
            await mark_card_stale(conn, [row.customer_id for row in owners.all()])


async def zones_with_cards(conn: AsyncConnection) -> list[str]:
    """The time zones of customers whose open cases have a card."""
    return list((await conn.execute(_zones())).scalars())


@prepared
def _zones() -> Select[str]:
    return (
        select(customers.c.zone)
        .join(cases, cases.c.customer_id == customers.c.customer_id)
        .where(OPEN, cases.c.card_id.is_not(None))
        .distinct()
    )


async def stale_in_zones(conn: AsyncConnection, zones: Collection[str]) -> int:
    """Has the cards of open cases of customers in these time zones renewed; returns how many."""
    return (await conn.execute(_stale(), {"given_zones": list(zones)})).rowcount


@prepared
def _stale() -> Update:
    zones = bindparam("given_zones", type_=Text(), expanding=True)
    theirs = select(customers.c.customer_id).where(customers.c.zone.in_(zones))
    which = (OPEN, cases.c.card_id.is_not(None), cases.c.customer_id.in_(theirs))
    return update(cases).where(*which).values(card_stale=true())
