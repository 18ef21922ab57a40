"""The language that a customer is written to in, asked in sets: made of what `bot.rules.languages` registers. A test
holds it to `first_known` and `base_of`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, null, or_, select

from bot.rules.languages import KNOWN
from storage.schema import chats, customers, links


def base_language(customer_id: ColumnElement[str]) -> ColumnElement[Any]:
    """The language (en, zh) of the customer with this id, a column of the statement around it; null if none of their
    languages is one of ours."""
    said = (chats.c.chosen_language, customers.c.language, chats.c.client_language)
    return (
        select(func.coalesce(*map(_base, said)))
        .select_from(customers)
        .outerjoin(links, and_(links.c.customer_id == customers.c.customer_id, links.c.ended_at.is_(None)))
        .outerjoin(chats, chats.c.user_id == links.c.user_id)
        .where(customers.c.customer_id == customer_id)
        .correlate(customer_id.table)
        .scalar_subquery()
    )


def _base(tag: ColumnElement[Any]) -> ColumnElement[str]:
    plain = func.lower(func.replace(func.trim(tag), "_", "-"))

    def is_of(primary: str) -> ColumnElement[bool]:
        return or_(plain == primary, plain.like(f"{primary}-%"))

    return case(*((or_(*map(is_of, known.primary)), known.primary[0]) for known in KNOWN), else_=null())
