"""Pack files, and packs and policies built at random, that the tests of packs start from."""

from dataclasses import replace
from datetime import date, time

from hypothesis import strategies as st

from bot.policies import load_policy
from bot.rules.policy.packs import Hours, MostCalls, MostMessages, Pack, PackRule, Records
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import MIDNIGHT, SendingHours

TODAY = date(2026, 11, 24)
HUMANE, STRICT = load_policy("humane"), load_policy("strict")

ABOUT = """\
source = "Act 1, s. 2"
wording = "Nobody is woken."
effective_from = 2020-01-01
expires = 2027-06-30
looked_at = 2026-11-24
confidence = "verified"
verified_by = "A. Lawyer"
"""
# One rule of hours; the rule begins on line 4.
NIGHT = f"""\
name = "xx"
jurisdiction = "Nowhere"

[[rule]]
id = "night"
kind = "hours"
from = "08:00"
to = "22:00"
{ABOUT}"""


def rule(kind: str, values: str = "", id_: str = "r") -> str:
    """The text of one rule."""
    return f'[[rule]]\nid = "{id_}"\nkind = "{kind}"\n{values}\n{ABOUT}'


def pack(*rules: str, name: str = "xx") -> str:
    """The text of a pack with these rules."""
    return "\n".join([f'name = "{name}"\njurisdiction = "Nowhere"', *rules])


WALL_TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))
SPANS = st.tuples(WALL_TIMES, WALL_TIMES | st.just(MIDNIGHT)).filter(lambda s: s[1] == MIDNIGHT or s[0] < s[1])
DAYS = st.frozensets(st.integers(0, 6), min_size=1)
DATES = st.dates(date(2026, 1, 1), date(2027, 12, 31))


# Made once: within a function they would be made for each rule that is drawn, which takes longer than what is tested.
_SAID = st.one_of(
    st.tuples(st.just("hours"), st.builds(lambda span, days: Hours(*span, days), SPANS, DAYS)),
    st.tuples(st.just("max_per_day"), st.builds(MostMessages, per_day=st.integers(1, 24))),
    st.tuples(st.just("max_per_week"), st.builds(MostMessages, per_week=st.integers(1, 100))),
    st.tuples(st.just("max_calls"), st.builds(MostCalls, *[st.none() | st.integers(1, 9)] * 4)),
    st.tuples(st.just("records_days"), st.builds(Records, st.integers(1, 9000))),
    st.tuples(st.sampled_from(["opt_out", "debtor_only"]), st.none()),
)
_RULES = st.builds(
    lambda said, since, until: PackRule("r", *said, "Act 1", "so", since, until, TODAY, "verified"), _SAID, DATES, DATES
)
_SOME_RULES = st.lists(_RULES, max_size=4).map(tuple)


def packs(name: str | None = None) -> st.SearchStrategy[Pack]:
    return st.builds(Pack, st.sampled_from("abcd") if name is None else st.just(name), st.just("Nowhere"), _SOME_RULES)


SOME_PACKS = st.lists(packs(), max_size=3, unique_by=lambda pack: pack.name)


_HOURS = st.builds(
    lambda span, days, holidays: SendingHours(*span, frozenset(range(7)) - days, holidays),
    *(SPANS, DAYS, st.sampled_from([None, "CN"])),
)
_VARIED = st.fixed_dictionaries(
    {"sending_hours": _HOURS, "max_per_day": st.integers(1, 24), "max_per_week": st.integers(1, 100)}
)


def policies() -> st.SearchStrategy[Policy]:
    """The shipped policy with other hours and caps, and with a segment that has its own."""
    return st.builds(
        lambda own, segments: replace(HUMANE, **own, segments={"own": replace(STRICT, **segments)}), _VARIED, _VARIED
    )


def minutes(hours: SendingHours) -> int:
    """The minutes of a week that are open, a bit for each."""
    opens = hours.opens.hour * 60 + hours.opens.minute
    closes = 24 * 60 if hours.closes == MIDNIGHT else hours.closes.hour * 60 + hours.closes.minute
    of_a_day = (1 << max(opens, closes)) - (1 << opens)
    return sum(of_a_day << day * 24 * 60 for day in range(7) if day not in hours.rest_days)


def is_within(some: int, others: int) -> bool:
    """Whether each of these minutes is one of the others."""
    return not some & ~others
