"""The guard's way through all customers, a part of them a round, whatever planning knows or thinks of them.

Whom it finds silent, or (`inspect`) finds that planning has something to do about, although planning does not know them
to be due, was overlooked: that is kept, for supervisors to be told, and healed at once.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.rules.guarantee.walks import Walk, begins, is_large, part
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import Window, evening, local_day
from bot.work.guarantee.guarantee_history import make_up, missed
from bot.work.guarantee.guard import act, look, states_now, terms_of
from bot.work.policy.audiences import Crowd
from storage.facts import debts, looks
from storage.facts.looks import Person
from storage.guarantee import walks
from storage.guarantee.states import Terms
from storage.runtime.customer_sets import for_chosen
from storage.runtime.engine import Connection, Database
from storage.runtime.heartbeats import beat, last_beat
from storage.runtime.workers import GUARD, one_at_a_time

SLICE = 1000

Inspect = Callable[[Connection, Crowd], Awaitable[Collection[str] | None]]
"""Gives those of the crowd about whom planning has something to do; None: it has yet to begin with this policy."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What one round of the guard did: customers looked at, cases opened, and whom planning had overlooked."""

    looked_at: int = 0
    opened: int = 0
    overlooked: Mapping[str, str] = field(default_factory=dict)


async def walk(
    db: Database, policy: Policy, channels: Collection[str], now: datetime, inspect: Inspect | None = None
) -> Walked:
    """Walks on by as much as this minute asks, and settles evenings that nobody was there for."""
    turn = _Turn(db, policy, channels, now, inspect)
    here = await turn.settle(await turn.begin())
    await turn.go_on(here)
    await turn.end()
    return Walked(turn.looked_at, turn.opened, turn.overlooked)


@dataclass(frozen=True, slots=True)
class _Part:
    """A walk, and how many customers more are to be looked at now; None: all that are left."""

    walk: Walk
    left: int | None


class _Turn:
    """One round, and what it has come to so far."""

    def __init__(
        self, db: Database, policy: Policy, channels: Collection[str], now: datetime, inspect: Inspect | None
    ) -> None:
        self._db, self._policy, self._channels, self._now, self._inspect = db, policy, channels, now, inspect
        self.looked_at = self.opened = 0
        self.overlooked: dict[str, str] = {}
        self._apart: timedelta  # since the last round
        self._new: dict[str, Walk] = {}  # walks that begin, and zones that are gone: written with the first slice
        self._gone: frozenset[str] = frozenset()
        self._has_beaten = False

    async def begin(self) -> list[Walk]:
        """The walk of each zone that there is: the one that is on its way, or a new one."""
        async with self._db.read() as conn:
            zones, known = await debts.zones_in_use(conn), await walks.walks(conn)
            small = not is_large(known.values())
            # In a zone that is new, the guard saw to everybody there was when it last came round: to nobody.
            came_round = await last_beat(conn, "guard") or self._now
            self._apart = self._now - came_round
            here = [await self._current(conn, zone, known.get(zone), came_round, small) for zone in zones]
        self._new = {walk.zone: walk for walk in here if walk is not known.get(walk.zone)}
        self._gone = frozenset(known.keys() - set(zones))
        return here

    async def _current(self, conn: Connection, zone: str, last: Walk | None, came_round: datetime, small: bool) -> Walk:
        if last is not None and not begins(last, self._evenings(zone), small, self._now):
            return last
        settled_at = min(came_round if last is None else last.settled_at, self._now)
        return Walk(zone, self._now, "", await walks.customers_in(conn, zone), 0, settled_at)

    def _evenings(self, zone: str) -> list[Window]:
        policy, day = self._policy, local_day(zone, self._now)
        hours = {policy.for_segment(segment).sending_hours for segment in (None, *policy.segments)}
        return [evening(each, zone, day) for each in hours]

    async def settle(self, here: list[Walk]) -> list[Walk]:
        """Makes up for the evenings that are over without a whole walk; then everybody is looked at from the start."""
        gaps = list(missed(self._policy, {zone_walk.zone: zone_walk.settled_at for zone_walk in here}, self._now))
        if not gaps:
            return here
        await make_up(self._db, self._policy, gaps, self._terms_of, self._now)
        late = {zone for gap in gaps for zone in gap.audience.zones}
        settled = [
            Walk(zone_walk.zone, self._now, "", zone_walk.customers, 0, self._now)
            if zone_walk.zone in late
            else zone_walk
            for zone_walk in here
        ]
        self._new |= {walk.zone: walk for walk in settled if walk.zone in late}
        return settled

    def _terms_of(self, segment: str | None) -> Terms:
        return terms_of(self._policy.for_segment(segment), self._channels)

    async def go_on(self, here: Sequence[Walk]) -> None:
        """The parts of these walks that are due in this minute, several zones' in one slice where they are small."""
        is_small = not is_large(here)
        parts: deque[_Part] = deque()
        for zone_walk in here:
            if (
                not zone_walk.is_done
                and (left := part(zone_walk, self._evenings(zone_walk.zone), is_small, self._now, self._apart)) != 0
            ):
                parts.append(_Part(zone_walk, left))
        while parts:
            await self._slice(parts)

    async def end(self) -> None:
        """Notes that the round is over, if the last slice has not."""
        if not self._has_beaten:
            async with self._db.write() as conn:
                await self._begin_walks(conn)
                await beat(conn, "guard", self._now)

    async def _begin_walks(self, conn: Connection) -> None:
        """Before anything of them is written."""
        if self._new or self._gone:
            await walks.begin(conn, [*self._new.values()], self._gone)
            self._new, self._gone = {}, frozenset()

    async def _slice(self, parts: deque[_Part]) -> None:
        """The next customers of the walks: looked at in one view of the database, and seen to if anything is wrong."""
        walked: dict[str, Walk] = {}
        persons: list[Person] = []
        async with self._db.snapshot() as conn:
            while parts and len(persons) < SLICE:
                zone_walk = await self._next(conn, parts, SLICE - len(persons), persons)
                walked[zone_walk.zone] = zone_walk
            crowd = Crowd.of(persons)
            await for_chosen(conn)
            findings = await look(conn, self._policy, crowd, self._channels, self._now, everybody=True)
            overlooked = await self._overlooked(conn, crowd, {id_ for each in findings for id_ in each.silent_today})
        async with self._db.write() as conn:
            await one_at_a_time(conn, GUARD)
            await self._begin_walks(conn)
            await for_chosen(conn)
            self.opened += await act(conn, findings, self._now)
            await walks.note_overlooked(conn, overlooked, self._now)
            await looks.note(conn, overlooked)
            zone_of = {person.customer_id: person.zone for person in persons}
            found = Counter((zone_of[id_], state) for id_, state in (await states_now(conn, findings)).items())
            await walks.write(conn, walked.values())
            await walks.count(conn, found, [zone_walk.zone for zone_walk in walked.values() if zone_walk.is_done])
            if not parts:
                await beat(conn, "guard", self._now)
                self._has_beaten = True
        self.looked_at += len(persons)
        self.overlooked |= overlooked

    async def _next(self, conn: Connection, parts: deque[_Part], room: int, persons: list[Person]) -> Walk:
        """Adds the next customers of the first part to the slice, and gives the walk as it is after them."""
        first = parts.popleft()
        limit = room if first.left is None else min(first.left, room)
        found = await walks.next_in(conn, first.walk.zone, first.walk.walked_to or "", limit)
        persons += found
        if len(found) < limit:
            return first.walk.after(None, len(found))
        zone_walk = first.walk.after(found[-1].customer_id, len(found))
        left = None if first.left is None else first.left - limit
        if left is None or left > 0:
            parts.appendleft(_Part(zone_walk, left))
        return zone_walk

    async def _overlooked(self, conn: Connection, crowd: Crowd, silent: set[str]) -> dict[str, str]:
        """What planning should have done and for which customers, where it does not know that it should."""
        unplanned = () if self._inspect is None else await self._inspect(conn, crowd)
        if unplanned is None or not (suspects := silent.union(unplanned)):
            return {}
        due = await looks.who_is_due(conn, suspects, self._now)
        return {id_: "silent" if id_ in silent else "planning" for id_ in suspects - due}
