"""The basis of a forecast: the question, and the debts it is about. Days are numbers counted from today.

A debt means the same here as in `storage.facts.debts`, with two differences: a hold that is active today ends on its
last day, and a ladder that has not begun yet begins under the current policy version.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    CTE,
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from bot.rules.facts.money import Money
from bot.rules.outlook.forecast import StepSpan
from storage.facts.debts import Audience, in_audience
from storage.schema import accounts, customers, holds, instalments, ladders

T = TypeVar("T")
Minimums = Mapping[str, Mapping[str, Money]]  # by policy version and currency

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Question:
    """A forecast for an audience, up to the day `last`.

    New ladders begin under `version`. `sending_days` has, for each version, the days with sending hours. Messages must
    reach `sent_minimums`, because sending checks the minimums of the current version. `person_from` is the day past due
    from which customers who could not be told anything have a case.
    """

    audience: Audience
    last: date
    version: str
    steps: Sequence[StepSpan]
    sending_days: Mapping[str, Collection[date]]
    minimums: Minimums
    sent_minimums: Minimums
    channels: Collection[str]
    max_per_day: int
    max_per_week: int
    person_from: int
    promise_days: int = 0  # days after the promised day on which a payment still counts
    customer_id: str | None = None  # only this customer, if they belong to the audience

    def number(self, day: date) -> int:
        return (day - self.audience.today).days

    @property
    def last_number(self) -> int:
        return self.number(self.last)

    def values(self) -> dict[str, Any]:
        """The bind parameters that differ between questions of one form."""
        earliest_step = min([self.person_from - 1, *(step.first_day for step in self.steps)])
        return {
            "given_today_number": (self.audience.today - EPOCH).days,
            "given_last_due": date.fromordinal(self.last.toordinal() - earliest_step),
            "given_parts_from": self.audience.today - timedelta(days=self.promise_days),
            **({} if self.customer_id is None else {"given_customer_id": self.customer_id}),
        }

    def value(self, name: str, type_: TypeEngine[T]) -> BindParameter[T]:
        return bindparam(name, self.values()[name], type_)

    def form(self) -> tuple[Hashable, ...]:
        """What decides how its statements look."""
        audience = self.audience
        whom = (audience.zones, audience.segment, audience.other_segments, audience.customer_ids)
        return (
            (*whom, self.customer_id is None),
            (self.version, tuple(self.steps), self.person_from, self.promise_days, tuple(self.channels)),
            tuple((version, *by_currency.items()) for version, by_currency in self.minimums.items()),
        )


def debts_to_come(asked: Question) -> CTE:
    """Every unsettled debt of the audience that reaches a step by the last day, with the policy version of its ladder.
    `due`, `held_until` and `paused_until` are day numbers."""
    until = (
        select(func.max(holds.c.until))
        .where(
            holds.c.customer_id == accounts.c.customer_id,
            holds.c.ended_at.is_(None),
            or_(holds.c.instalment_id.is_(None), holds.c.instalment_id == instalments.c.instalment_id),
        )
        .correlate(accounts, instalments)
        .scalar_subquery()
    )
    of_one = asked.customer_id is not None
    return (
        select(
            accounts.c.customer_id,
            customers.c.zone,
            accounts.c.currency,
            instalments.c.instalment_id,
            instalments.c.due_date,
            day_number(instalments.c.due_date, asked).label("due"),
            instalments.c.outstanding,
            func.coalesce(ladders.c.policy_version, asked.version).label("version"),
            customers.c.stopped_at.is_not(None).label("stopped"),
            func.coalesce(customers.c.how_often, literal("usual", Text)).label("often"),
            customers.c.channel_order.label("wished"),
            day_number(customers.c.paused_until, asked).label("paused_until"),
            day_number(until, asked).label("held_until"),
        )
        .select_from(instalments)
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .join(customers, customers.c.customer_id == accounts.c.customer_id)
        .outerjoin(
            ladders,
            and_(ladders.c.instalment_id == instalments.c.instalment_id, ladders.c.due_date == instalments.c.due_date),
        )
        .where(
            in_audience(asked.audience),
            accounts.c.customer_id == asked.value("given_customer_id", Text()) if of_one else true(),
            instalments.c.outstanding > 0,
            instalments.c.status == "open",
            instalments.c.due_date <= asked.value("given_last_due", Date()),
        )
        .cte("debts")
    )


def worth_it_under(rows: CTE, minimums: Minimums) -> ColumnElement[bool]:
    """Whether `owed` is not below the minimum of its policy version and currency."""
    known = [
        (and_(rows.c.version == version, rows.c.currency == currency), literal(money.amount, BigInteger))
        for version, by_currency in minimums.items()
        for currency, money in by_currency.items()
    ]
    return rows.c.owed >= case(*known, else_=literal(0, BigInteger)) if known else true()


# --- Days as numbers -------------------------------------------------------------------------------------------------


def day_number(day: ColumnElement[Any], asked: Question) -> ColumnElement[int]:
    """A date as a number of days, counted from the audience's today."""
    return _DaysSince1970(day) - asked.value("given_today_number", Integer())


class _DaysSince1970(FunctionElement[int]):
    name = "days_since_1970"
    type = Integer()
    inherit_cache = True


@compiles(_DaysSince1970, "postgresql")
def _in_postgresql(element: _DaysSince1970, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)} - DATE '1970-01-01')"


@compiles(_DaysSince1970, "sqlite")
def _in_sqlite(element: _DaysSince1970, compiler: SQLCompiler, **options: Any) -> str:
    return f"(CAST(julianday({compiler.process(element.clauses, **options)}) AS INTEGER) - 2440587)"
