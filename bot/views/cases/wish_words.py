"""What a customer wished in /settings, in one line for agents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.rules.facts.wishes import Wishes
from bot.views.cases.desk_words import channel_words
from locales import Html, Translator


def wishes_line(t: Translator, wishes: Wishes, today: date) -> Html:
    """Only what differs from the policy's usual way; empty if nothing does. `today` is the customer's day."""
    wished = " · ".join(_wished(t, wishes, today))
    return t("Wishes: {wishes}", wishes=wished) if wished else Html("")


def _wished(t: Translator, wishes: Wishes, today: date) -> Iterator[str]:
    if wishes.paused_until is not None and wishes.paused(today):
        yield t.plain("no reminders through {day}", day=t.day(wishes.paused_until))
    if wishes.often == "fewer":
        yield t.plain("fewer reminders")
    if wishes.often == "more":
        yield t.plain("more reminders")
    if wishes.from_hour is not None:
        yield t.plain("not before {hour}", hour=f"{wishes.from_hour:02}:00")
    if wishes.channels:
        # Their order is a wish too, so it is no list that ends in “and”.
        ways = t.plain(", then ").join(channel_words(t, channel) for channel in wishes.channels)
        yield t.plain("by {ways}", ways=ways)
