"""The messages that a step of the ladder can send. A kind of message is registered here, in one line.

`bot.views.reminders.reminder` has its text, `bot.views.policy.policy` its name.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageKind:
    """`true_from` and `true_until` are the days past due on which its text is true, both included."""

    name: str
    true_from: int
    true_until: int

    def is_true_on(self, day: int) -> bool:
        return self.true_from <= day <= self.true_until


LONGEST = 3650

MESSAGES = (
    MessageKind("upcoming", -366, -1),
    MessageKind("due_today", 0, 0),
    MessageKind("overdue", 1, LONGEST),
    MessageKind("overdue_again", 1, LONGEST),
)
BY_NAME = {message.name: message for message in MESSAGES}
ALIASES = {"due": "due_today"}
