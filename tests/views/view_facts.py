"""Customers, debts and cases for the tests of views: small, and all on one Tuesday in Taipei."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from bot.message import Message
from bot.rules.cases.case import Answer, Case, CaseCard, SentNotice
from bot.rules.facts.customer_facts import Account, Customer, CustomerFacts, Instalment
from bot.rules.facts.money import Money
from bot.rules.facts.wishes import NO_WISHES, Wishes
from bot.views.reminders.reminder import ReminderContext, ReminderItem, reminder
from locales import LANGUAGES, Translator, translator

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # the 24th, a Tuesday, 11:00 in Taipei
TODAY = date(2026, 11, 24)
EN, HANS, HANT = (translator(tag) for tag in ("en", "zh-Hans", "zh-Hant"))
EVERY_LANGUAGE = tuple(translator(tag) for tag in LANGUAGES)

PLAIN = "Mei"


def instalment(
    number: int = 1,
    due: date = date(2026, 11, 27),
    amount: int = 120000,
    paid: int = 0,
    product: str = "PayLater",
    currency: str = "TWD",
    **more: object,
) -> Instalment:
    return Instalment(f"i{number:04}", "a1", product, due, Money(amount, currency), Money(paid, currency), **more)  # type: ignore[arg-type]


def customer_facts(
    *unsettled: Instalment, name: str = PLAIN, zone: str = "Asia/Taipei", facts: bool = True, **more: object
) -> CustomerFacts:
    customer = Customer("C-1", name, "zh-Hant", zone, **more)  # type: ignore[arg-type]
    accounts = (Account("a1", "PayLater", Money(1234500, "TWD"), Money(5000000, "TWD")),)
    return CustomerFacts(customer, accounts, unsettled, NOW - timedelta(hours=5) if facts else None)


def remind(t: Translator, *dues: Instalment, message: str = "upcoming", **more: object) -> Message:
    items = tuple(ReminderItem(i, message) for i in dues)
    return reminder(t, customer_facts(*dues), items, NOW, ReminderContext("Wallet", **more))  # type: ignore[arg-type]


def case(name: str = PLAIN, **more: object) -> Case:
    fields: dict[str, object] = {"reason": "overdue", "state": "claimed", "owner_name": name, **more}
    return Case(12, "C-1", opened_at=NOW, owner_id=5, **fields)  # type: ignore[arg-type]


def a_card(
    word: str = PLAIN,
    *,
    amount: int = 120000,
    count: int = 1,
    reachable: bool = True,
    wishes: Wishes = NO_WISHES,
    **more: object,
) -> CaseCard:
    owed = tuple(
        instalment(
            n,
            TODAY - timedelta(days=n),
            amount,
            amount // 3,
            word,
            principal=Money(amount // 2, "TWD"),
            fees=Money(1, "TWD"),
        )
        for n in range(1, count + 1)
    )
    notices = tuple(SentNotice(NOW, (word, word, word, word), word, word, word) for _ in range(count))
    answers = tuple(Answer(NOW, kind, word) for kind in ("word", word) for _ in range(count))
    facts = customer_facts(*owed, name=word, vulnerable=True, stopped=True, wishes=wishes)
    return CaseCard(case(word, **more), facts, TODAY, notices, answers, reachable)


def actions(message: Message) -> list[str]:
    return [button.action for row in message.buttons for button in row]
