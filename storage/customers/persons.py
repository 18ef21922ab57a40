"""Who is behind a Telegram account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, and_, bindparam, exists, func, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.languages import first_known, spoken_in
from storage.runtime.direct_statements import ask
from storage.runtime.prepared import padded, prepared
from storage.schema import cases, chats, customers, dead_channels, is_open, links


@dataclass(frozen=True, slots=True)
class Person:
    """The person behind a Telegram account: their known languages, and the customer they are linked to, if any, with
    the customer's time zones, whether any of their channels is dead, and whether they have an open case."""

    user_id: int
    client_language: str | None
    chosen_language: str | None
    record_language: str | None
    customer_id: str | None
    zone: str = ""
    has_dead_channel: bool = False
    has_case: bool = False


async def person(conn: AsyncConnection, user_id: int) -> Person:
    return (await persons(conn, [user_id]))[user_id]


async def persons(conn: AsyncConnection, user_ids: Sequence[int]) -> dict[int, Person]:
    """The person behind each of these accounts, known or not."""
    [rows] = await ask(conn, (_persons(), {"given_user_ids": padded(user_ids)}))
    found = {row.user_id: Person(*row) for row in rows}
    return {user_id: found.get(user_id, Person(user_id, None, None, None, None)) for user_id in user_ids}


@prepared
def _persons() -> Select[Any]:
    these = bindparam("given_user_ids", type_=BigInteger(), expanding=True)
    lives = (links.c.ended_at.is_(None), links.c.user_id.in_(these))
    # One who is linked and never said in which language has no row among the chats.
    accounts = union(select(chats.c.user_id).where(chats.c.user_id.in_(these)), select(links.c.user_id).where(*lives))
    account = accounts.subquery()
    customer_id = customers.c.customer_id
    return (
        select(
            account.c.user_id,
            chats.c.client_language,
            chats.c.chosen_language,
            customers.c.language.label("record_language"),
            customer_id,
            func.coalesce(customers.c.zone, "").label("zone"),
            exists().where(dead_channels.c.customer_id == customer_id).label("has_dead_channel"),
            exists().where(cases.c.customer_id == customer_id, is_open()).label("has_case"),
        )
        .select_from(account)
        .outerjoin(chats, chats.c.user_id == account.c.user_id)
        .outerjoin(links, and_(links.c.user_id == account.c.user_id, links.c.ended_at.is_(None)))
        .outerjoin(customers, customers.c.customer_id == links.c.customer_id)
    )


def language_of(person: Person) -> str:
    """The language to write in: the person's own choice, else the wallet's word, else the language of their Telegram,
    else English; in the words of where they live."""
    language = first_known((person.chosen_language, person.record_language, person.client_language)) or "en"
    return spoken_in(language, person.zone, person.chosen_language)
