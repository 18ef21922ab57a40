"""What an import file's columns mean: the four kinds of files, and how a cell's text becomes a value or is refused with
a reason.

Amounts stay text until the currency is known, which may need the database: `priced` does this second step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from bot.rules.customers.phone_zones import is_zone
from bot.rules.customers.phones import normalised
from bot.rules.facts.money import NotMoney, is_currency, parse_money
from bot.work.facts.spreadsheets import unguarded

STATUSES = ("open", "paid", "waived", "disputed")
YES, NO = ("true", "1", "yes"), ("false", "0", "no", "")
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2200, 12, 31)
MAX_ID, MAX_TEXT, MAX_EMAIL, MAX_LANGUAGE = 64, 200, 254, 35
AHEAD = timedelta(days=1)  # the wallet's clock may be ahead by so much, or its time zone be missing
DAYS_AHEAD = 2  # a payment's day may be ahead of UTC, and of a slightly wrong clock

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
EMAIL = re.compile(r"""[^@\s:;,<>()\[\]\\"]+@[^@\s.:;,<>()\[\]\\"]+(\.[^@\s.:;,<>()\[\]\\"]+)+""")
DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]{1,2}")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")  # Unicode's category Cc
UNDECODED = re.compile("[\ud800-\udfff]")  # bytes that are not UTF-8, as they are kept in the text
_repeated = lru_cache(maxsize=4096)  # of columns in which the same few texts come again and again
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Refusal(ValueError):
    """The row is not imported; the message says what was given and what was expected."""


@dataclass(frozen=True, slots=True)
class Amount:
    """The allowed values of an amount: from `least` on (None: negative too), and `blank` if nothing is given."""

    least: int | None = None
    may_be_zero: bool = True
    blank: int | None = None


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of file. `texts` are read without knowing the currency, `amounts` with it; `id_column` identifies a
    row."""

    name: str
    id_column: str
    needed: tuple[str, ...]
    texts: Mapping[str, Callable[[str], Any]]
    amounts: Mapping[str, Amount]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.texts, *self.amounts)


@dataclass(frozen=True, slots=True)
class Checked:
    """A row's values. `dropped`: the reasons why cells of optional columns are missing."""

    values: dict[str, Any]
    dropped: tuple[str, ...] = ()


def checked(kind: Kind, cells: Mapping[str, str], now: datetime) -> Checked:
    """The values of the columns in `cells`, amounts still as text. A bad cell is left out if its column is optional;
    raises `Refusal` if it is required."""
    values: dict[str, Any] = {}
    dropped = []
    for column, cell in cells.items():
        try:
            if column in kind.texts or column in kind.amounts:
                values[column] = cell_value(kind, column, cell)
        except Refusal as refusal:
            if column in kind.needed:
                raise
            dropped.append(str(refusal))
    if (as_of := values.get("as_of")) is not None:
        if is_ahead("as_of", as_of, now):
            dropped.append(f"as_of {as_of.isoformat()} is in the future; expected when the wallet said so")
            values["as_of"] = None
        else:
            values["as_of"] = min(as_of, now)
    if is_ahead("paid_on", values.get("paid_on"), now):
        latest = _latest_day(now)
        raise Refusal(f"paid_on {values['paid_on']} is in the future; expected {latest} at the latest")
    return Checked(values, tuple(dropped))


def cell_value(kind: Kind, column: str, cell: str) -> Any:
    """The value of a cell, an amount still as text; raises `Refusal`."""
    text = _text_of(kind, column, cell)
    return text if column in kind.amounts else _value(kind.texts[column], column, text)


def is_ahead(column: str, value: Any, now: datetime) -> bool:
    """Whether the value of this column is later than it can be."""
    if value is None:
        return False
    return bool(column == "as_of" and value > now + AHEAD) or bool(column == "paid_on" and value > _latest_day(now))


def _latest_day(now: datetime) -> date:
    return now.date() + timedelta(days=DAYS_AHEAD)


def priced(kind: Kind, values: Mapping[str, Any], currency: str) -> Checked:
    """`values` with amounts in minor units of `currency`; as in `checked`, a bad optional amount is left out."""
    result = dict(values)
    dropped = []
    for column, amount in kind.amounts.items():
        if column in values:
            try:
                result[column] = minor_units(column, values[column], amount, currency)
            except Refusal as refusal:
                if column in kind.needed:
                    raise
                del result[column]
                dropped.append(str(refusal))
    return Checked(result, tuple(dropped))


def _text_of(kind: Kind, column: str, cell: str) -> str:
    text = unguarded(cell.strip())
    if not text and column in kind.needed:
        raise Refusal(f"{column} is blank; it is needed")
    if not text.isascii() and UNDECODED.search(text):
        raise Refusal(f'{column} is not UTF-8; save the file as "CSV UTF-8"')
    return text


def _value(read: Callable[[str], Any], column: str, text: str) -> Any:
    try:
        return read(text)
    except Refusal as refusal:
        raise Refusal(f"{column} {_shown(text)} {refusal}") from None


def minor_units(column: str, text: str, amount: Amount, currency: str) -> int | None:
    """An amount in the currency's own unit, in its minor units; raises `Refusal`."""
    if not text:
        return amount.blank
    try:
        units = parse_money(_with_point(text), currency).amount
    except NotMoney as error:
        raise Refusal(f"{column}: {error}") from None
    if amount.least is not None and units < amount.least:
        raise Refusal(f"{column} {_shown(text)} is negative; expected 0 or more")
    if units == 0 and not amount.may_be_zero:
        raise Refusal(f"{column} {_shown(text)} is nothing; expected an amount, negative for a reversal")
    return units


def _with_point(text: str) -> str:
    """`1250,00` as `1250.00`. A thousands separator would be followed by three digits; such a number is refused."""
    return text.replace(",", ".") if DECIMAL_COMMA.fullmatch(text) else text


# --- The columns -----------------------------------------------------------------------------------------------------


def _id(text: str) -> str:
    if len(text) > MAX_ID or not text.isprintable():
        raise Refusal(f"is not an id; expected 1 to {MAX_ID} printable characters")
    return text


def _text(text: str) -> str:
    if text.isascii() and text.isprintable() and len(text) <= MAX_TEXT:
        return text
    if len(text) > MAX_TEXT or CONTROL.search(text):
        raise Refusal(f"is not plain text; expected up to {MAX_TEXT} characters on one line")
    return text


def _optional_text(text: str) -> str | None:
    return _text(text) or None


@_repeated
def _language(text: str) -> str | None:
    """The tag in its usual case, `zh-Hant-TW`. Only an impossible tag is refused; whether the language exists is not
    checked."""
    tag = text.replace("_", "-")
    if tag and (len(tag) > MAX_LANGUAGE or not LANGUAGE.fullmatch(tag)):
        raise Refusal("is not a language tag; expected BCP 47 such as en, zh-Hans or zh-TW")
    first, *rest = tag.split("-")
    usual = [first.lower()]
    for part in rest:
        after_singleton = any(len(before) == 1 for before in usual)
        script_or_region = part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part.lower()
        usual.append(part.lower() if after_singleton else script_or_region)
    return "-".join(usual) or None


@_repeated
def _time_zone(text: str) -> str | None:
    if text and not is_zone(text):
        raise Refusal("is not a time zone; expected an IANA name such as Asia/Taipei")
    return text or None


def _phone(text: str) -> str | None:
    if not text:
        return None
    phone = normalised(text)
    if phone is None:
        raise Refusal("is not a phone number; expected E.164 such as +886912345678")
    return phone


def _email(text: str) -> str | None:
    if text and (len(text) > MAX_EMAIL or not text.isprintable() or not EMAIL.fullmatch(text)):
        raise Refusal("is not an email address; expected one such as anna@example.com")
    return text or None


@_repeated
def _yes_or_no(text: str) -> bool:
    if text.lower() not in YES + NO:
        raise Refusal("is neither yes nor no; expected true, false, 1, 0, yes, no or nothing")
    return text.lower() in YES


@_repeated
def _currency(text: str) -> str:
    if not is_currency(text):
        raise Refusal("is not a currency; expected an ISO 4217 code in capitals such as TWD")
    return text


@_repeated
def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise Refusal(f"is not a date; expected YYYY-MM-DD from {FIRST_DAY.year} to {LAST_DAY.year}")
    return day


@_repeated
def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text) if text else None
        if instant is None:
            return None
        instant = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        instant = None
    if instant is None or instant.date() < FIRST_DAY:
        raise Refusal("is not an instant; expected ISO 8601 such as 2026-03-02T21:30:00+08:00")
    return instant


@_repeated
def _status(text: str) -> str:
    status = text.lower()
    if status not in ("", *STATUSES):
        raise Refusal(f"is not a status; expected {', '.join(STATUSES)} or nothing, which is open")
    return status or "open"


def _shown(text: str) -> str:
    """A value as a reason may quote it: short, and on one line."""
    return repr(text if len(text) <= 40 else text[:40] + "…")


CUSTOMERS = Kind(
    "customers",
    "customer_id",
    needed=("customer_id",),
    texts={
        "customer_id": _id,
        "name": _text,
        "language": _language,
        "time_zone": _time_zone,
        "phone": _phone,
        "email": _email,
        "segment": _optional_text,
        "vulnerable": _yes_or_no,
        "as_of": _instant,
    },
    amounts={},
)
ACCOUNTS = Kind(
    "accounts",
    "account_id",
    needed=("account_id", "customer_id", "currency", "balance"),
    texts={"account_id": _id, "customer_id": _id, "product": _text, "currency": _currency, "as_of": _instant},
    amounts={"balance": Amount(), "credit_limit": Amount(least=0)},
)
INSTALMENTS = Kind(
    "instalments",
    "instalment_id",
    needed=("instalment_id", "account_id", "due_date", "amount_due"),
    texts={"instalment_id": _id, "account_id": _id, "due_date": _day, "status": _status, "as_of": _instant},
    amounts={
        "amount_due": Amount(least=0),
        "amount_paid": Amount(least=0, blank=0),
        "principal": Amount(),
        "interest": Amount(),
        "fees": Amount(),
    },
)
PAYMENTS = Kind(
    "payments",
    "payment_id",
    needed=("payment_id", "instalment_id", "paid_on", "amount"),
    texts={"payment_id": _id, "instalment_id": _id, "paid_on": _day, "as_of": _instant},
    amounts={"amount": Amount(may_be_zero=False)},
)
KINDS = (CUSTOMERS, ACCOUNTS, INSTALMENTS, PAYMENTS)  # each kind refers to those before it
