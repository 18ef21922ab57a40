"""Money: whole minor units of an ISO 4217 currency. Never a float, never a sum across currencies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from functools import cache

from babel.core import get_global
from babel.numbers import get_currency_precision

# More than any row of a real wallet: 100,000,000,000.00 of a currency with cents. `storage.runtime.sums` says how the
# database adds many of them.
MAX_MINOR_UNITS = 10**13
MAX_DIGITS = 13  # any number of so many digits is smaller


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
    digits = minor_digits(currency)
    whole, _, part = text.partition(".")
    figures = whole + part
    if len(whole) <= MAX_DIGITS - digits and len(part) <= digits and figures.isdecimal() and figures.isascii():
        return Money(int(figures + "0" * (digits - len(part))), currency)  # nearly all: no sign, not too many digits
    stripped = text.strip()
    if not stripped or not set(stripped) <= set("0123456789.-+"):
        raise NotMoney(f"{_shown(text)} is not an amount; expected decimal digits such as 1250.00")
    try:
        value = Decimal(stripped)
    except InvalidOperation:
        raise NotMoney(f"{_shown(text)} is not an amount; expected decimal digits such as 1250.00") from None
    exact = Context(prec=len(stripped) + digits)  # the default context would round a long tail of decimals away
    scaled = value.scaleb(digits, exact)
    if scaled.copy_abs() > MAX_MINOR_UNITS:
        most = Money(MAX_MINOR_UNITS, currency)
        raise NotMoney(f"{_shown(text)} {currency} is larger than can be stored; expected {most} at most")
    if scaled != scaled.to_integral_value():
        raise NotMoney(f"{_shown(text)} has more decimal places than {currency}, which has {digits}")
    return Money(int(scaled), currency)


def _shown(text: str) -> str:
    """A value as an error may quote it: short, and on one line."""
    return repr(text if len(text) <= 40 else text[:40] + "…")
