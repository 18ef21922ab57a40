"""Takes in one batch of an import: which of its rows are refused, new, changed or unchanged.

The database is read once for the whole batch and written once. Rows in which nothing is odd, and which are new or just
as they are known, are compared column by column; all others row by row in the file's order, and only these can be
refused. The caller owns the transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import repeat

from bot.work.facts.import_batches import Accounts, Batch, Customers, Instalments
from bot.work.facts.import_columns import Column, picked, priced_by_column
from bot.work.facts.import_payments import Payments
from bot.work.facts.import_rows import (
    Change,
    Given,
    Kept,
    Meanwhile,
    Outcome,
    Partly,
    Refused,
    Row,
    Run,
    Skipped,
    Taken,
    Values,
)
from bot.work.facts.import_values import Kind, Refusal, priced
from storage.facts import import_blocks
from storage.facts.import_dedupe import SeenIds, Sighting
from storage.runtime.engine import Connection

BATCHES: Mapping[Kind, type[Batch]] = {batch.kind: batch for batch in (Customers, Accounts, Instalments, Payments)}


async def asked_now(conn: Connection, kind: Kind, given: Given, run: Run, meanwhile: Meanwhile) -> Batch:
    """A batch that has asked what is known of `given`; `meanwhile` is called if that takes long."""
    batch = BATCHES[kind](run)
    await batch.ask(conn, given, meanwhile)
    return batch


async def take(
    conn: Connection, batch: Batch, given: Given, seen: SeenIds, skipped: Skipped, meanwhile: Meanwhile
) -> Taken:
    """Writes the good rows of `given`, of which `batch` has asked what is known; `meanwhile` is called as soon as the
    database has enough to do.

    `seen` knows the ids of the same file's earlier batches, and learns the ids of this one while they are written.
    """
    taking = _Taking(batch, given, seen, skipped)
    taking.take_by_column()
    taking.take_row_by_row()
    await taking.keep_blocks(conn)
    remembering: list[asyncio.Task[None]] = []

    def while_writing() -> None:
        meanwhile()
        if not remembering:
            remembering.append(asyncio.create_task(asyncio.to_thread(taking.remember)))

    try:
        await batch.write(conn, while_writing)
    finally:
        while_writing()  # if there was nothing to add
        await asyncio.gather(*remembering)
    return taking.taken


class _Taking:
    """The way of one batch's rows into the database."""

    def __init__(self, batch: Batch, given: Given, seen: SeenIds, skipped: Skipped) -> None:
        self._batch, self._given, self._seen, self._skipped = batch, given, seen, skipped
        ids = given.each(batch.kind.id_column)
        self._earlier = seen.among(ids)
        self._first: dict[str, Sighting] = {}  # of the rows that are taken one by one
        self._one_by_one: dict[int, Row] = dict(given.odd)
        self._went_in: list[str | None] = [None] * len(given.lines)  # the ids of rows that are as the file says
        self._by_column: tuple[Sequence[int], Mapping[str, Column]] = (), {}  # the places and values of those taken so
        self.taken = Taken()

    def take_by_column(self) -> None:
        """Takes in the rows of which each is the only one of its id, and is new or just as it is known."""
        given, batch = self._given, self._batch
        if not given.places:
            return
        ids, currencies = given.columns[batch.kind.id_column], batch.currencies_of(given.columns)
        values, odd = priced_by_column(batch.kind, given.columns, currencies, given.units)
        if "" in currencies:
            odd.update(n for n, currency in enumerate(currencies) if not currency)
        if given.several or self._earlier:
            odd.update(n for n, id_ in enumerate(ids) if id_ in given.several or id_ in self._earlier)
        known = [n for n, id_ in enumerate(ids) if id_ in batch.known and n not in odd] if batch.known else []
        same = self._those_repeated(values, known)
        odd.update(n for n in known if n not in same)
        self._one_by_one |= {given.places[n]: given.row(n) for n in odd}
        taken = [n for n in range(len(ids)) if n not in odd] if odd else range(len(ids))
        if new := [n for n in taken if n not in same] if same else taken:
            batch.add_many(values if len(new) == len(ids) else picked(values, new))
        self._note(taken, values)
        self.taken.changes.update(added=len(new), same=len(same))

    def _those_repeated(self, values: Mapping[str, Column], known: Sequence[int]) -> set[int]:
        """Those of the known rows that the file only repeats. A row that another one of the file may contradict, or
        that is older than what is known, is none of them."""
        if not known:
            return set()
        names = [name for name in values if name != "as_of"]
        rows, said_at = list(zip(*(values[name] for name in names), strict=True)), values.get("as_of")
        same: set[int] = set()
        for n in known:
            id_ = values[self._batch.kind.id_column][n]
            before, as_of = self._batch.known[id_], said_at[n] if said_at is not None else None
            is_skipped = before["import_block_id"] is not None and self._skipped.has(before["import_block_id"])
            if not is_skipped and tuple(map(before.__getitem__, names)) == rows[n] and self._batch.repeat(id_, as_of):
                same.add(n)
        return same

    def _note(self, taken: Sequence[int], values: Mapping[str, Column]) -> None:
        """The rows of these places went in."""
        given = self._given
        places = given.places
        if len(taken) < len(places):
            values, places = picked(values, taken), [places[n] for n in taken]
        ids = values[self._batch.kind.id_column]
        if len(places) == len(self._went_in):
            self._went_in = list(ids)
        for place, id_ in zip(places, ids, strict=True) if len(places) < len(self._went_in) else ():
            self._went_in[place] = id_
        self._by_column = places, values
        if places:
            self.taken.note(max((at or self._batch.now for at in values.get("as_of", ())), default=self._batch.now))

    def take_row_by_row(self) -> None:
        """Judges all other rows in the file's order."""
        for place, row in sorted(self._one_by_one.items()):
            accepted = len(self._batch.accepted)
            outcome = self._judged(row)
            if not isinstance(outcome, Refused) and not isinstance(row.values, Refused):
                self.taken.changes[outcome.change if isinstance(outcome, Partly) else outcome] += 1
                self.taken.note(row.values.get("as_of") or self._batch.now)
            if isinstance(outcome, Refused | Partly):
                self.taken.not_whole[place] = outcome
            elif len(self._batch.accepted) > accepted:
                self._went_in[place] = self._batch.accepted[-1]

    def remember(self) -> None:
        """Has the file's later batches know the rows of this one. It touches nothing that `write` needs."""
        places, values = self._by_column
        if places:
            ids = values[self._batch.kind.id_column]
            said = {name: column for name, column in values.items() if name != "as_of"}
            contents = map(hash, zip(repeat(hash(tuple(said)), len(ids)), *said.values(), strict=True))
            self._seen.add_many(ids, [self._given.lines[place] for place in places], contents)
        self._seen.add(self._first)

    def _judged(self, row: Row) -> Outcome:
        if isinstance(row.values, Refused):
            return row.values
        kind = self._batch.kind
        try:
            row_priced = priced(kind, row.values, self._batch.currency(row.values))
            change = self._change(row.values[kind.id_column], row.line, row_priced.values)
        except Refusal as refusal:
            return Refused(str(refusal))
        dropped = (*row.dropped, *row_priced.dropped)
        return Partly(change, "; ".join(dropped)) if dropped else change

    def _change(self, id_: str, line: int, said: Values) -> Change:
        values = {column: value for column, value in said.items() if column != "as_of"}
        content = hash((hash(tuple(values)), *values.values()))
        first = self._first.get(id_) or self._earlier.get(id_)
        if first is None and (above := self._line_skipped(id_, line, values)) is not None:
            if not above:
                return "same"
            raise Refusal(f"{self._batch.kind.id_column} {id_!r} is already in line {above}, with other content")
        if first is None:
            self._batch.as_of = said.get("as_of")
            if self._batch.is_older(id_):
                self._batch.note_older(id_, values)
                change: Change = "same"
            else:
                change = self._batch.judge(id_, values)
            self._first[id_] = Sighting(line, content)
            return change
        if first.content == content:
            return "same"
        raise Refusal(f"{self._batch.kind.id_column} {id_!r} is already in line {first.line}, with other content")

    def _line_skipped(self, id_: str, line: int, values: Values) -> str | None:
        """`Skipped.contradicts`, for the block that the known row is in."""
        known = self._batch.known.get(id_)
        if known is None or known["import_block_id"] is None:
            return None
        return self._skipped.contradicts(known["import_block_id"], line, id_, values, known)

    async def keep_blocks(self, conn: Connection) -> None:
        """Keeps a block in mind if each of its rows went in, and if the same lines say the same at any later time."""
        kept: list[tuple[range, import_blocks.New]] = []
        said_at = self._said_at()
        all_went_in = len(self._by_column[0]) == len(self._went_in)
        for digest, places in self._given.blocks:
            if not places or not (all_went_in or None not in self._went_in[places.start : places.stop]):
                continue
            of_rows = [said_at[place] for place in places] if said_at else []
            # What is not of an earlier time is as new as its import.
            if all(at is not None and at < self._batch.now for at in of_rows):
                as_of = max((at for at in of_rows if at is not None), default=None)
                kept.append((places, import_blocks.New(digest, len(places), as_of)))
        block_ids = await import_blocks.add(conn, [block for _, block in kept])
        of_places = [(places, block_id) for (places, _), block_id in zip(kept, block_ids, strict=True)]
        self._batch.blocks = Kept(self._went_in, of_places)

    def _said_at(self) -> dict[int, datetime | None]:
        """When the wallet said each row, by place, where its file tells."""
        given = self._given
        said_at = dict(zip(given.places, given.columns.get("as_of", ()), strict=False))
        for place, row in given.odd.items():
            if not isinstance(row.values, Refused) and "as_of" in row.values:
                said_at[place] = row.values["as_of"]
        return said_at
