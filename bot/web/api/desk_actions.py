"""The operations on a case: the address of each, what it takes, and the one function of the work that does it. The
console uses the same functions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from bot.rules.agreements.agreed_terms import PlanWish
from bot.rules.operations.api_keys import Scope
from bot.web.api.canned_replies import canned_text
from bot.web.api.desk_models import (
    DisputeAnswerAsked,
    DisputeAsked,
    DoneAsked,
    HoldAsked,
    Nothing,
    PlanAsked,
    PromiseAsked,
    SayAsked,
    SnoozeAsked,
    ToAgent,
    Words,
)
from bot.web.problems import Problem
from bot.work.acting_outside import CaseAction, Order
from bot.work.agreements import agreements_outside, disputes_outside
from bot.work.agreements.disputes import key_of
from bot.work.cases import casework_outside
from bot.work.runtime.parts import Parts
from bot.work.topics import messages_outside
from bot.work.topics.message_screening_outside import anyway, look_at_words_in_case
from storage.cases.agents import Agent


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: by which agent (None: by none, with the scope admin), about which case, and when."""

    parts: Parts
    agent: Agent | None
    case_id: int
    order: Order
    now: datetime

    @property
    def action(self) -> CaseAction:
        """The first argument of the work's functions."""
        assert self.agent is not None, "only an agent acts on a case"
        return CaseAction(self.parts.db, self.agent, self.case_id, self.now, self.order)


@dataclass(frozen=True, slots=True)
class Action:
    """An operation: its address below `/cases/{case_id}/`, and what does it. `names` are what its body calls a value
    that refusals call otherwise."""

    address: str
    summary: str
    description: str
    do: Callable[[Asked, Any], Awaitable[object]]
    model: type[BaseModel] = Nothing
    example: Mapping[str, Any] = field(default_factory=dict)
    method: str = "POST"
    status: int = 200
    scope: Scope = "desk"
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def operation_id(self) -> str:
        return f"case_{self.address}" + ("_end" if self.method == "DELETE" else "")


# --- What is done ----------------------------------------------------------------------------------------------------


async def _claim(asked: Asked, given: Nothing) -> object:
    return await casework_outside.claim(asked.action)


async def _release(asked: Asked, given: Nothing) -> object:
    return await casework_outside.release(asked.action)


async def _transfer(asked: Asked, given: ToAgent) -> object:
    return await casework_outside.transfer(asked.action, given.agent_id)


async def _assign(asked: Asked, given: ToAgent) -> object:
    return await casework_outside.assign(asked.parts.db, asked.case_id, given.agent_id, asked.now, asked.order)


async def _say(asked: Asked, given: SayAsked) -> object:
    text, action = given.text, asked.action
    if given.ready_reply is not None:
        filled = await canned_text(asked.parts, action.agent, action.case_id, given.ready_reply, action.now)
        if not isinstance(filled, str):
            return filled
        return await messages_outside.say(action, filled)
    assert text is not None, "one of both is given"
    if found := await look_at_words_in_case(action, asked.parts.screening, text):
        if given.anyway is None:
            raise Problem("words-asked", more={"found": [{"kind": one.kind, "said": one.said} for one in found]})
        action = anyway(action, found, given.anyway)
    return await messages_outside.say(action, text)


async def _note(asked: Asked, given: Words) -> object:
    return await messages_outside.note(asked.action, given.text)


async def _promise(asked: Asked, given: PromiseAsked) -> object:
    desk = asked.parts.policies.current.desk
    return await agreements_outside.promise(asked.action, desk, given.amount, given.currency, given.day)


async def _end_promise(asked: Asked, given: Nothing) -> object:
    return await agreements_outside.end_promise(asked.action)


async def _hold(asked: Asked, given: HoldAsked) -> object:
    return await agreements_outside.hold(asked.action, given.days, given.reason)


async def _end_hold(asked: Asked, given: Nothing) -> object:
    return await agreements_outside.end_hold(asked.action)


async def _plan(asked: Asked, given: PlanAsked) -> object:
    wish = PlanWish(
        given.parts,
        tuple(given.amounts or ()),
        given.first_day,
        given.every,
        tuple(given.instalment_ids or ()),
        given.all,
        given.currency,
    )
    return await agreements_outside.plan(asked.action, wish)


async def _end_plan(asked: Asked, given: Nothing) -> object:
    return await agreements_outside.end_plan(asked.action)


async def _dispute(asked: Asked, given: DisputeAsked) -> object:
    desk = asked.parts.policies.current.desk
    named = key_of(given.instalment_id)  # an id of digits alone would be taken for a number in the list
    return await disputes_outside.dispute(asked.action, desk, named)


async def _answer_dispute(asked: Asked, given: DisputeAnswerAsked) -> object:
    named = key_of(given.instalment_id)
    return await disputes_outside.answer(asked.action, named, given.is_wrong, given.reason)


async def _snooze(asked: Asked, given: SnoozeAsked) -> object:
    return await casework_outside.snooze(asked.action, given.until)


async def _end_snooze(asked: Asked, given: Nothing) -> object:
    return await casework_outside.end_snooze(asked.action)


async def _done(asked: Asked, given: DoneAsked) -> object:
    return await casework_outside.close(asked.action, given.outcome)


_TEXT, _TO, _IN_PLAN = (
    {"text": "您好，我是 Mei。需要幫忙嗎？"},
    {"agent_id": 900},
    {"day": "first_day", "amount": "amounts"},
)
ACTIONS = (
    Action("claim", "Claim this case", "If nobody has it. One that is the agent's stays theirs.", _claim),
    Action("release", "Give a case back", "To the queue: an agent only their own, a supervisor any.", _release),
    Action(
        "transfer",
        "Give a case to a colleague",
        "By the agent who has it, or a supervisor. The colleague is told.",
        _transfer,
        ToAgent,
        _TO,
    ),
    Action(
        "assign",
        "Give any open case to an agent",
        "On behalf of no agent, with the scope `admin`. The agent is told.",
        _assign,
        ToAgent,
        _TO,
        scope="admin",
    ),
    Action(
        "say",
        "Write to the customer",
        "In their chat, after telling them who writes: `text`, or a ready reply by its name. The case's topic shows it "
        "as the agent's. A case that nobody has becomes the agent's. What became of it is in `/contacts`. A threat, a "
        "false deadline, or a sum that is not true today is asked about before it leaves (409 `words-asked`).",
        _say,
        SayAsked,
        _TEXT,
        status=202,
    ),
    Action(
        "note", "Leave a note", "Only agents read it, in the case's topic.", _note, Words, {"text": "sounds worried"}
    ),
    Action(
        "promise",
        "Note a promise to pay",
        "The customer will pay so much by that day; the case rests until then, and the customer is told.",
        _promise,
        PromiseAsked,
        {"day": "2026-03-06", "amount": "500.00", "currency": "TWD"},
    ),
    Action("promise", "Take a promise back", "Reminders go on.", _end_promise, method="DELETE"),
    Action(
        "hold",
        "Let reminders rest",
        "For so many days; the case rests too, and the customer is told.",
        _hold,
        HoldAsked,
        {"days": 14, "reason": "in hospital"},
    ),
    Action("hold", "End a hold", "Reminders go on.", _end_hold, method="DELETE"),
    Action(
        "plan",
        "Propose a plan",
        "The customer agrees or declines in their chat; the case rests until they answer. One that does not reach them "
        "is taken back.",
        _plan,
        PlanAsked,
        {"parts": 3, "first_day": "2026-03-09", "every": "month"},
        names=_IN_PLAN,
    ),
    Action("plan", "Take a plan back", "Proposed, asked for or agreed.", _end_plan, method="DELETE"),
    Action(
        "dispute",
        "Note a dispute",
        "The customer says that an instalment is wrong: its reminders rest until somebody has looked into it.",
        _dispute,
        DisputeAsked,
        {"instalment_id": "I1"},
        names={"instalment_ids": "instalment_id"},
    ),
    Action(
        "dispute_answer",
        "Answer a dispute",
        "The instalment is wrong, and rests until the wallet has corrected it; or it is right, and its reminders go "
        "on. The customer reads the reason.",
        _answer_dispute,
        DisputeAnswerAsked,
        {"instalment_id": "I1", "is_wrong": False, "reason": "The contract has this sum."},
    ),
    Action(
        "snooze",
        "Let a case rest",
        "Until then it is not in the queue.",
        _snooze,
        SnoozeAsked,
        {"until": "2026-03-04T02:00:00Z"},
    ),
    Action("snooze", "End a case's rest", "The agent keeps it.", _end_snooze, method="DELETE"),
    Action("done", "Close a case", "With what came of it, as `/done` does.", _done, DoneAsked, {"outcome": "promised"}),
)
