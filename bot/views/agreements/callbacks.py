"""Call-backs: the half hours to choose from, the chosen one, and how to change it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.message import Button, Message
from bot.rules.policy.sending_hours import zones
from bot.views.menu import button, menu_buttons
from locales import Translator


def call_button(t: Translator) -> Button:
    return Button(t.plain("Book a call"), "call")


def choose_slot(
    t: Translator, offered: Sequence[datetime], zone: str, at: datetime | None, again: bool = False
) -> Message:
    """The slots as buttons, each by the customer's own clock. `at` is the call agreed now; `again`: the slot that was
    pressed is no longer free."""
    taken = ((Button(t.plain("No call, thanks"), "call:no"),),) if at else ()
    current = [t("You’ll be called {when}.", when=_when(t, at, zone))] if at else []
    gone = [t("That time has just gone.")] if again else []
    if not offered:
        none = t("There is no free time in the next days. A person will write to you here instead.")
        return Message("\n\n".join((*gone, *current, none)), (*taken, (button(t, "agent"),)))
    ask = t("When may we call you? These times are by your own clock.")
    rows = tuple((Button(_when(t, slot, zone), f"call:{slot:%Y%m%dT%H%M}"),) for slot in offered)
    return Message("\n\n".join((*gone, *current, ask)), (*rows, *taken, (button(t, "agent"),)))


def chosen(t: Translator, at: datetime, zone: str, brand: str) -> Message:
    """A call is agreed on."""
    parts = (
        t("Thank you. We’ll call you {when}, on the number you gave {brand}.", when=_when(t, at, zone), brand=brand),
        t("If it doesn’t work for you after all, choose another time or no call. You can also write here at any time."),
    )
    rows = ((Button(t.plain("Another time"), "call"), Button(t.plain("No call, thanks"), "call:no")),)
    return Message("\n\n".join(parts), rows)


def cancelled(t: Translator, existed: bool) -> Message:
    text = t("Done, we won’t call you. A person will write to you here.") if existed else t("No call is agreed on.")
    return Message(text, menu_buttons(t))


def no_phone(t: Translator) -> Message:
    """The wallet has no number of theirs."""
    text = t("We don’t have a phone number for you, so we can’t call. A person can write to you here.")
    return Message(text, ((button(t, "agent"),),))


def _when(t: Translator, at: datetime, zone: str) -> str:
    """Weekday, day and time on the customer's clock."""
    place = zones(zone)[0]
    return t.plain("{day}, {time}", day=t.day(at.astimezone(place).date()), time=f"{at.astimezone(place):%H:%M}")
