"""`/genuine`: how a customer sees that it is really the wallet; and the message that an agent is calling now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.message import Button, Message
from bot.rules.customers.genuine_codes import Code
from bot.rules.policy.sending_hours import zones
from bot.views.lines import as_code, clipped, clock_at
from bot.views.menu import button
from locales import Html, Translator


def genuine(
    t: Translator,
    brand: str,
    zone: str,
    code: Code,
    letters: Sequence[tuple[date, str]],
    caller: str = "",
) -> Message:
    """Who is calling now (`caller`, empty: nobody), the code of the moment, the codes of letters, and what is never
    asked for."""
    brand = clipped(brand, 60)
    who = (
        t("📞 <b>{name} from {brand} is calling you now</b>", name=clipped(caller, 30), brand=brand)
        if caller
        else t("<b>Right now nobody from {brand} is calling you.</b>", brand=brand)
    )
    parts = (
        who,
        _halves(t, code, zone),
        t("Let them say theirs first. If they can’t, it isn’t us: hang up."),
        _letters(t, brand, letters),
        never_asked(t, brand),
    )
    again = Button(t.plain("Show the present code"), "genuine")
    return Message("\n\n".join(parts), ((again,), (button(t, "agent"),)))


def never_asked(t: Translator, brand: str) -> Html:
    return t(
        "We never ask for your password or PIN, for a code from an SMS or another app, or for money to a private "
        "person’s account. Pay only in {brand}.",
        brand=brand,
    )


def calling(t: Translator, name: str, code: Code | None, brand: str, until: datetime, zone: str) -> Message:
    """An agent is calling now. For the record it is made without its code (None)."""
    brand = clipped(brand, 60)
    head = t("📞 <b>{name} from {brand} is calling you now</b>", name=clipped(name, 30), brand=brand)
    lasts = t("This is true until {time}.", time=clock_at(until, zone))
    if code is None:
        return Message("\n\n".join((head, lasts)))
    halves = "\n".join(
        (
            t("• They say: {code}", code=as_code(code.caller_says)),
            t("• If they ask, you say: {code}", code=as_code(code.customer_says)),
        )
    )
    first = t("Let them say theirs first. If they can’t, it isn’t us: hang up.")
    check = Button(t.plain("Is this really you?"), "genuine")
    return Message("\n\n".join((head, halves, first, lasts)), ((check,), (button(t, "agent"),)))


def call_over(t: Translator, name: str, brand: str, began_at: datetime, zone: str) -> Message:
    """Takes the place of the message that an agent is calling."""
    brand = clipped(brand, 60)
    was = t(
        "{name} from {brand} called you at {time}. That is over.",
        name=clipped(name, 30),
        brand=brand,
        time=t.moment(began_at, zones(zone)[0]),
    )
    now = t("If somebody calls in our name now, ask here first.")
    return Message("\n\n".join((was, now)), ((Button(t.plain("Is this really you?"), "genuine"),),))


def _halves(t: Translator, code: Code, zone: str) -> str:
    return "\n".join(
        (
            t("If somebody calls in our name, until {time}:", time=clock_at(code.until, zone)),
            t("• They say: {code}", code=as_code(code.caller_says)),
            t("• If they ask, you say: {code}", code=as_code(code.customer_says)),
        )
    )


def _letters(t: Translator, brand: str, letters: Sequence[tuple[date, str]]) -> str:
    lines = [t("A letter from {brand} has the code of its month:", brand=brand)]
    for day, code in letters:
        month = f"{day:%Y-%m}"
        lines.append(t("• {month}: {code}", month=month, code=as_code(f"{code[:4]} {code[4:]}")))
    return "\n".join(lines)
