"""The shipped packs: each is valid, says what is not verified, and leaves the shipped policies without faults."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.policies import load_pack, load_policy, shipped, shipped_packs
from bot.rules.policy.packs import requirements, tighten
from bot.rules.policy.policy import KNOWN_PACKS, find_holes
from bot.rules.policy.sending_hours import MIDNIGHT, SendingHours, is_open
from locales import LANGUAGES
from locales.check import wording_faults
from tests.rules.policy.pack_texts import TODAY


def test_every_pack_that_a_policy_may_name_is_there() -> None:
    assert shipped_packs() == sorted(KNOWN_PACKS)


@pytest.mark.parametrize("policy", shipped())
@pytest.mark.parametrize("pack", shipped_packs())
def test_each_shipped_policy_under_each_pack_has_no_holes(policy: str, pack: str) -> None:
    assert find_holes(tighten(load_policy(policy), [load_pack(pack)], TODAY), TODAY) == []


@pytest.mark.parametrize("policy", shipped())
def test_each_shipped_policy_under_all_packs_together_has_no_holes(policy: str) -> None:
    assert find_holes(tighten(load_policy(policy), map(load_pack, KNOWN_PACKS), TODAY), TODAY) == []


@pytest.mark.parametrize("name", shipped_packs())
def test_a_pack_is_to_be_reviewed_within_some_thirteen_months_of_a_look(name: str) -> None:
    for rule in load_pack(name).rules:
        assert timedelta(0) < rule.expires - rule.looked_at <= timedelta(days=400)


@pytest.mark.parametrize("name", shipped_packs())
def test_no_shipped_rule_claims_a_review_that_nobody_made(name: str) -> None:
    pack = load_pack(name)
    assert len(pack.unreviewed) == len(pack.rules)


@pytest.mark.parametrize("name", shipped_packs())
@pytest.mark.parametrize("language", LANGUAGES)
def test_advice_is_worded_as_messages_are(name: str, language: str) -> None:
    for advice in requirements(tighten(load_policy("humane"), [load_pack(name)], TODAY)).advice:
        assert list(wording_faults(language, advice.texts[language])) == []


@pytest.mark.parametrize("name", shipped_packs())
def test_the_documentation_lists_every_rule_with_its_source_and_how_sure_it_is(name: str) -> None:
    rows = (Path(__file__).parents[3] / "docs" / "packs.md").read_text(encoding="utf-8").splitlines()
    for rule in load_pack(name).rules:
        (row,) = (row for row in rows if row.startswith(f"| {name} | `{rule.id}` | `{rule.kind}` |"))
        assert row.endswith(f"| {rule.source} | {rule.confidence} |")


def test_in_china_nothing_goes_out_at_night_and_records_are_kept_for_five_years() -> None:
    text = tighten(load_policy("humane"), [load_pack("cn")], TODAY)
    asked = requirements(text)
    assert asked.calls is not None
    assert (asked.calls.per_day, asked.calls.counted_by, asked.records_days) == (3, "customer", 1827)
    assert (asked.debtor_only, asked.plan_stops_collection, asked.notice_days_before_credit_report) == (True, True, 0)


def test_in_the_united_states_electronic_messages_say_how_to_stop_them() -> None:
    asked = requirements(tighten(load_policy("humane"), [load_pack("us")], TODAY))
    assert (asked.opt_out, asked.cease_honoured, asked.records_days) == (True, True, 1096)
    assert asked.calls is not None
    assert (asked.calls.per_7_days, asked.calls.quiet_days_after_talk, asked.calls.counted_by) == (7, 7, "debt")


def test_in_the_united_kingdom_help_is_pointed_to_before_the_due_date_too() -> None:
    (advice,) = requirements(tighten(load_policy("humane"), [load_pack("uk")], TODAY)).advice
    assert advice.when == ("before_due", "overdue")


@pytest.mark.parametrize(("pack", "opens", "closes"), [("cn", 8, 22), ("us", 8, 21), ("uk", 8, 21)])
def test_a_policy_of_all_hours_is_cut_to_those_of_the_jurisdiction(pack: str, opens: int, closes: int) -> None:
    always = replace(load_policy("humane"), sending_hours=SendingHours(time(0), MIDNIGHT))
    day = tighten(always, [load_pack(pack)], TODAY)
    assert day.sending_hours == SendingHours(time(opens), time(closes))


@pytest.mark.parametrize("name", shipped_packs())
def test_a_year_and_more_later_an_unreviewed_pack_silences_its_policy(name: str) -> None:
    assert tighten(load_policy("humane"), [load_pack(name)], date(2028, 1, 1)).silenced_by == (name,)


def test_of_a_zone_that_is_not_known_only_the_hours_of_all_candidates_are_used() -> None:
    day = tighten(load_policy("humane"), [load_pack("us")], TODAY)
    zone = "America/New_York|America/Los_Angeles"
    assert not is_open(day.sending_hours, zone, datetime(2026, 11, 24, 15, tzinfo=UTC))  # 10:00 and 07:00
    assert is_open(day.sending_hours, zone, datetime(2026, 11, 24, 18, tzinfo=UTC))  # 13:00 and 10:00
