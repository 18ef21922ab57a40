"""Duty: an agent's shifts and absences, as they or a supervisor give them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.cases.absences import Absence, NoAbsence, read_absence
from bot.rules.cases.shifts import NoShifts, kept_shifts, read_shifts
from bot.rules.customers.text_parsing import is_taken_back
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.rosters import Shifts
from bot.rules.policy.sending_hours import Window, beginning, local_day, zones
from bot.work.cases.assignment import named
from storage.cases import absences, agents, assignment
from storage.cases.agents import Agent
from storage.operations import operation_events
from storage.runtime import update_idempotency
from storage.runtime.engine import Connection, Database

DUTY_SET = "duty set"  # what an update does once


@dataclass(frozen=True, slots=True)
class OnDuty:
    """An agent's shifts (None: whenever the desk is open), their absences, as days of the desk's calendar, and how many
    cases they have while they are away."""

    agent_id: int
    name: str
    shifts: Shifts | None
    absences: tuple[Absence, ...]
    held: int = 0


@dataclass(frozen=True, slots=True)
class WhoseDuty:
    """It is not clear whose duty is meant: no agent has this name, or several have (`names`). Or it is a colleague's,
    and only supervisors may change that (`names` is empty)."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AwayThen:
    """They are absent on some of these days already."""

    name: str
    then: Absence


async def set_shifts(
    db: Database, by: Agent, text: str, desk: Desk, now: datetime, *, whose: Agent | None = None
) -> OnDuty | NoShifts | WhoseDuty:
    """Sets shifts from a command's words, or shows them if there are none; `off` takes them back. They are those of
    `whose`, and an operator sets them; without it, a colleague's name may come before them."""
    async with db.write() as conn:
        theirs = isinstance(read_shifts(text), Shifts)
        meant = (whose, text) if whose else await whose_is_meant(conn, by, text, theirs=theirs)
        if isinstance(meant, WhoseDuty):
            return meant
        agent, rest = meant
        if not rest or await update_idempotency.result_of(conn, DUTY_SET) is not None:
            return await _on_duty(conn, agent, desk, now)
        read = None if is_taken_back(rest) else read_shifts(rest)
        if isinstance(read, NoShifts):
            return read
        await absences.set_shifts(conn, agent.telegram_id, str(read or ""))
        await update_idempotency.keep(conn, DUTY_SET)
        actor_id = None if whose else by.telegram_id
        await operation_events.note(conn, "shifts_set", agent.name, now, detail=str(read or ""), actor_id=actor_id)
        return await _on_duty(conn, agent, desk, now)


async def set_absence(
    db: Database, by: Agent, text: str, desk: Desk, now: datetime, *, whose: Agent | None = None
) -> OnDuty | NoAbsence | WhoseDuty | AwayThen:
    """Adds an absence from a command's words; `off` takes back those that have not begun. It is that of `whose`, and an
    operator enters it; without it, a colleague's name may come before the days. An absence from today on begins now."""
    async with db.write() as conn:
        today, actor_id = local_day(desk.time_zone, now), None if whose else by.telegram_id
        theirs = read_absence(text, today) != NoAbsence("unreadable")
        meant = (whose, text) if whose else await whose_is_meant(conn, by, text, theirs=theirs)
        if isinstance(meant, WhoseDuty):
            return meant
        agent, rest = meant
        if await update_idempotency.result_of(conn, DUTY_SET) is not None:
            return await _on_duty(conn, agent, desk, now)
        if is_taken_back(rest):
            await _drop_coming(conn, agent, actor_id, now)
            return await _on_duty(conn, agent, desk, now)
        read = read_absence(rest, today)
        if isinstance(read, NoAbsence):
            return read
        for known in await absences.of_agent(conn, agent.telegram_id, now):
            if (then := _days(known, desk)).first <= read.last and read.first <= then.last:
                return AwayThen(agent.name, then)
        starts = max(now, beginning(desk.time_zone, read.first))
        await absences.add(
            conn, agent.telegram_id, Window(starts, beginning(desk.time_zone, read.last + timedelta(days=1)))
        )
        await absences.begin_and_end(conn, now)
        await update_idempotency.keep(conn, DUTY_SET)
        days = f"{read.first} – {read.last}" if read.first != read.last else str(read.first)
        await operation_events.note(conn, "absence_set", agent.name, now, detail=days, actor_id=actor_id)
        return await _on_duty(conn, agent, desk, now)


async def take_back(db: Database, by: Agent, agent_id: int, now: datetime) -> bool:
    """Takes back absences that have not begun; False for a colleague's, which is for supervisors."""
    if agent_id != by.telegram_id and not by.is_supervisor:
        return False
    async with db.write() as conn:
        if (agent := await agents.agent(conn, agent_id)) is not None:
            await _drop_coming(conn, agent, by.telegram_id, now)
    return True


async def _drop_coming(conn: Connection, agent: Agent, actor_id: int | None, now: datetime) -> None:
    if await absences.drop(conn, agent.telegram_id, to_come=True):
        await operation_events.note(conn, "absences_dropped", agent.name, now, actor_id=actor_id)


async def _on_duty(conn: Connection, agent: Agent, desk: Desk, now: datetime) -> OnDuty:
    as_kept = await agents.agent(conn, agent.telegram_id) or agent
    coming = await absences_of(conn, agent.telegram_id, desk, now)
    held = 0 if as_kept.away_since is None else await assignment.held_by(conn, agent.telegram_id)
    return OnDuty(agent.telegram_id, as_kept.name, kept_shifts(as_kept.shifts), coming, held)


async def absences_of(conn: Connection, agent_id: int, desk: Desk, now: datetime) -> tuple[Absence, ...]:
    """When they are or will be absent, as days of the desk's calendar."""
    return tuple(_days(each, desk) for each in await absences.of_agent(conn, agent_id, now))


async def whose_is_meant(conn: Connection, by: Agent, text: str, *, theirs: bool) -> tuple[Agent, str] | WhoseDuty:
    """Whose duty is meant, and the words after the name: the agent's own, unless the words begin with the name of one
    other agent. `theirs`: the words can be read without a name, so that “fri” is a day and not Frida."""
    if theirs:
        return by, text
    known = await agents.list_agents(conn)
    words = text.split()
    for n in range(len(words), 0, -1):
        found = named(known, " ".join(words[:n]))
        if not found:
            continue
        if len(found) > 1:
            return WhoseDuty(tuple(agent.name for agent in found))
        if found[0].telegram_id != by.telegram_id and not by.is_supervisor:
            return WhoseDuty()
        return found[0], " ".join(words[n:])
    return by, text


def _days(absence: Window, desk: Desk) -> Absence:
    zone = zones(desk.time_zone)[0]
    last = absence.closes.astimezone(zone) - timedelta(microseconds=1)
    return Absence(absence.opens.astimezone(zone).date(), last.date())
