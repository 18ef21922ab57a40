"""Reminders, balance and due dates: what a customer is told about money, and in which tone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.channels.sms_text import sms_text
from bot.message import Message
from bot.policies import load_policy
from bot.rules.facts.money import Money
from bot.rules.policy.policy import Charges, Policy
from bot.views.customers import balance
from bot.views.reminders.reminder import ReminderContext, ReminderItem, reminder
from locales import LANGUAGES, Translator
from tests.views.view_facts import (
    EN,
    EVERY_LANGUAGE,
    NOW,
    TODAY,
    actions,
    customer_facts,
    instalment,
    remind,
)

# --- Reminders -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("t", EVERY_LANGUAGE, ids=LANGUAGES)
@pytest.mark.parametrize("due", [TODAY - timedelta(days=40), TODAY, TODAY + timedelta(days=3)])
def test_a_lock_screen_shows_only_who_writes(t: Translator, due: date) -> None:
    first = remind(t, instalment(due=due), message="overdue_again").text.split("\n")[0]
    assert "Wallet" in first
    assert not re.search(r"\d|\$|¥|PayLater|due|overdue|pay|逾期|到期|款|付", first)


STAGES = {
    "before": (3, "upcoming", "NT$1,200.00 for PayLater is due Fri, 27 Nov (in 3 days)."),
    "today": (0, "upcoming", "NT$1,200.00 for PayLater is due today, Tue, 24 Nov."),  # a step that comes late
    "after": (-1, "overdue", "NT$1,200.00 for PayLater was due Mon, 23 Nov and hasn’t reached us yet (1 day ago)."),
    "later": (-3, "overdue_again", "is still open. It was due Sat, 21 Nov (3 days ago).\n\nIf paying is difficult"),
}
LONG = "A product with a rather long name, as wallets like to have them in both tables"


def at_stage(t: Translator, stage: str, **more: object) -> Message:
    days, message, _ = STAGES[stage]
    amounts: dict[str, Any] = {"amounts": more.pop("amounts", True), "channel": more.pop("channel", "telegram")}
    for name in ("agent", "last_agent"):
        amounts[name] = more.pop(name, "")
    due = instalment(due=TODAY + timedelta(days=days), **more)  # type: ignore[arg-type]
    return remind(t, due, message=message, **amounts)


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_has_its_own_words(stage: str) -> None:
    said = at_stage(EN, stage).plain()
    assert STAGES[stage][2] in said
    others = {at_stage(EN, other).plain().split("\n")[0] for other in STAGES if other != stage}
    assert said.split("\n")[0] not in others
    assert "As of" not in said


COST = (
    "Nothing is added if it arrives by Thu, 26 Nov. After that it’s NT$300.00 once, and 0.05% of what is left each day."
)
SAYS_COST = replace(load_policy("humane"), charges=replace(load_policy("humane").charges, in_reminders=True))  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (SAYS_COST, COST),
        (replace(SAYS_COST, grace_days=0), ""),  # something is added by now
        (replace(SAYS_COST, charges=None), ""),
        (
            replace(SAYS_COST, charges=Charges({}, Decimal("0.0005"), Decimal("0.36"))),
            "it’s 0.05% of what is left each day.",
        ),
        (
            replace(SAYS_COST, charges=Charges({"TWD": Money(30000, "TWD")}, Decimal(0), Decimal("0.36"))),
            "it’s NT$300.00 once.",
        ),
        (replace(SAYS_COST, charges=Charges({"TWD": Money(30000, "TWD")}, Decimal(0), Decimal(0))), ""),
    ],
)
def test_a_reminder_in_grace_says_what_being_late_will_cost(policy: Policy, said: str) -> None:
    due = instalment(due=TODAY - timedelta(days=1))
    text = remind(EN, due, policy=policy).text
    assert (said in text) if said else "Nothing is added" not in text


def test_a_reminder_says_no_cost_that_might_be_false() -> None:
    due = instalment(due=TODAY)
    for text in (
        remind(EN, due, policy=SAYS_COST, amounts=False).text,
        remind(EN, replace(due, fees=Money(100, "TWD")), policy=SAYS_COST).text,  # the wallet has begun by itself
        remind(EN, due, instalment(2, due=TODAY), policy=SAYS_COST).text,
        remind(EN, due).text,
    ):
        assert "Nothing is added" not in text


@pytest.mark.parametrize("t", EVERY_LANGUAGE, ids=LANGUAGES)
@pytest.mark.parametrize("stage", STAGES)
def test_what_being_late_costs_is_said_only_where_it_fits(t: Translator, stage: str) -> None:
    days, message, _ = STAGES[stage]
    many = {"product": LONG, "principal": Money(100000, "TWD"), "interest": Money(20000, "TWD"), "paid": 20000}
    due = instalment(due=TODAY + timedelta(days=days), **many)  # type: ignore[arg-type]
    said = remind(t, due, message=message, policy=SAYS_COST, agent="Mei").plain()
    assert len(said) <= (160 if t.language.startswith("zh") else 400)


def test_the_sum_and_the_day_are_bold() -> None:
    assert "<b>NT$1,200.00</b> for PayLater is due <b>Fri, 27 Nov</b>" in remind(EN, instalment()).text


@pytest.mark.parametrize("t", EVERY_LANGUAGE, ids=LANGUAGES)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("currency", ["TWD", "CNY", "HKD", "USD", "IDR", "JPY"])
def test_a_reminder_of_one_instalment_is_short(t: Translator, stage: str, currency: str) -> None:
    parts: dict[str, Any] = {name: Money(333_333_33, currency) for name in ("principal", "interest", "fees")}
    for amount in (100, 1_234_567_89):
        for product in ("PayLater", LONG, "名字特别长的一种分期消费信贷产品" * 4):
            for more in (
                {},
                {"agent": "Mei Hua"},
                {"last_agent": "Mei Hua"},
                {"amounts": False},
                {**parts, "paid": 77},
            ):
                said = at_stage(t, stage, amount=amount, product=product, currency=currency, **more).plain()
                assert len(said) <= (160 if t.language.startswith("zh") else 400), said


def test_a_step_for_what_is_overdue_does_not_make_it_so() -> None:
    assert "hasn’t reached us" not in remind(EN, instalment(), message="overdue_again").text


def test_several_become_one_message_in_order_of_their_dates() -> None:
    past, now, next_ = instalment(1, TODAY - timedelta(days=2)), instalment(2, TODAY), instalment(3)
    text = remind(EN, next_, past, now).text
    assert text.index("(2 days ago)") < text.index("(today)") < text.index("(in 3 days)")
    assert "Total: <b>NT$3,600.00</b>" in text


def test_two_currencies_are_never_added() -> None:
    text = remind(EN, instalment(1), instalment(2, currency="USD", amount=5)).text
    assert "Total: <b>NT$1,200.00 and US$0.05</b>" in text


def test_what_is_paid_in_part_is_counted() -> None:
    text = remind(EN, instalment(amount=140000, paid=20000)).text
    assert "<b>NT$1,200.00</b>" in text
    assert "Paid NT$200.00 of NT$1,400.00, NT$1,200.00 left." in text


def test_principal_interest_and_fees_are_told_where_known() -> None:
    text = remind(
        EN, instalment(principal=Money(100000, "TWD"), interest=Money(15000, "TWD"), fees=Money(5000, "TWD"))
    ).text
    assert "Of NT$1,200.00: principal NT$1,000.00 · interest NT$150.00 · fees NT$50.00" in text


def test_old_facts_name_no_amount_and_ask_to_look() -> None:
    text = remind(EN, instalment(amount=140000, paid=20000), amounts=False).text
    assert "$" not in text
    assert "please look in Wallet" in text


def test_it_says_as_of_when_the_facts_are_older_than_a_day() -> None:
    facts, items = customer_facts(instalment()), (ReminderItem(instalment(), "upcoming"),)
    now = NOW + timedelta(hours=20)
    said = [reminder(EN, facts, items, at, ReminderContext("Wallet")).text for at in (NOW, now)]
    assert ["As of 24 Nov 2026, 6:00 am." in text for text in said] == [False, True]


def test_who_has_just_paid_need_do_nothing() -> None:
    for message in (remind(EN, instalment()), remind(EN, instalment(), amounts=False)):
        assert "If you’ve just paid, there’s nothing to do" in message.text


def test_the_last_line_says_how_to_stop() -> None:
    for t in EVERY_LANGUAGE:
        assert remind(t, instalment()).text.split("\n")[-1].endswith("/stop")


def test_there_is_one_main_button_and_one_for_the_other_ways() -> None:
    with_link = remind(EN, instalment(), pay_url="https://pay.example/1")
    assert with_link.buttons[0][0].url == "https://pay.example/1"
    assert actions(remind(EN, instalment())) == ["pay", "ways:open"]


@pytest.mark.parametrize("t", EVERY_LANGUAGE, ids=LANGUAGES)
@pytest.mark.parametrize("medium", ["email", "sms", "push"])
@pytest.mark.parametrize("message", ["upcoming", "overdue_again"])
def test_outside_of_telegram_nothing_speaks_of_its_buttons_and_commands(
    t: Translator, medium: str, message: str
) -> None:
    past = instalment(due=TODAY - timedelta(days=3))
    said = remind(t, past, message=message, pay_url="https://pay.example/1", channel=medium)
    assert not re.search(r"(^|\s|[:：。，])/[a-z]+|below|button|下方|按钮|按鈕|点|點", said.text)
    assert [button.url for row in said.buttons for button in row] == ["https://pay.example/1"]


@pytest.mark.parametrize("t", EVERY_LANGUAGE, ids=LANGUAGES)
@pytest.mark.parametrize("medium", ["email", "sms", "push"])
def test_outside_of_telegram_the_last_paragraph_says_where_to_answer(t: Translator, medium: str) -> None:
    last = remind(t, instalment(), channel=medium).text.split("\n\n")[-1]
    assert "Wallet" in last
    assert ("Telegram" in last) == (medium != "push")


def test_a_mail_is_answered_to_stop_it() -> None:
    assert "reply with the word “stop”" in remind(EN, instalment(), channel="email").text


@pytest.mark.parametrize("t", EVERY_LANGUAGE, ids=LANGUAGES)
def test_an_sms_keeps_its_way_out_however_much_is_due(t: Translator) -> None:
    due = [instalment(n, TODAY - timedelta(days=n), product="x" * 40) for n in range(20)]
    said = remind(t, *due, channel="sms", pay_url="https://pay.example/" + "1" * 40)
    shortened = sms_text(said)
    assert "Telegram" in shortened
    assert "https://pay.example/" in shortened


@pytest.mark.parametrize("medium", ["telegram", "email", "sms", "push"])
def test_the_agent_who_is_at_it_is_named_in_place_of_anybody(medium: str) -> None:
    text = remind(EN, instalment(), channel=medium, agent="Mei <b>").text
    assert "Mei &lt;b&gt; is looking after this with you." in text
    assert "A person" not in text


def test_more_than_twenty_are_cut_short_and_counted() -> None:
    text = remind(EN, *(instalment(n) for n in range(25))).text
    assert text.count("• ") == 20
    assert "… and 5 more" in text
    assert "Total: <b>NT$30,000.00</b>" in text


def test_details_give_way_before_instalments_do() -> None:
    parts: dict[str, Any] = {
        "principal": Money(100000, "TWD"),
        "interest": Money(15000, "TWD"),
        "fees": Money(5000, "TWD"),
    }
    text = remind(EN, *(instalment(n, product="x" * 40, paid=1, **parts) for n in range(20))).text
    assert text.count("• ") == 20
    assert "more" not in text


def test_a_reminder_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one instalment"):
        reminder(EN, customer_facts(), (), NOW, ReminderContext("Wallet"))


def test_a_far_date_is_told_with_its_year() -> None:
    said = remind(EN, instalment(due=date(2026, 1, 1))).text
    assert "was due <b>1 Jan 2026</b> and hasn’t reached us yet (327 days ago)" in said


# --- Balance and due dates -------------------------------------------------------------------------------------------


def test_the_balance_tells_account_overdue_and_next() -> None:
    owed = (instalment(1, date(2026, 11, 20)), instalment(2, date(2026, 11, 22)), instalment(3), instalment(4))
    text = balance.balance(EN, customer_facts(*owed), NOW, "Wallet").text
    assert "• PayLater: balance <b>NT$12,345.00</b>, credit limit NT$50,000.00" in text
    assert "Past due: <b>NT$2,400.00</b>, the oldest for 4 days." in text
    assert "Next: <b>NT$2,400.00</b>, due Fri, 27 Nov (in 3 days)." in text


def test_nothing_owed_is_said_warmly() -> None:
    for message in (balance.balance(EN, customer_facts(), NOW, "Wallet"), balance.due(EN, customer_facts(), NOW)):
        assert "You’re all set." in message.text


def test_who_owes_nothing_gets_no_button_to_pay() -> None:
    message = balance.balance(EN, customer_facts(), NOW, "Wallet", "https://pay.example")
    assert all(not button.url for row in message.buttons for button in row)


def test_without_facts_nothing_is_made_up() -> None:
    for message in (
        balance.balance(EN, customer_facts(facts=False), NOW, "Wallet"),
        balance.due(EN, customer_facts(facts=False), NOW),
    ):
        assert message.text.startswith("I don’t have figures from the wallet yet.")


def test_the_day_is_the_customers_own() -> None:
    late = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # the 25th in Taipei, the 24th in London
    due = instalment(due=date(2026, 11, 25))
    assert "(today)" in balance.due(EN, customer_facts(due), late).text
    assert "(tomorrow)" in balance.due(EN, customer_facts(due, zone="Europe/London"), late).text


def test_due_dates_come_by_date_and_end_at_twenty() -> None:
    owed = [instalment(n, TODAY + timedelta(days=n)) for n in range(30, 0, -1)]
    text = balance.due(EN, customer_facts(*owed), NOW).text
    assert text.index("(tomorrow)") < text.index("(in 20 days)")
    assert "… and 10 more" in text


def test_what_is_held_or_disputed_says_so() -> None:
    text = balance.due(EN, customer_facts(instalment(1, held=True), instalment(2, status="disputed")), NOW).text
    assert "Reminders for this one are paused." in text
    assert "We’re looking into this one." in text
