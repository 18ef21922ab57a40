"""The state of the program for those who look after it: its troubles, channels, keys and hooks, without secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.rules.operations.api_keys import SCOPES
from bot.rules.operations.hook_addresses import where_to
from bot.rules.operations.program_state import ChannelUse, HookUse, KeyUse, ProgramState
from bot.work.operations.api_keys import OF_SETTINGS
from bot.work.operations.health_checks import examine_here
from bot.work.operations.hooks import Listed, list_hooks
from bot.work.operations.monitoring import LOOK_AGAIN_AFTER, Watch
from bot.work.operations.readiness import readiness
from bot.work.reminders.channel_setup import channel_names
from bot.work.runtime.parts import Parts
from storage.cases import agents
from storage.operations import api_keys, health_queries
from storage.operations.api_keys import ApiKey
from storage.operations.health_queries import Attempts

LATELY = timedelta(days=1)
TROUBLES = "watch"  # the findings that are troubles: they are known without the doctor


class Lookout:
    """Looks at the program's state when asked, but at most once a minute: a page that is open asks again and again."""

    def __init__(self, parts: Parts, watch: Watch) -> None:
        self._parts, self._watch = parts, watch
        self._turn = asyncio.Lock()
        self._seen: tuple[ProgramState, datetime] | None = None

    async def state(self) -> ProgramState:
        async with self._turn:
            now = self._parts.clock.now()
            if self._seen is None or abs(now - self._seen[1]) >= LOOK_AGAIN_AFTER:
                self._seen = await self._look(now), now
            return self._seen[0]

    def look_again(self) -> None:
        """The next look is a new one: something was changed."""
        self._seen = None

    async def _look(self, now: datetime) -> ProgramState:
        db, settings = self._parts.db, self._parts.settings
        ready = await readiness(db, self._watch, now)
        findings = await examine_here(settings, db, self._parts.clock)
        hooks = await list_hooks(db, now)
        async with db.read() as conn:
            tried = await health_queries.attempts(conn, now - LATELY)
            dead = await health_queries.dead_addresses(conn)
            keys, people = await api_keys.list_keys(conn), await agents.list_agents(conn)
        names = {agent.telegram_id: agent.name for agent in people}
        of_settings = [KeyUse(OF_SETTINGS, tuple(SCOPES))] if settings.api_key else []
        return ProgramState(
            faults=ready.faults,
            troubles=ready.troubles,
            findings=tuple((f.what, f.ok, f.words, f.mend) for f in findings if not f.ok and f.what != TROUBLES),
            checked=len(findings),
            channels=tuple(_channel(name, tried, dead) for name in channel_names(settings)),
            keys=(*of_settings, *(_key(key, names) for key in keys)),
            hooks=tuple(_hook(each) for each in hooks),
        )


def _channel(name: str, tried: Sequence[Attempts], dead: Sequence[tuple[str, str, int]]) -> ChannelUse:
    refused = {a.reason: a.count for a in tried if a.channel == name and a.reason is not None}
    return ChannelUse(
        name,
        accepted=sum(a.count for a in tried if a.channel == name and a.reason is None),
        refused=tuple(sorted(refused.items(), key=lambda each: (-each[1], each[0]))),
        dead=tuple((reason, count) for channel, reason, count in dead if channel == name),
    )


def _key(key: ApiKey, names: dict[int, str]) -> KeyUse:
    agent = names.get(key.agent_id, "") if key.agent_id is not None else ""
    return KeyUse(key.name, key.scopes, key.made_at, key.last_used_at, agent)


def _hook(listed: Listed) -> HookUse:
    hook, behind = listed.hook, listed.backlog
    return HookUse(
        hook.hook_id,
        where_to(hook.url),
        tuple(hook.events.split(",")),
        hook.delivered_at,
        hook.ended_at,
        behind.waiting,
        behind.waits_since,
        behind.parked,
        behind.reason or "",
    )
