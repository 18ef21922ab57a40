"""Alerts: tells the supervisors, each in their language, about the troubles that `monitoring` found, and when all is
well again.

What was told is in the database, so a restart repeats nothing. It is written after a message was accepted: a kill in
between tells twice rather than never. A trouble that nobody could be told about is kept with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.channels import Accepted, Refused
from bot.channels.telegram import Priority, TelegramChannel
from bot.message import Message
from bot.rules.operations.troubles import Kind, Trouble, TroubleKey
from bot.views.operations import alerts as views
from bot.work.cases.case_cards import agent_language
from locales import translator
from storage.cases.agents import Agent, list_agents
from storage.operations import alerts
from storage.operations.alerts import AlertState
from storage.runtime.engine import Database
from storage.runtime.heartbeats import beat
from storage.runtime.write_retry import persist

log = structlog.get_logger()

PAUSE = timedelta(minutes=10)  # between any two messages
AGAIN_AFTER = timedelta(hours=6)
# A trouble that passes alone, or has weeks of time, is not repeated four times a day.
AGAIN_AFTER_OF: dict[Kind, timedelta] = {
    "pack_expires": timedelta(days=7),
    "prune_late": timedelta(days=7),
    "updates_failed": timedelta(days=1),
    "overlooked": timedelta(days=1),
    "reveals_many": timedelta(days=1),
    "notices_refused": timedelta(days=1),
    "forgotten_overdue": timedelta(days=1),
}
# What the next round repairs is not a trouble yet: a restarted program catches up, and the guard opens missing cases.
STANDS_FOR: dict[Kind, timedelta] = {"no_round": timedelta(minutes=1), "silent": timedelta(minutes=2)}
FIRST_ROUND_WITHIN = timedelta(minutes=5)  # after the program's start


@dataclass(slots=True)
class _State:
    """What is remembered between two rounds: since when each trouble lasts, when it was told, and the earliest time of
    the next message. `alarmed` means that supervisors were told that something is wrong."""

    since: dict[TroubleKey, datetime]
    told: dict[TroubleKey, datetime]
    not_before: datetime | None
    alarmed: bool
    unheard: str

    @classmethod
    def of(cls, kept: AlertState) -> _State:
        return cls(dict(kept.since), dict(kept.told), kept.not_before, kept.alarmed, kept.unheard)

    def kept(self) -> AlertState:
        return AlertState(self.since, self.told, self.not_before, self.alarmed, self.unheard)


async def alarm(db: Database, channel: TelegramChannel, troubles: Sequence[Trouble], now: datetime) -> bool:
    """Tells the supervisors about new troubles and about those that last, or that all is well again; returns whether a
    message was accepted. Call it about once a minute."""
    kept = await persist(lambda: _read(db))
    state = _State.of(kept)
    lasting = _lasting(state, [t for t in troubles if not _is_of_this_watch(t)], now)
    heard = False
    if state.not_before is None or now >= state.not_before:
        if any(_is_due(state, trouble, now) for trouble in lasting):
            heard = await _tell(channel, await persist(lambda: _supervisors(db)), lasting, state, now)
        elif state.alarmed and not state.since:
            heard = await _tell(channel, await persist(lambda: _supervisors(db)), (), state, now)
    if not lasting:
        state.unheard = ""
    await persist(lambda: _write(db, None if state.kept() == kept else state.kept(), now))
    return heard


async def _read(db: Database) -> AlertState:
    async with db.read() as conn:
        return await alerts.read(conn)


async def _supervisors(db: Database) -> list[Agent]:
    async with db.read() as conn:
        return [agent for agent in await list_agents(conn) if agent.is_supervisor]


async def _write(db: Database, changed: AlertState | None, now: datetime) -> None:
    async with db.write() as conn:
        if changed is not None:
            await alerts.write(conn, changed, now)
        await beat(conn, "watch", now)


def _lasting(state: _State, troubles: Sequence[Trouble], now: datetime) -> list[Trouble]:
    """The troubles that have lasted long enough to be told. Remembers since when each lasts."""
    state.since = {t.key: min(now, state.since.get(t.key, now)) for t in troubles}
    if state.not_before is not None and state.not_before - now > PAUSE:
        state.not_before = None  # written while the clock was ahead
    longest = max(AGAIN_AFTER, *AGAIN_AFTER_OF.values())
    state.told = {key: min(now, at) for key, at in state.told.items() if now - at < longest}
    return [t for t in troubles if now - state.since[t.key] >= _patience(t)]


def _is_of_this_watch(trouble: Trouble) -> bool:
    """Whether the trouble is about these alerts themselves: this very round may end it."""
    return trouble.kind == "alarm_unheard" or (trouble.kind == "no_round" and trouble.subject == "watch")


def _patience(trouble: Trouble) -> timedelta:
    if trouble.kind == "no_round" and trouble.at is None:
        return FIRST_ROUND_WITHIN
    return STANDS_FOR.get(trouble.kind, timedelta())


def _is_due(state: _State, trouble: Trouble, now: datetime) -> bool:
    told_at = state.told.get(trouble.key)
    return told_at is None or now - told_at >= AGAIN_AFTER_OF.get(trouble.kind, AGAIN_AFTER)


async def _tell(
    channel: TelegramChannel,
    supervisors: Sequence[Agent],
    troubles: Sequence[Trouble],
    state: _State,
    now: datetime,
) -> bool:
    """Tells every supervisor, and keeps the outcome. Without troubles: that all is well again."""
    refused: list[Refused] = []
    heard = False
    for supervisor in supervisors:
        outcome = await channel.deliver(
            str(supervisor.telegram_id), _message(supervisor, troubles), priority=Priority.DESK
        )
        heard = heard or isinstance(outcome, Accepted)
        refused += [outcome] if isinstance(outcome, Refused) else []
    if heard:
        state.not_before, state.alarmed, state.unheard = now + PAUSE, bool(troubles), ""
        state.told = {**state.told, **{t.key: now for t in troubles}} if troubles else {}
    else:
        # A supervisor who blocked the bot has it blocked in a minute too; after a network error the next round tries
        # again.
        state.not_before = now + PAUSE if all(r.for_good for r in refused) else None
        state.unheard = refused[-1].reason if refused else "no_supervisor"
        log.warning("no supervisor could be told", reason=state.unheard, troubles=[t.kind for t in troubles])
    return heard


def _message(supervisor: Agent, troubles: Sequence[Trouble]) -> Message:
    t = translator(agent_language([supervisor]))
    return views.troubles(t, troubles) if troubles else views.all_well(t)
