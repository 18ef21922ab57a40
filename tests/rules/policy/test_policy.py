"""Policy files: what they say, what a segment changes, what a version tells, and where they come from."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.policies import PolicyNotFound, load_policy, shipped
from bot.rules.facts.money import Money
from bot.rules.languages import known_language
from bot.rules.policy.policy import Charges, Guarantee, Policy, PolicyFaulty, Step, read_policy
from bot.rules.policy.sending_hours import MIDNIGHT, SendingHours
from tests.rules.policy.policy_texts import LADDER, PROMISED

# What a file says


def test_a_steps_id_may_have_capitals_and_signs_between() -> None:
    assert "Due.1_a-B" in [step.id for step in read_policy(LADDER.replace('"due"', '"Due.1_a-B"', 1), "x").steps]


def test_a_file_may_have_a_hundred_thousand_characters() -> None:
    assert read_policy(LADDER.ljust(100_000, "\n"), "mine.toml").steps == read_policy(LADDER, "mine.toml").steps


def test_the_promised_example_is_read_in_every_key() -> None:
    policy = read_policy(PROMISED, "humane.toml")
    assert replace(policy, version="", segments={}) == Policy(
        name="humane",
        version="",
        languages=("zh-Hans", "zh-Hant", "en"),
        grace_days=3,
        minimum_amount={"TWD": Money(3000, "TWD"), "CNY": Money(500, "CNY"), "USD": Money(100, "USD")},
        sending_hours=SendingHours(time(9), time(20)),
        packs=("cn",),
        max_per_day=1,
        max_per_week=3,
        facts_max_age=timedelta(hours=36),
        steps=(
            Step("before-3", -3, "upcoming", None, ("telegram", "email", "sms")),
            Step("after-5", 5, None, "overdue", ()),
        ),
        guarantee=Guarantee(sent_by_day=1, seen_by_day=7),
        charges=Charges(
            {"TWD": Money(30000, "TWD"), "CNY": Money(1000, "CNY"), "USD": Money(500, "USD")},
            Decimal("0.0005"),
            Decimal("0.36"),
        ),
    )


def test_a_ladder_alone_is_a_policy_with_careful_defaults() -> None:
    policy = read_policy(LADDER, "dir/mine.toml")
    assert policy.name == "mine"
    assert policy.grace_days == 0
    assert policy.sending_hours == SendingHours(time(9), time(20))
    assert (policy.max_per_day, policy.max_per_week) == (1, 3)
    assert policy.charges is None
    assert policy.facts_max_age is None
    assert policy.steps[0].channels == ("telegram",)


def test_steps_are_told_by_day_however_they_are_written() -> None:
    text = LADDER + '[[step]]\nid = "first"\nday = -2\nmessage = "upcoming"\n'
    assert [step.day for step in read_policy(text, "x").steps] == [-2, 0, 5]


def test_closed_days_are_read() -> None:
    hours = 'sending_hours = { from = "8:30", to = "24:00", rest_days = ["sun", "mon"], holidays = "CN" }'
    assert read_policy(hours + LADDER, "x").sending_hours == SendingHours(
        time(8, 30), MIDNIGHT, frozenset({6, 0}), "CN"
    )


def test_due_is_another_word_for_due_today() -> None:
    assert read_policy(LADDER.replace("due_today", "due"), "x").steps[0].message == "due_today"


@pytest.mark.parametrize(("age", "hours"), [("36h", 36), ("2d", 48), ("1h", 1)])
def test_an_age_is_read_in_hours_or_days(age: str, hours: int) -> None:
    assert read_policy(f'facts_max_age = "{age}"\n{LADDER}', "x").facts_max_age == timedelta(hours=hours)


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    assert read_policy("\ufeff" + PROMISED.replace("\n", "\r\n"), "humane.toml") == read_policy(PROMISED, "humane.toml")


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        *(("en", "en"), ("en-GB", "en"), ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh_SG", "zh-Hans")),
        *(("zh_TW", "zh-Hant"), ("zh-hk", "zh-Hant"), ("zh-MO", "zh-Hant"), ("ZH-HANT-CN", "zh-Hant")),
        *(("zh-Hans-TW", "zh-Hans"), ("cmn-Hant", "zh-Hant")),
        *(("fr", None), ("", None), ("zh ", None), ("zh-", None), ("english", None), ("zh-台灣", None)),
    ],
)
def test_a_language_tag_means_a_language_spoken_here_or_none(tag: str, language: str | None) -> None:
    assert known_language(tag) == language


def test_language_tags_are_normalised() -> None:
    assert read_policy('languages = ["zh_TW", "zh-CN", "en-US"]' + LADDER, "x").languages == (
        "zh-Hant",
        "zh-Hans",
        "en",
    )


def test_a_currency_that_is_not_named_has_no_minimum() -> None:
    policy = read_policy(PROMISED, "humane.toml")
    assert policy.minimum("CNY") == Money(500, "CNY")
    assert policy.minimum("KWD") == Money(0, "KWD")


# Segments


def test_a_segments_keys_are_laid_over_the_others() -> None:
    policy = read_policy(PROMISED, "humane.toml")
    trusted = policy.for_segment("trusted")
    assert trusted.grace_days == 5
    assert trusted.steps == policy.steps


@pytest.mark.parametrize("segment", [None, "unheard-of", ""])
def test_an_unknown_segment_has_the_policy_itself(segment: str | None) -> None:
    policy = read_policy(PROMISED, "humane.toml")
    assert policy.for_segment(segment) is policy


def test_a_segments_tables_change_only_what_they_name() -> None:
    more = '[segment.new]\nminimum_amount = { CNY = "9" }\n[segment.new.guarantee]\nseen_by_day = 4\n'
    new = read_policy(PROMISED + more, "x").for_segment("new")
    assert new.minimum("CNY") == Money(900, "CNY")
    assert new.minimum("TWD") == Money(3000, "TWD")
    assert new.guarantee == Guarantee(1, 4)


def test_a_segments_ladder_replaces_the_ladder() -> None:
    more = '[[segment.vip.step]]\nid = "call"\nday = 9\nescalate = "overdue"\n'
    policy = read_policy(PROMISED + more, "x")
    assert [step.id for step in policy.for_segment("vip").steps] == ["call"]
    assert len(policy.steps) == 2


def test_a_segment_can_take_back_the_files_holidays() -> None:
    text = 'sending_hours = { from = "09:00", to = "20:00", holidays = "CN" }\n' + LADDER
    text += '[segment.abroad]\nsending_hours = { holidays = "" }\n'
    assert read_policy(text, "x").for_segment("abroad").sending_hours == SendingHours(time(9), time(20))


def test_a_cap_of_nothing_is_nothing() -> None:
    charges = read_policy(PROMISED.replace('cap = "0.36"', 'cap = "0"'), "x").charges
    assert charges is not None and charges.cap == 0


# Versions


def test_comments_spaces_and_spellings_do_not_change_the_version() -> None:
    respelt = "\n\n" + PROMISED.replace("  #", "#").replace("#", "# by the way:").replace('"09:00"', '"9:00"')
    respelt = respelt.replace("zh-Hans", "zh-CN").replace('"0.36"', '"0.360"').replace('"30"', '"30.00"')
    respelt = respelt.replace('cap = "0.360"', 'cap = "0.360"\nin_reminders = false')
    respelt = respelt.replace("max_per_day = 1\nmax_per_week = 3", "max_per_week = 3\nmax_per_day = 1")
    assert read_policy(respelt, "other.toml").version == read_policy(PROMISED, "humane.toml").version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("grace_days = 3", "grace_days = 2"),
        ("grace_days = 5", "grace_days = 6"),
        ('"0.0005"', '"0.0006"'),
        ('"20:00"', '"24:00"'),
        ('["telegram", "email", "sms"]', '["email", "telegram", "sms"]'),
        ('"36h"', '"37h"'),
        ("seen_by_day = 7", "seen_by_day = 8"),
        ('name = "humane"', 'name = "human"'),
        ('cap = "0.36"', 'cap = "0.36"\nin_reminders = true'),
    ],
)
def test_whatever_customers_would_notice_changes_the_version(old: str, new: str) -> None:
    assert old in PROMISED
    assert read_policy(PROMISED.replace(old, new), "x").version != read_policy(PROMISED, "x").version


def test_a_segment_has_the_version_of_its_file() -> None:
    policy = read_policy(PROMISED, "x")
    assert len(policy.version) == 12
    assert policy.for_segment("trusted").version == policy.version


# Loading


def test_humane_and_strict_come_with_duebot() -> None:
    assert shipped() == ["humane", "strict"]
    assert [load_policy(name).name for name in shipped()] == shipped()


def test_humane_keeps_its_promises() -> None:
    humane = load_policy("humane")
    assert [(step.day, step.message or step.escalate) for step in humane.for_wish("usual").steps] == [
        (-3, "upcoming"),
        (0, "due_today"),
        (1, "overdue"),
        (3, "overdue_again"),
        (5, "overdue"),
    ]
    assert humane.sending_hours == SendingHours(time(9), time(20))
    assert (humane.grace_days, humane.max_per_day, humane.max_per_week) == (3, 1, 3)


def test_a_policy_is_loaded_from_a_path(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(LADDER, encoding="utf-8")
    assert load_policy(str(file)).name == "ours"


def test_a_policy_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(PolicyNotFound, match=r"no policy 'human': .*one of the shipped humane, strict"):
        load_policy("human")


def test_a_file_that_is_no_utf8_is_told_where(tmp_path: Path) -> None:
    file = tmp_path / "big5.toml"
    file.write_bytes('name = "錢包"'.encode("big5"))
    with pytest.raises(PolicyFaulty, match="byte 9 is not UTF-8; expected a text file saved as UTF-8"):
        load_policy(str(file))


# Values


def test_a_step_that_neither_speaks_nor_calls_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="either a message or an escalation"):
        Step("x", 1)


def test_a_policy_out_of_order_cannot_be_built() -> None:
    policy = read_policy(LADDER, "x")
    with pytest.raises(ValueError, match="not in order of day"):
        replace(policy, steps=policy.steps[::-1])
