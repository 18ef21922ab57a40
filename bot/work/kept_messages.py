"""A message to a customer about a case, as it is kept until it is sent: with the plan that it proposes, or the call
that it tells of, if it does."""

from __future__ import annotations

import json
from datetime import datetime

from bot.message import Button, Message

BY_BOT = "message"
"""The kind of a relay that is such a message, by the bot itself, about what an agent did outside the topic."""


def kept(message: Message, plan_id: int | None = None, *, call_began_at: datetime | None = None) -> str:
    """Only the text and the buttons are kept: what is said about a case has nothing else. The message that an agent is
    calling is kept without its code, with when the call began."""
    rows = [[[each.label, each.action, each.url] for each in row] for row in message.buttons]
    call = {"call": call_began_at.isoformat()} if call_began_at is not None else {}
    return json.dumps({"text": message.text, "buttons": rows, "plan": plan_id, **call}, ensure_ascii=False)


def message_of(content: str) -> Message:
    known = json.loads(content)
    return Message(known["text"], tuple(tuple(Button(*each) for each in row) for row in known["buttons"]))


def plan_of(content: str) -> int | None:
    """The plan that the message proposes."""
    plan_id: int | None = json.loads(content)["plan"]
    return plan_id


def call_of(content: str) -> datetime | None:
    """When the call began that the message is about."""
    began_at = json.loads(content).get("call")
    return None if began_at is None else datetime.fromisoformat(began_at)
