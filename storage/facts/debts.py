"""Debts as sets: whose they are, what holds them, what is too little to speak of, and over which channels customers can
be reached.

Planning and the guarantee both use these, so that a debt means the same to them: unsettled, not disputed, not on hold,
and not below the minimum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Label,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules import channels as known_channels
from bot.rules.channels import NAMES as CHANNELS
from bot.rules.facts.money import Money
from storage.runtime.capped_sums import running_sum_of, sum_of
from storage.runtime.customer_sets import CHOSEN, is_chosen, looked_at
from storage.runtime.prepared import TODAY, prepared, there_is
from storage.schema import accounts, customers, dead_channels, holds, instalments, links

Kind = Literal["everybody", "segment", "others", "chosen"]
Minimums = tuple[Money, ...]  # the smallest sum worth a reminder, for each currency that has one


@dataclass(frozen=True, slots=True)
class StepDates:
    """A step of the ladder as due dates: a debt is on the step today if it was due on one of these days. `often` is
    which wish its customers have (fewer, usual, more); None: everybody gets it on these days."""

    step_id: str
    due_from: date
    due_to: date
    channels: tuple[str, ...] = ("telegram",)
    often: str | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Customers of one segment, in time zones where it is the same day. `segment` None means all customers that are in
    none of `other_segments`. With `customer_ids` it is these customers and no others, who are known to be such."""

    zones: tuple[str, ...]
    today: date
    segment: str | None
    other_segments: tuple[str, ...] = ()
    customer_ids: tuple[str, ...] | None = None

    @property
    def kind(self) -> Kind:
        """Which form a prepared statement about this audience has."""
        if self.customer_ids is not None:
            return "chosen"
        if self.segment is not None:
            return "segment"
        return "others" if self.other_segments else "everybody"

    def values(self) -> dict[str, Any]:
        """The bind parameters of a prepared statement about this audience."""
        if self.customer_ids is not None:
            return {CHOSEN.key: self.customer_ids, TODAY.key: self.today}
        return {
            "given_zones": self.zones,
            "given_segment": self.segment,
            "given_other_segments": self.other_segments,
            TODAY.key: self.today,
        }


@dataclass(frozen=True, slots=True)
class Ladder:
    """The policy version of a ladder, and whether new ladders begin under this version."""

    version: str
    current: bool = True


async def zones_in_use(conn: AsyncConnection) -> list[str]:
    return list((await conn.execute(_zones())).scalars())


@prepared
def _zones() -> Select[*tuple[Any, ...]]:
    """From one zone to the next by the index, since there are millions of customers and some hundred zones."""
    zones = select(select(func.min(customers.c.zone)).scalar_subquery().label("zone")).cte("zones", recursive=True)
    following = select(func.min(customers.c.zone)).where(customers.c.zone > zones.c.zone)
    zones = zones.union_all(select(following.correlate(zones).scalar_subquery()).where(zones.c.zone.is_not(None)))
    return select(zones.c.zone).where(zones.c.zone.is_not(None)).order_by(zones.c.zone)


def in_audience(audience: Audience) -> ColumnElement[bool]:
    """The WHERE clause for the customers of an audience."""
    if audience.segment is not None:
        segment = customers.c.segment == audience.segment
    elif audience.other_segments:
        segment = or_(customers.c.segment.is_(None), customers.c.segment.not_in(audience.other_segments))
    else:
        segment = true()
    return and_(customers.c.zone.in_(audience.zones), customers.c.forgotten_at.is_(None), segment)


def belongs(kind: Kind) -> ColumnElement[bool]:
    """The same clause for a prepared statement, which runs with `Audience.values`."""
    if kind == "chosen":
        return and_(is_chosen(customers.c.customer_id), customers.c.forgotten_at.is_(None))
    segment: dict[Kind, ColumnElement[bool]] = {
        "everybody": true(),
        "segment": customers.c.segment == bindparam("given_segment", type_=Text()),
        "others": or_(
            customers.c.segment.is_(None),
            customers.c.segment.not_in(bindparam("given_other_segments", type_=Text(), expanding=True)),
        ),
    }
    zones = customers.c.zone.in_(bindparam("given_zones", type_=Text(), expanding=True))
    return and_(zones, customers.c.forgotten_at.is_(None), segment[kind])


def is_of(kind: Kind, customer_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether this customer belongs to the audience: looked up one by one, since there are few to ask of and millions
    who belong."""
    if kind == "chosen":
        return is_chosen(customer_id)
    return exists().where(customers.c.customer_id == customer_id, belongs(kind))


def whose(kind: Kind, table: Table, *which: ColumnElement[bool]) -> Select[str]:
    """The customers of an audience who have such rows of this table. A few who are chosen are looked up one by one; of
    all others, the rows come first."""
    if kind == "chosen":
        has_such = there_is(table.c.customer_id == customers.c.customer_id, *which, correlate=[customers])
        return select(customers.c.customer_id).where(belongs(kind), has_such)
    return select(table.c.customer_id).where(is_of(kind, table.c.customer_id), *which)


def is_held(
    instalment_id: ColumnElement[str], customer_id: ColumnElement[str], is_active: ColumnElement[bool] | None = None
) -> ColumnElement[bool]:
    """Whether a promise, plan, dispute or hold covers this instalment, or everything that the customer owes.
    `is_active` is the clause for an active hold; by default, one that has not ended."""
    about = or_(holds.c.instalment_id.is_(None), holds.c.instalment_id == instalment_id)
    return exists().where(
        holds.c.customer_id == customer_id, holds.c.ended_at.is_(None) if is_active is None else is_active, about
    )


HELD, IN_PLAN = 1, 2


def held_by(instalment_id: ColumnElement[str], customer_id: ColumnElement[str]) -> ColumnElement[int]:
    """The same of a row of instalments and accounts, as a number: `IN_PLAN` where a plan in force covers it, `HELD`
    where something else does; NULL where nothing does."""
    about = or_(holds.c.instalment_id.is_(None), holds.c.instalment_id == instalment_id)
    return (
        select(func.max(case((holds.c.plan_id.is_not(None), IN_PLAN), else_=HELD)))
        .where(holds.c.customer_id == customer_id, holds.c.ended_at.is_(None), about)
        .correlate(instalments, accounts)
        .scalar_subquery()
    )


# Customers, then their accounts, then what is due on them: the order in which few customers are looked up.
WITH_DEBTS = customers.join(accounts, accounts.c.customer_id == customers.c.customer_id).join(
    instalments, instalments.c.account_id == accounts.c.account_id
)


def due_date(kind: Kind) -> ColumnElement[date]:
    """The day on which an instalment is due, to be compared: of chosen customers it finds nobody, of all others it
    does."""
    return looked_at(instalments.c.due_date) if kind == "chosen" else instalments.c.due_date


def owed_in_all() -> Label[int]:
    """The sum of what a customer owes in one currency, over all rows."""
    per_currency = [accounts.c.customer_id, accounts.c.currency]
    return running_sum_of(instalments.c.outstanding, per_currency).label("owed")


def worth_it(owed: CTE, minimums: Minimums) -> ColumnElement[bool]:
    """Whether the customer's debts are not below the minimum of their currency."""
    return owed.c.owed >= _least(owed, minimums) if minimums else true()


def worth_it_together(debts: CTE, minimums: Minimums, *of: ColumnElement[Any]) -> ColumnElement[bool]:
    """The same of rows with an `outstanding` of which none is summed up yet; those with the same customer, currency and
    `of` count together. Most debts are enough by themselves, so only the sums of customers who have a small one are
    asked for: on SQLite a window over all of them takes longer than finding them."""
    if not minimums:
        return true()
    enough = debts.c.outstanding >= _least(debts, minimums)
    small = select(debts.c.customer_id).where(~enough)
    each = (debts.c.customer_id, debts.c.currency, *of)
    sums = select(*each).where(debts.c.customer_id.in_(small)).group_by(*each)
    return or_(enough, tuple_(*each).in_(sums.having(sum_of(debts.c.outstanding) >= _least(debts, minimums))))


def _least(owed: CTE, minimums: Minimums) -> ColumnElement[int]:
    known = [(owed.c.currency == least.currency, literal(least.amount, BigInteger)) for least in minimums]
    return case(*known, else_=literal(0, BigInteger))


# --- Reaching people -------------------------------------------------------------------------------------------------


# Aliases, because the query around them may read these tables, too.
_DEAD, _THEM = dead_channels.alias(), customers.alias()


def is_dead(customer_id: ColumnElement[str], channel: str) -> ColumnElement[bool]:
    return there_is(_DEAD.c.customer_id == customer_id, _DEAD.c.channel == channel)


def can_reach(customer_id: ColumnElement[str], channel: str) -> ColumnElement[bool]:
    """Whether the customer has an address on this channel that is not dead."""
    return and_(_has_address(customer_id, known_channels.BY_NAME[channel].address), ~is_dead(customer_id, channel))


def _has_address(customer_id: ColumnElement[str], address: str) -> ColumnElement[bool]:
    if address == known_channels.LINK:
        return there_is(links.c.customer_id == customer_id, links.c.ended_at.is_(None))
    if address == known_channels.CUSTOMER_ID:
        return true()  # the gateway knows its customers by their id
    return there_is(_THEM.c.customer_id == customer_id, _THEM.c[address].is_not(None))


def can_reach_by_any(customer_id: ColumnElement[str], channels: Iterable[str]) -> ColumnElement[bool]:
    return or_(false(), *(can_reach(customer_id, channel) for channel in channels))


def can_reach_on_step(debt: CTE, channels: Iterable[str]) -> ColumnElement[bool]:
    """Whether one of the step's channels that are set up reaches the customer."""
    return or_(false(), *(and_(debt.c[c], can_reach(debt.c.customer_id, c)) for c in channels))


def first_that_reaches(debt: CTE, channels: Iterable[str]) -> ColumnElement[str]:
    """The first of those channels, in the order in which they are registered and not in that of the step; '' where none
    does. Sending decides."""
    reaching = [(and_(debt.c[c], can_reach(debt.c.customer_id, c)), literal(c)) for c in CHANNELS if c in channels]
    return case(*reaching, else_=literal("")) if reaching else literal("")
