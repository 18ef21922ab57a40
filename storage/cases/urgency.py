"""The urgency of open cases, computed in sets, and the facts from which it is computed.

`bot.rules.cases.urgency` says what a case's rank is, and why the order stays right while time passes; it computes the
same for one case, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.sql.functions import FunctionElement

from bot.rules.case_reasons import reasons_for
from bot.rules.cases.case import Case
from bot.rules.cases.case_events import AskedAgain
from bot.rules.cases.urgency import DISTRESS_POINTS, FAR_AHEAD, HOUR_S, NOT_RANKED, Weighed
from bot.rules.facts.customer_facts import CustomerFacts, total
from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import MOST_BROKEN, MOST_DAYS, Weights
from storage.cases.cases import AWAKE, OPEN
from storage.cases.event_rows import is_a
from storage.runtime.capped_sums import sum_of
from storage.runtime.prepared import NOW, TODAY, prepared
from storage.schema import Instant, accounts, case_events, cases, customers, holds, instalments

AT_ONCE = 2000  # cases in one transaction, so that other writers do not wait long
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Likely(FunctionElement[bool]):
    """A condition that most rows meet. SQLite has no statistics, so it is told: else it would use an index on the
    column, and sort the whole queue to find the first case."""

    inherit_cache = True


@compiles(Likely)
def _likely(element: Likely, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(Likely, "sqlite")
def _likely_in_sqlite(element: Likely, compiler: SQLCompiler, **options: Any) -> str:
    return f"likely({compiler.process(element.clauses, **options)})"


# Written exactly like the condition of the partial index: both databases need this to use the index.
WAITS = and_(Likely(cases.c.state == literal_column("'waiting'")), AWAKE)

# `bot.rules.cases.case.Case.waiting_since`
WAITING_SINCE = func.coalesce(cases.c.waits_since, cases.c.worked_at, cases.c.opened_at)
_ASKED = or_(
    cases.c.reason.in_(reasons_for("asked")),
    exists().where(case_events.c.case_id == cases.c.case_id, is_a(AskedAgain)).correlate(cases),
)


# --- In sets ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ranked:
    """One part of a set: how many cases were ranked, and the id of the last one, after which the next part begins."""

    count: int
    last_id: int


async def has_unranked(conn: AsyncConnection) -> bool:
    """Whether a waiting case has no rank yet."""
    return (await conn.execute(_unranked())).first() is not None


@prepared
def _unranked() -> Select[int]:
    return select(cases.c.case_id).where(WAITS, cases.c.urgency == NOT_RANKED).limit(1)


async def rank(
    conn: AsyncConnection,
    weights: Weights,
    zones: Collection[str],
    today: date,
    now: datetime,
    *,
    known_before: datetime,
    after_id: int = 0,
) -> Ranked:
    """Ranks open cases with an id above `after_id`, of customers in these time zones, where it is `today`: those that
    have no rank, or were last ranked at `known_before` or earlier."""
    statement = _ranking(conn.dialect.name, tuple(sorted(weights.full_amount.values(), key=lambda m: m.currency)))
    values = {
        **_points(weights),
        "given_zones": tuple(zones),
        "given_after_id": after_id,
        "given_known_before": known_before,
        TODAY.key: today,
        NOW.key: now,
    }
    ids: list[int] = list((await conn.execute(statement, values)).scalars())
    return Ranked(len(ids), max(ids, default=after_id))


def _points(weights: Weights) -> dict[str, int]:
    return {
        "given_asked_weight": weights.asked,
        "given_vulnerable_weight": weights.vulnerable,
        "given_broken_weight": weights.broken_promise,
        "given_day_weight": weights.day_overdue,
        "given_amount_weight": weights.amount,
        "given_hour_weight": weights.hour_waiting,
    }


def _weight(name: str) -> ColumnElement[int]:
    return bindparam(f"given_{name}_weight", type_=BigInteger())


@prepared
def _ranking(dialect: str, full_amounts: tuple[Money, ...]) -> ReturningUpdate[*tuple[Any, ...]]:
    stale = (
        select(cases.c.case_id)
        .join(customers, customers.c.customer_id == cases.c.customer_id)
        .where(
            OPEN,
            cases.c.case_id > bindparam("given_after_id", type_=BigInteger()),
            customers.c.zone.in_(bindparam("given_zones", type_=Text(), expanding=True)),
            or_(cases.c.urgency_at.is_(None), cases.c.urgency_at <= bindparam("given_known_before", type_=Instant())),
        )
        .order_by(cases.c.case_id)
        .limit(AT_ONCE)
        .with_for_update(of=cases, skip_locked=True)  # a case that an agent is claiming right now is left out
        .cte("stale")
    )
    debt = _debts(dialect, stale, full_amounts)
    broken = (
        select(func.count())
        .where(holds.c.customer_id == cases.c.customer_id, holds.c.ended_why == "broken")
        .correlate(cases)
        .scalar_subquery()
    )
    points = (
        case(
            (cases.c.reason.in_(reasons_for("distress")), literal(DISTRESS_POINTS, BigInteger)),
            else_=literal(0, BigInteger),
        )
        + case((_ASKED, _weight("asked")), else_=0)
        + case((customers.c.vulnerable, _weight("vulnerable")), else_=0)
        + _weight("broken") * case((broken > MOST_BROKEN, MOST_BROKEN), else_=broken)
        + _weight("day") * func.coalesce(debt.c.days, 0)
        + func.coalesce(debt.c.points, 0)
    )
    ahead_s = int((FAR_AHEAD - EPOCH).total_seconds()) - _second(dialect, WAITING_SINCE)
    ranked = (
        select(cases.c.case_id, (-(HOUR_S * points + _weight("hour") * ahead_s)).label("rank"))
        .join(stale, stale.c.case_id == cases.c.case_id)
        .join(customers, customers.c.customer_id == cases.c.customer_id)
        .outerjoin(debt, debt.c.customer_id == cases.c.customer_id)
        .cte("ranked")
    )
    return (
        update(cases)
        .where(cases.c.case_id == ranked.c.case_id)
        .values(urgency=ranked.c.rank, urgency_at=NOW)
        .returning(cases.c.case_id)
    )


def _debts(dialect: str, stale: CTE, full_amounts: Sequence[Money]) -> CTE:
    """For each customer with a case to rank: the oldest debt's days past due, and the points of the highest sum."""
    owed = (
        select(
            accounts.c.customer_id,
            accounts.c.currency,
            sum_of(instalments.c.outstanding).label("amount"),
            func.min(instalments.c.due_date).label("oldest"),
        )
        .join(instalments, instalments.c.account_id == accounts.c.account_id)
        .where(
            accounts.c.customer_id.in_(
                select(cases.c.customer_id).join(stale, stale.c.case_id == cases.c.case_id).correlate(None)
            ),
            instalments.c.outstanding > 0,
            instalments.c.due_date < TODAY,
        )
        .group_by(accounts.c.customer_id, accounts.c.currency)
        .cte("owed_by_currency")
    )
    days = _days_since(dialect, func.min(owed.c.oldest))
    return (
        select(
            owed.c.customer_id,
            case((days > MOST_DAYS, MOST_DAYS), else_=days).label("days"),
            func.max(_amount_points(owed.c.currency, owed.c.amount, full_amounts)).label("points"),
        )
        .group_by(owed.c.customer_id)
        .cte("debt")
    )


def _amount_points(
    currency: ColumnElement[Any], amount: ColumnElement[Any], full_amounts: Sequence[Money]
) -> ColumnElement[int]:
    """The points for an amount: all of them from the currency's full amount on, in proportion below it; half of them
    for a currency without a full amount."""
    weight = _weight("amount")
    known: list[tuple[ColumnElement[bool], ColumnElement[int]]] = []
    for full in full_amounts:
        if full.amount > 0:
            whole = literal(full.amount, BigInteger)
            known += [
                (and_(currency == full.currency, amount >= whole), weight),
                (currency == full.currency, _whole_part(weight * amount, whole)),
            ]
    half = _whole_part(weight, literal(2, BigInteger))
    return case(*known, else_=half) if known else half


def _whole_part(dividend: ColumnElement[Any], divisor: ColumnElement[Any]) -> ColumnElement[int]:
    """Integer division without remainder, as both databases do it with integers."""
    return dividend.op("/", return_type=BigInteger())(divisor)


def _days_since(dialect: str, day: ColumnElement[Any]) -> ColumnElement[int]:
    if dialect == "sqlite":
        return cast(func.julianday(TODAY) - func.julianday(day), Integer)
    return cast(TODAY, instalments.c.due_date.type).op("-", return_type=Integer())(day)


def _second(dialect: str, instant: ColumnElement[Any]) -> ColumnElement[int]:
    if dialect == "sqlite":
        return cast(func.strftime("%s", instant), BigInteger)
    return cast(func.floor(func.extract("epoch", instant)), BigInteger)


# --- The facts behind the urgency of some cases ----------------------------------------------------------------------


async def weighed(
    conn: AsyncConnection, open_cases: Sequence[Case], facts: Mapping[str, CustomerFacts], days: Mapping[str, date]
) -> dict[int, Weighed]:
    """The facts from which the urgency of each of these cases is computed, by case id. `facts` and `days` are each
    customer's facts and local day."""
    numbers, people = [c.case_id for c in open_cases], [c.customer_id for c in open_cases]
    asked: set[int] = set((await conn.execute(_which_asked(), {"given_numbers": numbers})).scalars())
    broken = {row.customer_id: row.n for row in (await conn.execute(_broken(), {"given_people": people})).all()}
    return {
        c.case_id: Weighed(
            distress=c.reason in reasons_for("distress"),
            asked=c.case_id in asked,
            vulnerable=facts[c.customer_id].customer.vulnerable,
            broken=broken.get(c.customer_id, 0),
            days_overdue=facts[c.customer_id].days_overdue(days[c.customer_id]),
            overdue=total(facts[c.customer_id].overdue(days[c.customer_id])),
            waits_since=c.waiting_since,
        )
        for c in open_cases
    }


@prepared
def _which_asked() -> Select[int]:
    these = cases.c.case_id.in_(bindparam("given_numbers", type_=BigInteger(), expanding=True))
    return select(cases.c.case_id).where(these, _ASKED)


@prepared
def _broken() -> Select[str, int]:
    """How many promises each of these customers did not keep."""
    theirs = holds.c.customer_id.in_(bindparam("given_people", type_=Text(), expanding=True))
    count = select(holds.c.customer_id, func.count().label("n"))
    return count.where(theirs, holds.c.ended_why == "broken").group_by(holds.c.customer_id)
