"""Measures elapsed time and this process's processor time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median


@dataclass(slots=True)
class Spent:
    """Seconds on the wall and on the processor (all threads of this process) between the block's begin and end."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    def __enter__(self) -> Spent:
        self.wall_s, self.cpu_s = -time.perf_counter(), -time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s += time.perf_counter()
        self.cpu_s += time.process_time()


@dataclass(frozen=True, slots=True)
class Rate:
    """Things done a second, and milliseconds of processor time for each."""

    per_s: float
    cpu_ms: float

    @classmethod
    def of(cls, count: int, spent: Spent) -> Rate:
        return cls(count / spent.wall_s, spent.cpu_s * 1000 / count)


def middle(rates: list[Rate]) -> Rate:
    """The median of several rounds, of each of the two by itself."""
    return Rate(median(rate.per_s for rate in rates), median(rate.cpu_ms for rate in rates))
