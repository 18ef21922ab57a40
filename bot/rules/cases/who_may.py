"""Who may act on a case: its owner or a supervisor; on a case without an owner, any agent on duty.

The same holds for all that agents do. Two agents at once, and how the case changes, are not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.rules.cases.case import Case

Reason = Literal["closed", "away", "not_yours", "full", "unfit"]
"""full: who acts has as many cases as they may take; unfit: it is about a product or segment that is not theirs."""
Waiting = Literal["taken", "left", "refused"]
"""What becomes of a case that nobody has: it is `taken` by what is done in it, which is not for agents who are away;
it is `left` with nobody; or acting on it is `refused` to all but supervisors."""


SUPERVISOR = "supervisor"  # the role of who decides about everybody's cases


class Acts(Protocol):
    """An agent, with the attributes needed here."""

    @property
    def telegram_id(self) -> int: ...
    @property
    def is_supervisor(self) -> bool: ...
    @property
    def away_since(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class MayNot:
    """Why an agent may not act on a case. `owner_name` is its owner's, empty if it has none; `most` is how many cases
    they may take, where that is the reason."""

    reason: Reason
    owner_name: str = ""
    most: int = 0


def is_theirs(case: Case, agent: Acts) -> bool:
    """Whether this agent decides about the case: its owner, or a supervisor."""
    return case.owner_id == agent.telegram_id or agent.is_supervisor


def why_not(case: Case, agent: Acts, waiting: Waiting = "taken") -> MayNot | None:
    """Why this agent may not act on the case as it is now; None if they may."""
    if not case.is_open:
        return MayNot("closed")
    if case.owner_id is None and waiting == "taken":
        return None if agent.away_since is None else MayNot("away")
    if is_theirs(case, agent) or (case.owner_id is None and waiting == "left"):
        return None
    return MayNot("not_yours", case.owner_name or "")
