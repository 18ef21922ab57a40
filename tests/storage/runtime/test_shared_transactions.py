"""Calls that come at the same time share a transaction, and one that fails fails alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from storage.runtime.failures import Unusable
from storage.runtime.shared_transactions import Together


async def test_what_comes_during_a_call_is_done_by_the_next_one_and_a_faulty_one_alone() -> None:
    done: list[list[int]] = []

    async def double(numbers: Sequence[int]) -> list[int]:
        done.append(list(numbers))
        await asyncio.sleep(0)
        return [100 // number * 2 for number in numbers]

    together = Together(double)
    results = await asyncio.gather(*(together(n) for n in (1, 2, 0, 5)), return_exceptions=True)
    assert [r for r in results if not isinstance(r, BaseException)] == [200, 100, 40]
    assert isinstance(results[2], ZeroDivisionError)
    assert done == [[1, 2, 0, 5], [1], [2], [0], [5]]

    waits = asyncio.create_task(together(10))
    await asyncio.sleep(0)
    cancelled = asyncio.create_task(together(20))
    await asyncio.sleep(0)
    cancelled.cancel()
    assert await waits == 20
    assert await together(50) == 4
    assert done[5:] == [[10], [20], [50]]  # the cancelled one, too


async def test_without_a_database_nobody_is_tried_alone() -> None:
    tries = 0

    async def away(_all: Sequence[int]) -> list[int]:
        nonlocal tries
        tries += 1
        raise Unusable(5, "away", "somewhere")

    together = Together(away)
    results = await asyncio.gather(together(1), together(2), return_exceptions=True)
    assert [type(result) for result in results] == [Unusable, Unusable]
    assert tries == 1
    with pytest.raises(Unusable):
        await together(3)
