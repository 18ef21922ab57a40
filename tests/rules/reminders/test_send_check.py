"""The last check before a message is sent: in doubt it refuses, and it always gives a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policies import load_policy
from bot.rules.facts.customer_facts import Customer, CustomerFacts, Instalment
from bot.rules.facts.money import Money
from bot.rules.facts.wishes import Wishes
from bot.rules.policy.dunning_ladder import step_for
from bot.rules.reminders.send_check import (
    Never,
    NotNow,
    PlannedItem,
    Send,
    are_fresh,
    are_fresh_for_all,
    decide,
    strictest_age,
)

HUMANE = load_policy("humane", date(2026, 3, 1))
TAIPEI = ZoneInfo("Asia/Taipei")
NOON = datetime(2026, 3, 2, 12, tzinfo=TAIPEI)
DUE = date(2026, 3, 1)
ITEM = PlannedItem("I1", "after-1", DUE, HUMANE.version)


def instalment(**changes: object) -> Instalment:
    owed = Instalment("I1", "A1", "Card", DUE, Money(120000, "TWD"), Money(0, "TWD"))
    return replace(owed, **changes)  # type: ignore[arg-type]


def customer_facts(*owed: Instalment, **customer: object) -> CustomerFacts:
    someone = Customer("C1", "Anna", "en", "Asia/Taipei")
    return CustomerFacts(replace(someone, **customer), (), owed, NOON)  # type: ignore[arg-type]


def judge(
    facts: CustomerFacts, now: datetime = NOON, accepted: tuple[datetime, ...] = (), item: PlannedItem = ITEM
) -> object:
    return decide(HUMANE, facts, [item], accepted, now, ladders={HUMANE.version: HUMANE})


def test_what_is_true_goes_with_its_steps_channels() -> None:
    verdict = judge(customer_facts(instalment()))
    assert isinstance(verdict, Send)
    assert verdict.items == ((instalment(), "overdue"),)
    assert verdict.channels[0] == "telegram"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (replace(customer_facts(), gone={"I1": "paid"}), "paid"),
        (replace(customer_facts(), gone={"I1": "waived"}), "waived"),
        (replace(customer_facts(), gone={"I1": "corrected"}), "corrected"),
        (replace(customer_facts(), gone={"I1": "taken_off"}), "taken_off"),
        (customer_facts(), "no_longer_owed"),  # that it is not owed does not say that it was paid
        (customer_facts(instalment(status="disputed")), "disputed"),
        (customer_facts(instalment(held=True)), "on_hold"),
        (customer_facts(instalment(due_date=DUE + timedelta(days=1))), "due_date_moved"),
        (customer_facts(instalment(), stopped=True), "stopped"),
        (customer_facts(instalment(), forgotten=True), "forgotten"),
        (customer_facts(instalment(paid=Money(117001, "TWD"))), "below_minimum"),
    ],
)
def test_what_is_not_true_any_more_never_goes(facts: CustomerFacts, reason: str) -> None:
    assert judge(facts) == Never(reason)


def test_exactly_the_minimum_is_told() -> None:
    assert isinstance(judge(customer_facts(instalment(paid=Money(117000, "TWD")))), Send)


def test_debts_below_the_minimum_go_along_with_one_that_is_not() -> None:
    few_yuan = Instalment("I2", "A2", "Card", DUE, Money(100, "CNY"), Money(0, "CNY"))
    little = instalment(paid=Money(119999, "TWD"))
    assert HUMANE.minimum("CNY").amount > 100
    items = [ITEM, PlannedItem("I2", "after-1", DUE, HUMANE.version)]
    ladders = {HUMANE.version: HUMANE}
    both = decide(HUMANE, customer_facts(instalment(), few_yuan), items, (), NOON, ladders=ladders)
    assert isinstance(both, Send)
    assert [owed.instalment_id for owed, _ in both.items] == ["I1", "I2"]
    assert decide(HUMANE, customer_facts(little, few_yuan), items, (), NOON, ladders=ladders) == Never("below_minimum")


def test_small_debts_of_one_currency_are_added_up() -> None:
    halves = [instalment(instalment_id=name, amount_due=Money(1500, "TWD")) for name in ("I1", "I2")]
    assert isinstance(judge(customer_facts(*halves)), Send)
    assert judge(customer_facts(halves[0])) == Never("below_minimum")


def test_what_is_on_hold_or_on_no_step_does_not_make_a_small_debt_worth_a_message() -> None:
    little = instalment(amount_due=Money(1500, "TWD"))
    assert judge(customer_facts(little, instalment(instalment_id="I2", held=True))) == Never("below_minimum")
    far_off = instalment(instalment_id="I2", due_date=DUE + timedelta(days=90))
    assert judge(customer_facts(little, far_off)) == Never("below_minimum")


def test_a_debt_on_a_step_that_only_some_want_counts_for_them() -> None:
    little, in_a_week = (instalment(instalment_id=f"I{n}", amount_due=Money(1500, "TWD")) for n in (1, 2))
    in_a_week = replace(in_a_week, due_date=NOON.date() + timedelta(days=7))
    assert HUMANE.choices.more == ("before-7",)
    assert judge(customer_facts(little, in_a_week)) == Never("below_minimum")
    assert isinstance(judge(customer_facts(little, in_a_week, wishes=Wishes(often="more"))), Send)


def test_what_is_told_is_told_by_the_version_that_began_it() -> None:
    (step,) = (step for step in HUMANE.steps if step.id == "after-1")
    pushed = replace(HUMANE, version="older", steps=(replace(step, channels=("push",)),))
    items = [replace(ITEM, policy_version="older")]
    verdict = decide(HUMANE, customer_facts(instalment()), items, (), NOON, ladders={"older": pushed})
    assert isinstance(verdict, Send)
    assert verdict.channels == ("push",)


def test_a_version_that_nobody_knows_any_more_is_the_current_one() -> None:
    verdict = decide(HUMANE, customer_facts(instalment()), [ITEM], (), NOON, ladders={})
    assert isinstance(verdict, Send)
    assert verdict.channels[0] == "telegram"


def test_a_step_that_is_past_its_use_never_goes() -> None:
    assert judge(customer_facts(instalment()), NOON + timedelta(days=2)) == Never("no_longer_true")


def test_three_days_left_is_not_said_on_the_due_date() -> None:
    item = PlannedItem("I1", "before-3", DUE, HUMANE.version)
    assert judge(customer_facts(instalment()), NOON - timedelta(days=1), item=item) == Never("no_longer_true")


def test_outside_hours_it_waits_for_the_morning() -> None:
    verdict = judge(customer_facts(instalment()), datetime(2026, 3, 2, 20, tzinfo=TAIPEI))
    assert isinstance(verdict, NotNow)
    assert (verdict.reason, verdict.window.opens) == ("outside_hours", datetime(2026, 3, 3, 1, tzinfo=UTC))


def test_as_the_hours_open_it_goes() -> None:
    nine = datetime(2026, 3, 2, 9, tzinfo=TAIPEI)
    assert isinstance(judge(customer_facts(instalment()), nine), Send)
    assert isinstance(judge(customer_facts(instalment()), nine - timedelta(seconds=1)), NotNow)


def test_without_any_hours_it_never_goes() -> None:
    closed = replace(HUMANE, sending_hours=replace(HUMANE.sending_hours, rest_days=frozenset(range(7))))
    verdict = decide(closed, customer_facts(instalment()), [ITEM], (), NOON, ladders={HUMANE.version: HUMANE})
    assert verdict == Never("no_hours")


def test_who_moved_to_where_it_is_night_is_left_asleep() -> None:
    four_in_the_morning = NOON + timedelta(hours=5)
    assert isinstance(judge(customer_facts(instalment(), zone="America/New_York"), four_in_the_morning), NotNow)


def test_of_two_candidate_zones_both_must_be_awake() -> None:
    now = datetime(2026, 3, 2, 8, 30, tzinfo=TAIPEI)  # 09:30 in Tokyo
    verdict = judge(customer_facts(instalment(), zone="Asia/Taipei|Asia/Tokyo"), now)
    assert isinstance(verdict, NotNow)
    assert verdict.window.opens == datetime(2026, 3, 2, 9, tzinfo=TAIPEI)


def test_one_a_day() -> None:
    verdict = judge(customer_facts(instalment()), accepted=(NOON - timedelta(hours=2),))
    assert isinstance(verdict, NotNow)
    assert (verdict.reason, verdict.window.opens) == ("day_cap", datetime(2026, 3, 3, 1, tzinfo=UTC))


def test_three_in_any_seven_days() -> None:
    verdict = judge(customer_facts(instalment()), accepted=tuple(NOON - timedelta(days=d) for d in (6, 4, 2)))
    assert isinstance(verdict, NotNow)
    assert verdict.reason == "week_cap"
    assert isinstance(
        judge(customer_facts(instalment()), accepted=tuple(NOON - timedelta(days=d) for d in (7, 4, 2))), Send
    )


def test_todays_message_counts_for_the_week() -> None:
    two_a_week = replace(HUMANE, max_per_day=2, max_per_week=2)
    accepted = (NOON - timedelta(days=2), NOON - timedelta(hours=2))
    verdict = decide(two_a_week, customer_facts(instalment()), [ITEM], accepted, NOON, ladders={HUMANE.version: HUMANE})
    assert isinstance(verdict, NotNow)
    assert verdict.reason == "week_cap"


def test_a_cap_that_never_ends_says_so() -> None:
    none_a_day = replace(HUMANE, max_per_day=0)
    verdict = decide(none_a_day, customer_facts(instalment()), [ITEM], (), NOON, ladders={HUMANE.version: HUMANE})
    assert verdict == Never("day_cap")


def test_a_pack_past_its_time_silences_what_goes_by_itself() -> None:
    silenced = replace(HUMANE, silenced_by=("cn",))
    verdict = decide(silenced, customer_facts(instalment()), [ITEM], (), NOON, ladders={HUMANE.version: HUMANE})
    assert verdict == Never("pack_expired")


def test_one_paid_item_does_not_silence_the_other() -> None:
    items = [ITEM, PlannedItem("I2", "after-1", DUE, HUMANE.version)]
    verdict = decide(
        HUMANE, customer_facts(instalment(instalment_id="I2")), items, (), NOON, ladders={HUMANE.version: HUMANE}
    )
    assert isinstance(verdict, Send)
    assert [i.instalment_id for i, _ in verdict.items] == ["I2"]


REASONS = (
    *("on_hold", "disputed", "paid", "waived", "corrected", "taken_off", "no_longer_owed"),
    *("due_date_moved", "no_longer_true"),
)


def left_out_for(*reasons: str) -> object:
    """The verdict on a notice none of whose items goes, each for its reason."""
    changed = {
        "on_hold": {"held": True},
        "disputed": {"status": "disputed"},
        "due_date_moved": {"due_date": DUE + timedelta(days=1)},
        "no_longer_true": {},
    }
    owed = [instalment(instalment_id=reason, **changed[reason]) for reason in reasons if reason in changed]
    gone = {reason: reason for reason in reasons if reason not in (*changed, "no_longer_owed")}
    items = [
        PlannedItem(reason, "before-3" if reason == "no_longer_true" else "after-1", DUE, HUMANE.version)
        for reason in reasons
    ]
    facts = replace(customer_facts(*owed), gone=gone)
    return decide(HUMANE, facts, items, (), NOON, ladders={HUMANE.version: HUMANE})


@pytest.mark.parametrize(("first", "second"), list(pairwise(REASONS)))
def test_of_several_reasons_the_one_is_kept_that_is_asked_for_first(first: str, second: str) -> None:
    assert left_out_for(first, second) == left_out_for(second, first) == Never(first)
    assert left_out_for(second) == Never(second)


def test_a_notice_about_nothing_has_nothing_to_tell() -> None:
    assert left_out_for() == Never("nothing_to_tell")


def test_what_is_left_out_is_named_with_its_reason() -> None:
    items = [ITEM, PlannedItem("I2", "after-1", DUE, HUMANE.version)]
    facts = customer_facts(instalment(), instalment(instalment_id="I2", held=True))
    verdict = decide(HUMANE, facts, items, (), NOON, ladders={HUMANE.version: HUMANE})
    assert isinstance(verdict, Send)
    assert verdict.left_out == ((items[1], "on_hold"),)


# --- How old figures may be ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "fresh"), [("36:00:00", True), ("36:00:01", False), ("00:00:00", True)])
def test_facts_exactly_at_their_age_are_fresh(age: str, fresh: bool) -> None:
    hours, minutes, seconds = map(int, age.split(":"))
    spoke_at = NOON - timedelta(hours=hours, minutes=minutes, seconds=seconds)
    assert HUMANE.facts_max_age == timedelta(hours=36)
    assert are_fresh(HUMANE, spoke_at, NOON) is fresh


def test_facts_are_fresh_for_all_if_they_are_for_the_strictest_segment() -> None:
    policy = replace(HUMANE, segments={"trusted": replace(HUMANE, facts_max_age=timedelta(hours=2))})
    assert strictest_age(policy) == timedelta(hours=2)
    assert are_fresh_for_all(policy, NOON - timedelta(hours=2), NOON)
    assert not are_fresh_for_all(policy, NOON - timedelta(hours=2, seconds=1), NOON)
    assert strictest_age(replace(HUMANE, facts_max_age=None)) is None
    assert are_fresh_for_all(replace(HUMANE, facts_max_age=None), None, NOON)


def test_facts_of_unknown_age_are_not_fresh_unless_no_age_is_asked_for() -> None:
    assert not are_fresh(HUMANE, None, NOON)
    assert are_fresh(replace(HUMANE, facts_max_age=None), None, NOON)


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(lambda d: d.replace(tzinfo=UTC)),
    zone=st.sampled_from(["Asia/Taipei", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Pacific/Apia"]),
    days=st.integers(-10, 20),
    paid=st.integers(0, 130000),
    before=st.lists(st.integers(0, 12 * 24), max_size=6),
)
def test_whatever_goes_is_true_in_hours_and_under_the_caps(
    now: datetime, zone: str, days: int, paid: int, before: list[int]
) -> None:
    local = now.astimezone(ZoneInfo(zone))
    due = local.date() - timedelta(days=days)
    step = step_for(HUMANE, days)
    item = PlannedItem("I1", step.id if step else "after-1", due, HUMANE.version)
    owed = instalment(due_date=due, paid=Money(paid, "TWD"))
    facts = customer_facts(*([] if owed.settled else [owed]), zone=zone)
    accepted = tuple(now - timedelta(hours=h) for h in before)
    verdict = decide(HUMANE, facts, [item], accepted, now, ladders={HUMANE.version: HUMANE})
    if isinstance(verdict, Send):
        assert step is not None
        assert 9 <= local.hour < 20
        assert owed.outstanding.amount >= 3000
        own_days = [at.astimezone(ZoneInfo(zone)).date() for at in accepted]
        assert local.date() not in own_days
        assert sum((local.date() - day).days < 7 for day in own_days) < 3
    elif isinstance(verdict, NotNow):
        assert verdict.window.opens > now
