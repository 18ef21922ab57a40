"""What an agent does about a dispute from outside the case's topic: notes for the customer that an instalment is wrong,
and answers. The rules are those of `/dispute`, and the customer reads the same words."""

from __future__ import annotations

from bot.rules.agreements.agreed_terms import MOST_REASON_CHARS, DisputeAnswer, NotAgreed
from bot.rules.cases import case_events_agreements as events
from bot.rules.policy.desk_terms import Desk
from bot.views.agreements import customer_agreements
from bot.work.acting import Refusal
from bot.work.acting_outside import CaseAction, acting_outside, refusals_are_values, tell_customer, tell_topic
from bot.work.agreements.dispute_answers import Answered, make_answer
from bot.work.agreements.disputes import Disputed, note_dispute
from locales import translator


@refusals_are_values
async def dispute(action: CaseAction, desk: Desk, instalment_id: str) -> Disputed:
    """Notes for the customer that this instalment is wrong: its reminders rest until it was looked into."""
    async with acting_outside(action) as act:
        done = await note_dispute(act, desk, instalment_id)
        assert done.instalment is not None and done.until is not None, "it was noted"
        await tell_topic(act, events.DisputeNoted)
        theirs = translator(done.language)
        about = (done.instalment, done.today, done.until)
        await tell_customer(act, customer_agreements.dispute_noted(theirs, act.agent.name, *about))
    return done


@refusals_are_values
async def answer(action: CaseAction, instalment_id: str, is_wrong: bool, reason: str) -> Answered:
    """Answers a dispute: the instalment is wrong, and rests until the wallet has corrected it; or it is right, and its
    reminders go on. The customer reads the reason."""
    why = " ".join(reason.split())[:MOST_REASON_CHARS]
    async with acting_outside(action) as act:
        if not why:
            raise Refusal(NotAgreed("no_reason"))
        done = await make_answer(act, DisputeAnswer(is_wrong, instalment_id, why))
        await tell_topic(act, events.DisputeAnswered)
        theirs, about = translator(done.language), (done.instalment, done.today)
        words = (
            customer_agreements.dispute_accepted(theirs, act.agent.name, *about, done.reason, done.until)
            if done.is_wrong
            else customer_agreements.dispute_rejected(theirs, act.agent.name, *about, done.reason)
        )
        await tell_customer(act, words)
    return done
