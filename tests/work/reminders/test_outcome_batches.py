"""Outcomes of about the same time are stored in one transaction; nothing is lost or delayed by others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from bot.rules.runtime.retries import Retries
from bot.work.reminders.outcome_batches import Recorder

HOURS = 3600.0


class Book:
    """What was written, group by group; an item that is `bad` makes its whole group fail."""

    def __init__(self, bad: str = "") -> None:
        self.groups: list[list[str]] = []
        self.bad = bad
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def write(self, items: Sequence[str]) -> None:
        self.began.set()
        await self.may_end.wait()
        if self.bad in items:
            raise ValueError(self.bad)
        self.groups.append(list(items))

    @property
    def written(self) -> list[str]:
        return [item for group in self.groups for item in group]


def expecting(number: int, write: Callable[[Sequence[str]], Awaitable[None]], gather_s: float) -> Recorder[str]:
    recorder = Recorder(write, gather_s)
    recorder.expect(number)
    return recorder


async def test_what_ends_together_is_recorded_in_one_transaction() -> None:
    book = Book()
    recorder = expecting(3, book.write, gather_s=HOURS)
    await asyncio.gather(*(recorder.record(item) for item in "abc"))
    assert book.groups == [["a", "b", "c"]]


async def test_who_ends_early_is_recorded_without_the_slowest() -> None:
    book = Book()
    recorder = expecting(2, book.write, gather_s=0)
    await recorder.record("early")
    assert book.groups == [["early"]]


async def test_what_ends_while_a_group_is_written_is_the_next_group() -> None:
    book = Book()
    book.may_end.clear()
    recorder = expecting(4, book.write, gather_s=0)
    first = asyncio.create_task(recorder.record("a"))
    await book.began.wait()
    later = [asyncio.create_task(recorder.record(item)) for item in "bcd"]
    await asyncio.sleep(0)
    book.may_end.set()
    await asyncio.gather(first, *later)
    assert book.groups == [["a"], ["b", "c", "d"]]


async def test_one_that_cannot_be_recorded_keeps_no_other_from_it() -> None:
    book = Book(bad="b")
    recorder = expecting(3, book.write, gather_s=HOURS)
    ends = await asyncio.gather(*(recorder.record(item) for item in "abc"), return_exceptions=True)
    assert book.written == ["a", "c"]
    assert [type(end) for end in ends] == [type(None), ValueError, type(None)]


async def test_a_database_that_is_away_for_a_moment_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.runtime.write_retry.AGAIN", Retries((0.0,)))
    book = Book()
    away = iter((True, True, False))

    async def write(items: Sequence[str]) -> None:
        if next(away):
            raise ConnectionResetError
        await book.write(items)

    recorder = expecting(2, write, gather_s=HOURS)
    await asyncio.gather(recorder.record("a"), recorder.record("b"))
    assert book.groups == [["a", "b"]]


async def test_who_is_cancelled_while_writing_takes_nobody_else_along() -> None:
    book = Book()
    book.may_end.clear()
    recorder = expecting(2, book.write, gather_s=HOURS)
    leader = asyncio.create_task(recorder.record("leader"))
    other = asyncio.create_task(recorder.record("other"))
    await book.began.wait()
    leader.cancel()
    await asyncio.wait([leader])
    book.may_end.set()
    await other
    assert "other" in book.written
