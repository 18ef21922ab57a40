"""Any packs, and any number of them, only make a policy stricter, and not more than they say."""

from hypothesis import given, settings

from bot.rules.policy.packs import Hours, MostMessages, Pack, requirements, tighten
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import SendingHours
from tests.rules.policy.pack_texts import SOME_PACKS, TODAY, is_within, minutes, packs, policies

# Each has packs with several rules each, and two policies.
FIFTY = settings(max_examples=min(50, settings().max_examples))


@FIFTY
@given(policies(), SOME_PACKS)
def test_packs_only_ever_tighten(policy: Policy, some: list[Pack]) -> None:
    for day in (None, TODAY):
        tight = tighten(policy, some, day)
        for own, before in ((tight, policy), (tight.for_segment("own"), policy.for_segment("own"))):
            assert is_within(minutes(own.sending_hours), minutes(before.sending_hours))
            assert own.sending_hours.holidays == before.sending_hours.holidays
            assert own.max_per_day <= before.max_per_day
            assert own.max_per_week <= before.max_per_week


@FIFTY
@given(policies(), SOME_PACKS)
def test_nothing_is_allowed_that_a_pack_does_not_allow(policy: Policy, some: list[Pack]) -> None:
    tight = tighten(policy, some, None)
    for said in (own.says for each in some for own in each.rules):
        if isinstance(said, Hours):
            whole = SendingHours(said.opens, said.closes, frozenset(range(7)) - said.days)
            assert is_within(minutes(tight.sending_hours), minutes(whole))
        if isinstance(said, MostMessages):
            assert said.per_day is None or tight.max_per_day <= said.per_day
            assert said.per_week is None or tight.max_per_week <= said.per_week


@FIFTY
@given(policies(), SOME_PACKS)
def test_what_the_policy_and_all_packs_allow_stays_allowed(policy: Policy, some: list[Pack]) -> None:
    left = minutes(policy.sending_hours)
    for said in (own.says for each in some for own in each.rules if isinstance(own.says, Hours)):
        left &= minutes(SendingHours(said.opens, said.closes, frozenset(range(7)) - said.days))
    assert minutes(tighten(policy, some, None).sending_hours) == left


@FIFTY
@given(policies(), SOME_PACKS, packs("one-more"))
def test_one_more_pack_never_allows_more(policy: Policy, some: list[Pack], more: Pack) -> None:
    fewer, all_ = tighten(policy, some, TODAY), tighten(policy, [*some, more], TODAY)
    assert is_within(minutes(all_.sending_hours), minutes(fewer.sending_hours))
    assert (all_.max_per_day <= fewer.max_per_day) and (all_.max_per_week <= fewer.max_per_week)
    assert set(fewer.silenced_by) <= set(all_.silenced_by)
    before, after = requirements(fewer), requirements(all_)
    assert (after.records_days or 0) >= (before.records_days or 0)
    assert after.opt_out >= before.opt_out


@FIFTY
@given(policies(), SOME_PACKS)
def test_the_order_of_packs_does_not_matter(policy: Policy, some: list[Pack]) -> None:
    one, other = tighten(policy, some, TODAY), tighten(policy, some[::-1], TODAY)
    assert minutes(one.sending_hours) == minutes(other.sending_hours)
    assert (one.max_per_day, one.max_per_week) == (other.max_per_day, other.max_per_week)
