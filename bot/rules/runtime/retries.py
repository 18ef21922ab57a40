"""Retries: how often a failed call is repeated, and after which waits. This module does not wait itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice, repeat


@dataclass(frozen=True, slots=True)
class Retries:
    """`waits_s` are the seconds after the first failure, the second, and so on; the last one repeats. `most` is the
    number of tries in total, with the first one; None: until it succeeds."""

    waits_s: tuple[float, ...]
    most: int | None = None

    def __post_init__(self) -> None:
        if not self.waits_s or min(self.waits_s) < 0:
            raise ValueError(f"retries need waits of no seconds or more, not {self.waits_s}")
        if self.most is not None and self.most < 1:
            raise ValueError(f"there is one try at least, not {self.most}")

    def wait_s(self, failures: int) -> float:
        """How long to wait after so many failures, 1 or more."""
        return self.waits_s[min(failures, len(self.waits_s)) - 1]

    def wait(self, failures: int) -> timedelta:
        return timedelta(seconds=self.wait_s(failures))

    def is_over(self, failures: int) -> bool:
        """Whether it is not tried again after so many failures."""
        return self.most is not None and failures >= self.most

    def each_wait_s(self) -> Iterator[float]:
        """The waits in order: one between two tries, so one less than there are tries."""
        waits = chain(self.waits_s, repeat(self.waits_s[-1]))
        return waits if self.most is None else islice(waits, self.most - 1)
