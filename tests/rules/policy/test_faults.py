"""A faulty policy file: every fault of a key or a step, on its line, with what was given and what was expected."""

import pytest

from bot.rules.languages import TAGS
from bot.rules.policy.messages import BY_NAME
from bot.rules.policy.policy import Fault, PolicyFaulty, read_policy
from tests.rules.policy.faulty_policies import fault, fault_of_step, faults
from tests.rules.policy.policy_texts import LADDER, PROMISED


def test_every_fault_is_told_with_its_line_in_order() -> None:
    text = (
        PROMISED.replace("grace_days = 3", 'grace_days = "3"')
        .replace("day = 5", "day = 5.5")
        .replace('"upcoming"', '"upcomming"')
        .replace("grace_days = 5", "grace = 5")
    )
    assert faults(text) == [
        'line 3: grace_days: "3" given, expected a whole number from 0 to 90, without quotes',
        f"line 14: step 'before-3': message: \"upcomming\" given, expected one of {', '.join((*BY_NAME, 'due'))}; "
        "did you mean upcoming?",
        "line 19: step 'after-5': day: 5.5 given, expected a whole number from -366 to 3650, without quotes",
        "line 32: segment 'trusted': grace: unknown key; did you mean grace_days?; known here: name, languages, "
        "grace_days, minimum_amount, sending_hours, packs, max_per_day, max_per_week, facts_max_age, step, guarantee, "
        "charges, plans, hints, choices",
    ]


def test_the_error_names_the_file_and_counts_its_faults() -> None:
    with pytest.raises(PolicyFaulty) as refusal:
        read_policy("grace_days = -1\nmax_per_day = 0" + LADDER, "mine.toml")
    first, *rest = str(refusal.value).splitlines()
    assert first == "mine.toml: 2 faults"
    assert [line.strip() for line in rest] == [str(fault) for fault in refusal.value.faults]


def test_a_fault_without_a_line_says_where_it_is() -> None:
    assert str(Fault(None, "step 'x'", "no good")) == "step 'x': no good"
    assert str(Fault(12, "step 'x'", "no good")) == "line 12: step 'x': no good"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("grace = 3", "line 1: grace: unknown key; did you mean grace_days?"),
        ("grace_days = true", "line 1: grace_days: true given, expected a whole number from 0 to 90"),
        ("grace_days = 0x" + "f" * 6000, "line 1: grace_days: a huge number given"),
        ("max_per_day = 0", "line 1: max_per_day: 0 given, expected a whole number from 1 to 24"),
        ("max_per_week = 1.0", "line 1: max_per_week: 1.0 given"),
        ("name = 5", "line 1: name: 5 given, expected a name in quotes"),
        ('name = ""', 'line 1: name: "" given'),
        ('languages = "en"', 'line 1: languages: "en" given, expected a list such as ["zh-Hans", "en"]'),
        ("languages = []", "line 1: languages: an empty list given"),
        ('languages = ["en", "fr"]', f'line 1: languages: "fr" given, expected any of {", ".join(TAGS)}'),
        ('languages = ["zh-CN", "zh-Hans"]', 'line 1: languages: "zh-Hans" given, but zh-Hans is there already'),
        ('packs = ["fr"]', 'line 1: packs: "fr" given, expected any of cn, us, uk, hk, sg'),
        ("packs = [1]", "line 1: packs: 1 given"),
        ('facts_max_age = "36"', 'line 1: facts_max_age: "36" given, expected hours or days such as "36h" or "2d"'),
        ('facts_max_age = "0h"', 'line 1: facts_max_age: "0h" given'),
        ("facts_max_age = 36", "line 1: facts_max_age: 36 given"),
        ('minimum_amount = "30"', 'line 1: minimum_amount: "30" given, expected a table of amounts'),
        ("minimum_amount = { TWD = 30 }", "line 1: minimum_amount: TWD: 30 given, expected an amount in quotes"),
        (
            'minimum_amount = { twd = "30" }',
            "line 1: minimum_amount: twd: unknown currency, expected an ISO 4217 code such as TWD; did you mean TWD?",
        ),
        (
            'minimum_amount = { ABC = "30" }',
            "line 1: minimum_amount: ABC: unknown currency, expected an ISO 4217 code ",
        ),
        ('minimum_amount = { JPY = "1.5" }', "line 1: minimum_amount: JPY: '1.5' has more decimal places than JPY"),
        (
            'minimum_amount = { CNY = "-1" }',
            'line 1: minimum_amount: CNY: "-1" given, expected an amount that is not n',
        ),
        ('minimum_amount = { CNY = "5 yuan" }', "line 1: minimum_amount: CNY: '5 yuan' is not an amount"),
        ('sending_hours = "9-20"', 'line 1: sending_hours: "9-20" given, expected a table such as'),
        ('sending_hours = { to = "20:00" }', 'line 1: sending_hours: "from" is missing'),
        ('sending_hours = { from = "9am", to = "20:00" }', 'line 1: sending_hours: from: "9am" given, expected a time'),
        ('sending_hours = { from = "24:00", to = "24:00" }', 'line 1: sending_hours: from: "24:00" given'),
        ('sending_hours = { from = "09:00", to = "24:30" }', 'line 1: sending_hours: to: "24:30" given'),
        ('sending_hours = { from = "٠٩:00", to = "20:00" }', "line 1: sending_hours: from: "),
        ('sending_hours = { from = 09:00:00, to = "20:00" }', "line 1: sending_hours: from: 09:00:00 given"),
        (
            'sending_hours = { from = "21:00", to = "08:00" }',
            'line 1: sending_hours: to: "08:00" given, expected a time later than from, "21:00", on the same day',
        ),
        ('sending_hours = { from = "09:00", to = "09:00" }', 'line 1: sending_hours: to: "09:00" given'),
        (
            'sending_hours = { from = "09:00", to = "20:00", rest_days = ["sunday"] }',
            'line 1: sending_hours: rest_days: "sunday" given, expected any of mon, tue, wed, thu, fri, sat, sun; '
            "did you mean sun?",
        ),
        (
            'sending_hours = { from = "09:00", to = "20:00", holidays = "China" }',
            'line 1: sending_hours: holidays: "China" given, expected an ISO 3166 country',
        ),
        ('sending_hours = { from = "09:00", to = "20:00", holidays = 1 }', "line 1: sending_hours: holidays: 1 given"),
        ('sending_hours = { from = "09:00", to = "20:00", rest = [] }', "line 1: sending_hours: rest: unknown key"),
        ("guarantee = { sent_by_day = 8 }", "line 1: guarantee: sent_by_day: day 8 given, expected no later than seen"),
        ("guarantee = { sent_by_day = -1 }", "line 1: guarantee: sent_by_day: -1 given"),
        ("guarantee = 7", "line 1: guarantee: 7 given, expected a table"),
        ('charges = { daily_rate = "0.0005" }', 'line 1: charges: "cap" is missing'),
        ("plans = { most_parts = 3 }", 'line 1: plans: "charges" is missing, expected "none" or "as_usual"'),
        ('plans = { charges = "free" }', 'line 1: plans: charges: "free" given, expected one of none, as_usual'),
        (
            'plans = { charges = "none", most_parts = 61 }',
            "line 1: plans: most_parts: 61 given, expected a whole number",
        ),
        ('plans = { charges = "none", longest_months = 61 }', "line 1: plans: longest_months: 61 given"),
        ('plans = { charges = "none", alone_months = 13 }', "line 1: plans: alone_months: 13 given, expected no more"),
        (
            'plans = { charges = "none", down_payment = "1" }',
            'line 1: plans: down_payment: "1" given, expected a share',
        ),
        ('plans = { charges = "none", smallest_part = { TWD = 5 } }', "line 1: plans: smallest_part: TWD: 5 given"),
        ('plans = { charges = "none", remind = [1] }', "line 1: plans: remind: 1 given, expected days from -14 to 0"),
        ('plans = { charges = "none", remind = [] }', "line 1: plans: remind: an empty list given, expected a list"),
        ('plans = { charges = "none", parts = 3 }', "line 1: plans: parts: unknown key"),
        ('charges = { cap = "-0.1" }', 'line 1: charges: cap: "-0.1" given, expected a share from "0" to "10"'),
        ('charges = { cap = "10.01" }', 'line 1: charges: cap: "10.01" given'),
        ('charges = { cap = "36" }', 'line 1: charges: cap: "36" given'),
        ("charges = { cap = 0.36 }", 'line 1: charges: cap: 0.36 given, expected a share from "0" to "10", in quotes'),
        ('charges = { cap = "0.36", daily_rate = "1.01" }', 'line 1: charges: daily_rate: "1.01" given'),
        ('charges = { cap = "0.36", daily_rate = "NaN" }', 'line 1: charges: daily_rate: "NaN" given'),
        ('charges = { cap = "0.36", late_fee = { CNY = "-5" } }', 'line 1: charges: late_fee: CNY: "-5" given'),
        ("segment = 5", "line 1: segment: 5 given, expected tables such as [segment.trusted]"),
        ("segment = { a = 1 }", "line 1: segment: a: 1 given, expected a table such as [segment.a]"),
    ],
)
def test_a_faulty_key_says_what_was_given_and_what_was_expected(keys: str, said: str) -> None:
    assert fault(keys).startswith(said)


STEP = 'id = "x"\nday = 2\nmessage = "overdue"'


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (STEP + '\ncolour = "red"', "line 5: step 'x': colour: unknown key"),
        (STEP.replace('id = "x"', ""), 'line 1: step 1: "id" is missing'),
        (STEP.replace("day = 2", ""), "line 1: step 'x': \"day\" is missing"),
        (STEP.replace('"x"', '"a b"'), "line 2: step 'a b': id: \"a b\" given, expected letters, digits"),
        (STEP.replace('"x"', '"due"'), "line 7: step 'due': id: \"due\" is the id of an earlier step"),
        (STEP.replace("2", '"2"'), "line 3: step 'x': day: \"2\" given, expected a whole number"),
        (STEP.replace('message = "overdue"', ""), "line 1: step 'x': expected either message"),
        (STEP + '\nescalate = "overdue"', "line 1: step 'x': expected either message"),
        (STEP + '\nchannels = ["fax"]', "line 5: step 'x': channels: \"fax\" given, expected any of telegram, email"),
        (STEP + "\nchannels = []", "line 5: step 'x': channels: an empty list given, expected a list such as"),
        (STEP + '\nchannels = ["sms", "sms"]', "line 5: step 'x': channels: \"sms\" is there twice"),
        (STEP.replace('"overdue"', '"upcoming"'), "line 4: step 'x': message: \"upcoming\" on day 2 would be untrue"),
        (STEP.replace("2", "-2"), "line 4: step 'x': message: \"overdue\" on day -2 would be untrue"),
        (STEP.replace('"overdue"', '"due"'), "line 4: step 'x': message: \"due_today\" on day 2 would be untrue"),
        (STEP.replace('message = "overdue"', "escalate = 1"), "line 4: step 'x': escalate: 1 given, expected a word"),
        (
            STEP.replace("message", "escalate") + '\nchannels = ["sms"]',
            "line 5: step 'x': channels: a step that escalates goes to the agents' queue",
        ),
    ],
)
def test_a_faulty_step_is_called_by_its_id_and_line(keys: str, said: str) -> None:
    assert fault_of_step(keys).startswith(said)


@pytest.mark.parametrize(
    ("message", "day", "expected"),
    [
        ("upcoming", 2, 'a day before 0 or "overdue"'),
        ("upcoming", 0, 'a day before 0 or "due_today"'),
        ("overdue", -2, 'a day after 0 or "upcoming"'),
        ("overdue", 0, 'a day after 0 or "due_today"'),
        ("due_today", 2, 'day 0 or "overdue"'),
    ],
)
def test_an_untrue_message_is_told_its_days_and_what_is_true_on_that_day(message: str, day: int, expected: str) -> None:
    said = faults(f'[[step]]\nid = "x"\nday = {day}\nmessage = "{message}"\n{LADDER}')[0]
    assert said == f"line 4: step 'x': message: \"{message}\" on day {day} would be untrue, expected {expected}"


def test_two_messages_on_one_day_are_a_fault_and_a_message_with_a_person_is_none() -> None:
    twice = '[[step]]\nid = "again"\nday = 5\nmessage = "overdue"\n'
    assert len(read_policy(LADDER + twice, "x").steps) == 3
    assert faults(LADDER + twice + twice.replace("again", "more")) == [
        "line 17: step 'more': day: day 5 has a step with message already, expected one for each day"
    ]
