"""Reads the `[desk]` table of a policy file. `desk_terms` says what its keys mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from bot.rules.policy.desk_terms import Break, Desk, Weights, is_within
from bot.rules.policy.sections import Section
from bot.rules.policy.sending_hours import MIDNIGHT, SendingHours, is_holiday_country, is_zone

KEYS = (
    "time_zone",
    "hours",
    "lease",
    "away_return",
    "first_answer",
    "next_action",
    "remind_before",
    "promise_tolerance",
    "promise_days",
    "promise_ahead",
    "promise_moves",
    "promise_smallest",
    "dispute_days",
    "ask_how_it_went",
    "reveals_hour",
    "reveals_day",
    "urgency",
)
POINTS = ("asked", "vulnerable", "broken_promise", "day_overdue", "amount", "hour_waiting")
MOST_POINTS = 10_000
MOST_REVEALS = 1000


def read_desk(top: Section) -> Desk:
    """The desk; defaults for what the file does not say, or says wrongly."""
    section = top.section("desk", "a table, under a line that says [desk]")
    if section is None:
        return Desk()
    section.only(KEYS)
    usual = Desk()
    share = section.share("promise_tolerance", most=1)
    days = section.whole("promise_days", 0, 30)
    ahead, moves = section.whole("promise_ahead", 1, 60), section.whole("promise_moves", 0, 20)
    smallest = section.share("promise_smallest", most=1)
    dispute_days = section.whole("dispute_days", 1, 60)
    asks = section.flag("ask_how_it_went")
    hour, day = section.whole("reveals_hour", 1, MOST_REVEALS), section.whole("reveals_day", 1, MOST_REVEALS)
    hours = _hours(section)
    return Desk(
        time_zone=_zone(section) or usual.time_zone,
        hours=hours,
        pause=None if hours is None else _pause(section, hours),
        lease=section.duration("lease") or usual.lease,
        away_return=section.duration("away_return") or usual.away_return,
        first_answer=_by_reason(section, "first_answer", usual.first_answer),
        next_action=_by_reason(section, "next_action", usual.next_action),
        remind_before=section.duration("remind_before") or usual.remind_before,
        promise_tolerance=Decimal(0) if share is None else share,
        promise_days=usual.promise_days if days is None else days,
        promise_ahead=ahead or usual.promise_ahead,
        promise_moves=usual.promise_moves if moves is None else moves,
        promise_smallest=Decimal(0) if smallest is None else smallest,
        dispute_days=dispute_days or usual.dispute_days,
        ask_how_it_went=usual.ask_how_it_went if asks is None else asks,
        reveals_hour=usual.reveals_hour if hour is None else hour,
        reveals_day=usual.reveals_day if day is None else day,
        weights=_weights(section),
    )


def _zone(section: Section) -> str | None:
    if "time_zone" not in section.table:
        if "hours" in section.table:
            section.fault(None, '"time_zone" is missing: hours need a clock, such as time_zone = "Asia/Taipei"')
        return None
    value = section.table["time_zone"]
    if not isinstance(value, str) or not is_zone(value):
        section.given("time_zone", 'an IANA name such as "Asia/Taipei"')
        return None
    return value


def _hours(section: Section) -> SendingHours | None:
    hours = section.section("hours", 'a table such as { from = "09:00", to = "18:00" }')
    if hours is None:
        return None
    hours.only(("from", "to", "break", "rest_days", "holidays"))
    span, rest_days = hours.span(), hours.weekdays("rest_days") or frozenset()
    country = hours.table.get("holidays") or None
    if country is not None and not (isinstance(country, str) and is_holiday_country(country)):
        hours.given("holidays", 'an ISO 3166 country whose holidays are known, such as "CN"')
        country = None
    if len(rest_days) == 7:
        hours.fault("rest_days", "all seven days given, expected at least one day on which somebody works")
        return None
    return None if span is None else SendingHours(*span, rest_days, country)


def _pause(section: Section, hours: SendingHours) -> Break | None:
    table = section.section("hours", "a table")
    assert table is not None, "the hours were read from it"
    pause = table.section("break", 'a table such as { from = "12:30", to = "13:30" }')
    if pause is None:
        return None
    pause.only(("from", "to"))
    span = pause.span()
    if span is None:
        return None
    if span[1] == MIDNIGHT or not is_within(found := Break(*span), hours):
        pause.fault(None, "it is not within the hours; expected some work before it and after it on the same day")
        return None
    return found


def _by_reason(section: Section, key: str, usual: Mapping[str, timedelta]) -> Mapping[str, timedelta]:
    reasons = section.section(key, 'a table such as { asked = "30m", other = "8h" }')
    if reasons is None:
        return usual
    read = {reason: reasons.duration(reason) for reason in reasons.table}
    return {reason: duration for reason, duration in read.items() if duration is not None}


def _weights(section: Section) -> Weights:
    table = section.section("urgency", "a table, under a line that says [desk.urgency]")
    if table is None:
        return Weights()
    table.only((*POINTS, "full_amount"))
    points = {key: table.whole(key, 1 if key == "hour_waiting" else 0, MOST_POINTS) for key in POINTS}
    given = {key: value for key, value in points.items() if value is not None}
    return Weights(**given, full_amount=table.amounts("full_amount"))
