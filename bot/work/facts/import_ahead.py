"""Reads an import file ahead, group by group: while the database writes one group, a thread reads the next one and
checks its values.

What is found here may be out of date when its turn comes: `bot.work.facts.import_groups` looks again, in the
transaction, whether the blocks that were not read are still as they were, and what was asked ahead
(`bot.work.facts.import_asking`) still holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.metadata import version
from itertools import accumulate

import phonenumbers

from bot.work.facts.import_asking import Asked, AskingAhead
from bot.work.facts.import_batches import Batch
from bot.work.facts.import_columns import plain_units, read_by_column, those_several
from bot.work.facts.import_files import CsvFile, Record, Rows, joined
from bot.work.facts.import_headers import Header
from bot.work.facts.import_lines import Block
from bot.work.facts.import_rows import Given, Refused, Row, Run
from bot.work.facts.import_values import Refusal, checked
from storage.facts import import_blocks
from storage.runtime.engine import Connection, Database

Fresh = tuple[Rows, bytes | None]
"""The rows of a block, and its digest if it is whole."""


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """The next blocks of a file: `repeated` ones, which the database had as they are, with their digests, and `fresh`
    ones, which were read; all of their rows together, and what these say; how many bytes of the file were read by then;
    and what is known of the rows, if it was asked ahead."""

    repeated: Mapping[Block, bytes]
    fresh: Sequence[Fresh]
    rows: Rows
    given: Given
    position: int
    asked: Asked | None = None


class GroupsAhead:
    """The groups of a file, each of about `most` lines; of the next one the lines are in memory.

    In the transaction of one group, `look_up` asks for the next one what is known of it, and `read_on` has a thread
    read it, from the moment at which the database has enough to do by itself. A connection of its own would cost
    SQLite another cache, and the first one would lose what it has.
    """

    def __init__(self, db: Database, source: CsvFile, header: Header, most: int, run: Run) -> None:
        self._db, self._source, self._header, self._most, self._now = db, source, header, most, run.now
        self.asking = AskingAhead(db, header.kind, run)
        self._next: tuple[Sequence[Block], Mapping[Block, bytes]] | None = None  # the blocks, and their digests
        self._known: Container[bytes] | None = None
        self._reading: asyncio.Task[ReadGroup] | None = None
        self._done_with: ReadGroup | None = None

    async def look_up(self, conn: Connection) -> None:
        if self._next is not None:
            self._known = await import_blocks.unchanged(conn, self._next[1].values())

    def read_on(self) -> None:
        if self._reading is None and self._next is not None and self._next[0] and self._known is not None:
            self._reading = asyncio.create_task(self._read_and_ask(*self._next, self._known))

    async def answers(self, conn: Connection, read: ReadGroup) -> Batch | None:
        """What was asked ahead of this group, if it holds in this transaction."""
        are_more_to_come = self._next is not None and bool(self._next[0])
        return await self.asking.answers(conn, read.asked, read.given, are_more_to_come=are_more_to_come)

    async def next(self) -> ReadGroup | None:
        """None after the last one."""
        if self._next is None:
            self._next = await asyncio.to_thread(self._next_blocks)
        if self._known is None and self._next[0]:
            async with self._db.read() as conn:
                await self.look_up(conn)
        self.read_on()
        if self._reading is None:
            return None
        group, self._reading, self._known = await self._reading, None, None
        return group

    def done_with(self, group: ReadGroup) -> None:
        """Leaves it to the thread to free the memory of a group, which takes a tenth of the time that it takes to read
        one. The caller must not keep it."""
        self._done_with = group

    async def end(self) -> None:
        """Waits for the thread, which uses the file."""
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read_and_ask(
        self, blocks: Sequence[Block], digests: Mapping[Block, bytes], known: Container[bytes]
    ) -> ReadGroup:
        group = await asyncio.to_thread(self._read, blocks, digests, known)
        return replace(group, asked=await self.asking.ask(group.given))

    def _next_blocks(self) -> tuple[Sequence[Block], Mapping[Block, bytes]]:
        blocks = self._source.read_ahead(self._most)
        meaning = self._source.meaning() + _readers()
        return blocks, {block: digest for block in blocks if (digest := block.digest(meaning))}

    def _read(self, blocks: Sequence[Block], digests: Mapping[Block, bytes], known: Container[bytes]) -> ReadGroup:
        """Skips the blocks that are `known` and reads the others; then the lines of the next ones."""
        self._done_with = None
        source = self._source
        fresh: list[Fresh] = []
        repeated: dict[Block, bytes] = {}
        for block in blocks:
            digest = digests.get(block)
            if digest is not None and digest in known and source.is_at(block):
                source.skip(block)
                repeated[block] = digest
            else:
                rows = source.rows(block)
                fresh.append((rows, digest if rows.is_whole else None))
        group = ReadGroup(repeated, fresh, *batch_of(self._header, fresh, self._now), source.position)
        self._next = self._next_blocks()
        return group


def batch_of(header: Header, fresh: Sequence[Fresh], now: datetime) -> tuple[Rows, Given]:
    """All rows of these blocks in the file's order, and their values, of most of them by column."""
    in_order = sorted(fresh, key=lambda block: block[0].lines[0] if block[0].lines else 0)
    rows = joined([rows for rows, _ in in_order])
    ends = accumulate(len(of_block.lines) for of_block, _ in in_order)
    blocks = [
        (digest, range(end - len(of_block.lines), end))
        for (of_block, digest), end in zip(in_order, ends, strict=True)
        if digest is not None
    ]
    places, columns = read_by_column(header, rows.cells, now, rows.faults)
    odd: Iterable[int] = set(range(len(rows.lines))).difference(places) if len(places) < len(rows.lines) else ()
    by_place = {n: row_of(header, rows.record(n), now) for n in odd}
    given = Given(rows.lines, by_place, places, columns, blocks, plain_units(header.kind, columns))
    return rows, replace(given, several=those_several(given.each(header.kind.id_column)))


def row_of(header: Header, record: Record, now: datetime) -> Row:
    """The row's values, or why it has none."""
    if record.fault:
        return Row(record.line, Refused(record.fault))
    try:
        row = checked(header.kind, dict(zip(header.columns, record.cells, strict=True)), now)
    except Refusal as refusal:
        return Row(record.line, Refused(str(refusal)))
    return Row(record.line, row.values, row.dropped)


@cache
def _readers() -> bytes:
    """Which versions read the lines: another one may read them differently."""
    return f"{version('duebot')} {phonenumbers.__version__}".encode()
