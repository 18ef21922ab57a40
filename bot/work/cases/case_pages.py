"""What the console shows of one case: its facts as of now, and its talk."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.channels.telegram_relay import words_of
from bot.rules.agreements.disputes import disputes_of, is_disputed
from bot.rules.cases.case import Case
from bot.rules.cases.case_thread import CaseThread, Line, with_files, with_their_files
from bot.rules.cases.talk_files import TalkFile
from bot.rules.cases.who_may import why_not
from bot.rules.policy.policy import Policy
from bot.work.agreements.disputes import key_of
from bot.work.cases.case_cards import card_facts
from bot.work.kept_messages import BY_BOT, message_of
from storage.agreements import holds
from storage.cases import agents, case_threads, cases
from storage.cases.agents import Agent
from storage.cases.case_threads import ON_ITS_WAY
from storage.runtime.engine import Database
from storage.topics import talk_files

MOST_LINES, MOST_FILES = 150, 100
# The evidence has the same words already; where a topic was named or pinned concerns nobody here.
NOT_SHOWN = ("said", "file_said", "words", "coming_in")


async def see_case(db: Database, policy: Policy, case_id: int, now: datetime) -> CaseThread | None:
    """The case, also if somebody else has it: agents may read all cases, as in their group. None if there is none."""
    async with db.snapshot() as conn:
        case = await cases.case(conn, case_id)
        if case is None:
            return None
        card = await card_facts(conn, case, now, policy)
        said = await case_threads.said(conn, case.customer_id, MOST_LINES + 1)
        events = await case_threads.happened(conn, case, MOST_LINES + 1)
        coming = await case_threads.on_their_way(conn, case_id)
        files = await talk_files.of_customer(conn, case.customer_id, MOST_FILES)
        disputes = disputes_of(await holds.in_force(conn, case.customer_id))
    shown = [line for line in events if _is_shown(line)]
    lines = sorted([*reversed(said), *reversed(shown)], key=lambda line: line.at)
    is_whole = max(len(said), len(events), len(lines)) <= MOST_LINES
    lines = lines[-MOST_LINES:]
    since = lines[0].at if lines and not is_whole else None
    arrived = [file for file in files if file.state not in ON_ITS_WAY and (since is None or file.at >= since)]
    owed = [(key_of(one.instalment_id), one) for one in card.facts.unsettled]
    return CaseThread(
        card,
        (*with_files(lines, arrived), *with_their_files(map(_readable, coming), files)),
        is_whole,
        disputed=tuple((key, one) for key, one in owed if one.instalment_id in disputes),
        disputable=tuple((key, one) for key, one in owed if not is_disputed(one, disputes)),
    )


async def file_of_case(db: Database, case: Case, talk_file_id: int) -> TalkFile | None:
    """One of the files in the talk of this case's customer."""
    async with db.read() as conn:
        return await talk_files.of_number(conn, case.customer_id, talk_file_id)


async def colleagues(db: Database, case: Case) -> list[Agent]:
    """Who could have this case instead: all agents who are there, except the one who has it."""
    async with db.read() as conn:
        listed = await agents.list_agents(conn)
    return [agent for agent in listed if agent.away_since is None and agent.telegram_id != case.owner_id]


def may_act(case: Case, agent: Agent) -> bool:
    """Whether this agent may act on the case as it is: take it by what they do, or because they have it."""
    return why_not(case, agent) is None


def _is_shown(line: Line) -> bool:
    return line.kind not in NOT_SHOWN and line.event is not None and not line.event.housekeeping


def _readable(line: Line) -> Line:
    """What is on its way, with its words only."""
    kept = line.body or ""
    if line.kind == BY_BOT:
        return replace(line, kind="agent", body=message_of(kept).plain())
    return replace(line, kind="agent", body=words_of(line.kind, kept) if kept else None)
