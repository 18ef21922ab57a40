"""A customer's settings: what is chosen now, each with a button to change it, and one to undo the last change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from bot.message import Button, Message
from bot.rules.facts.customer_facts import Customer
from bot.rules.facts.wishes import Wishes
from bot.rules.languages import places_of
from bot.rules.reminders.setting_choices import Offer
from bot.views.agreements.callbacks import call_button
from bot.views.channels import WORDS
from bot.views.customers.linking import not_mine_button
from bot.views.menu import Rows, button
from locales import NAMES, Html, Translator


@dataclass(frozen=True, slots=True)
class Shown:
    """What the settings are about: `today` is the customer's, `own_zone` the time zone that they chose, `words` the
    region whose words they chose, `undo` the button's data that takes the last change back."""

    customer: Customer
    offer: Offer
    today: date
    own_zone: str | None = None
    words: str | None = None
    promised_until: date | None = None
    has_phone: bool = False
    link_id: int = 0
    undo: str = ""


def settings(t: Translator, shown: Shown) -> Message:
    """The present settings, in the customer's language."""
    wishes = shown.customer.wishes
    until = shown.promised_until
    lines = (
        t("<b>Your settings</b>"),
        t("Language: {language}", language=NAMES[t.language]),
        *([t("Words: {place}", place=place_words(t, shown.words))] if places_of(t.language) else []),
        t("Time zone: {zone}", zone=zone_words(t, shown.customer.zone, shown.own_zone)),
        _reminders(t, shown),
        t("At the earliest: {hour}", hour=hour_words(t, wishes, shown.offer)),
        *([t("How many: {many}", many=often_words(t, wishes.often))] if shown.offer.often else []),
        *([t("How they come: {order}", order=order_words(t, shown))] if len(shown.offer.channels) > 1 else []),
        *([t("Your promise is for {day}.", day=t.day(until))] if until else []),
    )
    undo: Rows = ((Button(t.plain("Undo"), shown.undo),),) if shown.undo else ()
    return Message("\n".join(lines), (*undo, *_rows(t, shown)))


def _rows(t: Translator, shown: Shown) -> Rows:
    wishes = shown.customer.wishes
    paused = wishes.paused(shown.today)
    turn = (
        ("resume", t.plain("Turn reminders on")) if shown.customer.stopped else ("stop", t.plain("Turn reminders off"))
    )
    pausing = (
        (Button(t.plain("End the pause"), "set:pause:-"),)
        if paused
        else (Button(t.plain("Pause"), "set:pause"),)
        if shown.offer.pauses and not shown.customer.stopped
        else ()
    )
    return (
        (
            Button(t.plain("Language"), "language"),
            *([Button(t.plain("Words"), "set:words")] if places_of(t.language) else []),
            Button(t.plain("Time zone"), "set:zone"),
        ),
        (
            Button(t.plain("Hour"), "set:hour"),
            *([Button(t.plain("How many"), "set:often")] if shown.offer.often else []),
            *([Button(t.plain("How they come"), "set:channels")] if len(shown.offer.channels) > 1 else []),
        ),
        (*pausing, Button(turn[1], turn[0])),
        *(
            ((Button(t.plain("Another day"), "promise"), Button(t.plain("Cancel my promise"), "promise:cancel")),)
            if shown.promised_until
            else ()
        ),
        *(((call_button(t),),) if shown.has_phone else ()),
        (button(t, "privacy"),),
        *(((not_mine_button(t, shown.link_id),),) if shown.link_id else ()),
    )


def _reminders(t: Translator, shown: Shown) -> Html:
    if shown.customer.stopped:
        return t("Reminders: off")
    until = shown.customer.wishes.paused_until
    if until is not None and shown.customer.wishes.paused(shown.today):
        return t("Reminders: they pause through {day}", day=t.day(until))
    return t("Reminders: on")


def place_words(t: Translator, place: str | None) -> str:
    """Whose words a language is spoken in; None: those of where the customer lives."""
    known = {"HK": t.plain("as in Hong Kong"), "TW": t.plain("as in Taiwan")}
    return t.plain("as where you live") if place is None else known.get(place, place)


def zone_words(t: Translator, zone: str, own: str | None) -> str:
    """The time zone by its name, and whose word it is; of several candidates, that it follows from the number."""
    if own is not None:
        return t.plain("{zone} (your choice)", zone=t.city(ZoneInfo(own)))
    return t.plain("from your phone number") if "|" in zone else t.city(ZoneInfo(zone))


def hour_words(t: Translator, wishes: Wishes, offer: Offer) -> str:
    """From which hour reminders come: from the chosen one, the foreseen one, or the opening of the sending hours."""
    hour = wishes.from_hour
    if hour is not None and hour in offer.hours and wishes.hour is None:
        return t.plain("{hour}, when you usually read (estimated)", hour=_clock(hour))
    if hour is None or hour not in offer.hours:
        return t.plain("{hour}, as usual", hour=_clock(offer.hours[0]))
    return _clock(hour)


def often_words(t: Translator, often: str) -> str:
    known = {"fewer": t.plain("fewer"), "usual": t.plain("as usual"), "more": t.plain("more")}
    return known[often]


def order_words(t: Translator, shown: Shown) -> Html:
    """The channels in their order; those that were not chosen are only for when none of the others works."""
    wished = [c for c in shown.customer.wishes.channels if c in shown.offer.channels]
    order = wished or list(shown.offer.channels)
    words = t.joined(channel_name(t, channel) for channel in order)
    last = [channel for channel in shown.offer.channels if channel not in order]
    if not last:
        return words
    others = t.joined(channel_name(t, channel) for channel in last)
    return t("{wished}; {others} only if nothing else reaches you", wished=words, others=others)


def channel_name(t: Translator, channel: str) -> str:
    return WORDS[channel].name(t)


def _clock(hour: int) -> str:
    return f"{hour:02}:00"
