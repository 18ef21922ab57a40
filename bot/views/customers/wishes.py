"""What may be chosen in /settings, one screen for each setting, as buttons. Each has the way back to all settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from bot.message import Button, Message
from bot.rules.facts.customer_facts import Customer
from bot.rules.facts.wishes import Wishes
from bot.rules.languages import places_of, usual_place
from bot.rules.reminders.setting_choices import Offer
from bot.views.customers.settings import channel_name, often_words, place_words
from bot.views.menu import Rows, button
from locales import Html, Translator

ZONES_AT_ONCE = 24
IN_A_ROW = 4


def choose_hour(t: Translator, offer: Offer, wishes: Wishes) -> Message:
    """The whole hours within the sending hours. Where an hour is foreseen, the first one is a choice, too."""
    text = t("From which hour on, by your clock, may reminders come? They never come outside our hours.")
    first = offer.hours[0]
    now = first if wishes.from_hour is None else wishes.from_hour
    usual = first if wishes.foreseen_hour is None else None
    options = [
        Button(_marked(f"{hour:02}:00", hour == now), "set:hour:-" if hour == usual else f"set:hour:{hour}")
        for hour in offer.hours
    ]
    return _screen(t, text, _table(options, IN_A_ROW))


def choose_often(t: Translator, offer: Offer, chosen: str) -> Message:
    text = (
        t("How many reminders would you like?"),
        t("With fewer, those that matter most still come. A person may write to you in any case."),
    )
    options = [Button(_marked(often_words(t, often), often == chosen), f"set:often:{often}") for often in offer.often]
    return _screen(t, _paragraphs(*text), _table(options, 1))


def choose_channels(t: Translator, customer: Customer, offer: Offer) -> Message:
    """Each press puts a channel first, or takes it out; one always stays."""
    wished = tuple(c for c in customer.wishes.channels if c in offer.channels) or offer.channels
    text = (
        t("How should reminders come? The first one is tried first."),
        t("One that you take out is used only if nothing else reaches you."),
    )
    rows: list[tuple[Button, ...]] = []
    for number, channel in enumerate(wished, 1):
        others = tuple(c for c in wished if c != channel)
        name = f"{number}. {channel_name(t, channel)}"
        up = (Button(t.plain("{channel}: first", channel=name), _order(channel, *others)),) if number > 1 else ()
        out = (Button(t.plain("{channel}: take out", channel=name), _order(*others)),) if others else ()
        rows.append((*up, *out))
    for channel in offer.channels:
        if channel not in wished:
            rows.append(
                (Button(t.plain("{channel}: add", channel=channel_name(t, channel)), _order(*wished, channel)),)
            )
    if customer.wishes.channels:
        rows.append((Button(t.plain("As usual"), "set:channels:-"),))
    return _screen(t, _paragraphs(*text), tuple(row for row in rows if row))


def _order(*channels: str) -> str:
    return f"set:channels:{','.join(channels)}"


def choose_pause(t: Translator, offer: Offer, today: date) -> Message:
    if not offer.pauses:
        return _screen(t, t("Reminders can’t pause at the moment. You can turn them off instead."), ())
    text = (
        t("Through which day should reminders pause? After it they come again by themselves."),
        t("If something is past its date meanwhile, a person may write to you."),
    )
    options = [Button(f"{t.day(day)}", f"set:pause:{day.isoformat()}") for day in offer.pauses]
    return _screen(t, _paragraphs(*text), _table(options, 2))


def choose_words(t: Translator, chosen: str | None) -> Message:
    if not places_of(t.language):
        return _screen(t, t("This language has no regions to choose from."), ())
    places: tuple[str | None, ...] = (None, usual_place(t.language), *places_of(t.language))
    options = [Button(_marked(place_words(t, place), place == chosen), f"set:words:{place or '-'}") for place in places]
    return _screen(t, t("Whose words would you like to read?"), _table(options, 1))


def choose_area(t: Translator, areas: Sequence[str], own: str | None) -> Message:
    """The parts of the world, by which time zones are found."""
    options = [Button(_area(t, area), f"set:zones:{area}:0") for area in areas]
    back: Rows = ((Button(t.plain("As the wallet says"), "set:zone:-"),),) if own else ()
    return _screen(t, t("Where in the world are you?"), (*_table(options, 3), *back))


def choose_zone(t: Translator, area: str, zones: Sequence[str], page: int) -> Message:
    """The time zones of one part of the world, a screenful at a time."""
    places = _places(t, zones)
    pages = max(1, -(-len(places) // ZONES_AT_ONCE))
    page = min(max(page, 0), pages - 1)
    here = places[page * ZONES_AT_ONCE : (page + 1) * ZONES_AT_ONCE]
    options = [Button(name, f"set:zone:{zone}") for name, zone in here]
    turn = (
        *([Button(t.plain("Earlier"), f"set:zones:{area}:{page - 1}")] if page else []),
        *([Button(t.plain("More"), f"set:zones:{area}:{page + 1}")] if page + 1 < pages else []),
    )
    rows = (
        *_table(options, 3),
        *((turn,) if turn else ()),
        (Button(t.plain("Another part of the world"), "set:zone"),),
    )
    return _screen(t, t("Which place has the same time as you?"), rows)


def not_offered(t: Translator) -> Message:
    """An old button: what it says cannot be chosen any more."""
    return Message(t("That can’t be chosen any more. Here is what can:"), ((button(t, "settings"),),))


def _places(t: Translator, zones: Sequence[str]) -> Sequence[tuple[str, str]]:
    """The zones by the names of their places, in the order of the names; a place with two names counts once."""
    by_name: dict[str, str] = {}
    for zone in zones:
        by_name.setdefault(t.city(ZoneInfo(zone)), zone)
    return sorted(by_name.items())


def _area(t: Translator, area: str) -> str:
    known = {
        "Africa": t.plain("Africa"),
        "America": t.plain("America"),
        "Antarctica": t.plain("Antarctica"),
        "Asia": t.plain("Asia"),
        "Atlantic": t.plain("Atlantic"),
        "Australia": t.plain("Australia"),
        "Europe": t.plain("Europe"),
        "Indian": t.plain("Indian Ocean"),
        "Pacific": t.plain("Pacific"),
    }
    return known.get(area, area)


def _marked(label: str, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label


def _paragraphs(*parts: Html) -> str:
    return "\n\n".join(parts)


def _table(options: Sequence[Button], in_a_row: int) -> Rows:
    return tuple(tuple(options[at : at + in_a_row]) for at in range(0, len(options), in_a_row))


def _screen(t: Translator, text: str, rows: Rows) -> Message:
    return Message(text, (*rows, (Button(t.plain("Back to settings"), "settings"),)))
