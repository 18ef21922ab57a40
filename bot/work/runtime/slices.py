"""Whom a round of planning takes next: slices of the customers for whom something changed, whose time has come, or whom
a change of the policy has not reached yet."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bot.rules.policy.policy import Policy
from bot.work.policy.policies import PolicyBook
from storage.facts import looks
from storage.runtime.engine import Connection, Database
from storage.runtime.workers import PLANNING_SIDES

# Long enough that its statements cost little for each customer, and short enough for those who wait for it: on SQLite
# all who write, on PostgreSQL hardly anybody.
SLICE, LARGE_SLICE = 2000, 4000
SIDES = len(PLANNING_SIDES)  # on PostgreSQL as many slices are looked at side by side,
SIDE_FROM = 500  # of so many customers or more each: fewer are one slice
IN_A_ROW = 5  # on SQLite as many are known before they are looked at, so that the next one is looked at meanwhile
MOST_WRITTEN = 20


class Slices:
    """The slices of one round: first of whom something changed, then whose time has come, then, where the terms are
    new, everybody else. So a day that begins for many holds no news up."""

    def __init__(self, db: Database, swept_to: str | None, now: datetime) -> None:
        """`swept_to`: up to which customer everybody was looked at under the present terms; None: all were."""
        self._db, self._swept_to, self._now = db, swept_to, now
        self._slice, at_once = (SLICE, IN_A_ROW) if db.is_sqlite else (LARGE_SLICE, SIDES)
        self._size = self._slice * at_once
        self._after = ""
        self._all_changes_seen = self._changes_of_all = False
        self._moved_on = False

    async def next(self) -> list[Sequence[str]]:
        """The ids of the next customers: one slice, or several with nobody in two of them, all to be looked at before
        the next ones are asked for; none where nobody is left."""
        async with self._db.read() as conn:
            found = await self._changed(conn)
            found += await looks.come(conn, self._now, self._size - len(found))
            found += await self._others(conn, self._size - len(found))
        if not found and self._moved_on:
            async with self._db.write() as conn:
                await self.done(conn)
        ids = list(dict.fromkeys(found))
        parts = -(-len(ids) // self._slice) if self._db.is_sqlite else min(SIDES, len(ids) // SIDE_FROM)
        most = -(-len(ids) // max(1, parts))
        return [ids[start : start + most] for start in range(0, len(ids), most)] if ids else []

    async def done(self, conn: Connection) -> None:
        """To be called in a transaction that ends when the last slices have been looked at, or in the one in which the
        last one was."""
        if self._moved_on:
            await looks.swept(conn, self._swept_to)

    async def _changed(self, conn: Connection) -> list[str]:
        """Each customer once, but for those of whom something changes again meanwhile."""
        if self._all_changes_seen or (self._changes_of_all and self._swept_to is not None):
            return []
        found = await looks.changed(conn, self._after, self._size)
        if len(found) >= self._slice and self._swept_to is not None:
            self._changes_of_all = True  # a whole wallet came in: all are looked at anyway, so each of them once
            return []
        if len(found) == self._size:
            self._after = found[-1]
        elif self._swept_to is None:
            self._all_changes_seen = True
        return found

    async def _others(self, conn: Connection, limit: int) -> list[str]:
        self._moved_on = self._swept_to is not None and limit > 0
        if self._swept_to is None or limit == 0:
            return []
        found = await looks.ids_after(conn, self._swept_to, limit)
        self._swept_to = found[-1] if len(found) == limit else None
        return found


async def swept_to(db: Database, book: PolicyBook, channels: Collection[str]) -> str | None:
    """Up to which customer everybody was looked at under these terms: the policies and the channels; None: all were.
    Terms that are new are kept, and everybody is to be looked at."""
    terms = _Terms.of(book, channels)
    async with db.read() as conn:
        known = await looks.terms(conn)
    was = None if known is None else _Terms.read(known[0])
    if known is not None and was is not None and was.cover(terms):
        return known[1]
    async with db.write() as conn:
        await looks.set_terms(conn, terms.after(was).written(), swept_to="")
    return ""


async def has_new_terms(conn: Connection, book: PolicyBook, channels: Collection[str]) -> bool:
    """Whether planning has not begun yet to look at everybody under these terms."""
    known = await looks.terms(conn)
    return known is None or not _Terms.read(known[0]).cover(_Terms.of(book, channels))


@dataclass(frozen=True, slots=True)
class _Terms:
    """What planning goes by, as fingerprints: the policy that begins ladders, and those whose ladders are not finished,
    each with the channels, and with its packs as they are in force on the book's day."""

    current: str
    earlier: frozenset[str]

    @classmethod
    def of(cls, book: PolicyBook, channels: Collection[str]) -> _Terms:
        return cls(
            _fingerprint(book.current, channels), frozenset(_fingerprint(policy, channels) for policy in book.earlier)
        )

    @classmethod
    def read(cls, text: str) -> _Terms:
        terms = json.loads(text)
        return cls(terms["current"], frozenset(terms["earlier"]))

    def written(self) -> str:
        return json.dumps({"current": self.current, "earlier": sorted(self.earlier)})

    def cover(self, terms: _Terms) -> bool:
        """Whether nobody who was looked at under these terms has to be looked at again under those. A version that is
        finished, and so is missing there, changes nothing."""
        return self.current == terms.current and terms.earlier <= self.earlier

    def after(self, was: _Terms | None) -> _Terms:
        """These, with the earlier versions of before: one may come back, as a debt is owed again."""
        same = was is not None and was.current == self.current
        return _Terms(self.current, self.earlier | was.earlier) if was is not None and same else self


_written: dict[int, tuple[Policy, str]] = {}  # of the few policies of a process: to write one out takes a millisecond


def _fingerprint(policy: Policy, channels: Collection[str]) -> str:
    known = _written.get(id(policy))
    if known is None or known[0] is not policy:
        if len(_written) > MOST_WRITTEN:
            _written.clear()
        known = _written[id(policy)] = policy, repr(policy)
    return sha256(f"({known[1]}, {sorted(channels)})".encode()).hexdigest()
