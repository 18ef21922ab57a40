"""`/calendar`: the message beside the file, and the address to subscribe to."""

from __future__ import annotations

from bot.message import Button, Message
from bot.views.lines import as_code
from bot.views.menu import Rows, menu_buttons
from locales import Translator


def no_dates(t: Translator) -> Message:
    return Message(t("There are no dates to put into a calendar right now."), menu_buttons(t))


def beside_file(t: Translator, dates: int, with_sums: bool, can_subscribe: bool, has_address: bool) -> Message:
    """What the file is, and what else there is: the file with amounts, and an address that stays up to date."""
    text = [
        t.plural("{n} date, with an alarm the day before.", "{n} dates, with an alarm the day before.", dates),
        t("Open the file to put them into your calendar."),
    ]
    rows: list[tuple[Button, ...]] = []
    if not with_sums:
        rows.append((Button(t.plain("With amounts"), "calendar:sums"),))
    if can_subscribe:
        text.append(t("Or subscribe: then your calendar follows every change by itself."))
        rows.append((Button(t.plain("Subscribe"), "calendar:subscribe"),))
    if has_address:
        rows.append((Button(t.plain("End the subscription"), "calendar:end"),))
    return Message("\n\n".join(text), tuple(rows))


def subscribed(t: Translator, address: str, with_sums: bool) -> Message:
    """The address, which is shown only now."""
    parts = (
        t("Add this address in your calendar program, as a subscription:"),
        as_code(address),
        t("Anyone with this address can see your due dates, so keep it to yourself. Earlier addresses no longer work."),
    )
    sums = () if with_sums else (Button(t.plain("An address with amounts"), "calendar:subscribe:sums"),)
    rows: Rows = ((*sums,), (Button(t.plain("End the subscription"), "calendar:end"),))
    return Message("\n\n".join(parts), tuple(row for row in rows if row))


def ended(t: Translator, existed: bool) -> Message:
    text = t("The subscription has ended; the address no longer works.") if existed else t("There is no subscription.")
    return Message(text, menu_buttons(t))
