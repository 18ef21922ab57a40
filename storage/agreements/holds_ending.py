"""Ends holds whose time has come, in sets: promises and plans that were kept or broken, and disputes and other holds
that are over.

If nothing is owed any more and less than promised was paid, because the rest was waived, corrected, moved or disputed,
the promise is not needed: neither kept nor broken. A promise is judged only when its day is over, and then with the
policy's tolerance. The rules for a single one are in `bot.rules.agreements.promises` and
`bot.rules.agreements.instalment_plans`; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Insert, Select, Update, and_, case, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.agreements.holds import IN_DISTRESS, SAID_PAID
from storage.agreements.holds import ENDED, IN_FORCE, chunks, is_disputed

# In the order in which one customer's are looked up.
from storage.agreements.promises_kept import (
    JUDGED_BEFORE,
    ON_ACCOUNTS,
    TOLERANCE,
    covered_of_plan,
    disputed_of_plan,
    due_by_now,
    is_of_a_sum,
    left_of_plan,
    paid_since_plan,
    paid_since_promise,
    sums_came_in,
    tolerated,
)
from storage.facts.debts import Audience, Kind, is_of, whose
from storage.facts.import_blocks import facts_at
from storage.runtime.engine import insert_in
from storage.runtime.prepared import NOW, TODAY, prepared, there_is
from storage.runtime.statistics import for_sets
from storage.schema import accounts, changed_customers, holds, instalments, plans


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
    """Customers of the audience with a hold that has come to its end, for a prepared statement."""
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
    whole = and_(is_of_a_sum(), came_in >= holds.c.amount)
    nearly = and_(is_of_a_sum(), came_in >= holds.c.amount - tolerated(holds.c.amount))
    yield _End("kept", (alone, given, or_(whole, and_(~_owed(), or_(nearly, sums_came_in())))))
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


def _ends_plan() -> _End:
    """The reason why a plan ends, and its conditions."""
    came_in, due = paid_since_plan(), due_by_now()
    left = left_of_plan()
    missed = covered_of_plan() < due - tolerated(due) - disputed_of_plan()
    ends = or_(came_in >= holds.c.amount, left == 0, missed, holds.c.until < JUDGED_BEFORE)
    nearly = came_in >= holds.c.amount - tolerated(holds.c.amount)
    why = case(
        (came_in >= holds.c.amount, "kept"), (and_(left > 0, missed), "broken"), (nearly, "kept"), else_="not_needed"
    )
    return _End(why, (holds.c.kind == "plan", holds.c.plan_id.is_not(None), ends))


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
