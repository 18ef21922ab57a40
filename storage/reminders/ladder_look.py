"""One look at the debts of some customers, for all that planning asks of them: when their earliest debt is due, which
debts need a person, and which of them are news for a message. Their debts are read once, and each question is asked of
what was read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.channels import NAMES as CHANNELS
from storage.cases.cases_opening import Debt, escalated
from storage.facts.debts import (
    WITH_DEBTS,
    Audience,
    Ladder,
    Minimums,
    StepDates,
    belongs,
    can_reach_on_step,
    first_that_reaches,
    is_held,
    worth_it,
    worth_it_together,
)
from storage.reminders.notice_planning import Item, News, may_be_planned, told
from storage.runtime.capped_sums import running_sum_of
from storage.runtime.customer_sets import looked_at
from storage.runtime.prepared import prepared
from storage.schema import accounts, customers, instalments, ladders

OWES, DISPUTED, CALL, PLAN, NOTE = range(5)  # what a row says: see `Found`
MESSAGE = 0  # the number of all message steps together; the steps that call a person are numbered from 1 on


@dataclass(frozen=True, slots=True)
class Asked:
    """Which customers are looked at, all of them chosen, and by which steps of which ladder: those that send a
    `message` and those that `call` a person. `earliest`: whether their earliest debts are asked for, too."""

    audience: Audience
    messages: Sequence[StepDates]
    calls: Sequence[StepDates]
    minimums: Minimums
    ladder: Ladder
    channels: Collection[str]  # those that are set up
    earliest: bool = True

    @property
    def numbered(self) -> list[tuple[int, StepDates]]:
        return [*((MESSAGE, step) for step in self.messages), *enumerate(self.calls, MESSAGE + 1)]


@dataclass(frozen=True, slots=True)
class Found:
    """`owing`: of each customer who owes anything the day on which the earliest of it is due, and whether the wallet
    calls any of it disputed. `calls`: by step the debts to open a case for, or of which the open case of their customer
    does not know. `news`: what they are to be told."""

    owing: dict[str, tuple[date, bool]] = field(default_factory=dict)
    calls: dict[str, tuple[Debt, ...]] = field(default_factory=dict)
    news: News = field(default_factory=News)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What decides the form of the statement; day and customers are bind parameters. A step is its number, id,
    channels, and whose it is."""

    steps: tuple[tuple[int, str, tuple[str, ...], str | None], ...]
    minimums: Minimums
    ladder: Ladder
    channels: tuple[str, ...]
    earliest: bool


async def look(conn: AsyncConnection, by: Asked) -> Found:
    """Writes nothing. Mostly there is nothing to do."""
    steps = by.numbered
    if not steps and not by.earliest:
        return Found()
    assert by.audience.kind == "chosen", by.audience
    shape = _Shape(
        tuple((number, step.step_id, step.channels, step.often) for number, step in steps),
        by.minimums,
        by.ladder,
        tuple(by.channels),
        by.earliest,
    )
    values = {**by.audience.values(), **_dates_of(steps)}
    rows: Sequence[Any] = (await conn.execute(_look(conn.dialect.name, shape), values)).all()
    owing: dict[str, tuple[date, bool]] = {}
    calls: dict[str, list[Debt]] = {step.step_id: [] for step in by.calls}
    news: dict[int, list[Item]] = {PLAN: [], NOTE: []}
    for what, whose, due, of, step_id, channel in rows:
        if what <= DISPUTED:
            owing[whose] = due, what == DISPUTED
        elif what == CALL:
            calls[step_id].append((whose, of, due))
        else:
            news[what].append((whose, of, step_id, due, channel))
    return Found(
        owing,
        {step_id: tuple(sorted(debts)) for step_id, debts in calls.items() if debts},
        News(tuple(sorted(news[PLAN])), tuple(sorted(news[NOTE]))),
    )


@prepared
def _look(dialect: str, shape: _Shape) -> CompoundSelect[Any]:
    owed = _owed(shape)
    parts = [_earliest(owed)] if shape.earliest else []
    return union_all(*parts, *([_news(dialect, shape, owed)] if shape.steps else []))


def _owed(shape: _Shape) -> CTE:
    """What they owe, read once. `counts` says whether this ladder speaks of it: it is open, on no hold, and its ladder
    was begun under this version."""
    began: ColumnElement[Any] = (
        select(ladders.c.policy_version)
        .where(ladders.c.instalment_id == instalments.c.instalment_id, ladders.c.due_date == instalments.c.due_date)
        .correlate(instalments)
        .scalar_subquery()
    )
    if shape.ladder.current:
        began = func.coalesce(began, shape.ladder.version)
    free = ~is_held(instalments.c.instalment_id, accounts.c.customer_id).correlate(instalments, accounts)
    counts = and_(instalments.c.status == "open", began == shape.ladder.version, free)
    return (
        select(
            accounts.c.customer_id,
            accounts.c.currency,
            instalments.c.instalment_id,
            instalments.c.due_date,
            instalments.c.outstanding,
            case((instalments.c.status == "disputed", 1), else_=0).label("disputed"),
            case((counts, 1), else_=0).label("counts"),
            func.coalesce(customers.c.how_often, literal("usual", Text)).label("often"),
        )
        .select_from(WITH_DEBTS)
        .where(belongs("chosen"), instalments.c.outstanding > 0)
        .cte("owed")
    )


def _earliest(owed: CTE) -> Select[*tuple[Any, ...]]:
    nothing = (null().label(name) for name in ("instalment_id", "step_id", "channel"))
    what = case((func.max(owed.c.disputed) == 1, DISPUTED), else_=OWES).label("what")
    due = func.min(owed.c.due_date).label("due_date")
    return select(what, owed.c.customer_id, due, *nothing).group_by(owed.c.customer_id)


def _news(dialect: str, shape: _Shape, owed: CTE) -> Select[*tuple[Any, ...]]:
    debts = _on_steps(dialect, shape, owed)
    reached = can_reach_on_step(debts, shape.channels)
    what = case(
        (debts.c.number > MESSAGE, CALL),
        (and_(reached, may_be_planned(debts)), PLAN),
        (and_(~reached, ~told(debts, true())), NOTE),
    )
    each = select(
        what.label("what"),
        debts.c.customer_id,
        debts.c.due_date,
        debts.c.instalment_id,
        debts.c.step_id,
        first_that_reaches(debts, shape.channels).label("channel"),
    )
    # With OFFSET it stays a query of its own, which asks once what each row says; else the condition asks it again.
    found = (each.offset(0) if dialect == "postgresql" else each).cte("found")
    return select(found).where(found.c.what.is_not(None))


def _on_steps(dialect: str, shape: _Shape, owed: CTE) -> CTE:
    """The debts that are on one of the steps today, a row for each step, but for those of which a case knows. Customers
    who owe less than the minimum, over all debts on message steps or on that other step, are left out. Their sums are a
    window on PostgreSQL, where to look up those of a few compares each debt with each other: nothing may be hashed."""
    step = _steps(shape).cte("on_step").prefix_with("MATERIALIZED", dialect="postgresql")
    is_news = or_(step.c.number == MESSAGE, ~escalated(owed, step))
    is_theirs = or_(step.c.often.is_(None), step.c.often == owed.c.often)
    in_all = running_sum_of(owed.c.outstanding, [owed.c.customer_id, owed.c.currency, step.c.number])
    on_steps = (
        select(
            owed.c.customer_id,
            owed.c.currency,
            owed.c.instalment_id,
            owed.c.due_date,
            *step.c["number", "step_id"],
            *step.c[CHANNELS],
            owed.c.outstanding,
            *([] if dialect == "sqlite" else [in_all.label("owed")]),
        )
        .select_from(owed.join(step, looked_at(owed.c.due_date).between(step.c.due_from, step.c.due_to)))
        .where(owed.c.counts == 1, is_theirs, is_news)
        .cte("on_steps")
    )
    if dialect == "sqlite":
        enough = worth_it_together(on_steps, shape.minimums, on_steps.c.number)
    else:
        enough = worth_it(on_steps, shape.minimums)
    return select(on_steps).where(enough).cte("debts")


def _steps(shape: _Shape) -> CompoundSelect[Any]:
    """The steps as rows. It is a union of selects, because SQLAlchemy compiles a VALUES list again for each run."""
    return union_all(
        *(
            select(
                literal(number, Integer).label("number"),
                literal(step_id, Text).label("step_id"),
                bindparam(f"given_due_from_{n}", type_=Date()).label("due_from"),
                bindparam(f"given_due_to_{n}", type_=Date()).label("due_to"),
                *(literal(channel in channels, Boolean).label(channel) for channel in CHANNELS),
                literal(often, Text).label("often"),
            )
            for n, (number, step_id, channels, often) in enumerate(shape.steps)
        )
    )


def _dates_of(steps: Sequence[tuple[int, StepDates]]) -> dict[str, date]:
    dates: dict[str, date] = {}
    for n, (_, step) in enumerate(steps):
        dates |= {f"given_due_from_{n}": step.due_from, f"given_due_to_{n}": step.due_to}
    return dates
