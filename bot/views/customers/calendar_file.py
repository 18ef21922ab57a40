"""A customer's calendar as an iCalendar file (RFC 5545): an all-day event for each date, with an alarm at nine in the
morning of the day before. Sums are in it only where the customer wants them, because calendars are often shared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vDate, vDuration

from bot.rules.outlook.calendar_dates import CalendarDate, Entry
from bot.views.lines import product_of
from locales import Translator

ASK_AGAIN = timedelta(hours=6)
ALARM = timedelta(hours=-15)  # before the day begins: at nine on the day before
FILE_NAME = "due-dates.ics"


def calendar_file(
    t: Translator,
    brand: str,
    present: Mapping[str, CalendarDate],
    entries: Mapping[str, Entry],
    uids: Mapping[str, str],
    with_sums: bool,
    now: datetime,
) -> bytes:
    """The file. `entries` that are not `present` any more are in it as cancelled."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//duebot//due dates//EN")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", t.plain("{brand}: due dates", brand=brand))
    calendar.add("refresh-interval", vDuration(ASK_AGAIN), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(ASK_AGAIN))
    for name, entry in sorted(entries.items()):
        calendar.add_component(_event(t, brand, present.get(name), entry, uids[name], with_sums, now))
    return bytes(calendar.to_ical())


def _event(
    t: Translator, brand: str, day: CalendarDate | None, entry: Entry, uid: str, with_sums: bool, now: datetime
) -> Event:
    event = Event()
    event.add("uid", f"{uid}@duebot")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event["DTSTART"] = vDate(entry.day)
    event["DTSTART"].params["VALUE"] = "DATE"
    event.add("transp", "TRANSPARENT")  # a due date does not make a day busy
    if day is None:
        event.add("status", "CANCELLED")
        event.add("summary", t.plain("{brand}: no longer due", brand=brand))
        return event
    event.add("status", "CONFIRMED")
    event.add("summary", _summary(t, brand, day, with_sums))
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _summary(t, brand, day, with_sums))
    alarm.add("trigger", ALARM)
    event.add_component(alarm)
    return event


def _summary(t: Translator, brand: str, day: CalendarDate, with_sums: bool) -> str:
    words = {
        "due": t.plain("{brand}: payment due", brand=brand),
        "promise": t.plain("{brand}: the day you chose to pay", brand=brand),
        "part": t.plain("{brand}: part of your plan due", brand=brand),
    }[day.kind]
    product = f" · {product_of(t, day.product)}" if day.product else ""
    return f"{words}{product} · {t.money(day.amount)}" if with_sums and day.amount is not None else f"{words}{product}"
