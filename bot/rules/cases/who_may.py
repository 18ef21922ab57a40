"""Who may act on a case: its owner or a supervisor, and on one that nobody has, whoever is there.

The same for all that agents do. Two agents at once, and what a case becomes by it, are not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.rules.cases.case import Case

Reason = Literal["closed", "away", "not_yours"]
Waiting = Literal["taken", "left", "refused"]
"""What becomes of a case that nobody has: it is `taken` by what is done in it, which is not for agents who are away;
it is `left` with nobody; or acting on it is `refused` to all but supervisors."""


class Acts(Protocol):
    """An agent, as far as it matters here."""

    @property
    def telegram_id(self) -> int: ...
    @property
    def role(self) -> str: ...
    @property
    def away_since(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class MayNot:
    """Why an agent may not act on a case. `owner_name` is who has it, empty where nobody has."""

    reason: Reason
    owner_name: str = ""


def is_theirs(case: Case, agent: Acts) -> bool:
    """Whether it is for this agent to say what becomes of the case: its owner, or a supervisor."""
    return case.owner_id == agent.telegram_id or agent.role == "supervisor"


def why_not(case: Case, agent: Acts, waiting: Waiting = "taken") -> MayNot | None:
    """Why this agent may not act on the case as it is now; None where they may."""
    if case.state == "closed":
        return MayNot("closed")
    if case.owner_id is None and waiting == "taken":
        return None if agent.away_since is None else MayNot("away")
    if is_theirs(case, agent) or (case.owner_id is None and waiting == "left"):
        return None
    return MayNot("not_yours", case.owner_name or "")
