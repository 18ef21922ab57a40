"""A faulty policy file: every fault, on its line, with what was given and what was expected."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.languages import TAGS
from bot.rules.policy.messages import BY_NAME
from bot.rules.policy.policy import Fault, PolicyFaulty, find_holes, read_policy
from tests.rules.policy.policy_texts import LADDER, PROMISED


def faults(text: str) -> list[str]:
    with pytest.raises(PolicyFaulty) as refusal:
        read_policy(text, "mine.toml")
    return [str(fault) for fault in refusal.value.faults]


def fault(keys: str) -> str:
    """The one fault of a file that is right but for these keys."""
    (only,) = faults(keys + LADDER)
    return only


def fault_of_step(keys: str) -> str:
    (only,) = faults(f"[[step]]\n{keys}\n{LADDER}")
    return only


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


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "\ufeff"])
def test_an_empty_file_is_told_what_a_policy_needs(text: str) -> None:
    (only,) = faults(text)
    assert only.startswith("the file is empty, expected at least one [[step]]")


@pytest.mark.parametrize("text", ["grace_days = 3\n", "step = []\n", "grace_days = 3\nstep = []\n"])
def test_a_file_without_a_step_is_told_so(text: str) -> None:
    assert "no step given, expected at least one [[step]]" in faults(text)[0]


def test_a_step_in_single_brackets_is_told_of_double_ones() -> None:
    (only,) = faults('[step]\nid = "x"\nday = 0\nmessage = "due"\n')
    assert only == "line 1: step: a table given, expected tables, each under a line that says [[step]]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = humane\n", "line 1: not TOML: Invalid value at column 8"),
        ("grace_days = 3\n\ngrace_days = 4\n", "line 3: not TOML: Cannot overwrite a value"),
        ("packs = [\n", "line 1: not TOML: Invalid value; text goes in double quotes"),
        ('packs = [\n"cn",', "line 2: not TOML: Invalid value; text goes in double quotes"),
        ("\nday = " + "9" * 5000, "line 2: 5000 digits given, expected a number"),
        (".".join("a" * 40_000) + " = 1", "line 1: 39999 dots given, expected at most 32 in a line"),
        ("[" + ". ".join("a" * 34) + "]", "line 1: 33 dots given, expected at most 32 in a line"),
        (LADDER + "# \ud800", f"line {len(LADDER.splitlines()) + 1}: something is not UTF-8"),
        (LADDER + "# \udfff", f"line {len(LADDER.splitlines()) + 1}: something is not UTF-8"),
        ("a = " + "[" * 5000, "not TOML: lists or tables are nested too deeply"),
        ("#" * 200_000, "200000 characters given, expected at most 100000"),
    ],
)
def test_what_is_no_toml_is_told_with_its_own_line(text: str, said: str) -> None:
    (only,) = faults(text)
    assert only.startswith(said)
    assert "sys." not in only  # what Python would advise its own users


def test_a_file_that_would_take_long_to_read_is_refused_for_its_size() -> None:
    steps = "".join(f'[[step]]\nid = "s{n}"\nday = {n}\nescalate = "x"\n' for n in range(201))
    assert faults(steps) == ["line 1: step: 201 steps given, expected at most 200"]
    segments = LADDER + "".join(f"[segment.s{n}]\n" for n in range(51))
    (only,) = faults(segments)
    assert only.endswith("segment: 51 segments given, expected at most 50")
    many = faults(LADDER + "".join(f"k{n} = 1\n" for n in range(5_000)))
    assert (len(many), many[0]) == (201, "there are 200 faults or more; these are the first found")
    lines = faults("x = [\n" + "[1],\n" * 19_000 + "]\n" + LADDER)
    assert [line.startswith("x: unknown key") for line in lines] == [True]
    assert len(read_policy(LADDER + "# " + "." * 80 + "\n", "mine.toml").steps) > 0


def test_a_file_at_its_limits_is_read() -> None:
    steps = "".join(f'[[step]]\nid = "s{n}"\nday = {n}\nescalate = "x"\n' for n in range(200))
    segments = "".join(f"[segment.s{n}]\n" for n in range(50))
    policy = read_policy(steps + segments, "mine.toml")
    assert (len(policy.steps), len(policy.segments)) == (200, 50)


def test_a_hundred_and_ninety_nine_faults_are_all_told_and_two_hundred_may_be_more() -> None:
    def told(many: int) -> list[str]:
        return faults(LADDER + "\n".join(["[desk]", *(f"k{n} = 1" for n in range(many))]))

    assert [line.split(": ")[1:3] for line in told(199)] == [["desk", f"k{n}"] for n in range(199)]
    assert told(200)[0] == "there are 200 faults or more; these are the first found"
    assert len(told(200)) == 201


@pytest.mark.parametrize(
    ("line", "is_read"),
    [
        (".".join("a" * 33) + " = 1", True),
        (".".join("a" * 34) + " = 1", False),
        ("# " + ".".join("a" * 34), True),
        ("  \t# " + ".".join("a" * 34), True),
        ("x = 1 # " + ". ".join("a" * 33) + " ... and so on ...", True),
        ("x = " + "9" * 4299, True),
        ("x = " + "9" * 4300, False),
    ],
)
def test_what_would_take_long_to_read_is_refused_by_its_line(line: str, is_read: bool) -> None:
    told = faults(LADDER + line + "\nwrong = 1")
    assert told[-1].startswith(f"line {len(LADDER.splitlines()) + (2 if is_read else 1)}: ")
    assert told[-1].endswith("is this a policy?") != is_read


def test_a_fault_of_the_file_is_not_told_again_for_its_segments() -> None:
    text = PROMISED.replace("grace_days = 3", "grace_days = 300")
    assert len(faults(text)) == 1


def test_a_segment_that_repeats_a_fault_of_the_file_is_told_of_its_own_line() -> None:
    text = PROMISED.replace("grace_days = 3", "grace_days = 300").replace("grace_days = 5", "grace_days = 300")
    assert [told.split(": ")[0] for told in faults(text)] == ["line 3", "line 32"]


def test_a_fault_between_a_segment_and_the_file_is_told_of_the_segment() -> None:
    assert faults(PROMISED + "[segment.hasty.guarantee]\nseen_by_day = 0\n") == [
        "line 33: segment 'hasty': guarantee: sent_by_day: day 1 given, expected no later than seen_by_day, which is "
        "day 0"
    ]


def test_a_fault_in_a_segments_ladder_has_its_own_line() -> None:
    more = '[[segment.a.step]]\nid = "x"\nday = 1\nmessage = "overdue"\n\n[[segment.a.step]]\nid = "y"\nday = "2"\n'
    assert faults(PROMISED + more + 'escalate = "overdue"\n') == [
        "line 40: segment 'a': step 'y': day: \"2\" given, expected a whole number from -366 to 3650, without quotes"
    ]


def test_a_segment_within_a_segment_is_a_fault() -> None:
    (only,) = faults(PROMISED + "[segment.a.segment.b]\ngrace_days = 1\n")
    assert only.startswith("line 33: segment 'a': segment: unknown key")


def test_long_names_are_cut_in_faults() -> None:
    """Those of a segment to forty characters; a step with a longer id is called by its place."""
    most, more = "x" * 40, "x" * 41
    for name in (most, more):
        (not_a_table,) = faults(f"{LADDER}[segment]\n{name} = 3")
        assert not_a_table.endswith(f"expected a table such as [segment.{most}]")
        (of_segment,) = faults(f"{LADDER}[segment.{name}]\ngrace_days = -1")
        assert f": segment '{most}': grace_days: " in of_segment
    assert "step '" + most + "': day: " in fault_of_step(f'id = "{most}"\nday = "1"\nmessage = "overdue"')
    too_long = faults(f'[[step]]\nid = "{more}"\nday = 1\nmessage = "overdue"\n{LADDER}')
    assert too_long[0].startswith("line 2: step 1: id: ")


MUTATIONS: list[Callable[[str, int, int, str], str]] = [
    lambda text, start, end, new: text[:start] + new + text[end:],
    lambda text, start, end, new: text[:end] + text[start:],
    lambda text, start, end, new: text[:start] + text[end:] + text[start:end],
]


@st.composite
def nearly_policies(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from([PROMISED, LADDER]))
    for _ in range(draw(st.integers(1, 3))):
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        end = min(end, start + draw(st.sampled_from([0, 1, 5, 400])))
        new = draw(st.text(max_size=5) | st.sampled_from(["[]", "{}", "-1", '"', "true", "[[step]]", "\n", "1e400"]))
        text = draw(st.sampled_from(MUTATIONS))(text, start, end, new)
    return text


@given(nearly_policies())
@example('name = "\\U0010FFFF"\n' + LADDER)
@example("grace_days = inf\n" + LADDER)
@example('"" = 1\n[""]\n[[step]]\n"" = {}')
@example("[segment]\n[segment.'']\nstep = [{}, {}]\n[[step]]")
def test_any_text_is_a_policy_or_refused_with_reasons(text: str) -> None:
    try:
        policy = read_policy(text, "mine.toml")
    except PolicyFaulty as refusal:
        assert refusal.faults
        assert all(fault.line is None or 1 <= fault.line <= text.count("\n") + 1 for fault in refusal.faults)
    else:
        assert policy.steps
        find_holes(policy, date(2026, 11, 24))


WRONG = st.sampled_from(["-1", "1.5", "true", '"x"', "[]", "[1]", "{}", "[{}]", "2026-01-01", "nan", '""', "[[]]"])
KEY_LINES = [line for line, text in enumerate(PROMISED.splitlines()) if " = " in text]


@given(st.sampled_from(KEY_LINES), WRONG)
def test_a_wrong_value_of_any_key_is_told_with_its_line(at: int, wrong: str) -> None:
    lines = PROMISED.splitlines()
    key = lines[at].split(" = ")[0]
    lines[at] = f"{key} = {wrong}"
    try:
        read_policy("\n".join(lines), "mine.toml")
    except PolicyFaulty as refusal:
        first = next(line for line in range(at, -1, -1) if lines[line].startswith(("[", key)))
        assert {fault.line for fault in refusal.faults} & {at + 1, first + 1, _header(lines, at)}


def _header(lines: list[str], at: int) -> int:
    return next((line + 1 for line in range(at, -1, -1) if lines[line].startswith("[")), 0)
