"""The evidence of an endurance run: the rows of the database, and which message at the far end belongs to which notice.

The rows are read directly; none of the program's own queries is used.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from benchmarks.endurance_far_end import Arrival, FarMail, FarTelegram
from storage.runtime.engine import Database
from storage.schema import accounts, contacts, customers, holds, instalments, links, notice_items, notices

Rows = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class Copy:
    """A reminder that somebody was given: by what, when, and of which notice (None: of none)."""

    customer_id: str
    channel: str
    at: datetime
    at_s: float
    notice_id: int | None
    on_record: bool  # the database has this very copy as accepted


@dataclass
class Evidence:
    """Rows of the database by their keys, and all copies of all reminders that people were given."""

    notices: Mapping[int, Row[Any]]
    contacts: Rows
    items: Mapping[int, Rows]
    customers: Mapping[str, Row[Any]]
    instalments: Rows
    held: Collection[str]  # customers with whom an agent or they themselves agreed on something
    copies: list[Copy] = field(default_factory=list)
    on_record_but_never_came: int = 0
    in_doubt: Counter[tuple[int, str]] = field(default_factory=Counter)  # attempts by notice and channel


async def gather(db: Database, telegram: FarTelegram, mail: FarMail) -> Evidence:
    async with db.read() as conn:

        async def rows(query: Any) -> Rows:
            return (await conn.execute(query)).all()

        items: dict[int, list[Row[Any]]] = defaultdict(list)
        for row in await rows(select(notice_items)):
            items[row.notice_id].append(row)
        found = Evidence(
            notices={row.notice_id: row for row in await rows(select(notices))},
            contacts=await rows(select(contacts).where(contacts.c.kind == "reminder").order_by(contacts.c.contact_id)),
            items=items,
            customers={row.customer_id: row for row in await rows(select(customers))},
            instalments=await rows(
                select(accounts.c.customer_id, instalments).join(
                    accounts, accounts.c.account_id == instalments.c.account_id
                )
            ),
            held={row.customer_id for row in await rows(select(holds))},
        )
        customer_of = {row.user_id: row.customer_id for row in await rows(select(links))}
    for row in found.contacts:
        if row.state == "attempted" or row.reason == "in_doubt":
            found.in_doubt[row.notice_id, row.channel] += 1
    _telegram_copies(found, telegram, customer_of)
    _mail_copies(found, mail)
    return found


def _telegram_copies(found: Evidence, telegram: FarTelegram, customer_of: Mapping[int, str]) -> None:
    """A message is a reminder where its words are those of one of the customer's."""
    said: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    recorded: dict[tuple[str, str], int] = {}
    for row in found.contacts:
        if row.channel == "telegram":
            said[row.customer_id][row.body].append(row.notice_id)
            if row.state == "accepted":
                recorded[row.customer_id, row.reference] = row.notice_id
    came = set()
    left = Counter(found.in_doubt)
    for call in telegram.arrivals:
        customer_id = customer_of.get(call.chat_id or 0)
        if call.message_id is None or customer_id is None:
            continue
        key = (customer_id, str(call.message_id))
        if key in recorded:
            came.add(key)
            found.copies.append(_copy(customer_id, call, recorded[key], on_record=True))
        elif candidates := said[customer_id].get(call.text):
            notice_id = next((n for n in candidates if left[n, "telegram"] > 0), None)
            left[notice_id or 0, "telegram"] -= 1
            found.copies.append(_copy(customer_id, call, notice_id, on_record=False))
    found.on_record_but_never_came += len(recorded.keys() - came)


def _copy(customer_id: str, call: Arrival, notice_id: int | None, *, on_record: bool) -> Copy:
    return Copy(customer_id, "telegram", call.at, call.at_s, notice_id, on_record)


def _mail_copies(found: Evidence, mail: FarMail) -> None:
    """Every copy of one notice has the same Message-ID; the last one that arrived is the one on record."""
    recorded = {row.reference: row for row in found.contacts if row.channel == "email" and row.state == "accepted"}
    by_address: dict[str, list[str]] = defaultdict(list)
    for customer_id, row in found.customers.items():
        by_address[row.email or ""].append(customer_id)
    last = {letter.message_id: letter for letter in mail.mails}
    tried: dict[str, list[int]] = defaultdict(list)
    for row in found.contacts:
        if row.channel == "email":
            tried[row.customer_id].append(row.notice_id)
    left = Counter(found.in_doubt)
    for letter in mail.mails:
        known = recorded.get(letter.message_id)
        customer_id = known.customer_id if known is not None else by_address[letter.recipient][0]
        if known is not None and last[letter.message_id] is letter:
            found.copies.append(Copy(customer_id, "email", letter.at, 0.0, known.notice_id, on_record=True))
            continue
        candidates = [known.notice_id] if known is not None else tried[customer_id]
        notice_id = next((n for n in candidates if left[n, "email"] > 0), None)
        left[notice_id or 0, "email"] -= 1
        found.copies.append(Copy(customer_id, "email", letter.at, 0.0, notice_id, on_record=False))
    found.on_record_but_never_came += len(recorded.keys() - last.keys())
