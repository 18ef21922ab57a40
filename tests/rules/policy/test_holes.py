"""Valid policies that would lose customers all the same."""

from datetime import date

import pytest

from bot.policies import load_policy
from bot.rules.policy.packs import read_pack, tighten, with_packs
from bot.rules.policy.policy import find_holes, read_policy
from tests.rules.policy.pack_texts import NIGHT, TODAY, pack, rule
from tests.rules.policy.policy_texts import LADDER, PROMISED


def holes(text: str, today: date | None = None) -> list[str]:
    return [str(hole) for hole in find_holes(read_policy(text, "mine.toml"), today)]


@pytest.mark.parametrize("name", ["humane", "strict"])
def test_the_shipped_policies_have_no_holes(name: str) -> None:
    assert find_holes(load_policy(name), date(2026, 11, 24)) == []


def test_the_promised_example_calls_trusted_customers_within_their_grace() -> None:
    assert holes(PROMISED) == [
        "segment 'trusted': step 'after-5': calls a person on day 5, within grace; expected after day 5"
    ]


def test_a_ladder_without_a_person_is_a_hole() -> None:
    (hole,) = holes(LADDER[: LADDER.index('[[step]]\nid = "person"')])
    assert hole.startswith("step: the ladder ends without a person")


def test_a_long_silence_between_steps_is_a_hole() -> None:
    assert holes(LADDER.replace("day = 5", "day = 14")) == []
    assert holes(LADDER.replace("day = 5", "day = 15")) == [
        "step 'due': nothing for 15 days after it; expected a step every 14"
    ]


def test_a_step_that_the_weekly_cap_leaves_no_room_for_is_a_hole() -> None:
    week = "".join(f'[[step]]\nid = "d{day}"\nday = {day}\nmessage = "overdue"\n' for day in (1, 2, 3, 4))
    assert holes("max_per_week = 5" + LADDER + week) == []
    assert holes("max_per_week = 4" + LADDER + week) == [
        "step 'd4': can never be sent: earlier steps use up max_per_week, which is 4"
    ]


def test_each_long_silence_is_told_with_its_length() -> None:
    later = '[[step]]\nid = "later"\nday = 40\nmessage = "overdue"\n'
    assert holes(LADDER.replace("day = 5", "day = 20") + later) == [
        "step 'due': nothing for 20 days after it; expected a step every 14",
        "step 'person': nothing for 20 days after it; expected a step every 14",
    ]


def test_a_silence_before_the_due_date_counts_up_to_it() -> None:
    early = '[[step]]\nid = "early"\nday = -15\nmessage = "upcoming"\n'
    assert holes(LADDER + early) == ["step 'early': nothing for 15 days after it; expected a step every 14"]


def test_holes_of_several_segments_are_all_told() -> None:
    segments = "[segment.a]\ngrace_days = 7\n[segment.b]\ngrace_days = 8\n"
    assert [hole.split(":")[0] for hole in holes(LADDER + segments)] == ["segment 'a'", "segment 'b'"]


def test_a_message_on_the_very_day_that_is_guaranteed_is_no_hole() -> None:
    assert holes(LADDER.replace("day = 0", "day = 1").replace("due_today", "overdue")) == []


def test_a_step_that_has_room_only_once_the_next_one_is_due_can_never_be_sent() -> None:
    steps = "".join(f'[[step]]\nid = "d{day}"\nday = {day}\nmessage = "overdue"\n' for day in (6, 7))
    assert holes("max_per_week = 1" + LADDER.replace("day = 5", "day = 9") + steps) == [
        "step 'd6': can never be sent: earlier steps use up max_per_week, which is 1"
    ]


def test_a_step_that_only_waits_for_room_is_no_hole() -> None:
    humane = load_policy("humane")
    assert humane.max_per_week == 3
    assert find_holes(humane) == []


def test_no_message_by_the_day_that_is_guaranteed_is_a_hole() -> None:
    late = LADDER.replace("day = 0", "day = 2").replace("due_today", "overdue")
    (hole,) = holes(late)
    assert hole.startswith("guarantee: sent_by_day: no step says anything by day 1")


def test_a_currency_with_a_minimum_and_no_fee_or_the_reverse_is_a_hole() -> None:
    keys = 'minimum_amount = { CNY = "5", TWD = "30" }\ncharges = { cap = "0.1", late_fee = { CNY = "1", USD = "1" } }'
    assert [hole.split(";")[0] for hole in holes(keys + LADDER)] == [
        "charges: late_fee: TWD has a minimum_amount and no late_fee",
        "minimum_amount: USD has a late_fee and no minimum_amount",
    ]


def test_without_charges_no_currency_needs_a_fee() -> None:
    assert holes('minimum_amount = { CNY = "5" }' + LADDER) == []


def test_seven_rest_days_are_a_hole() -> None:
    all_days = '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
    hours = f'sending_hours = {{ from = "09:00", to = "20:00", rest_days = {all_days} }}'
    assert holes(hours + LADDER) == ["sending_hours: rest_days: every day is a rest day, so nothing is ever sent"]


def test_a_holiday_week_is_a_hole_in_the_year_that_has_one() -> None:
    hours = 'sending_hours = { from = "09:00", to = "20:00", rest_days = ["sat", "sun"], holidays = "CN" }'
    assert holes(hours + LADDER) == []
    hole = holes(hours + LADDER, date(2026, 9, 1))[0]
    assert hole.startswith("sending_hours: holidays: nothing is sent from 2026-10-01 to 2026-10-07 or longer; agents ")
    assert holes(hours.replace("CN", "GB") + LADDER, date(2026, 9, 1)) == []


def test_a_holiday_week_of_the_next_year_is_a_hole_too() -> None:
    hours = 'sending_hours = { from = "09:00", to = "20:00", rest_days = ["sat", "sun"], holidays = "CN" }'
    assert any("nothing is sent from 2026-02-14 " in hole for hole in holes(hours + LADDER, date(2025, 12, 1)))


def test_what_is_left_of_a_holiday_week_is_no_week() -> None:
    hours = 'sending_hours = { from = "09:00", to = "20:00", rest_days = ["sat", "sun"], holidays = "CN" }'
    assert any("from 2026-10-01 " in hole for hole in holes(hours + LADDER, date(2026, 10, 1)))
    assert not any("2026-10-" in hole for hole in holes(hours + LADDER, date(2026, 10, 2)))


# Packs


def holes_under(*packs: str, today: date | None = TODAY, keys: str = "") -> list[str]:
    """The holes of the smallest policy under packs of these texts, called aa, bb and so on."""
    texts = {name: text.replace('"xx"', f'"{name}"') for name, text in zip(("aa", "bb", "cc"), packs, strict=False)}
    named = f"packs = [{', '.join(f'{chr(34)}{name}{chr(34)}' for name in texts)}]\n"
    policy = read_policy(named + keys + LADDER, "mine.toml", tuple(texts))
    read = {name: read_pack(text, f"{name}.toml") for name, text in texts.items()}
    return [str(hole) for hole in find_holes(with_packs(policy, read), today)]


def hours_of(opens: str, closes: str) -> str:
    return pack(rule("hours", f'from = "{opens}"\nto = "{closes}"'))


def test_a_pack_that_leaves_some_hours_is_no_hole() -> None:
    assert holes_under(hours_of("19:00", "23:00")) == []


def test_hours_that_a_pack_leaves_empty_are_a_hole_with_the_packs_name() -> None:
    assert holes_under(hours_of("20:00", "23:00")) == [
        "pack 'aa': leaves nothing of sending_hours, 09:00 to 20:00, so nothing is ever sent; move them into the hours "
        "it allows"
    ]


def test_hours_that_only_two_packs_together_leave_empty_are_a_hole_of_both() -> None:
    (hole,) = holes_under(hours_of("08:00", "12:00"), hours_of("12:00", "22:00"))
    assert hole.startswith("packs 'aa', 'bb': together leave nothing of sending_hours, 09:00 to 20:00")


def test_a_segments_hours_that_a_pack_leaves_empty_are_a_hole_of_the_segment() -> None:
    late = '[segment.late]\nsending_hours = { from = "22:00", to = "24:00" }\n'
    read = read_pack(NIGHT, "xx.toml")
    policy = with_packs(read_policy('packs = ["xx"]' + LADDER + late, "x", ("xx",)), {"xx": read})
    (hole,) = find_holes(policy, TODAY)
    assert str(hole).startswith("segment 'late': pack 'xx': leaves nothing of sending_hours, 22:00 to 24:00")


def test_a_segments_pack_that_has_expired_is_a_hole_of_the_segment() -> None:
    own = read_policy(LADDER + '[segment.late]\npacks = ["xx"]\n', "x", ("xx",))
    (hole,) = find_holes(with_packs(own, {"xx": read_pack(NIGHT, "xx.toml")}), date(2027, 7, 1))
    assert str(hole).startswith("segment 'late': pack 'xx': expired after 2027-06-30")


def test_rest_days_of_the_file_itself_are_not_laid_on_a_pack() -> None:
    all_days = '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
    keys = f'sending_hours = {{ from = "09:00", to = "20:00", rest_days = {all_days} }}\n'
    (hole,) = holes_under(NIGHT, keys=keys)
    assert hole.startswith("sending_hours: rest_days")


def test_hours_that_a_pack_will_leave_empty_only_later_are_no_hole_yet() -> None:
    later = hours_of("20:00", "23:00").replace("2020-01-01", "2027-01-01")
    assert holes_under(later) == []
    assert len(holes_under(later, today=date(2027, 1, 1))) == 1


def test_weeks_that_a_pack_will_leave_empty_only_later_are_no_hole_yet() -> None:
    mondays = pack(rule("hours", 'from = "08:00"\nto = "22:00"\ndays = ["mon"]')).replace("2020-01-01", "2027-01-01")
    keys = 'sending_hours = { from = "09:00", to = "20:00", holidays = "CN" }\n'
    assert holes_under(mondays, keys=keys) == []
    assert holes_under(mondays, today=date(2027, 1, 1), keys=keys)[0].startswith("sending_hours: holidays")


def test_a_cap_that_a_pack_sets_only_later_is_no_hole_yet() -> None:
    later = pack(rule("max_per_week", "messages = 1")).replace("2020-01-01", "2027-01-01")
    steps = '[[step]]\nid = "d1"\nday = 1\nmessage = "overdue"\n'
    policy = with_packs(
        read_policy('packs = ["xx"]' + LADDER + steps, "x", ("xx",)), {"xx": read_pack(later, "xx.toml")}
    )
    assert find_holes(policy, TODAY) == []
    assert [hole.where for hole in find_holes(policy, date(2027, 1, 1))] == ["step 'd1'"]


def test_a_pack_whose_rules_begin_only_later_is_not_named_for_the_hours_that_another_leaves_empty() -> None:
    later = hours_of("20:00", "23:00").replace("2020-01-01", "2027-01-01")
    (hole,) = holes_under(later, hours_of("21:00", "23:00"))
    assert hole.startswith("pack 'bb': leaves nothing")


def test_each_pack_that_expires_is_a_hole_of_its_own_with_its_rules() -> None:
    far = NIGHT.replace("2027-06-30", "2030-01-01")
    night = 'from = "08:00"\nto = "22:00"'
    both = pack(rule("hours", night, "early"), rule("hours", night, "late"))
    (hole,) = holes_under(far, both, today=date(2027, 6, 30))
    assert hole.startswith("pack 'bb': expires after 2027-06-30, today")
    assert "(early, late)" in hole


def test_an_expired_pack_is_a_hole_that_says_what_it_stops_and_what_to_do() -> None:
    assert holes_under(NIGHT, today=date(2027, 7, 1)) == [
        "pack 'aa': expired after 2027-06-30, so nothing is sent unasked; have its rules reviewed (night) and set "
        "new expires dates"
    ]


@pytest.mark.parametrize(
    ("today", "when"),
    [(date(2027, 5, 31), "in 30 days"), (date(2027, 6, 29), "in 1 day"), (date(2027, 6, 30), "today")],
)
def test_a_pack_that_soon_expires_is_a_hole(today: date, when: str) -> None:
    (hole,) = holes_under(NIGHT, today=today)
    assert hole.startswith(f"pack 'aa': expires after 2027-06-30, {when}, and then nothing is sent unasked")


def test_a_pack_that_expires_in_more_than_a_month_is_none() -> None:
    assert holes_under(NIGHT, today=date(2027, 5, 30)) == []


def test_without_a_day_no_pack_has_expired() -> None:
    assert holes_under(NIGHT, today=None) == []


def test_a_step_that_the_cap_of_a_pack_leaves_no_room_for_is_a_hole() -> None:
    humane = load_policy("humane")
    rare = read_pack(pack(rule("max_per_week", "messages = 1")), "xx.toml")
    (hole, *_) = find_holes(tighten(humane, [rare], TODAY), TODAY)
    assert "can never be sent: earlier steps use up max_per_week, which is 1 under pack 'xx'" in str(hole)


def test_a_policy_that_a_day_has_tightened_has_the_holes_of_its_file() -> None:
    policy = tighten(load_policy("humane"), [read_pack(hours_of("20:00", "23:00"), "xx.toml")], TODAY)
    assert find_holes(policy, TODAY) == find_holes(policy.untightened or policy, TODAY) != []


def test_fewest_messages_that_say_nothing_in_time_are_a_hole() -> None:
    week = '[[step]]\nid = "later"\nday = 2\nmessage = "overdue"\n'
    assert holes(LADDER + week + '[choices]\nleast = ["due"]\n') == []
    assert holes(LADDER + week + '[choices]\nleast = ["later"]\n') == [
        "choices: least: none of these steps says anything by day 1; add one that does"
    ]
