"""Money: whole minor units of an ISO 4217 currency. Never a float, never a sum across currencies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel.core import get_global
from babel.numbers import get_currency_precision

# More than any row of a real wallet: 100,000,000,000.00 of a currency with cents. `storage.runtime.capped_sums`
# says how the database adds many of them.
MAX_MINOR_UNITS = 10**13
MAX_DIGITS = 13  # any number of so many digits is smaller
_DECIMAL = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]*+)\.?([0-9]*)")


class NotMoney(ValueError):
    """The text is not an amount in the currency's own unit; the message says what was given and what was expected."""


def is_currency(code: str) -> bool:
    """Whether `code` is a currency code that CLDR knows, in capitals."""
    return code in get_global("all_currencies")


@cache
def minor_digits(currency: str) -> int:
    """Decimal places of the currency's minor unit: 2 for TWD and CNY, 0 for JPY, 3 for KWD (CLDR)."""
    return get_currency_precision(currency)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`amount` in minor units (cents, 分) of `currency` (ISO 4217, capitals)."""

    amount: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __bool__(self) -> bool:
        return self.amount != 0

    def to_decimal(self) -> Decimal:
        """The amount in the currency's own unit, exact: Money(1250, "CNY") is 12.50."""
        return Decimal(self.amount).scaleb(-minor_digits(self.currency))

    def __str__(self) -> str:
        return f"{self.to_decimal():f} {self.currency}"

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{other.currency} and {self.currency} do not add up")
        return other.amount


def parse_money(text: str, currency: str) -> Money:
    """Reads a decimal string in the currency's own unit: parse_money("12.50", "CNY") is Money(1250, "CNY").

    Raises `NotMoney` for anything but plain decimal digits (no grouping, no exponent, no NaN), for more decimal
    places than the currency has, and for amounts past what can be stored.
    """
    found = _DECIMAL.fullmatch(text.strip())
    if found is None:
        raise NotMoney(f"{_shown(text)} is not an amount; expected decimal digits such as 1250.00")
    sign, whole, part = found.groups()
    digits = minor_digits(currency)
    amount = Decimal(f"{sign}0{whole}" + part[:digits].ljust(digits, "0"))
    if abs(amount) > MAX_MINOR_UNITS:
        most = Money(MAX_MINOR_UNITS, currency)
        raise NotMoney(f"{_shown(text)} {currency} is larger than can be stored; expected {most} at most")
    if part[digits:].strip("0"):
        raise NotMoney(f"{_shown(text)} has more decimal places than {currency}, which has {digits}")
    return Money(int(amount), currency)


def _shown(text: str) -> str:
    """A value as an error may quote it: short, and on one line."""
    return repr(text if len(text) <= 40 else text[:40] + "…")
