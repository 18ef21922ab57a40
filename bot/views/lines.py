"""Lines that several messages share: what is due when, the date of the facts, and lists cut to a message's length."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from bot.rules.facts.customer_facts import CustomerFacts, Instalment, total
from bot.rules.policy.sending_hours import zones
from locales import Html, Translator, clean, escape

MOST_LINES = 20
ROOM = 4000  # of Telegram's 4096; this counts markup and Telegram does not, so a message is never too long
FAR_DAYS = 180  # a date further away is shown with its year, a nearer one with its weekday


def clipped(text: str, most: int = 40) -> str:
    """`text` on one line of at most `most` characters."""
    line = clean(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def as_code(text: str) -> Html:
    """What is to be typed or copied as it is: a command, a code, an address."""
    return Html(f"<code>{escape(text)}</code>")


def masked(name: str) -> str:
    """A name as it may be shown to everybody in the agents' group: its first letter, and a sign that there is more. A
    Chinese name shows the family name's first character and circles: 王○○. Empty if there is no name."""
    first = next((c for c in clean(name) if c.isalnum()), "")
    if not first:
        return ""
    return first + ("○○" if _is_han(first) else "…")


def _is_han(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK ")


def length(text: str) -> int:
    """A text's length as Telegram counts it: in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def paragraph(text: str, most: int = 3500) -> Html:
    """A person's words with their lines, escaped; only the beginning if there are more than `most` characters."""
    whole = "\n".join(clean(line) for line in text.splitlines()).strip()
    kept = whole.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
    cut = "" if kept == whole else "…"
    return Html("\n".join(escape(line) for line in kept.split("\n")) + cut)


def fitted(head: str, rows: Sequence[str], tail: str, more: Callable[[int], str], beyond: int = 0) -> str:
    """Head, as many rows as fit, and tail, with empty lines between; `more` says how many rows are left out, `beyond`
    counts rows that were not even passed in."""
    kept = list(rows[:MOST_LINES])
    while True:
        left_out = len(rows) - len(kept) + beyond
        block = "\n".join([*kept, more(left_out)] if left_out else kept)
        text = "\n\n".join(part for part in (head, block, tail) if part)
        if length(text) <= ROOM or not kept:
            return text
        kept.pop()


def and_more(t: Translator) -> Callable[[int], str]:
    """The last line of a list that was cut."""
    return lambda n: t.plural("… and {n} more", "… and {n} more", n)


def duration(t: Translator, length: timedelta) -> Html:
    """A length of time in its largest whole unit: 2 days, 36 hours, 90 minutes."""
    minutes = int(length.total_seconds()) // 60
    if minutes % (24 * 60) == 0:
        return t.days(minutes // (24 * 60))
    if minutes % 60 == 0:
        return t.plural("{n} hour", "{n} hours", minutes // 60)
    return t.plural("{n} minute", "{n} minutes", minutes)


def clock_at(at: datetime, zone: str) -> str:
    """The time of day on a clock in `zone`: 18:05."""
    return at.astimezone(zones(zone)[0]).strftime("%H:%M")


def at_least(t: Translator, days: int) -> Html:
    """The least time that so many days are: whole years, leap days included, as years: 5 years for 1827."""
    years, rest = divmod(days, 365)
    return t.plural("{n} year", "{n} years", years) if years and rest <= years // 4 + 1 else t.days(days)


def day_near(t: Translator, day: date, today: date) -> str:
    """A date as people say it today: with the weekday if it is near, with the year if it is far."""
    return t.day(day) if abs((day - today).days) < FAR_DAYS else t.date(day)


def product_of(t: Translator, product: str, most: int = 40) -> str:
    """The customer's name for the account."""
    return clipped(product, most) or t.plain("Account")


def instalment_line(t: Translator, instalment: Instalment, today: date, details: bool = True) -> Html:
    """What is due: product, outstanding amount, date; below it, if it adds information, its parts."""
    line = t(
        "• {product}: <b>{amount}</b>, due <b>{day}</b> ({in_days})",
        product=product_of(t, instalment.product),
        amount=t.money(instalment.outstanding),
        day=day_near(t, instalment.due_date, today),
        in_days=t.in_days(-instalment.days_past_due(today)),
    )
    return Html("\n".join([line, *(under(detail) for detail in details_of(t, instalment))])) if details else line


def under(line: str) -> Html:
    """A line with details about the line above it."""
    return Html(f"    {escape(line)}")


def instalment_line_without_amount(t: Translator, instalment: Instalment, today: date) -> Html:
    """What is due, when the amount is uncertain."""
    return t(
        "• {product}, due {day} ({in_days})",
        product=product_of(t, instalment.product),
        day=day_near(t, instalment.due_date, today),
        in_days=t.in_days(-instalment.days_past_due(today)),
    )


def total_line(t: Translator, instalments: Sequence[Instalment]) -> Html:
    """The outstanding total, one for each currency."""
    return t("Total: <b>{amount}</b>", amount=t.joined(t.money(sum_) for sum_ in total(tuple(instalments))))


def facts_line(t: Translator, facts: CustomerFacts) -> Html:
    """The date of the facts, on the customer's clock; empty if no file has come."""
    if facts.facts_at is None:
        return Html("")
    return t("As of {when}.", when=t.moment(facts.facts_at, zones(facts.customer.zone)[0]))


def details_of(t: Translator, instalment: Instalment) -> list[Html]:
    found = []
    if instalment.part_paid:
        found.append(
            t(
                "Paid {paid} of {whole}, {left} left.",
                paid=t.money(instalment.paid),
                whole=t.money(instalment.amount_due),
                left=t.money(instalment.outstanding),
            )
        )
    parts = [
        *([t("principal {amount}", amount=t.money(instalment.principal))] if instalment.principal else []),
        *([t("interest {amount}", amount=t.money(instalment.interest))] if instalment.interest else []),
        *([t("fees {amount}", amount=t.money(instalment.fees))] if instalment.fees else []),
    ]
    if len(parts) > 1 or instalment.fees:
        found.append(t("Of {whole}: {parts}", whole=t.money(instalment.amount_due), parts=" · ".join(parts)))
    return found
