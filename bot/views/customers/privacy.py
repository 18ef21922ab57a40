"""What is stored about a customer, why and for how long; their copy, and being forgotten. All of it is computed from
what is there, the policy and its packs. It says the same as `docs/customers.md` and must stay as true.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.message import Button, Message
from bot.rules.facts.customer_facts import Instalment, total
from bot.rules.policy.sending_hours import zones
from bot.views.jurisdictions import place_name
from bot.views.lines import at_least, clipped
from bot.views.menu import button, menu_buttons
from locales import Html, Translator


@dataclass(frozen=True, slots=True)
class Stored:
    """What there is of a customer: `own` are the wallet's words that are known (name, phone, email), the rest is how
    many of each, and since when."""

    own: tuple[str, ...]
    zone: str
    linked: datetime | None = None
    messages: int = 0
    oldest: datetime | None = None
    cases: int = 0
    agreements: int = 0
    predicted_since: datetime | None = None
    foreseen_hour: int | None = None


def privacy(
    t: Translator, brand: str, stored: Stored, kept_days: int, records: Sequence[tuple[str, str, int]] = ()
) -> Message:
    """`kept_days` is how long messages are kept after everything they are about is settled; `records` are the packs,
    their jurisdictions, and for how many days their rules require records to be kept."""
    brand = clipped(brand, 60)
    parts = (
        (t("<b>What I keep, and why</b>"), *_kept(t, brand, stored)),
        (
            t("<b>For how long</b>"),
            t("Until you ask to be forgotten."),
            t(
                "Messages, and what you pressed, are removed {length} after all that they are about is settled.",
                length=_length(t, kept_days),
            ),
            *_records(t, records),
        ),
        (
            t("<b>What you can do</b>"),
            t("Get a copy of it all as a file, or be forgotten here: press a button."),
        ),
    )
    agreed = stored.predicted_since is not None
    predict = (
        Button(t.plain("Take the prediction back"), "privacy:predict:no")
        if agreed
        else Button(t.plain("Agree to a prediction"), "privacy:predict")
    )
    rows = (
        (Button(t.plain("A copy as a file"), "privacy:copy"), Button(t.plain("Forget me"), "privacy:erase")),
        (predict, button(t, "history")),
        (button(t, "agent"), button(t, "settings")),
    )
    return Message("\n\n".join("\n".join(part) for part in parts), rows)


def _kept(t: Translator, brand: str, stored: Stored) -> Iterator[Html]:
    known = {"name": t.plain("your name"), "phone": t.plain("your phone"), "email": t.plain("your e-mail")}
    own = t.joined([known[word] for word in stored.own] + [t.plain("your language and time zone")])
    yield t("• From {brand}: {own}, to write to you at a good hour, in your language.", brand=brand, own=own)
    yield t("• Your accounts, and what is due and paid, to tell you of it.")
    zone = zones(stored.zone)[0]
    if stored.linked is not None:
        since = _day(t, stored.linked, zone)
        yield t("• Which Telegram account is yours, since {day}, so that nobody else reads this.", day=since)
    if stored.messages and stored.oldest is not None:
        since = _day(t, stored.oldest, zone)
        count = t.plural("{n} message", "{n} messages", stored.messages)
        yield t("• {count} of yours and ours since {day}, to show what was said.", count=count, day=since)
    if stored.cases:
        yield t("• That a person helped you ({n}), for when you ask again.", n=stored.cases)
    if stored.agreements:
        yield t("• What you agreed with us ({n}), so that it holds.", n=stored.agreements)
    yield t("• That you sent a picture or a voice message, but not what is in it; the person you talk to gets that.")
    if stored.predicted_since is None:
        yield t("• Nothing is predicted about you: you did not agree to it.")
    else:
        since = _day(t, stored.predicted_since, zone)
        yield t(
            "• You agreed on {day} that I may estimate at which hour you usually read, from when you "
            "write and press here.",
            day=since,
        )
        if stored.foreseen_hour is None:
            yield t("So far there is no such hour: reminders come as usual.")
        else:
            yield t("At present it’s {hour}, and reminders wait for it.", hour=f"{stored.foreseen_hour:02}:00")
    yield t("The people who help you can see this. Other customers can’t.")


def _records(t: Translator, records: Sequence[tuple[str, str, int]]) -> Iterator[Html]:
    for pack, jurisdiction, days in records:
        yield t(
            "The rules of {place} ask for records of what was written to be kept for {length}. If you are forgotten "
            "before, they are locked away until then, and then removed by themselves.",
            place=place_name(t, pack, jurisdiction),
            length=at_least(t, days),
        )


def before_forgetting(t: Translator, brand: str, owed: Sequence[Instalment], locked_until: date | None) -> Message:
    """What is erased, what stays, and what becomes of what is owed; nothing is done before the second press."""
    brand = clipped(brand, 60)
    sums = t.joined(t.money(sum_) for sum_ in total(tuple(owed)))
    parts = (
        t("<b>Shall I forget you?</b> This cannot be undone."),
        t(
            "Erased: your name, phone, e-mail, this link and all words. Amounts, dates and what was sent when stay, "
            "without your name."
        ),
        *(
            [
                t(
                    "Locked away by law until {day} at the latest: what was written. Nobody here can read it; then it "
                    "is removed by itself.",
                    day=t.date(locked_until),
                )
            ]
            if locked_until is not None
            else []
        ),
        *(
            [
                t(
                    "You still owe {amount}. That stays with {brand}: I won’t remind you any more, a plan or promise "
                    "made here is no longer followed, and {brand} may contact you itself.",
                    amount=sums,
                    brand=brand,
                )
            ]
            if owed
            else []
        ),
        t("What {brand} sends later does not bring your data back here.", brand=brand),
        t("What is in this chat you can delete in Telegram yourself."),
    )
    rows = (
        (Button(t.plain("Yes, forget me"), "privacy:erase:yes"),),
        (Button(t.plain("No, keep it"), "privacy"), button(t, "agent")),
    )
    return Message("\n\n".join(parts), rows)


def forgotten(t: Translator, brand: str) -> Message:
    """The last thing that is said to somebody who was forgotten."""
    return Message(
        t("Done. You are forgotten here. For questions, {brand} itself is there for you.", brand=clipped(brand, 60))
    )


def ask_for_prediction(t: Translator) -> Message:
    """What would be predicted, from what and what for; off until it is agreed to."""
    parts = (
        t("May I estimate at which hour you usually read, from the times at which you write and press here?"),
        t(
            "Reminders then wait for that hour of the same day. It serves nothing else, an hour that you choose "
            "yourself counts more, and you can take it back at any time."
        ),
    )
    yes = Button(t.plain("Yes, I agree"), "privacy:predict:yes")
    return Message("\n\n".join(parts), ((yes,), (Button(t.plain("No, don’t"), "privacy"),)))


def beside_copy(t: Translator) -> Message:
    """The caption of the copy."""
    return Message(
        t("Everything that is stored about you here. Notes that people make about their own work are not in it."),
        menu_buttons(t),
    )


def _day(t: Translator, at: datetime, zone: ZoneInfo) -> str:
    return t.date(at.astimezone(zone).date())


def _length(t: Translator, days: int) -> Html:
    years, rest = divmod(days, 365)
    return t.plural("{n} year", "{n} years", years) if years and not rest else at_least(t, days)
