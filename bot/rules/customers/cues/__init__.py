"""Cues: what says for certain what is meant, and what rules a meaning out, whatever else a sentence is like.

They hold what must never be missed (distress, hardship, stop) and what is easily taken for its opposite. They are
looked for in folded text (`bot.rules.customers.folded_text`), so each is written once for all scripts.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.rules.customers.cues.asked_person import is_person_asked, sends_bot_away
from bot.rules.customers.cues.denied import (
    is_all_right,
    is_no_person,
    is_no_plan,
    is_no_promise,
    is_not_paid,
    is_right_person,
)
from bot.rules.customers.cues.distress import is_distress, is_no_distress
from bot.rules.customers.cues.hardship import is_hardship, is_no_hardship
from bot.rules.customers.cues.stopping import is_again, is_never_again, is_no_stop, is_stop
from bot.rules.customers.cues.wrong_person import is_wrong_person
from bot.rules.customers.intents import Intent
from bot.rules.customers.what_if_parsing import supposes_payment


@dataclass(frozen=True, slots=True)
class Cues:
    """What is certain of a sentence, and what cannot be meant by it."""

    certain: frozenset[Intent]
    ruled_out: frozenset[Intent]


def cues(said: str, sentence: str) -> Cues:
    """The cues in a folded sentence: `said` as it is, `sentence` with days and sums marked (`day_and_sum_marks.marked`)."""
    certain = {intent for intent, is_meant in _CERTAIN.items() if is_meant(said)}
    ruled_out = {intent for intent, is_denied in _DENIED.items() if is_denied(said)}
    if is_not_paid(said, sentence):
        ruled_out.add(Intent.PAID)
    if Intent.FEES in certain:
        ruled_out.add(Intent.PROMISE)  # 'what if I pay 500 today' promises nothing
    certain -= ruled_out
    if Intent.RESUME in certain:
        certain.discard(Intent.STOP)
    if Intent.PERSON in certain and sends_bot_away(said):
        certain.discard(Intent.STOP)
        ruled_out.add(Intent.STOP)  # they want somebody else to talk to, not silence
    if Intent.HARDSHIP in certain:
        certain.discard(Intent.WRONG)  # 'my wife died' tells of a hard time, 'she died' of somebody else
    return Cues(frozenset(certain), frozenset(ruled_out))


_CERTAIN = {
    Intent.DISTRESS: is_distress,
    Intent.STOP: is_stop,
    Intent.RESUME: is_again,
    Intent.HARDSHIP: is_hardship,
    Intent.WRONG: is_wrong_person,
    Intent.PERSON: is_person_asked,
    Intent.FEES: supposes_payment,
}
_DENIED = {
    Intent.DISTRESS: is_no_distress,
    Intent.STOP: is_no_stop,
    Intent.HARDSHIP: is_no_hardship,
    Intent.DISPUTE: is_all_right,
    Intent.PERSON: is_no_person,
    Intent.PLAN: is_no_plan,
    Intent.PROMISE: is_no_promise,
    Intent.RESUME: is_never_again,
    Intent.WRONG: is_right_person,
}
