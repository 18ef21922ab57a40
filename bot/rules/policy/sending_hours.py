"""Sending hours: when a customer may be written to, in the customer's own time, as instants.

A zone is an IANA name, or several candidates joined by `|` (a phone number tells the country, but seldom the city).
With several candidates, only what is allowed in all of them is allowed, and the calendar day is the earliest of theirs.
`ladder` decides which message is due on a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

# As `closes`, midnight is the end of the day; a policy file writes "24:00".
MIDNIGHT = time(0)
DAYS_AHEAD = 366
LAST_MINUTES = timedelta(minutes=5)
_NO_PLACES = frozenset({"localtime", "posixrules", "Factory"})  # names of files, not of places; they differ by machine


@dataclass(frozen=True, slots=True)
class SendingHours:
    """Hours by the customer's clock, from `opens` until before `closes`, on one calendar day; `MIDNIGHT` as `closes` is
    the day's end. `rest_days` count from Monday 0; `holidays` is an ISO 3166 country."""

    opens: time
    closes: time
    rest_days: frozenset[int] = frozenset()
    holidays: str | None = None

    def __post_init__(self) -> None:
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None:
            raise ValueError("sending hours are told by the customer's clock and carry no zone")
        if self.closes != MIDNIGHT and self.opens >= self.closes:
            raise ValueError(f"sending hours open at {self.opens} and must close later that day, not at {self.closes}")
        if not self.rest_days <= set(range(7)):
            raise ValueError(f"rest days are 0 (Monday) to 6 (Sunday), not {sorted(self.rest_days)}")
        if self.holidays is not None and not is_holiday_country(self.holidays):
            raise ValueError(f"no holidays are known for {self.holidays!r}; expected an ISO country such as 'CN'")


@dataclass(frozen=True, slots=True)
class Window:
    """Instants (UTC) from `opens` until before `closes`."""

    opens: datetime
    closes: datetime

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"a window opens before it closes, not {self.opens} to {self.closes}")

    def __contains__(self, instant: datetime) -> bool:
        return self.opens <= instant < self.closes


def is_zone(name: str) -> bool:
    """Whether `name` is one zone of the IANA database (not several, no path, not this machine's own)."""
    return name in _zone_names()


@lru_cache(maxsize=4096)
def zones(zone: str) -> tuple[ZoneInfo, ...]:
    """The zones in "Asia/Taipei" or "Asia/Taipei|Asia/Tokyo". Raises ValueError for an unknown name."""
    names = tuple(dict.fromkeys(zone.split("|")))
    for name in names:
        if not is_zone(name):
            raise ValueError(f"{name[:60]!r} is not a time zone; expected an IANA name such as 'Asia/Taipei'")
    return tuple(ZoneInfo(name) for name in names)


@lru_cache(maxsize=4096)
def local_day(zone: str, now: datetime) -> date:
    """The customer's calendar day; of several candidates the earliest, so that nobody is overdue a day too early."""
    _need_instant(now)
    return min(now.astimezone(place).date() for place in zones(zone))


def shown_day(zone: str, now: datetime) -> date:
    """The calendar day by the clock that people are shown: that of the first candidate. What somebody writes with a
    time, such as 'tomorrow 9:00', is read by that clock alone; `local_day` may be a day behind it."""
    _need_instant(now)
    return now.astimezone(zones(zone)[0]).date()


def beginning(zone: str, day: date) -> datetime:
    """The instant from which it is that day in every zone of `zone`."""
    return max(datetime.combine(day, MIDNIGHT, place).astimezone(UTC) for place in zones(zone))


@lru_cache(maxsize=16384)
def window(hours: SendingHours, zone: str, day: date) -> Window | None:
    """The sending hours of `day` as instants, or None on a rest day, on a holiday, or if nothing is left of them.

    If clocks jump over `opens`, the window opens after the jump; if they jump over `closes`, it closes before the jump.
    If clocks go back over either, the shorter window is used: no instant is ever outside the hours.
    """
    if not _is_sending_day(hours, day):
        return None
    places = zones(zone)
    opens = max(_opening(place, day, hours.opens) for place in places)
    closes = min(_closing(place, day, hours.closes) for place in places)
    return Window(opens, closes) if opens < closes else None


def next_window(hours: SendingHours, zone: str, now: datetime) -> Window | None:
    """The first window that closes after `now` (it may be open already), within a year; None if there is none, for
    example if candidate zones are so far apart that their hours never overlap."""
    today = local_day(zone, now)
    for ahead in range(DAYS_AHEAD + 1):
        found = window(hours, zone, today + timedelta(days=ahead))
        if found is not None and found.closes > now:
            return found
    return None


def windows(hours: SendingHours, zone: str, since: datetime) -> Iterator[Window]:
    """The windows that close after `since`, one after the other, until none follows within a year."""
    at = since
    while (window := next_window(hours, zone, at)) is not None:
        yield window
        at = window.closes


def is_open(hours: SendingHours, zone: str, now: datetime) -> bool:
    """Whether `now` is within the sending hours in every candidate zone."""
    today = window(hours, zone, local_day(zone, now))
    return today is not None and now in today


def from_hour(hours: SendingHours, hour: int | None) -> SendingHours:
    """The hours of somebody who wants messages from that hour on (0 to 23). An hour that leaves less than a whole hour,
    or none, changes nothing: a message that comes at another hour is better than none."""
    return replace(hours, opens=time(hour)) if hour is not None and hour in _later_hours(hours) else hours


def wished_hours(hours: SendingHours, hour: int | None, zone: str, day: date) -> SendingHours:
    """`from_hour` on a day, but for candidate zones that together leave nothing of it: then the hours as they are."""
    wished = from_hour(hours, hour)
    is_empty = window(wished, zone, day) is None and window(hours, zone, day) is not None
    return hours if is_empty else wished


def hours_to_choose(hours: SendingHours) -> tuple[int, ...]:
    """The whole hours from which somebody may want messages: the first is that of the opening."""
    return (hours.opens.hour, *_later_hours(hours))


def _later_hours(hours: SendingHours) -> range:
    """The whole hours after the opening that leave a whole one before the close."""
    return range(hours.opens.hour + 1, 24 if hours.closes == MIDNIGHT else hours.closes.hour)


def is_holiday_country(code: str) -> bool:
    """Whether public holidays are known for this ISO 3166 code, in capitals."""
    return code in _holiday_countries()


@lru_cache(maxsize=16384)
def evening(hours: SendingHours, zone: str, day: date) -> Window:
    """The part of a day after which no message can be sent any more: from the close of its hours, or from its beginning
    if it has none, to its end. If the hours last to the day's end, the last minutes count as evening, so that a check
    every minute happens before the next day begins."""
    begins, ends = day_ends(zone, day - timedelta(days=1)), day_ends(zone, day)
    span = window(hours, zone, day)
    return Window(begins if span is None else max(begins, min(span.closes, ends - LAST_MINUTES)), ends)


@lru_cache(maxsize=16384)
def day_ends(zone: str, day: date) -> datetime:
    """The instant at which it is the next day in every candidate zone."""
    return max(_closing(place, day, MIDNIGHT) for place in zones(zone))


def holidays_in(country: str, years: Iterable[int]) -> frozenset[date]:
    """The public holidays of a country in these years, days taken in lieu included."""
    return frozenset[date]().union(*(_holidays(country, year) for year in years))


def _is_sending_day(hours: SendingHours, day: date) -> bool:
    if day.weekday() in hours.rest_days:
        return False
    return hours.holidays is None or day not in _holidays(hours.holidays, day.year)


def _opening(place: ZoneInfo, day: date, wall: time) -> datetime:
    """The instant from which the wall clock stays at or after `wall` on `day`."""
    first, second = _readings(place, datetime.combine(day, wall))
    return max(first, second) if first <= second else _jump(place, second, first)


def _closing(place: ZoneInfo, day: date, wall: time) -> datetime:
    """The first instant at which the wall clock is at or after `wall` on `day` (`MIDNIGHT`: on the day after)."""
    until = day + timedelta(days=1) if wall == MIDNIGHT else day
    first, second = _readings(place, datetime.combine(until, wall))
    return _jump(place, second, first)  # the first one, unless clocks jump over it


def _readings(place: ZoneInfo, wall: datetime) -> tuple[datetime, datetime]:
    """Both readings of a wall-clock time (PEP 495): the same instant twice, except when clocks change. The first one is
    later only if clocks jump over `wall`."""
    first, second = (wall.replace(fold=fold, tzinfo=place).astimezone(UTC) for fold in (0, 1))
    return first, second


def _jump(place: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant between these two at which clocks jump forward, to the second; `after` if it does not come later."""
    offset = before.astimezone(place).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(place).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _need_instant(now: datetime) -> None:
    if now.tzinfo is None:
        raise ValueError(f"an instant needs a zone, {now.isoformat()} has none")


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NO_PLACES


@lru_cache(maxsize=1)
def _holiday_countries() -> frozenset[str]:
    import holidays as holiday_calendars  # a big package, for the few policies that name a country

    return frozenset(holiday_calendars.list_supported_countries())


@lru_cache(maxsize=1024)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays as holiday_calendars  # as above

    return frozenset(holiday_calendars.country_holidays(country, years=year))
