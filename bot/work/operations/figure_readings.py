"""Figures for pages that several people look at, which ask again whenever something changes: each is read once a minute
at most, one after the other, however many ask."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.clock import Clock
from bot.rules.operations.figures import FieldFigures, Part
from bot.rules.operations.periods import By, Period
from bot.rules.outlook.forecast import Forecast
from bot.work.operations.figures import read_figures, usual_period
from bot.work.outlook.forecast import forecast_days, read_book
from bot.work.reminders.channel_setup import channel_names
from bot.work.runtime.parts import Parts

T = TypeVar("T")

GOOD_FOR = timedelta(minutes=1)
MOST_KEPT = 12
READ_WITHIN_S = 20.0  # less than an answer may take; what takes longer is read on, for those who ask next
FORECAST_DAYS = 30


class FigureReadings:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        turn = asyncio.Lock()
        self._figures = _Kept[FieldFigures](parts.clock, turn)
        self._forecast = _Kept[Forecast](parts.clock, turn)

    async def figures(self, days: int, by: By, which: Collection[Part]) -> FieldFigures:
        """Of the last `days`, as `read_figures`. Raises `TimeoutError` if that takes longer than `READ_WITHIN_S`."""
        parts = self._parts

        async def read() -> FieldFigures:
            policy, now = parts.policies.current, parts.clock.now()
            last = usual_period(policy, now).last
            return await read_figures(parts.db, policy, Period(last - timedelta(days=days - 1), last), now, by, which)

        return await self._figures.get((days, by, *sorted(which)), read)

    async def forecast(self) -> Forecast:
        """Of the next `FORECAST_DAYS`. Raises `TimeoutError` as `figures` does."""
        parts = self._parts

        async def read() -> Forecast:
            now, settings = parts.clock.now(), parts.settings
            async with parts.db.read() as conn:
                book = await read_book(conn, parts.in_force.configured, now)
            return await forecast_days(parts.db, book, channel_names(settings), settings.send_rate, FORECAST_DAYS, now)

        return await self._forecast.get((), read)


@dataclass(frozen=True, slots=True)
class _Reading(Generic[T]):
    at: datetime
    task: asyncio.Task[T]


class _Kept(Generic[T]):
    """What was read, by what was asked; one reading at a time in a `turn`."""

    def __init__(self, clock: Clock, turn: asyncio.Lock) -> None:
        self._clock, self._turn = clock, turn
        self._kept: dict[tuple[object, ...], _Reading[T]] = {}

    async def get(self, key: tuple[object, ...], read: Callable[[], Awaitable[T]]) -> T:
        now = self._clock.now()
        kept = self._kept.get(key)
        if kept is None or (kept.task.done() and not timedelta() <= now - kept.at < GOOD_FOR):
            kept = self._kept[key] = _Reading(now, asyncio.create_task(self._in_turn(read)))
            self._forget_the_oldest()
        await asyncio.wait({kept.task}, timeout=READ_WITHIN_S)
        if not kept.task.done():
            raise TimeoutError
        if kept.task.cancelled() or kept.task.exception() is not None:
            self._kept.pop(key, None)  # it is tried again when somebody asks again
        return kept.task.result()

    async def _in_turn(self, read: Callable[[], Awaitable[T]]) -> T:
        async with self._turn:
            return await read()

    def _forget_the_oldest(self) -> None:
        done = [key for key, kept in self._kept.items() if kept.task.done()]
        for key in done[: max(0, len(self._kept) - MOST_KEPT)]:
            del self._kept[key]
