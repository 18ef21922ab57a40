"""Signs of life: what a customer wrote, pressed or paid, as rows of `contacts`. They are evidence for the guarantee."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Insert, Select, Update, bindparam, exists, select, update
from sqlalchemy import insert as insert_plain
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case import Answer
from storage.customers import customer_rows
from storage.runtime.direct_statements import tell
from storage.runtime.prepared import prepared
from storage.schema import Instant, contacts, customers

COMES_AGAIN_WITHIN = timedelta(days=8)  # an update that was being handled when the program was killed


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """Something that a customer did or wrote `at` this time; `reference` is the channel's own name of it, if it has
    one: with it, the sign is stored once, however often it comes."""

    customer_id: str
    channel: str
    kind: str
    at: datetime
    body: str | None = None
    case_id: int | None = None
    reference: str | None = None


_TOLD = tuple(field.name for field in fields(SignOfLife))


def of_update(update_id: int | None) -> str | None:
    """The reference of what an update tells; None without one."""
    return None if update_id is None else f"update {update_id}"


async def record_sign_of_life(conn: AsyncConnection, sign: SignOfLife) -> None:
    """Stores a sign of life."""
    await record_signs_of_life(conn, [sign])


async def record_signs_of_life(
    conn: AsyncConnection, signs: Sequence[SignOfLife], *, count_as_seen: bool = False
) -> None:
    """Stores signs of life of several customers; of those who were forgotten meanwhile, nothing. `count_as_seen`: they
    count for the guarantee."""
    told = {"given_direction": "in", "given_state": "answered"}
    rows = [
        {
            **{f"given_{name}": getattr(sign, name) for name in _TOLD},  # `asdict` copies each value
            **told,
            "given_since": sign.at - COMES_AGAIN_WITHIN,
        }
        for sign in sorted(signs, key=lambda sign: (sign.customer_id, sign.at))
    ]
    if count_as_seen:  # first, so that it waits where one of them is just being forgotten
        seen = [f"given_{name}" for name in ("customer_id", "at", "reference", "since")]
        await tell(conn, _seen(), [{name: row[name] for name in seen} for row in rows])
    await tell(conn, _sign(), rows)


@prepared
def _sign() -> Insert:
    names = [*_TOLD, "direction", "state"]
    given = _given(*names)
    there = exists().where(customers.c.customer_id == given["customer_id"], customers.c.forgotten_at.is_(None))
    new = select(*given.values()).where(there, ~_is_known(given))
    return insert_plain(contacts).from_select(names, new)


@prepared
def _seen() -> Update:
    given = _given("customer_id", "at", "reference")
    theirs = (customers.c.customer_id == given["customer_id"], customers.c.forgotten_at.is_(None))
    return update(customers).where(*theirs, ~_is_known(given)).values(seen_at=customer_rows.last_of_seen(given["at"]))


def _given(*names: str) -> dict[str, BindParameter[Any]]:
    return {name: bindparam(f"given_{name}", type_=contacts.c[name].type) for name in names}


def _is_known(given: Mapping[str, BindParameter[Any]]) -> ColumnElement[bool]:
    """Whether the sign with this reference was stored before the program was killed: it was given then."""
    lately = contacts.alias("lately")
    return exists().where(
        lately.c.customer_id == given["customer_id"],
        lately.c.at >= bindparam("given_since", type_=Instant()),
        lately.c.reference == given["reference"],
    )


async def recent_answers(conn: AsyncConnection, customer_id: str, limit: int) -> tuple[Answer, ...]:
    """The newest `limit` signs of life, in order of time."""
    rows = (await conn.execute(_recent_answers(limit), {"given_customer_id": customer_id})).all()
    return tuple(Answer(row.at, row.kind, row.body) for row in reversed(rows))


@prepared
def _recent_answers(limit: int) -> Select[*tuple[Any, ...]]:
    theirs = contacts.c.customer_id == bindparam("given_customer_id", type_=contacts.c.customer_id.type)
    query = select(contacts.c.at, contacts.c.kind, contacts.c.body).where(theirs, contacts.c.direction == "in")
    return query.order_by(contacts.c.at.desc(), contacts.c.contact_id.desc()).limit(limit)
