"""Packs: what their files say, which rules hold on a day, and what they do to a policy that names them."""

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.policies import load_policy
from bot.rules.policy.packs import (
    Advice,
    CreditNotice,
    CreditRecord,
    Hours,
    MostCalls,
    MostMessages,
    PackRule,
    Records,
    expired,
    read_pack,
    requirements,
    tighten,
)
from bot.rules.policy.policy import Policy, PolicyFaulty, read_policy
from bot.rules.policy.sending_hours import MIDNIGHT, SendingHours
from tests.rules.policy.pack_texts import NIGHT, TODAY, pack, rule
from tests.rules.policy.policy_texts import LADDER

ADVICE = 'when = ["overdue"]\ntext = { en = "Help", zh-Hans = "帮助", zh-Hant = "協助" }'


def says(kind: str, values: str = "") -> object:
    (only,) = read_pack(pack(rule(kind, values)), "xx.toml").rules
    return only.says


def policy_under(text: str, today: date | None = TODAY) -> Policy:
    """The shipped policy under a pack of this text, on a day."""
    return tighten(load_policy("humane"), [read_pack(text, "xx.toml")], today)


# What a file says


def test_a_rule_names_its_source_and_how_it_is_known() -> None:
    read = read_pack(NIGHT, "packs/xx.toml")
    assert (read.name, read.jurisdiction, read.source, read.text) == ("xx", "Nowhere", "packs/xx.toml", NIGHT)
    assert read.rules == (
        PackRule(
            id="night",
            kind="hours",
            says=Hours(time(8), time(22)),
            source="Act 1, s. 2",
            wording="Nobody is woken.",
            effective_from=date(2020, 1, 1),
            expires=date(2027, 6, 30),
            looked_at=TODAY,
            confidence="verified",
            verified_by="A. Lawyer",
        ),
    )


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("hours", 'from = "9:00"\nto = "24:00"\ndays = ["sat"]', Hours(time(9), MIDNIGHT, frozenset({5}))),
        ("hours", 'from = "9:00"\nto = "18:00"\nunless_agreed = true', Hours(time(9), time(18), unless_agreed=True)),
        ("max_per_day", "messages = 1", MostMessages(per_day=1)),
        ("max_per_day", "messages = 24", MostMessages(per_day=24)),
        ("max_per_week", "messages = 1", MostMessages(per_week=1)),
        ("max_per_week", "messages = 100", MostMessages(per_week=100)),
        ("max_calls", "per_day = 1", MostCalls(per_day=1)),
        ("max_calls", "attempts_per_day = 100", MostCalls(attempts_per_day=100)),
        ("records_days", "days = 1", Records(1)),
        ("records_days", "days = 36500", Records(36_500)),
        ("notice_before_credit_report", "days_before = 0", CreditNotice(0)),
        ("notice_before_credit_report", "days_before = 366", CreditNotice(366)),
        (
            "max_calls",
            'per_7_days = 7\nquiet_days_after_talk = 6\ncounted_by = "debt"',
            MostCalls(per_7_days=7, quiet_days_after_talk=6, counted_by="debt"),
        ),
        ("records_days", "days = 1827", Records(1827)),
        ("notice_before_credit_report", "", CreditNotice(0)),
        ("notice_before_credit_report", "days_before = 10", CreditNotice(10)),
        ("debt_advice", ADVICE, Advice({"en": "Help", "zh-Hans": "帮助", "zh-Hant": "協助"}, ("overdue",))),
        ("credit_record", 'text = { en = "Ask" }', CreditRecord({"en": "Ask"})),
        ("opt_out", "", None),
        ("vulnerable_care", "", None),
    ],
)
def test_each_kind_of_rule_is_read(kind: str, values: str, said: object) -> None:
    assert says(kind, values) == said


def test_rules_that_nobody_checked_are_told() -> None:
    nobody = rule("opt_out", id_="a").replace("A. Lawyer", "")
    assert read_pack(pack(nobody, rule("debtor_only", id_="b")), "xx.toml").unreviewed == ("a",)


def test_a_duty_that_says_something_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="cannot say"):
        PackRule("x", "opt_out", Records(1), "", "", TODAY, TODAY, TODAY, "verified")


# What a pack does


def test_hours_are_cut_to_those_of_the_pack() -> None:
    day = policy_under(NIGHT.replace("08:00", "10:00"))
    assert day.sending_hours == SendingHours(time(10), time(20))


def test_days_that_a_pack_leaves_out_are_rest_days() -> None:
    weekdays = 'from = "8:00"\nto = "19:30"\ndays = ["mon", "tue", "wed", "thu", "fri"]'
    assert policy_under(pack(rule("hours", weekdays))).sending_hours == SendingHours(
        time(9), time(19, 30), frozenset({5, 6})
    )


def test_caps_are_lowered_and_never_raised() -> None:
    caps = (rule("max_per_day", "messages = 4", "a"), rule("max_per_week", "messages = 2", "b"))
    day = policy_under(pack(*caps))
    assert (day.max_per_day, day.max_per_week) == (1, 2)


def test_a_segment_is_held_to_the_packs_of_its_file(tmp_path: Path) -> None:
    file = _beside(tmp_path, NIGHT.replace("08:00", "12:00"))
    file.write_text('packs = ["xx"]' + LADDER + "[segment.vip]\nmax_per_day = 2\n", encoding="utf-8")
    vip = load_policy(str(file), TODAY).for_segment("vip")
    assert (vip.sending_hours, vip.max_per_day) == (SendingHours(time(12), time(20)), 2)


def test_a_segment_abroad_has_its_own_packs(tmp_path: Path) -> None:
    file = _beside(tmp_path, NIGHT.replace("08:00", "12:00"))
    file.write_text('packs = ["xx"]' + LADDER + '[segment.abroad]\npacks = ["us"]\n', encoding="utf-8")
    policy = load_policy(str(file), TODAY)
    assert [own.name for own in policy.for_segment("abroad").applied] == ["us"]
    assert policy.for_segment("abroad").sending_hours == SendingHours(time(9), time(20))
    assert policy.sending_hours == SendingHours(time(12), time(20))


def test_a_segments_own_pack_silences_it_alone_once_it_has_expired(tmp_path: Path) -> None:
    file = _beside(tmp_path, NIGHT)
    file.write_text(LADDER + '[segment.abroad]\npacks = ["xx"]\n', encoding="utf-8")
    policy = load_policy(str(file), date(2027, 7, 1))
    assert (policy.silenced_by, policy.for_segment("abroad").silenced_by) == ((), ("xx",))
    before = policy.as_of(date(2027, 6, 30))
    assert (before.silenced_by, before.for_segment("abroad").silenced_by) == ((), ())


def test_a_policy_without_packs_is_the_same_on_every_day() -> None:
    plain = read_policy(LADDER + "[segment.trusted]\ngrace_days = 5\n", "mine.toml")
    assert plain.as_of(TODAY) is plain


def test_packs_that_are_laid_on_a_policy_hold_for_its_segments() -> None:
    policy = read_policy(LADDER + "[segment.trusted]\ngrace_days = 5\n", "mine.toml")
    late = read_pack(NIGHT.replace("08:00", "11:00"), "xx.toml")
    trusted = tighten(policy, [late], TODAY).for_segment("trusted")
    assert (trusted.packs, trusted.sending_hours, trusted.grace_days) == (("xx",), SendingHours(time(11), time(20)), 5)


def test_of_several_packs_the_strictest_wins() -> None:
    late = read_pack(NIGHT.replace("08:00", "11:00"), "xx.toml")
    early = read_pack(NIGHT.replace('"xx"', '"yy"').replace("22:00", "17:00"), "yy.toml")
    policy = tighten(load_policy("humane"), [late, early], TODAY)
    assert policy.packs == ("xx", "yy")
    assert policy.sending_hours == SendingHours(time(11), time(17))


def test_where_nothing_is_left_every_day_is_closed() -> None:
    day = policy_under(pack(rule("hours", 'from = "20:00"\nto = "21:00"')))
    assert day.sending_hours.rest_days == frozenset(range(7))


# Days


def test_a_rule_holds_from_its_day() -> None:
    text = NIGHT.replace("2020-01-01", "2026-11-25").replace("08:00", "12:00")
    policy = policy_under(text)
    assert policy.sending_hours.opens == time(9)
    assert policy.as_of(TODAY + timedelta(days=1)).sending_hours.opens == time(12)


def test_a_policy_can_be_asked_about_an_earlier_day_again() -> None:
    text = NIGHT.replace("2020-01-01", "2026-11-25").replace("08:00", "12:00")
    later = policy_under(text, TODAY + timedelta(days=1))
    assert later.as_of(TODAY).sending_hours.opens == time(9)


def test_a_pack_is_trusted_through_the_day_it_expires_on() -> None:
    read = read_pack(NIGHT, "xx.toml")
    assert expired([read], date(2027, 6, 30)) == ()
    assert expired([read], date(2027, 7, 1)) == ("xx",)


def test_a_pack_may_have_as_many_characters_as_a_policy() -> None:
    assert read_pack(NIGHT.ljust(100_000, "\n"), "xx.toml").rules == read_pack(NIGHT, "xx.toml").rules


def test_a_rules_id_may_have_capitals_and_signs_between() -> None:
    (only,) = read_pack(pack(rule("opt_out", id_="Opt.Out_1-a")), "xx.toml").rules
    assert only.id == "Opt.Out_1-a"


def test_one_expired_rule_is_enough_for_the_whole_pack() -> None:
    text = pack(rule("opt_out", id_="a"), rule("debtor_only", id_="b").replace("2027-06-30", "2026-11-23"))
    assert expired([read_pack(text, "xx.toml")], TODAY) == ("xx",)


def test_a_policy_under_an_expired_pack_is_silenced_by_name() -> None:
    policy = policy_under(NIGHT)
    assert policy.silenced_by == ()
    assert policy.as_of(date(2027, 7, 1)).silenced_by == ("xx",)


def test_an_expired_rule_still_holds_for_what_is_left_to_do() -> None:
    gone = policy_under(NIGHT.replace("22:00", "17:00"), date(2028, 1, 1))
    assert gone.sending_hours.closes == time(17)


def test_without_a_day_all_rules_hold_and_nothing_has_expired() -> None:
    text = NIGHT.replace("2020-01-01", "2027-01-01").replace("08:00", "12:00")
    policy = policy_under(text, None)
    assert (policy.sending_hours.opens, policy.silenced_by) == (time(12), ())


def test_a_policy_without_packs_is_the_same_on_any_day() -> None:
    humane = load_policy("humane")
    assert humane.as_of(TODAY) is humane


# Versions


def test_a_version_is_the_same_on_every_day() -> None:
    policy = policy_under(NIGHT)
    assert policy.as_of(date(2028, 1, 1)).version == policy.version
    assert policy.version != load_policy("humane").version


@pytest.mark.parametrize(("old", "new"), [("22:00", "21:00"), ("2027-06-30", "2027-07-30"), ("s. 2", "s. 3")])
def test_what_a_pack_says_is_part_of_the_version(old: str, new: str) -> None:
    assert policy_under(NIGHT.replace(old, new)).version != policy_under(NIGHT).version


def test_comments_in_a_pack_are_not_part_of_the_version() -> None:
    assert policy_under("# by the way\n" + NIGHT).version == policy_under(NIGHT).version


# What else is in force


def test_without_packs_nothing_else_is_asked_for() -> None:
    asked = requirements(load_policy("humane"))
    assert (asked.calls, asked.records_days, asked.advice, asked.opt_out) == (None, None, (), False)


def test_the_longest_time_to_keep_records_wins() -> None:
    text = pack(rule("records_days", "days = 30", "a"), rule("records_days", "days = 60", "b"))
    assert requirements(policy_under(text)).records_days == 60


def test_of_several_limits_on_calls_the_strictest_of_each_is_kept() -> None:
    week = rule("max_calls", 'per_7_days = 7\nquiet_days_after_talk = 6\ncounted_by = "debt"', "week")
    day = rule("max_calls", "per_day = 3\nquiet_days_after_talk = 2", "day")
    assert requirements(policy_under(pack(week, day))).calls == MostCalls(3, None, 7, 6, "customer")


def test_duties_and_advice_are_told() -> None:
    text = pack(
        *(rule("opt_out", id_="a"), rule("debt_advice", ADVICE, "b"), rule("notice_before_credit_report", "", "c")),
        rule("credit_record", 'text = { en = "Ask" }', "d"),
    )
    asked = requirements(policy_under(text))
    assert (asked.opt_out, asked.debtor_only) == (True, False)
    assert [advice.texts["en"] for advice in asked.advice] == ["Help"]
    assert [record.texts["en"] for record in asked.credit_records] == ["Ask"]
    assert asked.notice_days_before_credit_report == 0


def test_a_rule_that_does_not_hold_yet_asks_for_nothing_yet() -> None:
    text = pack(rule("records_days", "days = 30").replace("2020-01-01", "2027-01-01"))
    assert requirements(policy_under(text)).records_days is None
    assert requirements(policy_under(text).as_of(date(2027, 1, 1))).records_days == 30


# Files


def _beside(folder: Path, text: str, name: str = "xx") -> Path:
    """A pack beside a policy file that is still to be written."""
    (folder / "packs").mkdir()
    (folder / "packs" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder / "ours.toml"


def test_a_pack_of_ones_own_lies_beside_the_policy(tmp_path: Path) -> None:
    file = _beside(tmp_path, NIGHT.replace("08:00", "12:00"))
    file.write_text('packs = ["xx"]' + LADDER, encoding="utf-8")
    assert load_policy(str(file)).sending_hours.opens == time(12)


def test_a_reviewed_pack_goes_before_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    file = _beside(tmp_path, NIGHT.replace('"xx"', '"cn"').replace("2027-06-30", "2030-06-30"), "cn")
    file.write_text('packs = ["cn"]' + LADDER, encoding="utf-8")
    assert load_policy(str(file), date(2030, 6, 30)).silenced_by == ()


def test_a_policy_with_a_shipped_pack_is_tightened_by_it(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    hours = 'sending_hours = { from = "06:00", to = "24:00" }\npacks = ["cn", "us"]\n'
    file.write_text(hours + LADDER, encoding="utf-8")
    policy = load_policy(str(file), TODAY)
    assert policy.sending_hours == SendingHours(time(8), time(21))
    assert policy.untightened is not None
    assert policy.untightened.sending_hours == SendingHours(time(6), MIDNIGHT)


def test_a_pack_that_is_nowhere_is_told_with_those_that_are(tmp_path: Path) -> None:
    file = _beside(tmp_path, NIGHT)
    file.write_text('packs = ["yy"]' + LADDER, encoding="utf-8")
    with pytest.raises(PolicyFaulty, match='line 1: packs: "yy" given, expected any of cn, us, uk, hk, sg, xx'):
        load_policy(str(file))


def test_a_faulty_pack_is_told_by_its_name_and_its_own_line(tmp_path: Path) -> None:
    file = _beside(tmp_path, NIGHT.replace("22:00", "25:00"))
    file.write_text('packs = ["xx"]' + LADDER, encoding="utf-8")
    with pytest.raises(
        PolicyFaulty, match=r"packs/xx\.toml: 1 fault\n  line 8: pack 'xx': rule 'night': to: \"25:00\""
    ):
        load_policy(str(file))


def test_a_days_policy_differs_from_its_file_only_in_what_packs_tighten() -> None:
    day = policy_under(NIGHT)
    assert day.untightened is not None
    same = replace(day, applied=(), packs=(), version="", segments={})
    assert same == replace(load_policy("humane"), version="", segments={})


DUTIES = (
    *("opt_out", "lock_screen", "debtor_only", "plan_stops_collection", "cease_honoured"),
    *("vulnerable_care", "affordable_offers"),
)


@pytest.mark.parametrize("kind", DUTIES)
def test_each_duty_of_a_pack_is_asked_of_the_program(kind: str) -> None:
    asked = requirements(policy_under(pack(rule(kind))))
    assert {duty for duty in DUTIES if getattr(asked, duty)} == {kind}


def test_of_several_packs_the_fewest_calls_of_each_kind_are_allowed() -> None:
    some = [rule("max_calls", f"attempts_per_day = {n}\nper_day = {9 - n}", f"r{n}") for n in (6, 4)]
    assert requirements(policy_under(pack(*some))).calls == MostCalls(per_day=3, attempts_per_day=4)
