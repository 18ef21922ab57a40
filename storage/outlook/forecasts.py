"""Forecasts of reminders: how many customers would be told what on each future day, counted in one statement. Nothing
is written.

It uses the same terms as planning and sending (`debts`, `notices`), with the future days as rows. It assumes that
nobody pays and nobody answers. The weekly cap is an approximation: a message that the cap delays waits for an earlier
message as if that one had not been delayed itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    case,
    column,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    values,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.outlook.forecast import Count, StepSpan
from bot.rules.reminders.due_today import MENDED_AT_ANY_TIME
from storage.facts.debts import in_audience
from storage.outlook.forecasts_cases import opening
from storage.outlook.forecasts_channels import channel_of, way
from storage.outlook.forecasts_debts import Question, day_number, debts_to_come, worth_it_under
from storage.reminders.notice_planning import told
from storage.runtime.capped_sums import running_sum_of
from storage.runtime.statistics import for_sets
from storage.schema import customers, notices

WEEK = 7


async def count(conn: AsyncConnection, asked: Question) -> list[Count]:
    """How many customers of each time zone are told something (by channel and by step), cannot be reached, or get a
    case, on each day up to the last."""
    debts = debts_to_come(asked)
    first_case = opening(asked, debts)
    answers = [_counted("case", first_case, first_case.c.day, None, asked)]
    if spans := _spans(asked):
        answers += _messages(asked, _items(asked, spans, debts))
    await for_sets(conn)
    found = await conn.execute(union_all(*answers))
    today, segment = asked.audience.today, asked.audience.segment
    return [
        Count(row.what, (segment, row.zone), today + timedelta(days=row.day), row.key, row.number)
        for row in found.all()
    ]


def _spans(asked: Question) -> list[StepSpan]:
    """The steps that send messages; none if there are no sending hours."""
    return [step for step in asked.steps if step.last_day is not None] if any(asked.sending_days.values()) else []


def _counted(
    what: str, rows: CTE, day: ColumnElement[Any], key: ColumnElement[Any] | None, asked: Question
) -> Select[Any]:
    """How many customers there are, by time zone, day and (if there is one) key."""
    by = [rows.c.zone, day] if key is None else [rows.c.zone, day, key]
    named = (literal("") if key is None else key).label("key")
    number = func.count(rows.c.customer_id.distinct()).label("number")
    return (
        select(literal(what).label("what"), rows.c.zone, day.label("day"), named, number)
        .where(day <= asked.last_number)
        .group_by(*by)
    )


# --- What is to be told ----------------------------------------------------------------------------------------------


def _items(asked: Question, spans: Sequence[StepSpan], debts: CTE) -> CTE:
    """A row for each debt and message step: its first and last day, and its `way`, the number of a channel (`way`),
    which is NULL if none reaches the customer."""
    on_step, routes = _on_step(asked, spans, debts)
    names = ("customer_id", "zone", "stopped", "wished", "instalment_id", "due_date", "step_id", "route")
    kept = [on_step.c[name] for name in names]
    item = (
        select(
            *kept,
            func.min(on_step.c.day).label("first"),
            func.min(case((on_step.c.day > 0, on_step.c.day))).label("first_later"),
            func.max(on_step.c.day).label("last"),
        )
        .where(worth_it_under(on_step, asked.sent_minimums))
        .group_by(*kept)
        .cte("item")
    )
    # What was not sent today is planned again from tomorrow on; what waits or is being sent is still to be sent.
    refused = and_(notices.c.state == "not_sent", notices.c.reason.not_in(MENDED_AT_ANY_TIME))
    refused_today = told(item, and_(refused, notices.c.local_day == asked.audience.today))
    return select(
        item,
        way(item, routes).label("way"),
        told(item, notices.c.state == "accepted").label("told"),
        told(item, true()).label("noted"),
        case((and_(item.c.first == 0, refused_today), item.c.first_later), else_=item.c.first).label("day"),
    ).cte("items")


def _on_step(asked: Question, spans: Sequence[StepSpan], debts: CTE) -> tuple[CTE, list[tuple[str, ...]]]:
    """A row for each debt and each day with sending hours on which it is on a message step, with the sum of all such
    debts of the customer on that day. `route` is a number that stands for the step's channels that are set up."""
    routes: dict[tuple[str, ...], int] = {}
    offsets = []
    for step in spans:
        assert step.last_day is not None
        route = routes.setdefault(tuple(c for c in step.channels if c in asked.channels), len(routes))
        of_step = (step.version, step.step_id, route, step.often)
        offsets += [(*of_step, day) for day in range(step.first_day, step.last_day + 1)]
    hours = [(version, asked.number(day)) for version, days in asked.sending_days.items() for day in days]
    # Both tables are small, and each debt finds its days by equality, which makes it fast.
    columns = (
        *(column("version", Text), column("step_id", Text), column("route", Integer), column("often", Text)),
        column("past_due", Integer),
    )
    steps = values(*columns, name="steps").data(offsets).cte("steps")
    days = values(column("version", Text), column("day", Integer), name="days").data(hours).cte("days")
    per_day = [debts.c.customer_id, debts.c.currency, debts.c.version, days.c.day]
    on_step = (
        select(
            debts,
            steps.c.step_id,
            steps.c.route,
            days.c.day,
            running_sum_of(debts.c.outstanding, per_day).label("owed"),
        )
        .join(steps, steps.c.version == debts.c.version)
        .join(days, and_(days.c.day == debts.c.due + steps.c.past_due, days.c.version == debts.c.version))
        .where(
            debts.c.due >= -max(offset[-1] for offset in offsets),
            or_(debts.c.held_until.is_(None), debts.c.held_until < days.c.day),
            or_(debts.c.paused_until.is_(None), debts.c.paused_until < days.c.day),
            or_(steps.c.often.is_(None), steps.c.often == debts.c.often),
        )
    )
    return on_step.cte("on_step"), list(routes)


# --- Messages --------------------------------------------------------------------------------------------------------


def _messages(asked: Question, items: CTE) -> list[Select[Any]]:
    """Counts of messages by channel and by step, one message for each customer and day, delayed by the caps; and counts
    of customers whom no channel reaches."""
    said, placed, same = _placed_messages(asked, items)
    out_of_reach = and_(items.c.way.is_(None), ~items.c.noted)
    return [
        _counted("channel", placed, placed.c.day, placed.c.channel, asked),
        _counted("step", placed, placed.c.day, said.c.step_id, asked).select_from(placed.join(said, same)),
        _counted("unreachable", items, items.c.first, None, asked).where(out_of_reach),
    ]


def _placed_messages(asked: Question, items: CTE) -> tuple[CTE, CTE, ColumnElement[Any]]:
    """The items to tell, the messages on their days under the caps, and the condition that joins the two."""
    first_in_message = func.row_number().over(
        partition_by=[items.c.customer_id, items.c.day], order_by=[items.c.due_date, items.c.instalment_id]
    )
    said = (
        select(items, first_in_message.label("place"))
        .where(items.c.way.is_not(None), ~items.c.stopped, ~items.c.told, items.c.day.is_not(None))
        .cte("said")
    )
    message = (
        select(
            said.c.customer_id,
            said.c.zone,
            said.c.day,
            func.max(said.c.last).label("last"),
            channel_of(said).label("channel"),
        )
        .group_by(said.c.customer_id, said.c.zone, said.c.day)
        .cte("message")
    )
    placed = _under_caps(asked, message)
    return said, placed, and_(said.c.customer_id == placed.c.customer_id, said.c.day == placed.c.planned_day)


def _under_caps(asked: Question, message: CTE) -> CTE:
    """The messages on the first days on which no cap delays them; those that are no longer true then are left out."""
    line = select(message, literal(0).label("sent")).union_all(_sent_lately(asked)).cte("line")
    theirs = [line.c.customer_id]
    in_order = [line.c.day, line.c.sent.desc()]
    in_the_way = func.lag(line.c.day, asked.max_per_week, type_=Integer).over(partition_by=theirs, order_by=in_order)
    sent_today = func.sum(case((and_(line.c.sent == 1, line.c.day == 0), 1), else_=0)).over(partition_by=theirs)
    capped = select(line, in_the_way.label("in_the_way"), sent_today.label("sent_today")).cte("capped")
    free_from = case(
        (capped.c.in_the_way + WEEK > capped.c.day, capped.c.in_the_way + WEEK),
        (and_(capped.c.day == 0, capped.c.sent_today >= asked.max_per_day), 1),
        else_=capped.c.day,
    )
    moved = (
        select(
            capped.c.customer_id,
            capped.c.zone,
            capped.c.channel,
            capped.c.last,
            capped.c.day.label("planned_day"),
            free_from.label("day"),
        )
        .where(capped.c.sent == 0)
        .cte("moved")
    )
    return select(moved).where(moved.c.day <= moved.c.last).cte("placed")


def _sent_lately(asked: Question) -> Select[Any]:
    """The sent reminders that still count for the caps, as rows like those of messages."""
    today = asked.audience.today
    return (
        select(
            notices.c.customer_id,
            customers.c.zone,
            day_number(notices.c.local_day, asked),
            literal(0),
            literal(None, Text),
            literal(1),
        )
        .join(customers, customers.c.customer_id == notices.c.customer_id)
        .where(
            in_audience(asked.audience),
            notices.c.state == "accepted",
            notices.c.kind == "reminder",
            notices.c.local_day.between(today - timedelta(days=WEEK - 1), today),
        )
    )
