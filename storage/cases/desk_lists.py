"""Cases as the console lists them: a tab, filters, or a search, a page at a time, and how many are in each tab.

What waits has the order of the queue. A page begins after the last row of the one before (`After`), so that the last of
ten thousand cases comes as quickly as the first, and no case is shown twice because another one has gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case import Case
from bot.rules.facts.money import Money
from storage.cases.agents import AGENT
from storage.cases.cases import AWAKE, HAS_DEADLINE, OPEN, RESTS, as_case, with_owners
from storage.cases.urgency import WAITS
from storage.customers.customer_languages import base_language
from storage.runtime.capped_sums import sum_of
from storage.runtime.prepared import NOW, prepared
from storage.schema import accounts, cases, customers, instalments

Tab = Literal["waiting", "mine", "late", "resting", "open", "closed"]
TABS: tuple[Tab, ...] = get_args(Tab)
MOST_COUNTED = 1000  # of closed cases: there may be very many
MOST_CHOICES = 50
LEAST_DIGITS = 5  # of a phone number that is searched for by its end


@dataclass(frozen=True, slots=True)
class Filters:
    """Which cases of a tab; what is empty does not matter. `amount`: overdue by at least so much in that currency."""

    reason: str = ""
    language: str = ""  # en, zh
    product: str = ""
    amount: Money | None = None
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class After:
    """The last row of a page: what it is sorted by, and its case."""

    value: int | datetime
    case_id: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What the open cases can be filtered by."""

    reasons: tuple[str, ...]
    products: tuple[str, ...]
    currencies: tuple[str, ...]


async def listed(
    conn: AsyncConnection,
    tab: Tab,
    filters: Filters,
    agent_id: int,
    today: date,
    now: datetime,
    limit: int,
    after: After | None = None,
) -> list[tuple[Case, After]]:
    """A page of a tab, each case with where the next page would begin after it."""
    by, backwards = _sorted_by(tab)
    order = (by.desc(), cases.c.case_id.desc()) if backwards else (by, cases.c.case_id)
    query = with_owners().add_columns(by.label("sorted_by")).where(_in_tab(tab))
    query = query.where(*_such(filters, today)).order_by(*order).limit(limit)
    if after is not None:
        here = tuple_(by, cases.c.case_id)
        query = query.where(here < (after.value, after.case_id) if backwards else here > (after.value, after.case_id))
    return await _cases(conn, query, {AGENT.key: agent_id, NOW.key: now})


async def found(
    conn: AsyncConnection, words: str, limit: int, *, by_phone: bool, after: After | None = None
) -> list[tuple[Case, After]]:
    """A page of the cases, open or closed, that the words mean: a case's number, a customer's id, a part of their name,
    or the end of their phone number, if one may search by it. The newest first."""
    query = (
        with_owners()
        .add_columns(cases.c.case_id.label("sorted_by"))
        .join(customers, customers.c.customer_id == cases.c.customer_id)
        .where(or_(*_meant(words, by_phone)))
        .order_by(cases.c.case_id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(cases.c.case_id < after.case_id)
    return await _cases(conn, query)


async def counts(conn: AsyncConnection, agent_id: int, now: datetime) -> dict[str, int]:
    """How many cases each tab has; of closed ones at most `MOST_COUNTED` are counted."""
    of_open: tuple[Tab, ...] = tuple(tab for tab in TABS if tab != "closed")
    row = (await conn.execute(_open_ones(of_open), {AGENT.key: agent_id, NOW.key: now})).one()
    closed = (await conn.execute(_closed_ones())).scalar_one()
    return {**{tab: int(getattr(row, tab) or 0) for tab in of_open}, "closed": int(closed)}


@prepared
def _open_ones(of_open: tuple[Tab, ...]) -> Select[*tuple[Any, ...]]:
    return select(*(func.sum(case((_in_tab(tab), 1), else_=0)).label(tab) for tab in of_open)).where(OPEN)


@prepared
def _closed_ones() -> Select[int]:
    some = select(cases.c.case_id).where(cases.c.state == "closed").limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(some)


async def choices(conn: AsyncConnection) -> Choices:
    reasons, products, currencies = [tuple((await conn.execute(query)).scalars()) for query in _choices()]
    return Choices(reasons, products, currencies)


@prepared
def _choices() -> tuple[Select[str], Select[str], Select[str]]:
    reasons = select(cases.c.reason).where(OPEN).distinct().order_by(cases.c.reason).limit(MOST_CHOICES)
    theirs = select(accounts).join(cases, and_(cases.c.customer_id == accounts.c.customer_id, OPEN))
    products = theirs.with_only_columns(accounts.c.product).where(accounts.c.product != "").distinct()
    currencies = theirs.with_only_columns(accounts.c.currency).distinct()
    return (
        reasons,
        products.order_by(accounts.c.product).limit(MOST_CHOICES),
        currencies.order_by(accounts.c.currency).limit(MOST_CHOICES),
    )


async def _cases(
    conn: AsyncConnection, query: Select[Any], values: Mapping[str, int | datetime] | None = None
) -> list[tuple[Case, After]]:
    return [(as_case(row), After(row.sorted_by, row.case_id)) for row in (await conn.execute(query, values)).all()]


def _sorted_by(tab: Tab) -> tuple[ColumnElement[Any], bool]:
    """What a tab is sorted by, and whether the highest comes first."""
    if tab in ("waiting", "open"):
        return cases.c.urgency, False
    if tab == "closed":
        return func.coalesce(cases.c.closed_at, cases.c.opened_at), True
    return func.coalesce(cases.c.snoozed_until, cases.c.due_at, cases.c.opened_at), False


def _in_tab(tab: Tab) -> ColumnElement[bool]:
    known: dict[Tab, ColumnElement[bool]] = {
        "waiting": WAITS,
        "mine": and_(cases.c.state == "claimed", cases.c.owner_id == AGENT),
        "late": and_(OPEN, AWAKE, HAS_DEADLINE, cases.c.due_at < NOW),
        "resting": and_(OPEN, RESTS),
        "open": OPEN,
        "closed": cases.c.state == "closed",
    }
    return known[tab]


def _such(filters: Filters, today: date) -> Iterator[ColumnElement[bool]]:
    if filters.reason:
        yield cases.c.reason == filters.reason
    if filters.language:
        yield base_language(cases.c.customer_id) == filters.language
    if filters.owner_id is not None:
        yield cases.c.owner_id == filters.owner_id
    theirs = accounts.c.customer_id == cases.c.customer_id
    if filters.product:
        yield exists().where(theirs, accounts.c.product == filters.product)
    if filters.amount is not None:
        overdue = (
            select(sum_of(instalments.c.outstanding))
            .join(accounts, accounts.c.account_id == instalments.c.account_id)
            .where(theirs, accounts.c.currency == filters.amount.currency, instalments.c.due_date < today)
            .where(instalments.c.outstanding > 0)
            .correlate(cases)
            .scalar_subquery()
        )
        yield overdue >= filters.amount.amount


def _meant(words: str, by_phone: bool) -> Sequence[ColumnElement[bool]]:
    meant: list[ColumnElement[bool]] = [false()]
    number = words.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) <= 15:
        meant.append(cases.c.case_id == int(number))
    if not words.startswith("#"):
        meant.append(cases.c.customer_id == words)
        meant.append(func.lower(customers.c.name).contains(words.lower(), autoescape=True))
    digits = "".join(c for c in words if c.isascii() and c.isdigit())
    if by_phone and len(digits) >= LEAST_DIGITS and not set(words) - set("+0123456789 -()"):
        meant.append(customers.c.phone.endswith(digits, autoescape=True))
    return meant
