"""What is known of the next rows of an import is asked on a connection of its own while PostgreSQL writes the present
ones.

The transaction that takes them in looks whether the answers still hold: nobody else may have changed a fact since, and
the rows in between may not be about the same. If they do not hold, it asks once more. This is worth it only where all
rows are new; with the first one that is known it ends. Nothing is asked ahead for a file's first batch, during which
nothing is written.

SQLite would need another cache, and each write would empty it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.work.facts.import_batches import Batch
from bot.work.facts.import_rows import Given, Run
from bot.work.facts.import_taking import asked_now
from bot.work.facts.import_values import PAYMENTS, Kind
from storage.facts import imports
from storage.runtime.engine import Connection, Database, is_unavailable


@dataclass(frozen=True, slots=True)
class Asked:
    """A batch of rows that are new by the answers that it has; `stamp` is the facts' stamp from before it asked."""

    batch: Batch
    stamp: int


class AskingAhead:
    """The questions of one file's batches. `ask` is called for each in their order, while the one before is written,
    `answers` and `wrote` in the transaction of each."""

    def __init__(self, db: Database, kind: Kind, run: Run) -> None:
        self._db, self._kind, self._run = db, kind, run
        self._is_worth_it = not db.is_sqlite
        self._is_first = True
        self._before: int | None = None  # the facts' stamp before the last batch was written; None if that is not known
        self._after: int | None = None  # and after it
        self._stamp: int | None = None  # before the present one
        self._paid: Collection[str] = ()  # the instalments of which the last batch had payments

    async def ask(self, given: Given) -> Asked | None:
        """Asks for a batch that is not yet to be written. None if this is not worth it."""
        is_first, self._is_first = self._is_first, False
        if is_first or not self._is_worth_it or not given.lines:
            return None
        try:
            async with self._db.read() as conn:
                stamp = await imports.facts_stamp(conn)
                batch = await asked_now(conn, self._kind, given, self._run, lambda: None)
        except Exception as error:
            if not is_unavailable(error):
                raise
            self._is_worth_it = False  # there may be no second connection; the batch's own transaction asks or fails
            return None
        self._is_worth_it = not batch.known
        return Asked(batch, stamp) if self._is_worth_it else None

    async def answers(
        self, conn: Connection, asked: Asked | None, given: Given, *, are_more_to_come: bool
    ) -> Batch | None:
        """The batch that has been asked for, if the answers hold in this transaction, which is after
        `imports.begin`."""
        is_next_asked = are_more_to_come and self._is_worth_it and given.lines
        self._stamp = await imports.facts_stamp(conn) if asked is not None or is_next_asked else None
        return asked.batch if asked is not None and self._holds(asked, given) else None

    def _holds(self, asked: Asked, given: Given) -> bool:
        if self._stamp == asked.stamp:
            return True
        if asked.stamp != self._before or self._stamp != self._after:
            return False
        return self._kind is not PAYMENTS or set(self._paid).isdisjoint(given.each("instalment_id"))

    def wrote(self, given: Given, stamps: int, *, is_all: bool) -> None:
        """The transaction wrote `given` and changed the facts' stamp so often; `is_all`: and nothing else."""
        self._before = self._after = None
        if is_all and self._stamp is not None:
            self._before, self._after = self._stamp, self._stamp + stamps
        if self._kind is PAYMENTS and self._is_worth_it:
            self._paid = given.each("instalment_id")
