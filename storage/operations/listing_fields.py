"""What can be read page by page: each listing's fields with their meanings, and its filters. `bot.web.api` makes the
addresses and the OpenAPI from this, so a new field or listing is told here and nowhere else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts.import_blocks import facts_at
from storage.operations.listings import Field, Filter, Kind, Listing, Nested, Row
from storage.schema import (
    accounts,
    agents,
    cases,
    contacts,
    customers,
    holds,
    instalments,
    links,
    notice_items,
    notices,
    payments,
    plan_parts,
    plans,
    wallet_events,
)

_Told = tuple[Kind, str, Any]  # how it looks outside, what it means, an example
_AT = "2026-03-02T04:00:00Z"
_CUSTOMER: _Told = ("text", "The wallet's id of the customer.", "C1")
_CURRENCY: _Told = ("text", "ISO 4217.", "TWD")
_FACTS_AT: _Told = ("instant", "When the wallet last said this.", _AT)
_debts = instalments.join(accounts, accounts.c.account_id == instalments.c.account_id)


def _fields(table: Table, *given: tuple[str, Kind, str, Any]) -> tuple[Field, ...]:
    return tuple(Field(name, table.c[name], kind, meaning, example) for name, kind, meaning, example in given)


def _same(table: Table, *given: tuple[str, Kind]) -> tuple[Filter, ...]:
    return tuple(Filter(name, table.c[name], kind) for name, kind in given)


def _between(table: Table, name: str, kind: Kind, called: str) -> tuple[Filter, Filter]:
    column = table.c[name]
    return Filter(f"{called}_from", column, kind, "from"), Filter(f"{called}_to", column, kind, "to")


async def _plan_parts(conn: AsyncConnection, plan_ids: Sequence[Any]) -> Mapping[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    query = select(plan_parts).where(plan_parts.c.plan_id.in_(plan_ids)).order_by(plan_parts.c.part)
    for row in (await conn.execute(query)).mappings():
        found[row["plan_id"]].append(dict(row))
    return found


async def _notice_items(conn: AsyncConnection, notice_ids: Sequence[Any]) -> Mapping[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    query = select(notice_items).where(notice_items.c.notice_id.in_(notice_ids))
    for row in (await conn.execute(query.order_by(notice_items.c.instalment_id))).mappings():
        found[row["notice_id"]].append(dict(row))
    return found


CUSTOMERS = Listing(
    "customers",
    "customer",
    "People who have an account at the wallet.",
    customers,
    (
        *_fields(
            customers,
            ("customer_id", *_CUSTOMER),
            ("name", "text", "As the wallet has it.", "陳大文"),
            ("language", "text", "BCP 47, as the wallet has it.", "zh-Hant"),
            ("time_zone", "text", "IANA, as the wallet has it.", "Asia/Taipei"),
            ("phone", "text", "E.164.", "+886912345678"),
            ("email", "text", "", "chen@example.com"),
            ("segment", "text", "The wallet's own group.", "trusted"),
            ("vulnerable", "flag", "Whether the wallet asks for particular care.", False),
            ("zone", "text", "The time zone in use, or the possible ones joined by '|'.", "Asia/Taipei"),
            ("seen_at", "instant", "The last sign of life: pressed, wrote, sent something.", _AT),
            ("stopped_at", "instant", "Since when the customer wants no reminders.", _AT),
            ("forgotten_at", "instant", "When the person was erased.", _AT),
        ),
        Field("facts_at", facts_at(customers), *_FACTS_AT),
    ),
    (
        *_same(customers, ("segment", "text"), ("language", "text"), ("phone", "text"), ("vulnerable", "flag")),
        Filter("stopped", customers.c.stopped_at, "flag", "set"),
        Filter("forgotten", customers.c.forgotten_at, "flag", "set"),
    ),
)
ACCOUNTS = Listing(
    "accounts",
    "account",
    "What customers have at the wallet.",
    accounts,
    (
        *_fields(
            accounts,
            ("account_id", "text", "The wallet's id of the account.", "A1"),
            ("customer_id", *_CUSTOMER),
            ("product", "text", "The wallet's name for it.", "PayLater"),
            ("currency", *_CURRENCY),
            ("balance", "money", "", "1250.00"),
            ("credit_limit", "money", "", "20000.00"),
        ),
        Field("facts_at", facts_at(accounts), *_FACTS_AT),
    ),
    _same(accounts, ("customer_id", "text"), ("currency", "text"), ("product", "text")),
)
INSTALMENTS = Listing(
    "instalments",
    "instalment",
    "What is to be paid, and by when.",
    _debts,
    (
        *_fields(
            instalments,
            ("instalment_id", "text", "The wallet's id of the instalment.", "I1"),
            ("account_id", "text", "The wallet's id of the account.", "A1"),
        ),
        *_fields(accounts, ("customer_id", *_CUSTOMER), ("currency", *_CURRENCY)),
        *_fields(
            instalments,
            ("due_date", "day", "The customer's day.", "2026-03-05"),
            ("amount_due", "money", "", "1250.00"),
            ("amount_paid", "money", "What the wallet last said is paid.", "250.00"),
            ("paid", "money", "That, and the payments on top of it.", "250.00"),
            ("outstanding", "money", "What is still to be paid.", "1000.00"),
            ("principal", "money", "Its part of the amount.", "1200.00"),
            ("interest", "money", "Its part of the amount.", "50.00"),
            ("fees", "money", "Their part of the amount.", "0.00"),
            ("status", "text", "open, paid, waived or disputed, as the wallet has it.", "open"),
        ),
        Field("facts_at", facts_at(instalments), *_FACTS_AT),
    ),
    (
        *_same(instalments, ("account_id", "text"), ("status", "text")),
        Filter("customer_id", accounts.c.customer_id, "text"),
        *_between(instalments, "due_date", "day", "due"),
        Filter("settled", instalments.c.outstanding == 0, "flag"),
    ),
)
PAYMENTS = Listing(
    "payments",
    "payment",
    "Money that came in, or went back.",
    payments.join(_debts, instalments.c.instalment_id == payments.c.instalment_id),
    (
        *_fields(
            payments,
            ("payment_id", "text", "The wallet's id of the payment.", "P1"),
            ("instalment_id", "text", "The wallet's id of the instalment.", "I1"),
        ),
        *_fields(
            accounts,
            ("account_id", "text", "The wallet's id of the account.", "A1"),
            ("customer_id", *_CUSTOMER),
            ("currency", *_CURRENCY),
        ),
        *_fields(
            payments,
            ("paid_on", "day", "The customer's day.", "2026-03-04"),
            ("amount", "money", "Negative: a reversal.", "250.00"),
            ("in_amount_paid", "flag", "Whether the instalment's amount_paid has it already.", False),
        ),
        Field("facts_at", facts_at(payments), *_FACTS_AT),
    ),
    (
        *_same(payments, ("instalment_id", "text")),
        Filter("account_id", accounts.c.account_id, "text"),
        Filter("customer_id", accounts.c.customer_id, "text"),
        *_between(payments, "paid_on", "day", "paid"),
    ),
)
LINKS = Listing(
    "links",
    "link",
    "Which Telegram account belongs to which customer, and how that was proved.",
    links,
    _fields(
        links,
        ("link_id", "whole", "", 7),
        ("customer_id", *_CUSTOMER),
        ("way", "text", "payload, contact, agreed or agreed_by_number.", "contact"),
        ("linked_at", "instant", "", _AT),
        ("ended_at", "instant", "null while it holds.", None),
    ),
    (*_same(links, ("customer_id", "text")), Filter("ended", links.c.ended_at, "flag", "set")),
)
CASES = Listing(
    "cases",
    "case",
    "What people work on.",
    cases.outerjoin(agents, agents.c.telegram_id == cases.c.owner_id),
    (
        *_fields(
            cases,
            ("case_id", "whole", "", 12),
            ("customer_id", *_CUSTOMER),
            ("reason", "text", "Why it was opened.", "overdue"),
            ("step_id", "text", "The policy's step that opened it.", "after-5"),
            ("policy_version", "text", "", "9f2c41d07a55"),
            ("due_since", "day", "The earliest due date that it is about.", "2026-02-25"),
            ("opened_at", "instant", "", _AT),
            ("state", "text", "waiting, claimed or closed.", "waiting"),
            ("owner_id", "whole", "The Telegram id of the agent who has it.", 900),
        ),
        Field("owner", agents.c.name, "text", "The agent's name.", "Mei"),
        *_fields(
            cases,
            ("claimed_at", "instant", "", _AT),
            ("snoozed_until", "instant", "", _AT),
            ("worked_at", "instant", "When its agent last worked on it.", _AT),
            ("waits_since", "instant", "Since when the customer waits for an answer.", _AT),
            ("call_at", "instant", "The time at which the customer asked to be called.", _AT),
            ("due_at", "instant", "By when the next thing is to be done.", _AT),
            ("due_kind", "text", "What that is: first_answer, next_action or call_back.", "first_answer"),
            ("closed_at", "instant", "", _AT),
            ("outcome", "text", "What came of it.", "paid"),
        ),
    ),
    (
        *_same(cases, ("customer_id", "text"), ("state", "text"), ("reason", "text"), ("owner_id", "whole")),
        Filter("closed", cases.c.closed_at, "flag", "set"),
        *_between(cases, "opened_at", "instant", "opened"),
    ),
)


def _holds(name: str, one_: str, meaning: str, kinds: tuple[str, ...], more: tuple[Field, ...]) -> Listing:
    return Listing(
        name,
        one_,
        meaning,
        holds,
        (
            *_fields(
                holds,
                ("hold_id", "whole", "", 31),
                ("customer_id", *_CUSTOMER),
                ("instalment_id", "text", "null: everything that the customer owes.", "I1"),
                ("until", "day", "Its last day, the customer's.", "2026-03-10"),
            ),
            *more,
            *_fields(
                holds,
                ("set_at", "instant", "", _AT),
                ("set_by", "whole", "The Telegram id of the agent; null: the customer.", 900),
                ("reason", "text", "", None),
                ("case_id", "whole", "The case in which it was agreed.", 12),
                ("ended_at", "instant", "null while it holds.", None),
                ("ended_why", "text", "What came of it, such as kept or broken.", None),
            ),
        ),
        (*_same(holds, ("customer_id", "text")), Filter("ended", holds.c.ended_at, "flag", "set")),
        (holds.c.kind.in_(kinds),),
    )


PROMISES = _holds(
    "promises",
    "promise",
    "What customers said they will pay, and by when.",
    ("promise",),
    _fields(
        holds,
        ("amount", "money", "null: everything that was owed.", "500.00"),
        ("currency", *_CURRENCY),
    ),
)
DISPUTES = _holds("disputes", "dispute", "What customers say is not right.", ("dispute",), ())
HOLDS = _holds(
    "holds",
    "hold",
    "Other reasons for which a debt rests: an agent's hold, somebody in distress, a payment that was announced.",
    ("hold", "distress", "said_paid"),
    _fields(holds, ("kind", "text", "hold, distress or said_paid.", "hold")),
)
_PART = _fields(
    plan_parts,
    ("part", "whole", "From 1.", 1),
    ("due_date", "day", "The customer's day.", "2026-03-10"),
    ("amount", "money", "", "500.00"),
)
PLANS = Listing(
    "plans",
    "plan",
    "Debts that are paid in parts.",
    plans,
    _fields(
        plans,
        ("plan_id", "whole", "", 4),
        ("customer_id", *_CUSTOMER),
        ("case_id", "whole", "The case in which it was proposed.", 12),
        ("currency", *_CURRENCY),
        ("state", "text", "proposed, agreed, declined, withdrawn, kept, broken or not_needed.", "agreed"),
        ("proposed_by", "whole", "The Telegram id of the agent; null: the customer.", 900),
        ("proposed_at", "instant", "", _AT),
        ("decided_at", "instant", "", _AT),
        ("ended_at", "instant", "", None),
    ),
    _same(plans, ("customer_id", "text"), ("state", "text")),
    nested=(Nested("parts", "Each part, in order.", _PART, _plan_parts),),
)
_ITEM = _fields(
    notice_items,
    ("instalment_id", "text", "What it is about.", "I1"),
    ("step_id", "text", "The policy's step.", "after-1"),
)
NOTICES = Listing(
    "notices",
    "notice",
    "Reminders and receipts: planned, sent, and not sent, each with its reason.",
    notices,
    _fields(
        notices,
        ("notice_id", "whole", "", 55),
        ("customer_id", *_CUSTOMER),
        ("kind", "text", "reminder or receipt.", "reminder"),
        ("local_day", "day", "The customer's day for which it was planned.", "2026-03-06"),
        ("state", "text", "planned, claimed, accepted or not_sent.", "accepted"),
        ("reason", "text", "Why it waits, or why it was not sent.", None),
        ("channel", "text", "The channel that is tried, or that accepted it.", "telegram"),
        ("policy", "text", "The policy's name.", "humane"),
        ("policy_version", "text", "", "9f2c41d07a55"),
        ("planned_at", "instant", "", _AT),
        ("send_after", "instant", "", _AT),
        ("expires_at", "instant", "", _AT),
        ("attempts", "whole", "", 1),
        ("ended_at", "instant", "", _AT),
        ("reference", "text", "The channel's own id of the message.", "4711"),
    ),
    (
        *_same(notices, ("customer_id", "text"), ("state", "text"), ("channel", "text"), ("reason", "text")),
        *_between(notices, "local_day", "day", "day"),
    ),
    nested=(Nested("items", "What it is about.", _ITEM, _notice_items),),
)
CONTACTS = Listing(
    "contacts",
    "contact",
    "The evidence: each attempt to reach a customer, and each sign of life.",
    contacts,
    _fields(
        contacts,
        ("contact_id", "whole", "", 90),
        ("customer_id", *_CUSTOMER),
        ("at", "instant", "", _AT),
        ("channel", "text", "", "telegram"),
        ("direction", "text", "out or in.", "out"),
        ("kind", "text", "reminder, receipt, agent; word, press, command and so on.", "reminder"),
        ("state", "text", "attempted, accepted, refused; in: answered.", "accepted"),
        ("reason", "text", "Why it was refused.", None),
        ("notice_id", "whole", "", 55),
        ("case_id", "whole", "", None),
        ("reference", "text", "The channel's own id of the message.", "4711"),
        ("body", "text", "The text; null once the person is erased.", None),
    ),
    (
        *_same(contacts, ("customer_id", "text"), ("channel", "text"), ("direction", "text"), ("state", "text")),
        *_same(contacts, ("notice_id", "whole"), ("case_id", "whole")),
        *_between(contacts, "at", "instant", "at"),
    ),
)
EVENTS = Listing(
    "events",
    "event",
    "Events from the wallet, and what became of each, for 30 days.",
    wallet_events,
    _fields(
        wallet_events,
        ("event_number", "whole", "In the order in which they came.", 3),
        ("event_id", "text", "The sender's own: `webhook-id`.", "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"),
        ("type", "text", "", "payment.received"),
        ("received_at", "instant", "", _AT),
        ("state", "text", "waiting, applied or refused.", "applied"),
        ("reason", "text", "Why it could not be applied, or not in whole.", None),
        ("try_at", "instant", "When one that waits is tried again.", None),
        ("ended_at", "instant", "", _AT),
    ),
    (*_same(wallet_events, ("event_id", "text"), ("type", "text"), ("state", "text")),),
)
LISTINGS = (
    *(CUSTOMERS, ACCOUNTS, INSTALMENTS, PAYMENTS, LINKS),
    *(CASES, PROMISES, PLANS, DISPUTES, HOLDS, NOTICES, CONTACTS, EVENTS),
)
