"""A policy's desk in plain words: what customers may know about it, and the terms for agents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.rules.policy.desk_terms import MOST_BROKEN, MOST_DAYS, OTHER, Desk
from bot.rules.policy.sending_hours import MIDNIGHT, SendingHours
from bot.views.cases.desk_words import reason_words
from bot.views.lines import duration
from locales import Html, Translator


def answering(t: Translator, desk: Desk) -> Iterator[Html]:
    """For everybody: when somebody is there, and how soon they answer."""
    yield t("<b>When a person answers</b>")
    if desk.hours is None:
        yield t("• By day and by night.")
    else:
        opens, closes = clock_words(desk.hours.opens), closing_words(desk.hours)
        yield t("• Between {opens} and {closes}, {zone}.", opens=opens, closes=closes, zone=_zone(t, desk))
        if desk.pause is not None:
            begins, ends = clock_words(desk.pause.begins), clock_words(desk.pause.ends)
            yield t("• Nobody is there between {begins} and {ends}.", begins=begins, ends=ends)
        if rest := rest_words(t, desk.hours):
            yield t("• Closed on {days}.", days=rest)
    within = duration(t, desk.first_answer_within("asked"))
    if desk.hours is None:
        yield t("• If you ask for a person, one answers within {length}.", length=within)
    else:
        yield t("• If you ask for a person, one answers within {length} of these hours.", length=within)
    yield _disputes(t, desk)


def _zone(t: Translator, desk: Desk) -> str:
    return t.zone(ZoneInfo(desk.time_zone))


def _disputes(t: Translator, desk: Desk) -> Html:
    return t.plural(
        "• If you say that a payment isn’t right, a person answers within {n} working day.",
        "• If you say that a payment isn’t right, a person answers within {n} working days.",
        desk.dispute_days,
    )


def desk_words(t: Translator, desk: Desk) -> Iterator[Html]:
    """For agents: how long things may take, and what makes a case urgent."""
    yield t("<b>The agents’ desk</b>")
    yield t("• A case that its agent does nothing about goes back after {length}.", length=duration(t, desk.lease))
    yield t("• Cases of an agent who is away go back after {length}.", length=duration(t, desk.away_return))
    first = _by_reason(t, desk.first_answer, desk.first_answer_within(OTHER))
    yield t("• First answer within: {lengths}.", lengths=first)
    following = _by_reason(t, desk.next_action, desk.next_action_within(OTHER))
    yield t("• Next step within: {lengths}.", lengths=following)
    yield t("• A reminder comes {length} before that.", length=duration(t, desk.remind_before))
    yield from _promises(t, desk.promise_tolerance, desk.promise_days)
    yield t(
        "• Customers’ numbers that an agent is shown: {hour} within an hour, {day} within a day at most.",
        hour=desk.reveals_hour,
        day=desk.reveals_day,
    )
    yield t("• Points of urgency: {points}.", points=t.joined(_points(t, desk)))


def _by_reason(t: Translator, lengths: Mapping[str, timedelta], otherwise: timedelta) -> Html:
    named = [
        t("{reason} {length}", reason=reason_words(t, reason), length=duration(t, length))
        for reason, length in lengths.items()
        if reason != OTHER
    ]
    other = duration(t, lengths.get(OTHER, otherwise))
    return t.joined([*named, t("all else {length}", length=other)]) if named else other


def _promises(t: Translator, tolerance: Decimal, days: int) -> Iterator[Html]:
    if tolerance:
        share = f"{(tolerance * 100).normalize():f}%"
        yield t("• A promise counts as kept if no more than {share} of it is missing.", share=share)
    if days:
        yield t("• A payment that comes {days} after the promised day still counts.", days=t.days(days))


def _points(t: Translator, desk: Desk) -> Iterator[Html]:
    weights = desk.weights
    parts = (
        (weights.asked, t("{points} for asking for a person", points=weights.asked)),
        (weights.vulnerable, t("{points} for being vulnerable", points=weights.vulnerable)),
        (
            weights.broken_promise,
            t(
                "{points} for each promise not kept ({most} at most)",
                points=weights.broken_promise,
                most=weights.broken_promise * MOST_BROKEN,
            ),
        ),
        (
            weights.day_overdue,
            t(
                "{points} for each day overdue ({most} at most)",
                points=weights.day_overdue,
                most=weights.day_overdue * MOST_DAYS,
            ),
        ),
        (weights.amount, _amount(t, desk)),
        (weights.hour_waiting, t("{points} for each hour of waiting", points=weights.hour_waiting)),
    )
    yield from (words for points, words in parts if points)


def _amount(t: Translator, desk: Desk) -> Html:
    full = [t.money(money) for money in desk.weights.full_amount.values()]
    if not full:
        return t("{points} for the amount", points=desk.weights.amount // 2)
    return t(
        "up to {points} for the amount (all of them from {amounts})",
        points=desk.weights.amount,
        amounts=Html(" / ".join(full)),
    )


def clock_words(wall: time) -> str:
    return wall.strftime("%H:%M")


def closing_words(hours: SendingHours) -> str:
    """When hours end, midnight as the end of the day."""
    return "24:00" if hours.closes == MIDNIGHT else clock_words(hours.closes)


def rest_words(t: Translator, hours: SendingHours) -> str:
    """The days without hours; empty if there are none."""
    names = (
        t.plain("Mondays"),
        t.plain("Tuesdays"),
        t.plain("Wednesdays"),
        t.plain("Thursdays"),
        t.plain("Fridays"),
        t.plain("Saturdays"),
        t.plain("Sundays"),
    )
    days = [names[day] for day in sorted(hours.rest_days)]
    if hours.holidays is not None:
        days.append(t.plain("public holidays"))
    return t.joined(days) if days else ""
