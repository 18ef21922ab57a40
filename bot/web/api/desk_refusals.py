"""Why an action on a case was refused, as a problem document: each refusal of `bot.work.acting_outside`, once."""

from __future__ import annotations

from collections.abc import Mapping

from bot.rules.agreements.agreed_terms import MOST_HOLD_DAYS, NotAgreed
from bot.rules.agreements.instalment_plans import FEWEST_PARTS, MOST_PARTS
from bot.rules.cases.snoozes import MOST_DAYS, NoDay
from bot.rules.cases.who_may import MayNot
from bot.web.problems import Problem, Wrong
from bot.work.acting_outside import Changed, Refused

NOT_POSSIBLE = {
    "nothing_owed": "the customer has nothing to pay that is not disputed",
    "plan_exists": "a plan is agreed, or its time is covered by one",
    "nothing_to_cancel": "there is nothing of the kind to take back",
    "not_reachable": "the customer has no chat in which they can be written to",
    "away": "the agent is away; /back in the agents' group ends that",
    "full": "the agent has as many cases as they may take at once; a supervisor can assign one more",
    "unfit": "the case is about a product or segment that the agent does not take",
    "nobody_has_it": "the case waits in the queue; claim it first",
    "colleague_away": "the other agent is away",
    "theirs_already": "the other agent has the case already",
    "disputed_already": "this instalment is disputed already",
    "not_filled": "there is nothing to fill in for what the ready reply names",
    "figures_old": "the wallet's facts are too old for what the ready reply says",
}
# Where the value is, and what was expected.
EXPECTED: Mapping[str, tuple[str, str]] = {
    "amount_unreadable": ("amount", "a decimal amount"),
    "amount_decimals": ("amount", "not more decimals than the currency has"),
    "amount_zero": ("amount", "more than nothing"),
    "which_currency": ("currency", "one of those in which something is owed"),
    "other_currency": ("currency", "one in which something is owed"),
    "more_than_owed": ("amount", "not more than is owed"),
    "nothing_due_by": ("day", "a day by which something is due"),
    "day_past": ("day", "today or later"),
    "day_too_far": ("day", "an earlier day"),
    "parts_sum": ("amounts", "amounts that add up to what is owed"),
    "parts": ("parts", f"{FEWEST_PARTS} to {MOST_PARTS}"),
    "too_small": ("parts", "fewer parts: so many are too small"),
    "days": ("days", f"1 to {MOST_HOLD_DAYS}"),
    "no_such_instalment": ("instalment_ids", "instalments of this customer that are owed and not disputed"),
    "no_such_dispute": ("instalment_id", "a disputed instalment of this customer"),
    "no_reason": ("reason", "some words for the customer"),
    "no_colleague": ("agent_id", "the Telegram id of an agent; /agents has them"),
    "no_text": ("text", "some words"),
    "long_text": ("text", "what fits into one message of Telegram"),
    "not_text": ("text", "text without NUL and without lone surrogates"),
    "past": ("until", "an instant to come"),
    "far": ("until", f"not more than {MOST_DAYS} days ahead"),
}


def problem_of(why: Refused, names: Mapping[str, str]) -> Problem:
    """The problem document that says it; `names` are what the request calls a value, where that is another name."""
    if isinstance(why, Changed):
        return Problem("changed", headers={"ETag": why.tag})
    if isinstance(why, NoDay):
        return _wrong(why.why, "", names)
    if isinstance(why, NotAgreed):
        return not_possible(why.reason) if why.reason in NOT_POSSIBLE else _wrong(why.reason, _values(why), names)
    if isinstance(why, MayNot):
        return _may_not(why)
    if why.reason == "no_case":
        return Problem("not-found", "there is no such case")
    if why.reason == "no_agent":
        return Problem("no-agent", "the agent of this key is no agent any more")
    return not_possible(why.reason, why.name) if why.reason in NOT_POSSIBLE else _wrong(why.reason, "", names)


def _may_not(why: MayNot) -> Problem:
    if why.reason == "closed":
        return Problem("case-closed")
    if why.reason in ("away", "full", "unfit"):
        return not_possible(why.reason)
    if not why.owner_name:
        return not_possible("nobody_has_it")
    return Problem("not-yours", f"{why.owner_name} has this case")


def not_possible(reason: str, name: str = "") -> Problem:
    """One of `NOT_POSSIBLE`; `name` is what it is about."""
    said = NOT_POSSIBLE[reason]
    return Problem("not-possible", f"{said}: {name}" if name else said, more={"reason": reason})


def _wrong(reason: str, values: str, names: Mapping[str, str]) -> Problem:
    where, expected = EXPECTED[reason]
    wrong = Wrong(names.get(where, where), f"{expected}: {values}" if values else expected)
    return Problem("wrong-value", "a value is not as expected", [wrong], more={"reason": reason})


def _values(why: NotAgreed) -> str:
    """What is owed, or the day, where the refusal says so."""
    return ", ".join([*(str(amount) for amount in why.amounts), *([why.day.isoformat()] if why.day else [])])
