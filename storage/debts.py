"""Who owes what, as sets: the debts that are on a step of the ladder today, and who can be reached how.

Everything that plans, escalates or guards begins here, so that all of them mean the same by a debt: unsettled, not
disputed, on no hold, and not below the minimum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    CompoundSelect,
    Date,
    Text,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.money import Money
from storage.schema import accounts, customers, dead_channels, holds, instalments, ladders, links

CHANNELS = ("telegram", "email", "sms", "push")


@dataclass(frozen=True, slots=True)
class StepDates:
    """A step of the ladder as due dates: who is on it today has an unsettled instalment due on one of these days."""

    step_id: str
    due_from: date
    due_to: date
    channels: tuple[str, ...] = ("telegram",)


@dataclass(frozen=True, slots=True)
class Audience:
    """Customers of one segment in zones where it is the same day. `segment` None means everybody who is in none of
    `other_segments`."""

    zones: tuple[str, ...]
    today: date
    segment: str | None
    other_segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """Whose ladder it is: a policy version, and whether it is the one that begins new ladders."""

    version: str
    current: bool = True


async def zones_in_use(conn: AsyncConnection) -> list[str]:
    return list((await conn.execute(select(customers.c.zone).distinct().order_by(customers.c.zone))).scalars())


def in_audience(audience: Audience) -> Any:
    """The WHERE clause that says who belongs to an audience."""
    if audience.segment is not None:
        segment = customers.c.segment == audience.segment
    elif audience.other_segments:
        segment = or_(customers.c.segment.is_(None), customers.c.segment.not_in(audience.other_segments))
    else:
        segment = true()
    return and_(customers.c.zone.in_(audience.zones), customers.c.forgotten_at.is_(None), segment)


def is_held(instalment_id: Any, customer_id: Any) -> Any:
    """A promise, plan, dispute or hold stands for this instalment, or for all that the customer owes."""
    about = or_(holds.c.instalment_id.is_(None), holds.c.instalment_id == instalment_id)
    return exists().where(holds.c.customer_id == customer_id, holds.c.ended_at.is_(None), about)


def debts(
    audience: Audience,
    steps: Sequence[StepDates],
    minimums: Mapping[str, Money],
    ladder: Ladder,
    but_not: Callable[[Any, Any], Any] | None = None,
) -> CTE:
    """Debts of the audience that are on one of the steps today, a row for each with what the customer owes over all
    of them in that currency; those who owe less than the minimum are left out. `but_not` gives a clause for rows that
    do not count, from the instalments and the steps."""
    on_step = _rows(steps).cte("on_step")
    began = ladders.c.policy_version == ladder.version
    if ladder.current:
        began = or_(ladders.c.policy_version.is_(None), began)
    owed = (
        select(
            accounts.c.customer_id,
            accounts.c.currency,
            instalments.c.instalment_id,
            instalments.c.due_date,
            on_step.c.step_id,
            *(on_step.c[channel] for channel in CHANNELS),
            owed_in_all(),
        )
        .select_from(instalments)
        .join(on_step, instalments.c.due_date.between(on_step.c.due_from, on_step.c.due_to))
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .join(customers, customers.c.customer_id == accounts.c.customer_id)
        .outerjoin(
            ladders,
            and_(ladders.c.instalment_id == instalments.c.instalment_id, ladders.c.due_date == instalments.c.due_date),
        )
        .where(
            in_audience(audience),
            instalments.c.outstanding > 0,
            instalments.c.status == "open",
            began,
            ~is_held(instalments.c.instalment_id, accounts.c.customer_id).correlate(instalments, accounts),
            true() if but_not is None else ~but_not(instalments, on_step),
        )
    ).cte("owed")
    return select(owed).where(worth_it(owed, minimums)).cte("debts")


def owed_in_all() -> Any:
    """What a customer owes over all rows in one currency."""
    per_currency = [accounts.c.customer_id, accounts.c.currency]
    return func.sum(instalments.c.outstanding).over(partition_by=per_currency).label("owed")


def worth_it(owed: CTE, minimums: Mapping[str, Money]) -> Any:
    """Not below the minimum of its currency."""
    if not minimums:
        return true()
    known = [(owed.c.currency == currency, literal(money.amount, BigInteger)) for currency, money in minimums.items()]
    return owed.c.owed >= case(*known, else_=literal(0, BigInteger))


def _rows(steps: Sequence[StepDates]) -> CompoundSelect[Any]:
    """The steps as rows. A union of selects, since a VALUES list is compiled anew each time."""
    return union_all(
        *(
            select(
                literal(s.step_id, Text).label("step_id"),
                literal(s.due_from, Date).label("due_from"),
                literal(s.due_to, Date).label("due_to"),
                *(literal(channel in s.channels, Boolean).label(channel) for channel in CHANNELS),
            )
            for s in steps
        )
    )


# --- Reaching people -------------------------------------------------------------------------------------------------


def is_dead(customer_id: Any, channel: str) -> Any:
    return exists().where(dead_channels.c.customer_id == customer_id, dead_channels.c.channel == channel)


def can_reach(customer_id: Any, channel: str) -> Any:
    """Whether the customer has an address on this channel that is not dead."""
    them = customers.alias()  # whoever asks may have customers of their own, which are not meant here
    address = {
        "telegram": exists().where(links.c.customer_id == customer_id, links.c.ended_at.is_(None)),
        "email": exists().where(them.c.customer_id == customer_id, them.c.email.is_not(None)),
        "sms": exists().where(them.c.customer_id == customer_id, them.c.phone.is_not(None)),
        "push": true(),  # the gateway knows its customers by their id
    }[channel]
    return and_(address, ~is_dead(customer_id, channel))


def can_reach_by_any(customer_id: Any, channels: Iterable[str]) -> Any:
    return or_(false(), *(can_reach(customer_id, channel) for channel in channels))


def can_reach_on_step(debt: CTE, channels: Iterable[str]) -> Any:
    """Whether one of the step's channels that are set up reaches the customer."""
    return or_(false(), *(and_(debt.c[c], can_reach(debt.c.customer_id, c)) for c in channels))
