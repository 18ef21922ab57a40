"""Time is always passed in.

Nothing in duebot asks the machine for the time except through a clock that it was given: the demo and the tests use one
that can be moved. Pure rules take instants and dates as arguments and know no clock at all.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Gives the present instant, always an aware `datetime` in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """Runs like another clock, ahead of it by the moved time."""

    def __init__(self, base: Clock | None = None) -> None:
        self._base: Clock = base or SystemClock()
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._base.now() + self._ahead

    def unmoved(self) -> datetime:
        """The time of the other clock."""
        return self._base.now()

    def move(self, by: timedelta) -> None:
        """Jumps forward by `by`; time never runs backwards."""
        if by < timedelta():
            raise ValueError(f"a clock moves forward only, not by {by}")
        self._ahead += by


class ManualClock:
    """Does not go on by itself: tests move it."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError(f"an instant needs a zone, {at.isoformat()} has none")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def move(self, by: timedelta) -> None:
        """Jumps forward by `by`; time never runs backwards."""
        if by < timedelta():
            raise ValueError(f"a clock moves forward only, not by {by}")
        self._at += by

    def set_back(self, by: timedelta) -> None:
        """Steps back by `by`, as a machine's clock does when it is put right."""
        self._at -= by

    def set(self, at: datetime) -> None:
        """Jumps to `at`, which is not before now."""
        self.move(at - self._at)


def time_of_machines(clock: Clock) -> datetime:
    """The time by which other programs' clocks are judged, as in a signature: that of a moved clock is only the demo's
    own."""
    return clock.unmoved() if isinstance(clock, MovableClock) else clock.now()
