"""A policy in plain words: each of its terms is told, in each language."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.policies import load_pack, load_policy, shipped, shipped_packs
from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import Desk, Weights
from bot.rules.policy.messages import MESSAGES
from bot.rules.policy.packs import read_pack, tighten
from bot.rules.policy.policy import Charges, Plans, Policy, Step
from bot.rules.policy.sending_hours import MIDNIGHT, SendingHours
from bot.rules.policy.terms import in_order
from bot.views.policy.policy import policy_words
from locales import LANGUAGES, translator
from locales.check import wording_faults
from locales.markup import fault_in
from tests.rules.policy.pack_texts import NIGHT, TODAY, pack, rule

OPERATE = Path(__file__).parents[2] / "docs" / "operate.md"
HUMANE = load_policy("humane")
ROOM = 4096  # Bot API, sendMessage


def said(policy: Policy, language: str = "en", currencies: tuple[str, ...] | None = None) -> list[str]:
    return policy_words(translator(language), policy, currencies).plain().splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_called_something_of_its_own(language: str) -> None:
    steps = tuple(in_order([Step(m.name, m.true_from, m.name, None, ("telegram",)) for m in MESSAGES]))
    lines = said(replace(HUMANE, steps=steps), language)[1 : len(MESSAGES) + 1]
    called = {line.replace("：", ":").partition(":")[2] for line in lines}
    assert len(called) == len(MESSAGES)
    assert not any(translator(language)("a reminder") == words.strip() for words in called)


def test_the_documents_name_every_message() -> None:
    [told] = re.findall(r"^Messages:.*?\n\n", OPERATE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert [message.name for message in MESSAGES if f"`{message.name}`" not in told] == []


def test_the_whole_policy_in_english() -> None:
    assert said(HUMANE, currencies=("TWD",)) == [
        "When we write",
        "• 7 days before the due date: a note on what is coming up, if you ask for more reminders",
        "• 3 days before the due date: a note on what is coming up",
        "• On the due date: a note that it’s today",
        "• 1 day after the due date: a kind reminder, if the payment hasn’t reached us",
        "• 3 days after the due date: one more reminder, with the offer to talk to a person",
        "• 5 days after the due date: a person gets in touch, to listen and to look for a way with you",
        "",
        "How often, and at what time",
        "• At most 1 message a day and 3 in any seven days.",
        "• Between 09:00 and 20:00, by your own clock.",
        "• In your settings you choose the hour, how they come, and whether you want more or fewer.",
        "• Reminders can pause for up to 14 days, if you ask for it in your settings.",
        "• Several payments come in one message, and what is paid already is left out.",
        "• If less than this is due in a currency, we don’t write: NT$30.00.",
        "• If our figures are older than 36 hours, we name no amounts.",
        "• A reminder may end with a short hint, the same one at most once a month.",
        "",
        "If a payment is late",
        "• 3 days of grace after the due date, without any fees.",
        "• After that, a fee of NT$300.00, once for each payment.",
        "• After that, 0.05% a day of what is past due.",
        "• All of it together never comes to more than 36% of that in a year.",
        "• Sums are rounded down, in your favour.",
        "• You can talk to a person at any time, before or after the due date.",
        "",
        "When a person answers",
        "• Between 09:00 and 18:00, China Time.",
        "• Closed on Saturdays and Sundays.",
        "• If you ask for a person, one answers within 1 hour of these hours.",
        "• If you say that a payment isn’t right, a person answers within 5 working days.",
        "",
        "Paying in parts",
        "• From what you can put aside and when you’re paid, I make plans of up to 12 parts over up to 12 months.",
        "• No part is smaller than this: NT$100.00.",
        "• While you keep to a plan, being late costs nothing more.",
        "• Up to NT$20,000.00 and 6 months it holds as soon as you agree.",
        "• About anything more, a person decides.",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", shipped())
def test_every_shipped_policy_is_a_message_that_telegram_takes(name: str, language: str) -> None:
    message = policy_words(translator(language), load_policy(name))
    assert fault_in(message.text) is None
    assert len(message.text) < ROOM


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_chinese_is_chinese_from_end_to_end(language: str) -> None:
    policy = replace(HUMANE, sending_hours=SendingHours(time(9), time(20), frozenset(range(7)), "CN"))
    words = policy_words(translator(language), policy, ("TWD",)).plain()
    assert list(wording_faults(language, words)) == []
    assert {c for c in words if c.isascii() and c.isalpha()} <= set("NT")


# The desk


def desk_lines(desk: Desk, language: str = "en") -> list[str]:
    policy = replace(HUMANE, desk=desk, plans=None)
    lines = policy_words(translator(language), policy, (), for_agents=True).plain().splitlines()
    return lines[lines.index("When a person answers") :] if language == "en" else lines


def test_a_desk_in_plain_words_for_agents() -> None:
    weights = Weights(full_amount={"TWD": Money(2_000_000, "TWD")})
    hours = {"asked": timedelta(minutes=30), "dispute": timedelta(hours=4), "other": timedelta(hours=8)}
    desk = Desk(first_answer=hours, promise_tolerance=Decimal("0.05"), promise_days=2, weights=weights)
    assert desk_lines(desk) == [
        "When a person answers",
        "• By day and by night.",
        "• If you ask for a person, one answers within 30 minutes.",
        "• If you say that a payment isn’t right, a person answers within 5 working days.",
        "",
        "The agents’ desk",
        "• A case that its agent does nothing about goes back after 1 hour.",
        "• Cases of an agent who is away go back after 30 minutes.",
        "• First answer within: asked for a person 30 minutes, says it is not right 4 hours and all else 8 hours.",
        "• Next step within: 1 day.",
        "• A reminder comes 15 minutes before that.",
        "• A promise counts as kept if no more than 5% of it is missing.",
        "• A payment that comes 2 days after the promised day still counts.",
        "• Customers’ numbers that an agent is shown: 10 within an hour, 30 within a day at most.",
        "• Points of urgency: 60 for asking for a person, 40 for being vulnerable, 20 for each promise not kept (60 at "
        "most), 1 for each day overdue (60 at most), up to 30 for the amount (all of them from NT$20,000.00) and 2 for "
        "each hour of waiting.",
    ]


def test_how_agents_work_is_not_told_to_customers() -> None:
    assert "The agents’ desk" not in said(HUMANE)


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_the_desk_is_told_in_chinese(language: str) -> None:
    lines = desk_lines(HUMANE.desk, language)
    assert list(wording_faults(language, "\n".join(lines))) == []
    assert not [line for line in lines[-12:] if "hour" in line or "case" in line]


def test_all_currencies_are_named_where_nobody_says_which() -> None:
    words = "\n".join(said(HUMANE))
    assert "CN¥5.00" in words
    assert "US$5.00" in words


def test_a_currency_without_minimum_has_no_line() -> None:
    assert not [line for line in said(HUMANE, currencies=("KWD",)) if "less than" in line]


def test_a_minimum_of_zero_is_not_said() -> None:
    policy = replace(HUMANE, minimum_amount={"TWD": Money(0, "TWD")})
    assert not [line for line in said(policy) if "less than" in line]


def test_rest_days_and_holidays_are_named_in_the_weeks_order() -> None:
    policy = replace(HUMANE, sending_hours=SendingHours(time(9), MIDNIGHT, frozenset({6, 5}), "CN"))
    lines = said(policy)
    assert "• Between 09:00 and 24:00, by your own clock." in lines
    assert "• Not on Saturdays, Sundays and public holidays." in lines


def test_without_charges_being_late_costs_nothing() -> None:
    assert "• Being late costs nothing." in said(replace(HUMANE, charges=None))


def test_charges_of_zero_cost_nothing() -> None:
    charges = Charges({"TWD": Money(0, "TWD")}, Decimal(0), Decimal("0.36"))
    assert "• Being late costs nothing." in said(replace(HUMANE, charges=charges))


def test_a_rate_alone_is_said_without_a_fee() -> None:
    charges = Charges({}, Decimal("0.001"), Decimal("0.16"))
    lines = said(replace(HUMANE, charges=charges))
    assert "• After that, 0.1% a day of what is past due." in lines
    assert "• All of it together never comes to more than 16% of that in a year." in lines
    assert not [line for line in lines if "fee once" in line]


def test_a_policy_without_grace_says_so() -> None:
    assert "• There is no grace period after the due date." in said(replace(HUMANE, grace_days=0))


def test_facts_that_never_age_are_not_spoken_of() -> None:
    assert not [line for line in said(replace(HUMANE, facts_max_age=None)) if "figures" in line]
    assert not [line for line in said(replace(HUMANE, hints=False)) if "hint" in line]


@pytest.mark.parametrize(
    ("age", "words"),
    [(timedelta(days=2), "2 days"), (timedelta(hours=1), "1 hour"), (timedelta(minutes=90), "90 minutes")],
)
def test_an_age_is_told_in_its_largest_whole_unit(age: timedelta, words: str) -> None:
    line = f"• If our figures are older than {words}, we name no amounts."
    assert line in said(replace(HUMANE, facts_max_age=age))


def test_a_step_is_said_as_it_is_in_the_ladder() -> None:
    policy = replace(HUMANE, steps=(Step("a", -1, "upcoming", None, ("telegram",)), Step("b", 30, None, "overdue")))
    assert said(policy)[1:3] == [
        "• 1 day before the due date: a note on what is coming up",
        "• 30 days after the due date: a person gets in touch, to listen and to look for a way with you",
    ]


# Packs


def test_without_packs_nobodys_rules_are_spoken_of() -> None:
    assert not [line for line in said(HUMANE) if "rules" in line]


def test_whose_rules_are_kept_to_is_said_beside_the_hours_that_they_leave() -> None:
    text = tighten(replace(HUMANE, sending_hours=SendingHours(time(7), time(23))), [load_pack("cn")], TODAY)
    lines = said(tighten(text, [load_pack("us")], TODAY))
    assert "• Between 08:00 and 21:00, by your own clock." in lines
    places = "mainland China and the United States"
    assert f"• We also keep to the rules of {places}; where they are stricter, they hold." in lines


def test_a_pack_of_ones_own_is_called_as_it_calls_itself() -> None:
    lines = said(tighten(HUMANE, [read_pack(NIGHT, "xx.toml")], TODAY))
    assert "• We also keep to the rules of Nowhere; where they are stricter, they hold." in lines


def test_free_help_is_pointed_to_where_a_pack_asks_for_it() -> None:
    lines = said(tighten(HUMANE, [load_pack("uk")], TODAY))
    assert lines[lines.index("When a person answers") - 2].startswith(
        "• Free, independent help with money, from outside: MoneyHelper"
    )


def test_how_often_a_person_calls_is_said_from_the_packs() -> None:
    lines = said(tighten(HUMANE, [load_pack("cn")], TODAY))
    assert "• We talk with you on the phone at most 3 times a day." in lines
    assert "• A number that nobody answers is called at most 6 times a day." in lines
    lines = said(tighten(HUMANE, [load_pack("us")], TODAY))
    assert "• We call at most 7 times in any seven days about one payment." in lines
    assert "• After a talk on the phone we don’t call again for 7 days, that day included." in lines


def test_of_two_packs_the_fewest_calls_are_said() -> None:
    lines = said(tighten(HUMANE, [load_pack("cn"), load_pack("us")], TODAY))
    assert "• We call at most 7 times in any seven days." in lines  # in all, as one of them counts


@pytest.mark.parametrize(("days", "length"), [(1827, "5 years"), (1096, "3 years"), (365, "1 year"), (90, "90 days")])
def test_how_long_records_are_kept_is_said(days: int, length: str) -> None:
    lines = said(tighten(HUMANE, [read_pack(pack(rule("records_days", f"days = {days}")), "xx.toml")], TODAY))
    assert f"• A record of how we have been in touch is kept for at least {length} after the last time." in lines


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("", "• Before anything about a late payment goes to a credit bureau, you are told."),
        (
            "days_before = 20",
            "• At least 20 days before anything about a late payment goes to a credit bureau, you are told.",
        ),
    ],
)
def test_that_one_is_told_before_a_credit_bureau_is_said(given: str, line: str) -> None:
    text = pack(rule("notice_before_credit_report", given))
    assert line in said(tighten(HUMANE, [read_pack(text, "xx.toml")], TODAY))


def test_an_expired_pack_is_said_first_of_all() -> None:
    policy = tighten(HUMANE, [load_pack("uk")], date(2028, 1, 1))
    assert said(policy)[0] == (
        "For now we send no reminders on our own: what we know of the rules of the United Kingdom is due for a fresh "
        "look."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_policy_under_every_pack_is_a_message_in_every_language(language: str) -> None:
    policy = tighten(HUMANE, map(load_pack, shipped_packs()), date(2028, 1, 1))
    message = policy_words(translator(language), policy)
    assert fault_in(message.text) is None
    assert len(message.text) < ROOM
    assert list(wording_faults(language, message.plain())) == []


PLANS = Plans(
    "none",
    smallest_part={"TWD": Money(10_000, "TWD")},
    down_payment=Decimal("0.1"),
    alone_up_to={"TWD": Money(2_000_000, "TWD")},
)


def test_plans_that_are_offered_are_told() -> None:
    lines = said(replace(HUMANE, plans=PLANS), currencies=("TWD",))
    at = lines.index("Paying in parts")
    assert lines[at + 1 : at + 7] == [
        "• From what you can put aside and when you’re paid, I make plans of up to 12 parts over up to 12 months.",
        "• No part is smaller than this: NT$100.00.",
        "• The first part is at least 10% of it all.",
        "• While you keep to a plan, being late costs nothing more.",
        "• Up to NT$20,000.00 and 6 months it holds as soon as you agree.",
        "• About anything more, a person decides.",
    ]


def test_plans_about_which_nobody_agrees_alone_say_so() -> None:
    lines = said(replace(HUMANE, plans=Plans("as_usual")))
    at = lines.index("Paying in parts")
    assert lines[at + 2 : at + 4] == [
        "• What being late costs goes on during a plan, and is told before you agree.",
        "• A person decides about each plan.",
    ]
