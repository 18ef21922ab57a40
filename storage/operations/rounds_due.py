"""What the bot's rounds may find, asked in one statement for each round. Each question finds at least all that the full
query finds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.ratings import TO_ASK
from storage.customers.link_changes import WAITING
from storage.runtime.existence_checks import answers, glance
from storage.runtime.prepared import NOW, prepared
from storage.schema import (
    Instant,
    announced_calls,
    cases,
    erasures,
    held_words,
    link_changes,
    passkey_events,
    proposal_notices,
    ratings,
)

_CLOSED = bindparam("closed", type_=Instant())


async def beside_upkeep(conn: AsyncConnection, now: datetime) -> frozenset[str]:
    """Of `calls` that are over, words for `later` whose time has come, words whose author is to be told that they are
    `unsent`, and `proposals` and `passkeys` of which somebody is to be told: what there may be any of."""
    return await answers(conn, _beside_upkeep(), {NOW.key: now})


@prepared
def _beside_upkeep() -> Select[*tuple[Any, ...]]:
    return glance(
        calls=select(announced_calls).where(announced_calls.c.until <= NOW),
        later=select(held_words).where(held_words.c.state == "later", held_words.c.send_at <= NOW),
        unsent=select(held_words).where(held_words.c.state == "unsent"),
        proposals=select(proposal_notices),
        passkeys=select(passkey_events).where(passkey_events.c.to_tell),
    )


async def after_talks(conn: AsyncConnection, closed_since: datetime) -> frozenset[str]:
    """Of `ratings` to ask for, after a case that was closed since then, and of `links` that changed: what there may be
    any of."""
    return await answers(conn, _after_talks(), {_CLOSED.key: closed_since})


@prepared
def _after_talks() -> Select[*tuple[Any, ...]]:
    asked = select(ratings).where(ratings.c.state.in_(TO_ASK)).exists()
    told = (link_changes.c.account_told == WAITING, link_changes.c.elsewhere == WAITING)
    return glance(
        ratings=or_(asked, select(cases).where(cases.c.state == "closed", cases.c.closed_at >= _CLOSED).exists()),
        links=select(link_changes).where(or_(*told)),
    )


async def to_erase(conn: AsyncConnection) -> frozenset[str]:
    """`erasures`, if Telegram may still have something about forgotten customers."""
    return await answers(conn, _to_erase(), {})


@prepared
def _to_erase() -> Select[*tuple[Any, ...]]:
    return glance(erasures=select(erasures))
