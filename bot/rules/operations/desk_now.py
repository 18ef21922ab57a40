"""The desk at this moment, as values: what waits, and how much each agent has. `bot.work.operations.desk_now` reads
them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.rules.operations.desk_statistics import Waiting


@dataclass(frozen=True, slots=True)
class Load:
    """The open cases that one agent has: `late` ones, those they work on in time (`in_time`), and those that rest.
    `is_on_duty`: the desk is open, it is their shift, and they are not away."""

    agent_id: int
    name: str
    in_time: int
    late: int
    resting: int
    is_away: bool
    is_on_duty: bool

    @property
    def has(self) -> int:
        return self.in_time + self.late + self.resting


@dataclass(frozen=True, slots=True)
class DeskNow:
    """`waiting_for`: cases that nobody has, by reason. `loads`: of everybody who is an agent now, the most first."""

    waiting: Waiting
    waiting_for: Mapping[str, int]
    loads: Sequence[Load]

    @property
    def on_duty(self) -> int:
        return sum(each.is_on_duty for each in self.loads)
