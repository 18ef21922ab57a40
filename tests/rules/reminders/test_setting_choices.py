"""What customers may choose of reminders, and what it changes: never so that nobody is reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policies import load_policy
from bot.rules.facts.customer_facts import Customer, CustomerFacts, Instalment
from bot.rules.facts.money import Money
from bot.rules.facts.wishes import HOW_OFTEN, NO_WISHES, Often, Wishes
from bot.rules.languages import spoken_in
from bot.rules.policy.policy import PolicyFaulty, find_holes, read_policy
from bot.rules.policy.sending_hours import MIDNIGHT, SendingHours, from_hour, hours_to_choose, window, wished_hours
from bot.rules.policy.terms import Choices
from bot.rules.reminders import send_check
from bot.rules.reminders.send_check import Never, NotNow, PlannedItem, Send
from bot.rules.reminders.setting_choices import AREAS, may_pause, offer, zones_in

HUMANE = load_policy("humane")
TODAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # in Taipei


def verdict(wishes: Wishes, step: str = "due", days: int = 0, now: datetime = NOON) -> send_check.Verdict:
    owed = Instalment("I1", "A1", "Card", TODAY - timedelta(days=days), Money(120000, "TWD"), Money(0, "TWD"))
    customer = Customer("C1", "Anna", "en", "Asia/Taipei", wishes=wishes)
    facts = CustomerFacts(customer, (), (owed,), NOON)
    item = PlannedItem("I1", step, owed.due_date, HUMANE.version)
    return send_check.decide(HUMANE, facts, [item], [], now, ladders={HUMANE.version: HUMANE})


@pytest.mark.parametrize(
    ("wishes", "step", "days", "expected"),
    [
        (NO_WISHES, "due", 0, "sent"),
        (NO_WISHES, "before-7", -7, "not_wanted"),
        (Wishes(often="more"), "before-7", -7, "sent"),
        (Wishes(often="more"), "before-3", -3, "sent"),
        (Wishes(often="fewer"), "before-3", -3, "not_wanted"),
        (Wishes(often="fewer"), "after-1", 1, "not_wanted"),
        (Wishes(often="fewer"), "due", 0, "sent"),
        (Wishes(often="fewer"), "after-3", 3, "sent"),
        (Wishes(paused_until=TODAY), "due", 0, "paused"),
        (Wishes(paused_until=TODAY - timedelta(days=1)), "due", 0, "sent"),
        (Wishes(hour=12), "due", 0, "sent"),
        (Wishes(hour=13), "due", 0, "chosen_hour"),
        (Wishes(hour=23), "due", 0, "sent"),  # outside the hours: as if it were not chosen
    ],
)
def test_the_last_check_keeps_to_wishes(wishes: Wishes, step: str, days: int, expected: str) -> None:
    found = verdict(wishes, step, days)
    assert ("sent" if isinstance(found, Send) else found.reason) == expected


def test_what_a_change_of_mind_leaves_out_is_not_wanted_whatever_was_wished_before() -> None:
    """Two days after the due date, those who want more get another reminder than the usual one."""
    (usual,) = (step for step in HUMANE.steps if step.id == "after-1")
    extra = replace(usual, id="after-2", day=2)
    steps = sorted((*HUMANE.steps, extra), key=lambda step: step.day)
    policy = replace(HUMANE, steps=tuple(steps), choices=replace(HUMANE.choices, more=("before-7", "after-2")))
    owed = Instalment("I1", "A1", "Card", TODAY - timedelta(days=2), Money(120000, "TWD"), Money(0, "TWD"))

    def reason(often: Often, step: str) -> str:
        customer = Customer("C1", "Anna", "en", "Asia/Taipei", wishes=Wishes(often=often))
        item = PlannedItem("I1", step, owed.due_date, policy.version)
        facts = CustomerFacts(customer, (), (owed,), NOON)
        found = send_check.decide(policy, facts, [item], [], NOON, ladders={policy.version: policy})
        return "sent" if isinstance(found, Send) else found.reason

    assert {often: (reason(often, "after-1"), reason(often, "after-2")) for often in HOW_OFTEN} == {
        "fewer": ("not_wanted", "not_wanted"),
        "usual": ("sent", "not_wanted"),
        "more": ("not_wanted", "sent"),
    }
    assert reason("usual", "due") == "no_longer_true"


def test_what_waits_for_a_chosen_hour_leaves_then() -> None:
    found = verdict(Wishes(hour=18))
    assert isinstance(found, NotNow)
    assert found.window.opens == NOON + timedelta(hours=6)
    assert isinstance(verdict(Wishes(hour=18), now=found.window.opens), Send)


@pytest.mark.parametrize(
    ("opens", "closes", "hour", "chosen"),
    [
        *((time(9), time(20), hour, None) for hour in (None, -1, 0, 8, 9, 20, 23, 24)),
        *((time(9), time(20), hour, time(hour)) for hour in (10, 19)),
        *((time(9, 30), MIDNIGHT, hour, time(hour)) for hour in (10, 23)),
        (time(9, 30), MIDNIGHT, 9, None),
        (time(9, 30), MIDNIGHT, 24, None),
        (time(0), time(23, 59), 22, time(22)),
        (time(0), time(23, 59), 23, None),  # not a whole hour
    ],
)
def test_hours_begin_with_the_one_that_was_chosen_where_a_whole_one_is_left(
    opens: time, closes: time, hour: int | None, chosen: time | None
) -> None:
    hours = SendingHours(opens, closes)
    found = from_hour(hours, hour)
    assert found is hours if chosen is None else found == SendingHours(chosen, closes)


def test_an_hour_that_leaves_nothing_in_one_of_two_zones_changes_nothing() -> None:
    """It is nine in Tokyo when it is eight in Taipei: from eleven to noon, both have no minute."""
    hours = SendingHours(time(9), time(12))
    assert wished_hours(hours, 11, "Asia/Taipei", TODAY) == SendingHours(time(11), time(12))
    assert wished_hours(hours, 11, "Asia/Taipei|Asia/Tokyo", TODAY) is hours
    rests = replace(hours, rest_days=frozenset({TODAY.weekday()}))
    assert wished_hours(rests, 11, "Asia/Taipei|Asia/Tokyo", TODAY).opens == time(11)


def test_before_the_hours_it_waits_for_them() -> None:
    found = verdict(Wishes(hour=18), now=NOON - timedelta(hours=5))
    assert isinstance(found, NotNow) and found.reason == "outside_hours"


@given(st.lists(st.sampled_from(["telegram", "email", "sms", "push", "fax"]), unique=True))
def test_no_order_of_channels_leaves_one_out(wished: list[str]) -> None:
    ordered = Wishes(channels=tuple(wished)).ordered(("telegram", "email", "sms"))
    assert sorted(ordered) == ["email", "sms", "telegram"]
    first = [channel for channel in wished if channel in ordered]
    assert list(ordered[: len(first)]) == first


@given(
    st.integers(0, 23),
    st.integers(1, 24),
    st.one_of(st.none(), st.integers(-3, 30)),
    st.integers(0, 59),
    st.integers(0, 700),
)
def test_a_chosen_hour_only_narrows_the_hours(
    opens: int, closes: int, hour: int | None, minute: int, ahead: int
) -> None:
    if opens >= closes:
        return
    hours = SendingHours(time(opens, minute if closes > opens + 1 else 0), time(closes % 24))
    chosen = from_hour(hours, hour)
    assert chosen.closes == hours.closes and chosen.opens >= hours.opens
    day = TODAY + timedelta(days=ahead)
    for zone in ("Asia/Taipei", "Europe/London", "Asia/Taipei|Asia/Tokyo"):
        whole, part = window(hours, zone, day), window(wished_hours(hours, hour, zone, day), zone, day)
        assert (whole is None) == (part is None)  # every day with hours still has some
        assert whole is None or part is None or (whole.opens <= part.opens and part.closes == whole.closes)
    assert all(from_hour(hours, each).opens == time(each) for each in hours_to_choose(hours)[1:])


def test_who_wants_fewest_is_reached_as_the_guarantee_asks() -> None:
    for name in ("humane", "strict"):
        policy = load_policy(name)
        days = [step.day for step in policy.for_wish("fewer").steps if step.message]
        assert min(days) <= policy.guarantee.sent_by_day
        people = [
            [step for step in policy.for_wish(often).steps if step.escalate] for often in ("fewer", "usual", "more")
        ]
        assert people[0] == people[1] == people[2]
        assert not find_holes(policy)


def test_a_least_that_keeps_nothing_in_time_is_a_hole() -> None:
    text = HUMANE.text.replace('least = ["due", "after-3"]', 'least = ["after-3"]')
    assert [hole.where for hole in find_holes(read_policy(text, "own.toml"))] == ["choices: least"]


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ('least = ["never"]', 'choices: least: "never" given, expected any of before-7'),
        ('least = ["after-5"]', 'choices: least: "after-5" given'),  # calls a person: nobody chooses that
        ('least = ["due"]\nmore = ["due"]', 'choices: more: "due" is in least, too'),
        ("pause_days = 91", "choices: pause_days: 91 given, expected a whole number from 0 to 90"),
        ("pauses = 3", "choices: pauses: unknown key"),
    ],
)
def test_faults_of_choices(key: str, fault: str) -> None:
    text = HUMANE.text.replace('least = ["due", "after-3"]\nmore = ["before-7"]\npause_days = 14', key)
    with pytest.raises(PolicyFaulty) as error:
        read_policy(text, "own.toml")
    assert fault in str(error.value)


def test_a_policy_without_choices_offers_no_more_than_the_hour_and_the_order() -> None:
    before, _, rest = HUMANE.text.partition("\n[choices]\n")
    plain = read_policy(before + rest.partition("pause_days = 14\n")[2], "humane.toml")
    found = offer(plain, TODAY, ["telegram"])
    assert (found.often, found.pauses, found.channels) == ((), (), ("telegram",))
    assert plain.version != HUMANE.version
    assert not may_pause(plain, TODAY, TODAY)


def test_what_is_offered() -> None:
    found = offer(HUMANE, TODAY, ["push", "sms", "telegram"])
    assert found.hours == tuple(range(9, 20))
    assert found.often == ("fewer", "usual", "more")
    assert [(day - TODAY).days for day in found.pauses] == [0, 2, 6, 13]
    assert found.channels == ("telegram", "sms")  # the policy sends nothing by push
    for chosen in permutations(found.channels):
        assert found.has_channels(chosen)
    assert not any(found.has_channels(chosen) for chosen in ((), ("push",), ("sms", "sms")))
    assert may_pause(HUMANE, TODAY, found.pauses[-1])
    assert not may_pause(HUMANE, TODAY, found.pauses[-1] + timedelta(days=1))
    assert not may_pause(HUMANE, TODAY, TODAY - timedelta(days=1))
    assert may_pause(HUMANE, TODAY, TODAY)


def test_more_is_offered_where_there_is_nothing_less() -> None:
    found = offer(replace(HUMANE, choices=Choices((), ("before-7",), 0)), TODAY, ["telegram"])
    assert (found.often, found.pauses) == (("usual", "more"), ())


def test_zones_are_found_by_their_part_of_the_world() -> None:
    there = ["Asia/Tokyo", "Europe/Paris", "Asia/Taipei", "Asia", "Etc/UTC"]
    assert zones_in("Asia", there) == ("Asia/Taipei", "Asia/Tokyo")
    assert zones_in("Etc", there) == ()


def test_every_zone_that_is_offered_fits_into_a_button() -> None:
    offered = [zone for area in AREAS for zone in zones_in(area, available_timezones())]
    assert {"Asia/Taipei", "America/Argentina/Buenos_Aires", "Pacific/Auckland"} <= set(offered)
    assert max(len(f"set:zone:{zone}:01234567") for zone in offered) <= 64
    assert zones_in("../etc", available_timezones()) == ()


@pytest.mark.parametrize(
    ("zone", "chosen", "spoken"),
    [
        ("Asia/Taipei", None, "zh-Hant"),
        ("Asia/Hong_Kong", None, "zh-Hant-HK"),
        ("Asia/Taipei", "zh-Hant-HK", "zh-Hant-HK"),
        ("Asia/Hong_Kong", "zh-Hant-TW", "zh-Hant"),
        ("Asia/Hong_Kong", "zh-Hant", "zh-Hant-HK"),
        ("Asia/Hong_Kong", "en", "zh-Hant-HK"),  # the words of another language say nothing of this one
    ],
)
def test_the_words_of_a_region_can_be_chosen(zone: str, chosen: str | None, spoken: str) -> None:
    assert spoken_in("zh-Hant", zone, chosen) == spoken
    assert replace(Customer("C1", "Anna", "zh-Hant", zone), words=chosen).spoken == spoken


def test_paused_customers_are_not_planned_for() -> None:
    assert isinstance(verdict(Wishes(paused_until=TODAY + timedelta(days=1))), Never)
