"""`/history`: the records of contact in the chat, a page at a time, and the words beside their file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.message import Button, Message
from bot.rules.outlook.contact_records import Record, page_of
from bot.rules.policy.sending_hours import zones
from bot.views.lines import clipped
from bot.views.menu import menu_buttons
from bot.views.outlook.history_words import result_words, text_of, what_words
from locales import Html, Translator, escape

MOST_OF_TEXT = 140


def history(t: Translator, records: Sequence[Record], zone: str, kept_from: date | None, number: int) -> Message:
    """A page of the history, newest first."""
    if not records:
        return Message(t("There is nothing between us so far."), menu_buttons(t))
    shown, number, pages = page_of(records, number)
    head = t("<b>What was between us</b> · {number} of {pages}", number=number, pages=pages)
    parts = [head, *(_record(t, record, zone) for record in shown)]
    if number == pages and kept_from is not None:
        parts.append(t("What was before {day} is removed.", day=t.date(kept_from)))
    turns = []
    if number > 1:
        turns.append(Button(t.plain("‹ Newer"), f"history:{number - 1}"))
    if number < pages:
        turns.append(Button(t.plain("Older ›"), f"history:{number + 1}"))
    file = Button(t.plain("As a signed file"), "history:file")
    return Message("\n\n".join(parts), tuple(row for row in (tuple(turns), (file,)) if row))


def beside_file(t: Translator, brand: str) -> Message:
    return Message(
        t(
            "All of it, signed. If anybody doubts it, {brand} can tell whether the file is genuine and unchanged.",
            brand=clipped(brand, 60),
        )
    )


def _record(t: Translator, record: Record, zone: str) -> str:
    when = t.moment(record.at, zones(zone)[0])
    what = " · ".join(part for part in (f"<b>{what_words(t, record)}</b>", result_words(t, record)) if part)
    text = clipped(text_of(t, record), MOST_OF_TEXT)
    return "\n".join(line for line in (Html(escape(when)), what, f"<i>{escape(text)}</i>" if text else "") if line)
