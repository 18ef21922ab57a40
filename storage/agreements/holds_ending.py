"""Ends holds whose time has come, in sets: promises and plans that were kept or broken, and disputes and other holds
that are over.

A promise of an amount is kept when the promised money was paid since in its currency; a plan, when it was paid for the
plan's instalments. If nothing is owed any more and less was paid, because the rest was waived, corrected, moved or
disputed, it is not needed: neither kept nor broken. A promise is judged only when its day is over, and then with the
policy's tolerance. The rules for a single one are in `bot.rules.agreements.promises` and
`bot.rules.agreements.instalment_plans`; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.agreements.holds import IN_DISTRESS, SAID_PAID
from bot.rules.agreements.instalment_plans import PPM
from bot.rules.case_reasons import CaseReason
from storage.agreements.holds import ENDED, IN_FORCE, chunks, is_disputed
from storage.agreements.told_debts import paid
from storage.facts.debts import Audience, Kind, is_of, whose
from storage.facts.import_blocks import facts_at
from storage.runtime.engine import insert_in
from storage.runtime.prepared import NOW, TODAY, prepared, there_is
from storage.runtime.statistics import for_sets
from storage.runtime.sums import sum_of
from storage.schema import accounts, changed_customers, hold_sums, holds, instalments, plan_parts, plans

# In the order in which one customer's are looked up.
ON_ACCOUNTS = accounts.join(instalments, instalments.c.account_id == accounts.c.account_id)
JUDGED_BEFORE = bindparam("given_judged_before", type_=Date())
TOLERANCE = bindparam("given_tolerance", type_=BigInteger())


@dataclass(frozen=True, slots=True)
class JudgingTerms:
    """By what promises and plans are judged: what is due before `judged_before` has to have come in, but for
    `tolerance` parts per million of it."""

    judged_before: date
    tolerance: int = 0

    def values(self) -> dict[str, Any]:
        """The bind parameters of a prepared statement."""
        return {JUDGED_BEFORE.key: self.judged_before, TOLERANCE.key: self.tolerance}


async def end_holds(conn: AsyncConnection, audience: Audience, by: JudgingTerms, now: datetime) -> list[int]:
    """Ends every hold of the audience whose time has come: a promise or plan that is kept, broken or not needed; any
    other hold that is settled (nothing of its debt is owed any more) or over. Returns their ids."""
    values = {**audience.values(), **by.values(), NOW.key: now}
    ended: list[int] = []
    await for_sets(conn)
    for statement in _endings(audience.kind):
        ended += (await conn.execute(statement, values)).scalars()
    await _end_plans(conn, ended, now)
    return ended


def whose_end(kind: Kind) -> Select[Any]:
    """Customers of the audience of whom a hold has come to its end, for a prepared statement."""
    ends = (and_(*end.when) for end in (*_ends_alone(), _ends_plan()))
    return whose(kind, holds, IN_FORCE, or_(*ends))


@prepared
def _endings(kind: Kind) -> tuple[Update, ...]:
    """One after the other: what an earlier one ended, a later one does not see."""
    of_audience = (IN_FORCE, is_of(kind, holds.c.customer_id))
    return tuple(
        update(holds).where(*of_audience, *end.when).values(ended_at=NOW, ended_why=end.why).returning(holds.c.hold_id)
        for end in (*_ends_alone(), _ends_plan())
    )


class _End(NamedTuple):
    """One way in which holds end, and which of them do."""

    why: str | ColumnElement[str]
    when: tuple[ColumnElement[bool], ...]


def _ends_alone() -> Iterator[_End]:
    """The ways in which a hold outside a plan ends: the reason, and its conditions."""
    alone = holds.c.plan_id.is_(None)
    given = holds.c.kind.in_(("promise", "plan"))
    late = holds.c.until < JUDGED_BEFORE
    came_in = paid_since_promise()
    whole = and_(_is_of_a_sum(), came_in >= holds.c.amount)
    nearly = and_(_is_of_a_sum(), came_in >= holds.c.amount - _tolerated(holds.c.amount))
    yield _End("kept", (alone, given, or_(whole, and_(~_owed(), or_(nearly, _sums_came_in())))))
    yield _End("not_needed", (alone, given, ~_owed()))
    passes = holds.c.kind != IN_DISTRESS  # only a person ends that
    yield _End("settled", (alone, ~given, passes, ~_owed()))
    yield _End("heard", (holds.c.kind == SAID_PAID, _facts_since()))
    yield _End("kept", (alone, given, late, nearly))
    yield _End("broken", (alone, given, late))
    yield _End("over", (alone, ~given, passes, holds.c.until < TODAY))


def _owed() -> ColumnElement[bool]:
    """Anything is left of what the hold is about."""
    return there_is(
        accounts.c.customer_id == holds.c.customer_id,
        instalments.c.outstanding > 0,
        or_(
            holds.c.instalment_id == instalments.c.instalment_id,
            # A hold about everything is about what is due by its end; nobody promised what they say is not right.
            and_(
                holds.c.instalment_id.is_(None),
                instalments.c.due_date <= holds.c.until,
                or_(holds.c.kind.not_in(("promise", "plan")), ~is_disputed()),
            ),
        ),
        correlate=[holds],
        of=ON_ACCOUNTS,
    )


def _facts_since() -> ColumnElement[bool]:
    """Whether the wallet has spoken of the customer's debts since the hold was set, even if only to repeat them."""
    return there_is(
        accounts.c.customer_id == holds.c.customer_id,
        facts_at(instalments) > holds.c.set_at,
        correlate=[holds],
        of=ON_ACCOUNTS,
    )


async def note_heard(conn: AsyncConnection) -> None:
    """Makes those customers due who said that they paid, and of whose debts the wallet has spoken since. To be called
    in each transaction in which it speaks of debts: no trigger notes what it only repeats, as that is nearly all."""
    await conn.execute(_noting_heard(conn.dialect.name))


@prepared
def _noting_heard(dialect: str) -> Insert:
    """Who has a note gets another: planning may be taking the first just now, and would not see these facts."""
    said_paid = holds.c.kind == literal_column(f"'{SAID_PAID}'")  # written out, as the index has it
    heard = select(holds.c.customer_id).where(IN_FORCE, said_paid, _facts_since()).distinct()
    return insert_in(dialect, changed_customers).from_select(["customer_id"], heard)


def _is_of_a_sum() -> ColumnElement[bool]:
    return and_(holds.c.kind == "promise", holds.c.amount.is_not(None), holds.c.paid_before.is_not(None))


def paid_since_promise() -> ColumnElement[Any]:
    """What was paid in the promise's currency since it was made."""
    in_all = (
        select(sum_of(paid()))
        .select_from(ON_ACCOUNTS)
        .where(accounts.c.customer_id == holds.c.customer_id, accounts.c.currency == holds.c.currency)
        .correlate(holds)
        .scalar_subquery()
    )
    return in_all - holds.c.paid_before


def _sums_came_in() -> ColumnElement[bool]:
    """Whether, for a promise without an amount, as much was paid in each currency as was owed."""
    of_hold = hold_sums.c.hold_id == holds.c.hold_id
    in_all = (
        select(sum_of(paid()))
        .select_from(ON_ACCOUNTS)
        .where(accounts.c.customer_id == holds.c.customer_id, accounts.c.currency == hold_sums.c.currency)
        .correlate(holds, hold_sums)
        .scalar_subquery()
    )
    missing = in_all - hold_sums.c.paid_before < hold_sums.c.amount - _tolerated(hold_sums.c.amount)
    return and_(exists().where(of_hold).correlate(holds), ~exists().where(of_hold, missing).correlate(holds))


def _tolerated(amount: ColumnElement[Any]) -> ColumnElement[int]:
    """`bot.rules.agreements.instalment_plans.tolerated`, in two steps, because the product might not fit into the
    database's integers."""
    return amount // PPM * TOLERANCE + amount % PPM * TOLERANCE // PPM


# --- Plans -----------------------------------------------------------------------------------------------------------


def _ends_plan() -> _End:
    """The reason why a plan ends, and its conditions."""
    came_in, due = paid_since_plan(), _due_by_now()
    left = left_of_plan()
    missed = covered_of_plan() < due - _tolerated(due) - _disputed_of_plan()
    ends = or_(came_in >= holds.c.amount, left == 0, missed, holds.c.until < JUDGED_BEFORE)
    nearly = came_in >= holds.c.amount - _tolerated(holds.c.amount)
    why = case(
        (came_in >= holds.c.amount, "kept"), (and_(left > 0, missed), "broken"), (nearly, "kept"), else_="not_needed"
    )
    return _End(why, (holds.c.kind == "plan", holds.c.plan_id.is_not(None), ends))


def paid_since_plan(*, ended: bool = False) -> ColumnElement[int]:
    """What was paid for the plan's instalments since it was agreed. Each of them has its own hold."""
    part = holds.alias("part")
    return _sum_of_plan(paid(), part, ended) - holds.c.paid_before


def covered_of_plan() -> ColumnElement[int]:
    """How much of a plan does not have to be paid any more: `covered` of `bot.rules.agreements.instalment_plans`."""
    came_in, without = paid_since_plan(), holds.c.amount - left_of_plan()
    return case((came_in > without, came_in), else_=without)


def left_of_plan(*, ended: bool = False) -> ColumnElement[int]:
    """What is left to pay of the plan's instalments."""
    return _sum_of_plan(_left_of_theirs(), holds.alias("part"), ended)


def _left_of_theirs() -> ColumnElement[Any]:
    """What is left to pay of an instalment; 0 if it belongs to another customer now."""
    theirs = exists().where(
        accounts.c.account_id == instalments.c.account_id, accounts.c.customer_id == holds.c.customer_id
    )
    return case((theirs.correlate(instalments, holds), instalments.c.outstanding), else_=0)


def _sum_of_plan(
    of: ColumnElement[Any], part: FromClause, ended: bool, *which: ColumnElement[bool]
) -> ColumnElement[int]:
    """A sum over the instalments of the plan. While the plan is in force, so are all its holds, and an index finds
    them."""
    in_force = true() if ended else part.c.ended_at.is_(None)
    return (
        select(sum_of(of))
        .select_from(part)
        .join(instalments, instalments.c.instalment_id == part.c.instalment_id)
        .where(part.c.customer_id == holds.c.customer_id, part.c.plan_id == holds.c.plan_id, in_force, *which)
        .correlate(holds)
        .scalar_subquery()
    )


def _disputed_of_plan() -> ColumnElement[int]:
    """What is left to pay of the plan's disputed instalments: a disputed amount breaks no plan."""
    of_account = accounts.c.account_id == instalments.c.account_id
    return _sum_of_plan(instalments.c.outstanding, holds.alias("part"), False, of_account, is_disputed())


def _due_by_now() -> ColumnElement[bool]:
    of_plan = (plan_parts.c.plan_id == holds.c.plan_id, plan_parts.c.due_date < JUDGED_BEFORE)
    due = sum_of(plan_parts.c.amount)
    return select(due).where(*of_plan).correlate(holds).scalar_subquery()


async def _end_plans(conn: AsyncConnection, ended: Sequence[int], now: datetime) -> None:
    """Ends the plans whose holds have just ended, and the holds of their other instalments."""
    for some in chunks(ended):
        for statement in _of_ended_plans():
            await conn.execute(statement, {NOW.key: now, ENDED.key: some})


@prepared
def _of_ended_plans() -> tuple[Update, Update]:
    first = holds.alias("first")
    ended = (first.c.kind == "plan", first.c.hold_id.in_(ENDED))
    why = select(first.c.ended_why).where(first.c.plan_id == plans.c.plan_id, *ended).scalar_subquery()
    ended_plans = select(first.c.plan_id).where(*ended, first.c.plan_id.is_not(None))
    return (
        update(plans)
        .where(plans.c.state == "agreed", plans.c.plan_id.in_(ended_plans))
        .values(state=why, ended_at=NOW),
        update(holds).where(IN_FORCE, holds.c.plan_id.in_(ended_plans)).values(ended_at=NOW, ended_why="over"),
    )


async def came_in(conn: AsyncConnection, customer_id: str) -> dict[int, int]:
    """What was paid for each promise of an amount and for the plan in force of this customer, by hold id."""
    found: dict[int, int] = {}
    for query in _came_in():
        rows = (await conn.execute(query, {"given_customer_id": customer_id})).all()
        found |= {row.hold_id: int(row.so_far) for row in rows}
    return found


@prepared
def _came_in() -> tuple[Select[int, int], ...]:
    theirs = holds.c.customer_id == bindparam("given_customer_id", type_=holds.c.customer_id.type)
    return tuple(
        select(holds.c.hold_id, so_far.label("so_far")).where(
            IN_FORCE, theirs, holds.c.kind == kind, holds.c.paid_before.is_not(None)
        )
        for kind, so_far in (("promise", paid_since_promise()), ("plan", paid_since_plan()))
    )


# --- What follows from it --------------------------------------------------------------------------------------------


@prepared
def broken() -> CTE:
    """Customers whose promise or plan is among the holds in `ENDED` and was broken, as rows for
    `cases_opening.open_for`."""
    return (
        select(
            holds.c.customer_id,
            literal(CaseReason.BROKEN_PROMISE.value).label("reason"),
            func.min(instalments.c.due_date).label("due_since"),
        )
        .join(accounts, accounts.c.customer_id == holds.c.customer_id)
        .join(instalments, instalments.c.account_id == accounts.c.account_id)
        .where(holds.c.hold_id.in_(ENDED), holds.c.ended_why == "broken", instalments.c.outstanding > 0)
        .group_by(holds.c.customer_id)
        .cte("broken")
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """A promise or plan that was just kept, broken or not needed any more. Amounts are in minor units of `currency`, or
    None if the promise was of no amount; `came_in` is what was paid since it was made."""

    hold_id: int
    customer_id: str
    kind: str
    why: str
    until: date
    set_by: int | None
    agreed_in: int | None
    currency: str | None
    amount: int | None
    came_in: int | None


async def given_of(conn: AsyncConnection, ended: Sequence[int]) -> list[Ended]:
    """The promises and plans among these holds that were kept, broken or not needed any more."""
    found: list[Ended] = []
    for some in chunks(ended):
        rows = (await conn.execute(_given(), {ENDED.key: some})).all()
        found += [
            Ended(**{**row._mapping, "came_in": None if row.came_in is None else int(row.came_in)}) for row in rows
        ]
    return found


@prepared
def _given() -> Select[*tuple[Any, ...]]:
    came_in = case(
        (holds.c.plan_id.is_not(None), paid_since_plan(ended=True)),
        (and_(holds.c.amount.is_not(None), holds.c.paid_before.is_not(None)), paid_since_promise()),
        else_=None,
    )
    return (
        select(
            holds.c.hold_id,
            holds.c.customer_id,
            holds.c.kind,
            holds.c.ended_why.label("why"),
            holds.c.until,
            func.coalesce(holds.c.seen_by, holds.c.set_by).label("set_by"),
            holds.c.case_id.label("agreed_in"),
            holds.c.currency,
            holds.c.amount,
            came_in.label("came_in"),
        )
        .where(
            holds.c.hold_id.in_(ENDED),
            holds.c.kind.in_(("promise", "plan")),
            holds.c.ended_why.in_(("kept", "broken", "not_needed")),
        )
        .order_by(holds.c.hold_id)
    )
