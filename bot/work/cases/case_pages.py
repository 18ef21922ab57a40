"""What the console shows of one case: its facts as of now, and its talk."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from bot.rules.cases.case_thread import CaseThread, Line
from bot.rules.policy.policy import Policy
from bot.work.cases.case_cards import card_facts
from storage.cases import case_threads, cases
from storage.runtime.engine import Database

MOST_LINES = 150
# The evidence has the same words already; where a topic was named or pinned concerns nobody here.
NOT_SHOWN = ("said", "words", "coming_in")


async def see_case(db: Database, policy: Policy, case_id: int, now: datetime) -> CaseThread | None:
    """The case, whoever has it: agents may read all cases, as in their group. None if there is none."""
    async with db.snapshot() as conn:
        case = await cases.case(conn, case_id)
        if case is None:
            return None
        card = await card_facts(conn, case, now, policy)
        said = await case_threads.said(conn, case.customer_id, MOST_LINES + 1)
        events = await case_threads.happened(conn, case, MOST_LINES + 1)
        coming = await case_threads.on_their_way(conn, case_id)
    shown = [line for line in events if _is_shown(line)]
    lines = sorted([*said, *shown], key=lambda line: line.at)[-MOST_LINES:]
    is_whole = len(said) <= MOST_LINES and len(events) <= MOST_LINES and len(lines) == len(said) + len(shown)
    return CaseThread(card, (*lines, *map(_readable, coming)), is_whole)


def _is_shown(line: Line) -> bool:
    return line.kind not in NOT_SHOWN and line.event is not None and not line.event.housekeeping


def _readable(line: Line) -> Line:
    """What is on its way, with its words only."""
    try:
        kept: object = json.loads(line.body or "{}")
    except ValueError:
        kept = {}
    text = kept.get("text") if isinstance(kept, dict) else None
    return replace(line, kind="agent", body=text if isinstance(text, str) else None)
