"""Reads one table of a policy file: returns typed values, notes faults, and raises nothing. A faulty value reads as
None.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches

from bot.rules.facts.money import Money, NotMoney, is_currency, parse_money
from bot.rules.policy.faults import Notes
from bot.rules.policy.sending_hours import MIDNIGHT
from bot.rules.toml_lines import Path, Table

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_READ = 60  # characters of an unknown word
_SHARE = re.compile(r"[+-]?[0-9]{1,6}(\.[0-9]{1,12})?")
_AGE = re.compile(r"([0-9]{1,4})([hd])")
_DURATION = re.compile(r"([0-9]{1,4})([mh])")


class Section:
    """One table while it is read. `where` is a person's name for it ("step 'before-3'"); "" for the file itself."""

    def __init__(self, table: Table, notes: Notes, path: Path = (), where: tuple[str, ...] = ()) -> None:
        self.table = table
        self._notes = notes
        self._path = path
        self._where = where

    def fault(self, key: str | None, message: str) -> None:
        """Notes a fault of the key, or of the table itself if `key` is None."""
        path, where = (self._path, self._where) if key is None else ((*self._path, key), (*self._where, key))
        self._notes.add(path, ": ".join(where), message)

    def given(self, key: str, expected: str) -> None:
        """Notes that the key's value is not what was expected."""
        self.fault(key, f"{shown(self.table[key])} given, expected {expected}")

    def only(self, known: Collection[str]) -> None:
        """Notes every key that is not one of the known ones."""
        for key in self.table:
            if key not in known:
                self.fault(key, f"unknown key{_meant(key, known)}; known here: {', '.join(known)}")

    def whole(self, key: str, low: int, high: int) -> int | None:
        value = self.table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.given(key, f"a whole number from {low} to {high}, without quotes")
            return None
        return value

    def text(self, key: str, pattern: str, expected: str) -> str | None:
        """A string that matches `pattern` completely."""
        value = self.table.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            self.given(key, expected)
            return None
        return value

    def choice(self, key: str, known: Collection[str]) -> str | None:
        value = self.table.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or value not in known:
            self.given(key, f"one of {', '.join(known)}{_meant(value, known)}")
            return None
        return value

    def choices(self, key: str, known: Collection[str], *, may_be_empty: bool = False) -> tuple[str, ...] | None:
        """A list of different known words."""
        value = self.table.get(key)
        if value is None:
            return None
        example = f'a list such as ["{next(iter(known), "")}"]'
        if not isinstance(value, list) or not (value or may_be_empty):
            self.given(key, example)
            return None
        chosen: list[str] = []
        for word in value:
            if not isinstance(word, str) or word not in known:
                self.fault(key, f"{shown(word)} given, expected any of {', '.join(known)}{_meant(word, known)}")
            elif word in chosen:
                self.fault(key, f"{shown(word)} is there twice")
            else:
                chosen.append(word)
        return tuple(chosen) if len(chosen) == len(value) else None

    def share(self, key: str, most: int) -> Decimal | None:
        """A share of 1 as a decimal string, from 0 to `most`."""
        value = self.table.get(key)
        if value is None:
            return None
        share = Decimal(value) if isinstance(value, str) and _SHARE.fullmatch(value) else None
        if share is None or not 0 <= share <= most:
            self.given(key, f'a share from "0" to "{most}", in quotes: 5 % is "0.05"')
            return None
        return share + 0  # no negative zero

    def age(self, key: str) -> timedelta | None:
        value = self.table.get(key)
        if value is None:
            return None
        found = _AGE.fullmatch(value) if isinstance(value, str) else None
        if found is None or int(found[1]) == 0:
            self.given(key, 'hours or days such as "36h" or "2d"')
            return None
        return timedelta(hours=int(found[1]) * (24 if found[2] == "d" else 1))

    def duration(self, key: str) -> timedelta | None:
        """Minutes or hours."""
        value = self.table.get(key)
        if value is None:
            return None
        found = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if found is None or int(found[1]) == 0:
            self.given(key, 'minutes or hours such as "30m" or "8h"')
            return None
        return timedelta(minutes=int(found[1]) * (60 if found[2] == "h" else 1))

    def wall_time(self, key: str) -> time | None:
        """A required time of day; "24:00" only as `to`, where it reads as MIDNIGHT."""
        if key not in self.table:
            self.fault(None, f'"{key}" is missing, expected {key} = "09:00"')
            return None
        by_day = r"([01]?[0-9]|2[0-3]):[0-5][0-9]"
        pattern = by_day if key == "from" else rf"(?!0?0:00)({by_day}|24:00)"
        latest = "23:59" if key == "from" else "24:00"
        text = self.text(key, pattern, f'a time in quotes, up to "{latest}", such as "09:00"')
        if text is None:
            return None
        hours, minutes = map(int, text.split(":"))
        return time(hours % 24, minutes)

    def span(self) -> tuple[time, time] | None:
        """Its keys `from` and `to`, both required: two times of one day, the first before the second."""
        opens, closes = self.wall_time("from"), self.wall_time("to")
        if opens is None or closes is None:
            return None
        if closes != MIDNIGHT and opens >= closes:
            since = shown(self.table["from"])
            self.given("to", f'a time later than from, {since}, on the same day (at most "24:00")')
            return None
        return opens, closes

    def weekdays(self, key: str) -> frozenset[int] | None:
        """Days of the week by name, counted from Monday 0."""
        days = self.choices(key, WEEKDAYS, may_be_empty=True)
        return None if days is None else frozenset(map(WEEKDAYS.index, days))

    def date(self, key: str) -> date | None:
        value = self.table.get(key)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            self.given(key, "a date without quotes, such as 2026-11-30")
            return None
        return value

    def flag(self, key: str) -> bool | None:
        value = self.table.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.given(key, "true or false, without quotes")
        return None

    def amounts(self, key: str) -> dict[str, Money]:
        """A table of amounts by currency, sorted by currency; empty if it is not given."""
        section = self.section(key, 'a table of amounts such as { TWD = "30" }')
        if section is None:
            return {}
        read = {currency: section._amount(currency) for currency in sorted(section.table)}
        return {currency: money for currency, money in read.items() if money is not None}

    def _amount(self, currency: str) -> Money | None:
        value = self.table[currency]
        if not is_currency(currency):
            hint = f"; did you mean {currency.upper()}?" if is_currency(currency.upper()) else ""
            self.fault(currency, f"unknown currency, expected an ISO 4217 code such as TWD{hint}")
            return None
        if not isinstance(value, str):
            self.given(currency, 'an amount in quotes such as "30"')
            return None
        try:
            money = parse_money(value, currency)
        except NotMoney as error:
            self.fault(currency, str(error))
            return None
        if money.amount < 0:
            self.given(currency, "an amount that is not negative")
            return None
        return money

    def section(self, key: str, expected: str) -> Section | None:
        value = self.table.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.given(key, expected)
            return None
        return Section(value, self._notes, (*self._path, key), (*self._where, key))

    def rows(self, key: str, called: str, named_by: str) -> list[Section]:
        """The tables of an array of tables, each named by its name or else by its position."""
        value = self.table.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            self.given(key, f"tables, each under a line that says [[{key}]]")
            return []
        sections = []
        for at, row in enumerate(value):
            name = row.get(named_by)
            label = f"{called} {name!r}" if isinstance(name, str) and len(name) <= 40 else f"{called} {at + 1}"
            sections.append(Section(row, self._notes, (*self._path, key, at), (*self._where, label)))
        return sections


def shown(value: object) -> str:
    """A value as an error may quote it: as the file writes it, short, and on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        quoted = repr(value if len(value) <= 40 else value[:40] + "…")
        return f'"{quoted[1:-1]}"'
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, int) and abs(value) > 10**18:
        return "a huge number"
    return str(value)


def _meant(word: object, known: Iterable[str]) -> str:
    close = get_close_matches(word[:MOST_READ].lower(), known) if isinstance(word, str) else []
    return f"; did you mean {close[0]}?" if close else ""
