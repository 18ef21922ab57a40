"""Numbers and months of the figures as CLDR writes them in the reader's language."""

from __future__ import annotations

from datetime import date

from babel.dates import format_skeleton
from babel.numbers import format_compact_decimal, format_decimal, format_percent

from bot.rules.operations.figures import Share
from locales import Translator

COMPACT_FROM = 10_000


def number(t: Translator, n: float) -> str:
    """A number: 1,234 or 4.5, or 0.04."""
    return str(format_decimal(round(n, 1 if abs(n) >= 1 else 2), locale=_locale(t)))


def short_number(t: Translator, n: float) -> str:
    """The same for where there is little room: 12K, 1.2万."""
    if abs(n) < COMPACT_FROM:
        return number(t, n)
    return str(format_compact_decimal(n, locale=_locale(t), fraction_digits=1))


def percent(t: Translator, share: float) -> str:
    """A share from 0 to 1: 12.5%, 0.25%."""
    return str(format_percent(share, "0.#%" if share >= 0.01 else "0.##%", locale=_locale(t)))


def share(t: Translator, of: Share) -> str:
    """A share of nothing has no value."""
    return "–" if of.share is None else percent(t, of.share)


def month(t: Translator, day: date) -> str:
    """The month of a day: Nov 2026, 2026年11月."""
    return str(format_skeleton("yMMM", day, locale=_locale(t)))


def _locale(t: Translator) -> str:
    return t.language.replace("-", "_")
