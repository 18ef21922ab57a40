"""What came of a case, as the agent says who closes it: its disposition."""

from __future__ import annotations

from typing import Literal

CaseOutcome = Literal["paid", "promised", "plan", "dispute", "hardship", "unreachable", "wrong_person", "other"]

# Those that `/done` accepts, in the order in which agents are shown them.
OUTCOMES: tuple[CaseOutcome, ...] = (
    "paid",
    "promised",
    "plan",
    "dispute",
    "hardship",
    "unreachable",
    "wrong_person",
    "other",
)
