"""A policy file that is empty, no TOML, too large or too long to read; and on which line of a file a fault is."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.policy.policy import PolicyFaulty, find_holes, read_policy
from tests.rules.policy.faulty_policies import fault_of_step, faults
from tests.rules.policy.policy_texts import LADDER, PROMISED


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
