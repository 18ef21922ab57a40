"""Figures of debts in sets: aging from the wallet's facts as of now; roll rates, cures and coverage from the evenings
that the guard wrote down. `docs/figures.md` defines them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, Integer, Select, and_, bindparam, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.guarantee.states import SilentDay
from bot.rules.operations.figures import BUCKET_ENDS, BUCKETS, CURRENT, UNKNOWN, Bucket, Cure, Share
from storage.facts.debts import WITH_DEBTS
from storage.runtime.capped_sums import MOST, sum_of
from storage.runtime.customer_sets import GivenRows
from storage.runtime.statistics import for_sets
from storage.schema import accounts, customers, day_states, instalments, ladders, policy_versions

_LATEST = BUCKET_ENDS[-1][0]
_ENDS = [(name, end) for name, end in BUCKET_ENDS if end is not None]
_THEN, _NOW = day_states.alias("evening_then"), day_states.alias("evening_now")


@dataclass(frozen=True, slots=True)
class Evenings:
    """Two evenings that were written down."""

    since: date
    until: date


# --- Now -------------------------------------------------------------------------------------------------------------


async def aging(conn: AsyncConnection, zones_by_day: Mapping[date, Sequence[str]]) -> dict[str, dict[str, Bucket]]:
    """What is owed, by currency and bucket. `zones_by_day`: in which time zones it is which day now."""
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: {name: [0, 0, 0] for name in BUCKETS})
    await for_sets(conn)
    for today, zones in zones_by_day.items():
        for row in (await conn.execute(_aging(today), {"given_zones": list(zones)})).all():
            buckets = found[row.currency]
            buckets[row.bucket][0] += int(row.customers)
            for place, name in enumerate(BUCKETS):
                buckets[name][1] += int(row._mapping[f"debts_{place}"])
                buckets[name][2] = min(MOST, buckets[name][2] + int(row._mapping[f"amount_{place}"]))
    return {currency: {name: Bucket(*of) for name, of in buckets.items()} for currency, buckets in found.items()}


def _aging(today: date) -> Select[Any]:
    """By currency and the bucket of a customer's oldest debt: how many customers, and their debts in each bucket."""
    from_days = {end: literal(today - timedelta(days=end), Date()) for _, end in _ENDS}
    day = literal(today, Date())
    of_debt = _bucket(instalments.c.due_date, day, from_days)
    per_customer = (
        select(
            accounts.c.currency,
            func.min(instalments.c.due_date).label("oldest"),
            *(func.sum(case((of_debt == name, 1), else_=0)).label(f"debts_{n}") for n, name in enumerate(BUCKETS)),
            *(
                sum_of(case((of_debt == name, instalments.c.outstanding), else_=0)).label(f"amount_{n}")
                for n, name in enumerate(BUCKETS)
            ),
        )
        .select_from(WITH_DEBTS)
        .where(instalments.c.outstanding > 0, customers.c.zone.in_(bindparam("given_zones", expanding=True)))
        .group_by(accounts.c.customer_id, accounts.c.currency)
        .subquery()
    )
    bucket = _bucket(per_customer.c.oldest, day, from_days).label("bucket")
    return select(
        per_customer.c.currency,
        bucket,
        func.count().label("customers"),
        *(func.sum(per_customer.c[f"debts_{n}"]).label(f"debts_{n}") for n in range(len(BUCKETS))),
        *(sum_of(per_customer.c[f"amount_{n}"]).label(f"amount_{n}") for n in range(len(BUCKETS))),
    ).group_by(per_customer.c.currency, bucket)


def _bucket(
    due: ColumnElement[date], day: ColumnElement[date], from_days: Mapping[int, ColumnElement[date]]
) -> ColumnElement[str]:
    """The bucket of what was due then, on `day`; `from_days` has the first due date of each bucket by its end."""
    ends = ((due >= from_days[end], name) for name, end in _ENDS)
    return case((due.is_(None), UNKNOWN), (due >= day, CURRENT), *ends, else_=_LATEST)


# --- Evenings --------------------------------------------------------------------------------------------------------


async def first_evening(conn: AsyncConnection) -> date | None:
    """The first one on which somebody was written down."""
    day: date | None = (await conn.execute(select(func.min(day_states.c.day)))).scalar()
    return day


async def states_by_day(conn: AsyncConnection, first: date, last: date) -> list[tuple[date, str, str, int]]:
    """How many customers were in each state on each evening, and for which cause where they were silent."""
    cause = func.coalesce(day_states.c.cause, "").label("cause")
    query = (
        select(day_states.c.day, day_states.c.state, cause, func.count().label("n"))
        .where(day_states.c.day.between(first, last))
        .group_by(day_states.c.day, day_states.c.state, cause)
    )
    return [(row.day, row.state, row.cause, int(row.n)) for row in (await conn.execute(query)).all()]


async def silent_days(conn: AsyncConnection, first: date, last: date, limit: int) -> list[SilentDay]:
    """Who was silent on which evening, the newest first."""
    query = (
        select(day_states.c.day, day_states.c.customer_id, day_states.c.cause)
        .where(day_states.c.day.between(first, last), day_states.c.state == "silent")
        .order_by(day_states.c.day.desc(), day_states.c.customer_id)
        .limit(limit)
    )
    return [SilentDay(row.customer_id, row.day, row.cause or "") for row in (await conn.execute(query)).all()]


async def moves(
    conn: AsyncConnection, evenings: Mapping[int, Evenings]
) -> tuple[dict[int, dict[tuple[str, str], int]], dict[int, dict[str, int]]]:
    """For each pair of evenings, by its number: how many customers who were overdue on the first were in which bucket
    then and now (`CURRENT`: not overdue now), and how many became overdue since, by their bucket now. Forgotten
    customers are left out, as nobody knows what became of them."""
    moved: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    entered: dict[int, dict[str, int]] = defaultdict(dict)
    if not evenings:
        return moved, entered
    values = _PAIRS.values(conn.dialect.name, [_row(n, each) for n, each in evenings.items()])
    await for_sets(conn)
    for row in (await conn.execute(_moved(conn.dialect.name), values)).all():
        moved[row.n][row.bucket_then, row.bucket_now] = int(row.customers)
    for row in (await conn.execute(_entered(conn.dialect.name), values)).all():
        entered[row.n][row.bucket_now] = int(row.customers)
    return moved, entered


# For each pair its number, its evenings, and the first due date of each bucket on each.
_PAIRS = GivenRows(
    n=Integer(),
    since=Date(),
    until=Date(),
    **{f"{which}_{end}": Date() for which in ("since", "until") for _, end in _ENDS},
)


def _row(n: int, of: Evenings) -> tuple[Any, ...]:
    ends = (day - timedelta(days=end) for day in (of.since, of.until) for _, end in _ENDS)
    return (n, of.since, of.until, *ends)


def _bucket_on(evening: FromClause, pairs: FromClause, which: str) -> ColumnElement[str]:
    return _bucket(evening.c.due_since, pairs.c[which], {end: pairs.c[f"{which}_{end}"] for _, end in _ENDS})


def _moved(dialect: str) -> Select[Any]:
    pairs = _PAIRS.rows(dialect)
    gone = (_NOW.c.customer_id.is_(None), CURRENT)
    then = _bucket_on(_THEN, pairs, "since").label("bucket_then")
    now = case(gone, else_=_bucket_on(_NOW, pairs, "until")).label("bucket_now")
    return (
        select(pairs.c.n, then, now, func.count().label("customers"))
        .select_from(pairs)
        .join(_THEN, _THEN.c.day == pairs.c.since)
        .join(customers, and_(customers.c.customer_id == _THEN.c.customer_id, customers.c.forgotten_at.is_(None)))
        .outerjoin(_NOW, and_(_NOW.c.day == pairs.c.until, _NOW.c.customer_id == _THEN.c.customer_id))
        .group_by(pairs.c.n, then, now)
    )


def _entered(dialect: str) -> Select[Any]:
    pairs = _PAIRS.rows(dialect)
    now = _bucket_on(_NOW, pairs, "until").label("bucket_now")
    return (
        select(pairs.c.n, now, func.count().label("customers"))
        .select_from(pairs)
        .join(_NOW, _NOW.c.day == pairs.c.until)
        .join(customers, and_(customers.c.customer_id == _NOW.c.customer_id, customers.c.forgotten_at.is_(None)))
        .outerjoin(_THEN, and_(_THEN.c.day == pairs.c.since, _THEN.c.customer_id == _NOW.c.customer_id))
        .where(_THEN.c.customer_id.is_(None))
        .group_by(pairs.c.n, now)
    )


async def cures(conn: AsyncConnection, evenings: Evenings) -> list[Cure]:
    """Cured customers by the version of the policy under which the ladder of their oldest debt was begun, as it was on
    the first evening; the most first."""
    begun = (
        select(ladders.c.policy_version)
        .select_from(accounts)
        .join(instalments, instalments.c.account_id == accounts.c.account_id)
        .join(
            ladders,
            and_(ladders.c.instalment_id == instalments.c.instalment_id, ladders.c.due_date == _THEN.c.due_since),
        )
        .where(accounts.c.customer_id == _THEN.c.customer_id)
        .order_by(ladders.c.begun_at.desc(), ladders.c.policy_version)
        .limit(1)
        .correlate(_THEN)
        .scalar_subquery()
    )
    each = (
        select(begun.label("version"), case((_NOW.c.customer_id.is_(None), 1), else_=0).label("cured"))
        .select_from(_THEN)
        .join(customers, and_(customers.c.customer_id == _THEN.c.customer_id, customers.c.forgotten_at.is_(None)))
        .outerjoin(_NOW, and_(_NOW.c.day == evenings.until, _NOW.c.customer_id == _THEN.c.customer_id))
        .where(_THEN.c.day == evenings.since)
        .subquery()
    )
    query = (
        select(each.c.version, policy_versions.c.name, func.count().label("n"), func.sum(each.c.cured).label("cured"))
        .select_from(each)
        .outerjoin(policy_versions, policy_versions.c.version == each.c.version)
        .group_by(each.c.version, policy_versions.c.name)
    )
    await for_sets(conn)
    found = [
        Cure(row.version, row.name, Share(int(row.cured), int(row.n))) for row in (await conn.execute(query)).all()
    ]
    return sorted(found, key=lambda cure: (-cure.cured.of, cure.version or ""))
