"""Drafts of a policy: what is wrong with one, and what it would send beside the policy in force. Nothing is written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.policies import read_draft
from bot.rules.outlook.forecast import Forecast
from bot.rules.policy.archive import Kept
from bot.rules.policy.differences import Line, differences
from bot.rules.policy.policy import Fault, Policy, PolicyFaulty, find_holes
from bot.work.outlook.forecast import forecast_days, read_book
from bot.work.reminders.channel_setup import channel_names
from bot.work.runtime.parts import Parts
from storage.policy import policy_versions

MOST_VERSIONS, MOST_HOLES = 200, 200
FORECAST_DAYS = 30
FORECAST_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What `policy check` finds in a draft. `policy` is None if there are faults."""

    policy: Policy | None
    faults: tuple[Fault, ...] = ()
    holes: tuple[Fault, ...] = ()


class Beside(NamedTuple):
    """The coming days under the policy in force, and under a draft."""

    now: Forecast
    draft: Forecast


@dataclass(slots=True)
class Workbench:
    """Works on drafts, one forecast at a time."""

    parts: Parts
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _running: set[asyncio.Task[Beside]] = field(default_factory=set)

    async def check(self, text: str) -> Checked:
        """Reads a draft as if it were in the place of the policy in force, with the packs that are there."""
        return await asyncio.to_thread(self._check, text)

    def _check(self, text: str) -> Checked:
        today = self.parts.clock.now().date()
        try:
            policy = read_draft(text, self.parts.settings.policy, self.parts.in_force.configured.source, today)
        except PolicyFaulty as error:
            return Checked(None, error.faults)
        return Checked(policy, (), tuple(find_holes(policy, today)[:MOST_HOLES]))

    async def beside(self, draft: Policy) -> Beside:
        """Raises `TimeoutError` if the two forecasts take longer than `FORECAST_WITHIN_S`, with the time they wait."""
        # SQLite ends a statement that runs before it ends the work; nobody waits for that but the next forecast.
        work = asyncio.create_task(self._beside(draft))
        self._running.add(work)
        work.add_done_callback(self._running.discard)
        try:
            await asyncio.wait({work}, timeout=FORECAST_WITHIN_S)
            if not work.done():
                raise TimeoutError
            return work.result()
        finally:
            work.cancel()

    async def _beside(self, draft: Policy) -> Beside:
        parts, now = self.parts, self.parts.clock.now()
        how = channel_names(parts.settings), parts.settings.send_rate, FORECAST_DAYS, now
        async with self._turn:
            async with parts.db.read() as conn:
                book = await read_book(conn, draft.untightened or draft, now)
                in_force = await read_book(conn, parts.in_force.configured, now)
            return Beside(await forecast_days(parts.db, in_force, *how), await forecast_days(parts.db, book, *how))

    async def versions(self) -> list[Kept]:
        """The newest first."""
        async with self.parts.db.read() as conn:
            return await policy_versions.latest(conn, MOST_VERSIONS)


async def between(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, list[Line]]:
    """By file, what differs; raises `TooLong`."""

    def compared() -> dict[str, list[Line]]:
        names = dict.fromkeys((*before, *after))
        found = {name: differences(before.get(name, ""), after.get(name, "")) for name in names}
        return {name: lines for name, lines in found.items() if lines}

    return await asyncio.to_thread(compared)
