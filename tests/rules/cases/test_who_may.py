"""Who may act on a case, in each of its states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bot.rules.cases.case import Case
from bot.rules.cases.who_may import MayNot, Waiting, why_not

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WAITS = Case(1, "C1", "overdue", "waiting", NOW)
MEIS = Case(1, "C1", "overdue", "claimed", NOW, owner_id=1, owner_name="Mei")
CLOSED = Case(1, "C1", "overdue", "closed", NOW, owner_id=1, owner_name="Mei")


@dataclass(frozen=True)
class Agent:
    telegram_id: int
    is_supervisor: bool = False
    away_since: datetime | None = None


MEI, BOB, SUE = Agent(1), Agent(2), Agent(3, is_supervisor=True)
AWAY, SUE_AWAY = Agent(2, away_since=NOW), Agent(3, True, NOW)


@pytest.mark.parametrize("waiting", ["taken", "left", "refused"])
@pytest.mark.parametrize(
    ("case", "agent", "why"),
    [
        (MEIS, MEI, None),
        (MEIS, Agent(1, away_since=NOW), None),
        (MEIS, SUE, None),
        (MEIS, SUE_AWAY, None),
        (MEIS, BOB, MayNot("not_yours", "Mei")),
        (MEIS, AWAY, MayNot("not_yours", "Mei")),
        (CLOSED, MEI, MayNot("closed")),
        (CLOSED, SUE, MayNot("closed")),
    ],
)
def test_a_case_that_somebody_has_is_theirs_or_a_supervisors(
    case: Case, agent: Agent, why: MayNot | None, waiting: Waiting
) -> None:
    assert why_not(case, agent, waiting) == why


@pytest.mark.parametrize(
    ("waiting", "agent", "why"),
    [
        ("taken", BOB, None),
        ("taken", AWAY, MayNot("away")),
        ("taken", SUE_AWAY, MayNot("away")),
        ("left", BOB, None),
        ("left", AWAY, None),
        ("refused", BOB, MayNot("not_yours")),
        ("refused", SUE, None),
    ],
)
def test_a_case_that_waits_is_anybodys_by_what_becomes_of_it(
    waiting: Waiting, agent: Agent, why: MayNot | None
) -> None:
    assert why_not(WAITS, agent, waiting) == why


def test_where_nothing_else_is_said_a_case_is_taken_by_what_is_done_in_it() -> None:
    assert why_not(WAITS, BOB) is None
    assert why_not(WAITS, AWAY) == MayNot("away")
