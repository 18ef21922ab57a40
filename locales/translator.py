"""Turns an English sentence and its values into a sentence in a person's language, as Telegram HTML.

Values are escaped here, once, so that no imported name can break or forge a message. CLDR formats dates, times and
amounts. The sentences are in `bot.views` and the catalogs.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from gettext import GNUTranslations
from io import BytesIO
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    get_datetime_format,
    get_timezone_location,
    get_timezone_name,
)
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_symbol

from bot.rules.facts.money import Money
from locales.languages import SPOKEN, catalog_path, match_language
from locales.spacing import filled, set_off
from locales.spoken import Place

# What turns the direction of all that follows: marks, embeddings, overrides, isolates (Unicode UAX 9).
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029")
_AND = "和"

# CLDR writes a bare $ for Taiwan's dollar in zh-Hant, which readers in Hong Kong take for theirs.
_LETTER_AND_DIGIT = re.compile(r"(?<=[A-Za-z])(?=[0-9])")

_SYMBOLS = {("zh-Hant", "TWD"): "NT$"}

_GROUPED_FROM = 1000  # no language groups a smaller number, and CLDR is slow


class Html(str):
    """Markup by duebot itself, with its values already escaped."""

    __slots__ = ()


def clean(text: str) -> str:
    """`text` on one line, without characters that could garble a screen: control characters, bidi marks, lone
    surrogates, and repeated spaces."""
    if text.isprintable() and "  " not in text:
        return text.strip()  # as nearly all text is: nothing in it that could garble
    kept = (" " if c in _BREAKS else c for c in text if c not in _BIDI)
    safe = "".join(c for c in kept if c == " " or unicodedata.category(c) not in ("Cc", "Cs"))
    return re.sub(r" {2,}", " ", safe).strip()


def escape(text: object) -> Html:
    """A value as part of Telegram HTML: cleaned, and its markup characters escaped. `Html` stays unchanged."""
    if isinstance(text, Html):
        return text
    spelt = clean(str(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Html(spelt.replace('"', "&quot;"))


class Translator:
    """Translates into one language: `t("Hello {name}", name=…)`. Pure; safe to share."""

    def __init__(self, language: str, place: str = "") -> None:
        self.language = language
        self._spoken = SPOKEN[language]
        self._place = place
        here = self._spoken.places.get(place)
        self._catalog = _load(language, here)
        self._locale = Locale.parse(here.cldr_locale if here else self._spoken.cldr_locale)

    def __repr__(self) -> str:
        return f"Translator({self.language!r}, {self._place!r})"

    def __call__(self, message: str, /, **params: object) -> Html:
        """The message in this language, its values escaped."""
        return Html(filled(self._catalog.gettext(message), {name: escape(value) for name, value in params.items()}))

    def plural(self, one: str, many: str, n: int, /, **params: object) -> Html:
        """The form for the number `n`, which the message may use as {n}: 7, 7,838."""
        values = {"n": Html(n if abs(n) < _GROUPED_FROM else format_decimal(n, locale=self._locale))} | {
            name: escape(value) for name, value in params.items()
        }
        return Html(filled(self._catalog.ngettext(one, many, n), values))

    def plain(self, message: str, /, **params: object) -> str:
        """The message for places without markup, such as a button's label: values are cleaned, not escaped."""
        return filled(self._catalog.gettext(message), {name: _unmarked(value) for name, value in params.items()})

    def money(self, money: Money) -> str:
        """An exact amount with all decimals of its currency: NT$1,200.00."""
        return _sum(self.language, self._locale, money)

    def day(self, day: date) -> str:
        """A date near today, with its weekday instead of its year: Tue, 24 Nov; 11月24日周二."""
        return _day(self._locale, self._spoken.day_pattern, day)

    def day_of_year(self, day: date) -> str:
        """A date of a year that was named before: 24 Nov, 11月24日."""
        return format_skeleton("MMMd", day, locale=self._locale)

    def weekday(self, number: int) -> str:
        """A day of the week, Monday is 0: Friday, 星期五."""
        return format_date(date(2024, 1, 1 + number), "EEEE", locale=self._locale)

    def clock(self, instant: datetime, zone: ZoneInfo) -> str:
        """A time on a clock in `zone`: 6:03 pm, 18:03."""
        local = instant.astimezone(zone)
        return _clock(self._locale, self._spoken.clock_pattern or "short", time(local.hour, local.minute))

    def moment(self, instant: datetime, zone: ZoneInfo) -> str:
        """Date and time on a clock in `zone`: 24 Nov 2026, 6:03 pm."""
        local, clock = instant.astimezone(zone), self.clock(instant, zone)
        return _moment_pattern(self._locale).replace("{0}", clock).replace("{1}", self.date(local.date()))

    def zone(self, zone: ZoneInfo) -> str:
        """The name of a time zone: China Time, 北京时间."""
        if zone.key in ("UTC", "Etc/UTC"):
            return "UTC"
        if zone.key in self._spoken.zone_names:
            return self._spoken.zone_names[zone.key]
        return get_timezone_name(zone, locale=self._locale)

    def city(self, zone: ZoneInfo) -> str:
        """The place that a time zone is called after: Hong Kong, 香港."""
        if "/" not in zone.key or zone.key.startswith("Etc/"):
            return zone.key
        return get_timezone_location(zone, locale=self._locale, return_city=True)

    def days(self, n: int) -> Html:
        """A number of days: 3 days, 3 天."""
        return self.plural("{n} day", "{n} days", n)

    def in_days(self, n: int) -> Html:
        """A day relative to today: in 3 days, tomorrow, today, 1 day ago."""
        if n == 0:
            return Html(self.plain("today"))
        if n == 1:
            return Html(self.plain("tomorrow"))
        if n > 1:
            return self.plural("in {n} day", "in {n} days", n)
        return self.plural("{n} day ago", "{n} days ago", -n)

    def joined(self, parts: Iterable[str]) -> Html:
        """A list in a sentence: a, b and c; a、b和c."""
        values = [escape(part) for part in parts]
        if not self._spoken.spaced and len(values) > 1:  # the last two have a Chinese 'and' between them
            values[-2:] = [Html(set_off(values[-2], "", _AND)), Html(set_off(values[-1], _AND, ""))]
        return Html(format_list(values, locale=self._locale))

    def sentences(self, *parts: Html) -> Html:
        """Sentences one after the other, with a space in between, except in Chinese."""
        return Html(("" if self.language.startswith("zh") else " ").join(parts))

    def date(self, day: date) -> str:
        """A date with its year: 24 Nov 2026, 2026年11月24日."""
        return _date(self._locale, day)


def _sum(language: str, locale: Locale, money: Money) -> str:
    sum_ = money.to_decimal()
    digits = -int(sum_.as_tuple().exponent)
    if (around := _around_sums(language, locale, money.currency, digits, sum_ < 0)) is None:
        return _sum_by_babel(language, locale, sum_, money.currency)
    return f"{around[0]}{abs(sum_):,}{around[1]}"


@cache
def _around_sums(language: str, locale: Locale, currency: str, digits: int, negative: bool) -> tuple[str, str] | None:
    """What is before and after the digits of every sum of a currency; None if they are not written as 1,234,567.89.
    Babel needs forty times as long for a sum, and most answers and reminders have several that are all different."""
    found = set()
    for number in (1234, 1234567):  # some languages group from five digits on
        sum_ = Decimal((-number if negative else number) * 10**digits).scaleb(-digits)
        before, middle, after = _sum_by_babel(language, locale, sum_, currency).partition(f"{abs(sum_):,}")
        found.add((before, after) if middle else None)
    return found.pop() if len(found) == 1 else None


def _sum_by_babel(language: str, locale: Locale, sum_: Decimal, currency: str) -> str:
    text = format_currency(sum_, currency, locale=locale)
    symbol = _SYMBOLS.get((language, currency))
    if symbol:
        text = text.replace(get_currency_symbol(currency, locale), symbol)
    # CLDR's currency spacing, which Babel leaves out: a letter never touches a digit.
    return _LETTER_AND_DIGIT.sub("\u00a0", text)


@lru_cache(maxsize=1440)
def _clock(locale: Locale, style: str, minute: time) -> str:
    # CLDR's narrow no-break space shows as a box on old phones and makes an SMS three times as long.
    return format_time(minute, style, locale=locale).replace("\u202f", " ")


@cache
def _moment_pattern(locale: Locale) -> str:
    return str(get_datetime_format("medium", locale=locale)).replace("'", "")


@lru_cache(maxsize=1024)
def _date(locale: Locale, day: date) -> str:
    return format_date(day, "medium", locale=locale)


@lru_cache(maxsize=1024)  # thousands of reminders name the same days
def _day(locale: Locale, pattern: str, day: date) -> str:
    if pattern:
        return format_date(day, pattern, locale=locale)
    return format_skeleton("MMMEd", day, locale=locale)


@cache
def _speaking(language: str, place: str) -> Translator:
    return Translator(language, place)


def translator(language: str) -> Translator:
    """The translator of one of `LANGUAGES`, made once; for any other tag, the translator of the matching language, in
    the words of the place that the tag names (zh-Hant-HK), else the English one."""
    known = match_language(language) or "en"
    named = language.replace("_", "-").upper().split("-")
    return _speaking(known, next((place for place in SPOKEN[known].places if place in named), ""))


def spoken_at(place: Place, text: str) -> str:
    """A text of the catalog in the words of a place, in one pass; of words that begin alike, the longest counts."""
    longest_first = sorted(place.words, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), lambda found: place.words[found.group()], text)


def _load(language: str, place: Place | None) -> GNUTranslations:
    """The catalog as gettext reads it, compiled in memory, so that the edited file is what runs."""
    with catalog_path(language).open("rb") as source:
        catalog = read_po(source)
    if place is not None:
        for message in catalog:
            if isinstance(message.string, str):
                message.string = spoken_at(place, message.string)
            else:
                message.string = tuple(spoken_at(place, form) for form in message.string)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _unmarked(value: object) -> str:
    return html.unescape(value) if isinstance(value, Html) else clean(str(value))
