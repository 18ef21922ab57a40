"""A faulty pack file: every fault, on its line, with what was given and what was expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.policy.packs import read_pack
from bot.rules.policy.policy import PolicyFaulty
from tests.rules.policy.pack_texts import NIGHT, pack, rule


def faults(text: str, source: str = "packs/xx.toml") -> list[str]:
    with pytest.raises(PolicyFaulty) as refusal:
        read_pack(text, source)
    return [str(fault) for fault in refusal.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"hours"',
            '"hour"',
            "line 6: pack 'xx': rule 'night': kind: \"hour\" given, expected one of hours, max_per_day",
        ),
        ('"hours"', '"curfew"', "line 6: pack 'xx': rule 'night': kind: \"curfew\" given, expected one of"),
        ('from = "08:00"', "", "line 4: pack 'xx': rule 'night': \"from\" is missing"),
        ('"22:00"', '"07:00"', "line 8: pack 'xx': rule 'night': to: \"07:00\" given, expected a time later than from"),
        ('source = "Act 1, s. 2"', "", "line 4: pack 'xx': rule 'night': \"source\" is missing"),
        (
            '"Act 1, s. 2"',
            '""',
            "line 9: pack 'xx': rule 'night': source: \"\" given, expected where the rule is written",
        ),
        ('verified_by = "A. Lawyer"', "", "line 4: pack 'xx': rule 'night': \"verified_by\" is missing"),
        (
            "2027-06-30",
            '"2027-06-30"',
            "line 12: pack 'xx': rule 'night': expires: \"2027-06-30\" given, expected a date",
        ),
        ("2027-06-30", "2027-06-30T00:00:00Z", "line 12: pack 'xx': rule 'night': expires: 2027-06-30 00:00:00+00:00"),
        (
            "2027-06-30",
            "2019-06-30",
            "line 12: pack 'xx': rule 'night': expires: 2019-06-30 given, expected no earlier",
        ),
        (
            '"verified"',
            '"sure"',
            "line 14: pack 'xx': rule 'night': confidence: \"sure\" given, expected one of verified",
        ),
        ('"Nowhere"', '""', "line 2: pack 'xx': jurisdiction: \"\" given"),
        ('name = "xx"', 'name = "cn"', 'line 1: pack \'xx\': name: "cn" given, expected "xx", as the file is called'),
        ('id = "night"', 'id = "night"\ncolour = 1', "line 6: pack 'xx': rule 'night': colour: unknown key"),
        ('id = "night"', 'id = "night"\nmessages = 1', "line 6: pack 'xx': rule 'night': messages: unknown key"),
        ('id = "night"', 'id = "night"\ndays = []', "line 6: pack 'xx': rule 'night': days: an empty list given"),
        ('id = "night"', 'id = "night"\ndays = ["day"]', "line 6: pack 'xx': rule 'night': days: \"day\" given"),
        ('id = "night"', 'id = "night"\nunless_agreed = 1', "line 6: pack 'xx': rule 'night': unless_agreed: 1 given"),
    ],
)
def test_a_faulty_key_says_where_it_is_and_what_was_expected(old: str, new: str, said: str) -> None:
    assert old in NIGHT
    (only,) = faults(NIGHT.replace(old, new))
    assert only.startswith(said)


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("max_per_day", "", '"messages" is missing'),
        ("max_per_week", "messages = 0", "messages: 0 given, expected a whole number from 1 to 100"),
        ("max_calls", "", "expected at least one of per_day, attempts_per_day, per_7_days, quiet_days_after_talk"),
        ("max_calls", 'per_day = "3"', 'per_day: "3" given'),
        ("max_calls", 'per_day = 3\ncounted_by = "loan"', 'counted_by: "loan" given, expected one of customer, debt'),
        ("max_per_day", "messages = 0", "messages: 0 given, expected a whole number from 1 to 24"),
        ("max_per_day", "messages = 25", "messages: 25 given"),
        ("max_per_week", "messages = 101", "messages: 101 given"),
        ("max_calls", "per_day = 0", "per_day: 0 given, expected a whole number from 1 to 100"),
        ("max_calls", "per_7_days = 101", "per_7_days: 101 given"),
        ("records_days", "days = 0", "days: 0 given, expected a whole number from 1 to 36500"),
        ("records_days", "days = 36501", "days: 36501 given"),
        ("notice_before_credit_report", "days_before = -1", "days_before: -1 given, expected a whole number from 0 to"),
        ("notice_before_credit_report", "days_before = 367", "days_before: 367 given"),
        ("debt_advice", 'when = ["overdue"]\ntext = "a"', 'text: "a" given, expected a table of texts by language, su'),
        (
            "debt_advice",
            'when = ["overdue"]\ntext = { en = 1, zh-Hans = "b", zh-Hant = "c" }',
            "text: en: 1 given, expected a sentence in quotes, on one line",
        ),
        ("debt_advice", 'when = ["overdue"]', '"text" is missing'),
        ("debt_advice", 'when = ["later"]\ntext = { en = "a", zh-Hans = "b", zh-Hant = "c" }', 'when: "later" given'),
        ("debt_advice", 'when = ["overdue"]\ntext = { zh-Hans = "a", zh-Hant = "b" }', 'text: "en" is missing'),
        ("opt_out", "days = 1", "days: unknown key"),
    ],
)
def test_a_faulty_value_of_each_kind_is_told(kind: str, values: str, said: str) -> None:
    (only,) = faults(pack(rule(kind, values)))
    assert only.split(": ", 3)[3].startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('name = "xx"', 'name = "X X"', 'a word such as "cn"'),
        ('"Nowhere"', '""', "a name in quotes, of at most 60 characters"),
        ('id = "night"', 'id = "a b"', "letters, digits, and - _ . between, at most 40"),
        ('"Nobody is woken."', '""', "what the rule says in your own words, in quotes and on one line"),
        ('"Act 1, s. 2"', '""', "where the rule is written, in quotes and on one line"),
        ('verified_by = "A. Lawyer"', "verified_by = 1", 'a name in quotes, "" where nobody checked it'),
        ('id = "night"', 'id = "night"\ndays = []', 'at least one day, such as ["mon"]'),
    ],
)
def test_what_was_expected_is_told_to_the_end(old: str, new: str, expected: str) -> None:
    assert old in NIGHT
    assert any(fault.endswith(f" given, expected {expected}") for fault in faults(NIGHT.replace(old, new)))


@pytest.mark.parametrize(
    ("text", "source"),
    [("name = xx", "packs/xx.toml"), ("a = " + "[" * 5000, "packs/xx.toml"), ("#" * 200_000, "packs/xx.toml")],
)
def test_the_error_names_the_file(text: str, source: str) -> None:
    with pytest.raises(PolicyFaulty) as refusal:
        read_pack(text, source)
    assert refusal.value.source == source


def test_a_mark_at_the_beginning_of_a_file_is_no_fault() -> None:
    assert read_pack("\ufeff" + NIGHT, "xx.toml").rules == read_pack(NIGHT, "xx.toml").rules


def test_a_rule_may_end_on_the_day_on_which_it_begins() -> None:
    assert read_pack(NIGHT.replace("2027-06-30", "2020-01-01"), "xx.toml").rules


def test_faults_of_every_rule_are_told() -> None:
    broken = pack(rule("curfew", id_="a"), rule("opt_out", id_="b"), rule("opt_out", id_="b"))
    told = faults(broken)
    assert [fault.split(": ")[2:4] for fault in told] == [["rule 'a'", "kind"], ["rule 'b'", "id"]]
    assert '"b" is the id of an earlier rule, expected one of its own' in told[1]


def test_every_fault_is_told_in_order_of_lines() -> None:
    text = NIGHT.replace('"08:00"', '"8"').replace('"verified"', '"sure"').replace("2020-01-01", "2020")
    assert [told.split(": ")[0] for told in faults(text)] == ["line 7", "line 11", "line 14"]


def test_two_rules_of_one_name_are_a_fault() -> None:
    (only,) = faults(pack(rule("opt_out"), rule("debtor_only")))
    assert "is the id of an earlier rule" in only


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "pack 'xx': \"name\" is missing"),
        ('name = "xx"\njurisdiction = "Nowhere"\n', "pack 'xx': rule: no rule given"),
        ("name = xx", "line 1: not TOML"),
        ("a = " + "[" * 5000, "not TOML: lists or tables are nested too deeply"),
        ("#" * 200_000, "200000 characters given, expected at most 100000; is this a pack?"),
    ],
)
def test_what_is_no_pack_is_told_what_it_lacks(text: str, said: str) -> None:
    assert faults(text)[0].startswith(said)


WRONG = st.sampled_from(["-1", "1.5", "true", '"x"', "[]", "[1]", "{}", "[{}]", "2026-01-01", "nan", '""', "[[]]", "x"])
EVERY_KIND = pack(
    rule("hours", 'from = "08:00"\nto = "22:00"\ndays = ["mon"]\nunless_agreed = true', "a"),
    rule("max_per_day", "messages = 1", "b"),
    rule("max_calls", 'per_day = 3\ncounted_by = "debt"', "c"),
    rule("debt_advice", 'when = ["overdue"]\ntext = { en = "a", zh-Hans = "b", zh-Hant = "c" }', "d"),
    rule("notice_before_credit_report", "days_before = 3", "e"),
)
KEY_LINES = [line for line, text in enumerate(EVERY_KIND.splitlines()) if " = " in text]


@given(st.sampled_from(KEY_LINES), WRONG)
def test_a_wrong_value_of_any_key_is_refused_with_reasons_or_read(at: int, wrong: str) -> None:
    lines = EVERY_KIND.splitlines()
    lines[at] = f"{lines[at].split(' = ')[0]} = {wrong}"
    try:
        read_pack("\n".join(lines), "xx.toml")
    except PolicyFaulty as refusal:
        assert refusal.faults
        assert all(fault.line is None or 1 <= fault.line <= len(lines) for fault in refusal.faults)


@given(st.text(max_size=60), st.integers(0, len(EVERY_KIND)))
def test_any_text_is_a_pack_or_refused_with_reasons(new: str, at: int) -> None:
    try:
        read_pack(EVERY_KIND[:at] + new + EVERY_KIND[at:], "xx.toml")
    except PolicyFaulty as refusal:
        assert refusal.faults
