"""A customer's history as one self-contained web page, without scripts and without anything from outside; it is signed
elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from html import escape as escaped

from bot.rules.facts.customer_facts import Customer
from bot.rules.outlook.contact_records import Record
from bot.rules.policy.sending_hours import zones
from bot.views.lines import clipped
from bot.views.outlook.history_words import result_words, text_of, what_words
from locales import Translator, clean

FILE_NAME = "history.html"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.4em .6em;"
    "border-top:1px solid #ccc}td.text{white-space:pre-wrap;overflow-wrap:anywhere}td.when{white-space:nowrap}"
    "p{max-width:45em}"
)


def history_file(
    t: Translator,
    brand: str,
    customer: Customer,
    records: Sequence[Record],
    kept_from: date | None,
    key_number: int,
    now: datetime,
) -> str:
    """The page; times are on the customer's clock. What people wrote is escaped, whatever it is."""
    zone = zones(customer.zone)[0]
    title = t.plain("{brand}: record of contact", brand=clipped(brand, 60))
    about = [
        t.plain("For {name}, number {number}.", name=clipped(customer.name, 100) or "–", number=customer.customer_id),
        t.plain("Made on {when}. All times: {zone}.", when=t.moment(now, zone), zone=t.zone(zone)),
        t.plain("“Accepted” means that the service took the message; it does not say that it was read."),
        t.plain(
            "The file is signed (key {number}): {brand} can tell whether anything in it was changed.",
            number=key_number,
            brand=clipped(brand, 60),
        ),
    ]
    if kept_from is not None:
        about.append(t.plain("What was before {day} is removed.", day=t.date(kept_from)))
    heads = (t.plain("When"), t.plain("What"), t.plain("What became of it"), t.plain("What was written"))
    rows = "\n".join(_row(t, record, t.moment(record.at, zone)) for record in records)
    return "\n".join(
        (
            f'<!doctype html>\n<html lang="{t.language}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escaped(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escaped(title)}</h1>",
            *(f"<p>{escaped(line)}</p>" for line in about),
            f"<table><thead><tr>{''.join(f'<th>{escaped(head)}</th>' for head in heads)}</tr></thead><tbody>",
            rows,
            "</tbody></table></body></html>",
        )
    )


def _row(t: Translator, record: Record, when: str) -> str:
    text = "\n".join(clean(line) for line in text_of(t, record).splitlines()).strip()
    cells = (
        f'<td class="when">{escaped(when)}</td>',
        f"<td>{what_words(t, record)}</td>",  # escaped already
        f"<td>{result_words(t, record)}</td>",
        f'<td class="text">{escaped(text)}</td>',
    )
    return f"<tr>{''.join(cells)}</tr>"
