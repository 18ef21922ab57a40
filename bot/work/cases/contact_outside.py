"""What an agent does about a customer's phone from outside the case's topic: sees number and address, says in the
customer's chat that they call, and writes down what came of a call. The rules are those of `/reveal`, `/calling` and
`/call`, and the topic is told who did it, never the number."""

from __future__ import annotations

import secrets

from bot.rules.cases import case_events as events
from bot.rules.cases.call_limits import Result
from bot.rules.cases.contact_disclosure import CallReport
from bot.work.acting_outside import CaseAction, acting_outside, refusals_are_values, tell_topic
from bot.work.cases.contact_disclosure import Called, Revealed, TooOften, note_call, show_contact
from bot.work.policy.policies import PolicyBook


@refusals_are_values
async def reveal(action: CaseAction, book: PolicyBook, what_for: str) -> Revealed | TooOften:
    """Shows the agent how the customer can be reached; the history says so before they see it."""
    async with acting_outside(action, waiting="refused") as act:
        found = await show_contact(act, book, what_for)
        if isinstance(found, Revealed):
            await tell_topic(act, events.Revealed)
    return found


@refusals_are_values
async def call(action: CaseAction, book: PolicyBook, result: Result, note: str) -> Called:
    """Writes down a call and what came of it. If it broke a rule, all supervisors are told in private."""
    async with acting_outside(action, waiting="refused") as act:
        done = await note_call(act, book, CallReport(result, note, f"outside {secrets.token_hex(8)}"))
        await tell_topic(act, events.Called)
    return done
