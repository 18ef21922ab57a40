"""What a customer's own history has: each message and call to them, each answer of theirs, and what was agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeVar

from bot.rules.facts.money import Money

Kind = Literal["reminder", "receipt", "survey", "message", "call", "answer", "promise", "plan", "dispute"]

A_PAGE = 6  # records on a page of the chat


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened at `at`.

    `way` is the channel, or phone. `state` is, for what we sent, accepted, refused (with the `reason`), attempted (it
    is not known whether it arrived) or not_sent; for a call its result; for an answer what it was (word, press,
    command …); for an agreement set, kept, broken, or another reason why it ended. `text` is what was written, or the
    data of a button. `until` and `amount` are those of an agreement; no amount is everything owed.
    """

    at: datetime
    kind: Kind
    state: str
    way: str = ""
    reason: str = ""
    text: str = ""
    until: date | None = None
    amount: Money | None = None


T = TypeVar("T")


def page_of(records: Sequence[T], number: int) -> tuple[Sequence[T], int, int]:
    """The records of a page, newest first, its number and how many pages there are. Pages are counted from 1, the
    newest; a number beyond the last means the last."""
    pages = max(1, -(-len(records) // A_PAGE))
    number = max(1, min(number, pages))
    newest_first = list(reversed(records))
    return newest_first[(number - 1) * A_PAGE : number * A_PAGE], number, pages
