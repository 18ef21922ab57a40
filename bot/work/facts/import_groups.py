"""Takes in one group of an import file's blocks, in one transaction: a block that the database has already, just as it
is, is only confirmed; the rows of the others are read and compared (`bot.work.facts.import_batches`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.metadata import version

import phonenumbers

from bot.work.facts.import_batches import PUSH_RESTS, take
from bot.work.facts.import_files import CsvFile, Record
from bot.work.facts.import_headers import Header
from bot.work.facts.import_lines import Block
from bot.work.facts.import_rows import Outcome, Piece, Refused, Row, Run, Values
from bot.work.facts.import_values import CUSTOMERS, INSTALMENTS, PAYMENTS, Refusal, checked
from bot.work.facts.spreadsheets import unguarded
from storage.agreements import holds_ending
from storage.facts import import_blocks, imports
from storage.facts.import_dedupe import SeenIds
from storage.runtime.engine import Connection, Database


@dataclass(slots=True)
class Group:
    """What became of a group: the rows that were read, in the file's order; how many more the wallet only repeated,
    and of when each of their blocks is."""

    taken: list[tuple[Record, Row, Outcome]] = field(default_factory=list)
    repeated: int = 0
    repeated_as_of: list[datetime] = field(default_factory=list)


class SkippedBlocks:
    """The blocks of a file that were not read because they have not changed, by their ids in the database."""

    def __init__(self, source: CsvFile, header: Header) -> None:
        self._source = source
        self._id_at = header.columns.index(header.kind.id_column)
        self._columns = {*header.columns} - {"", "as_of"}
        self._blocks: dict[int, Block] = {}
        self._of_group: list[int] = []

    def add(self, block_id: int, block: Block) -> None:
        self._blocks[block_id] = block
        self._of_group.append(block_id)

    def remove(self, block_id: int) -> None:
        self._blocks.pop(block_id, None)

    def forget_lines(self) -> None:
        """Only the places of the group's blocks stay in memory."""
        for block_id in self._of_group:
            if block_id in self._blocks:
                self._blocks[block_id] = replace(self._blocks[block_id], lines=())
        self._of_group.clear()

    def contradicts(self, block_id: int, line: int, id_: str, values: Values, known: Values) -> str | None:
        block = self._blocks.get(block_id)
        if block is None or block.first > line:
            return None
        if set(values) == self._columns and all(known[column] == value for column, value in values.items()):
            return ""
        rows = self._source.records_again(block)
        above = (row.line for row in rows if unguarded(row.cells[self._id_at].strip()) == id_)
        return str(next(above, block.first))


async def take_group(
    db: Database,
    source: CsvFile,
    header: Header,
    blocks: Sequence[Block],
    run: Run,
    seen: SeenIds,
    skipped: SkippedBlocks,
) -> Group:
    """Takes in the next `blocks` of the file, which it reads or skips."""
    meaning = source.meaning() + _readers()
    digests = {block: digest for block in blocks if (digest := block.digest(meaning))}
    async with db.read() as conn:
        known = await import_blocks.unchanged(conn, digests.values())
    fresh: list[tuple[list[Record], bytes | None]] = []
    repeated: dict[Block, bytes] = {}
    for block in blocks:
        digest = digests.get(block)
        if digest in known and source.is_at(block):
            source.skip(block)
            repeated[block] = digest
        else:
            records, is_whole = source.records(block)
            fresh.append((records, digest if is_whole else None))
    group = Group()
    async with db.write() as conn:
        await imports.begin(conn)
        taking = _Taking(conn, source, header, run, seen, skipped, group)
        await taking.take(repeated, fresh)
        if header.kind is INSTALMENTS:
            await holds_ending.note_heard(conn)
    skipped.forget_lines()
    group.taken.sort(key=lambda row: row[0].line)
    return group


@dataclass(frozen=True, slots=True)
class _Taking:
    """The transaction of one group."""

    conn: Connection
    source: CsvFile
    header: Header
    run: Run
    seen: SeenIds
    skipped: SkippedBlocks
    group: Group

    async def take(self, repeated: dict[Block, bytes], fresh: list[tuple[list[Record], bytes | None]]) -> None:
        """Takes in the rows of `fresh`, and confirms the `repeated` blocks. A block that changes meanwhile is read,
        too: rows of the same ids may be above it, or come from another import."""
        ids: dict[Block, import_blocks.Block] = {}
        while True:
            found = await import_blocks.unchanged(self.conn, repeated.values())
            for block in [block for block, digest in repeated.items() if digest not in found]:
                fresh.append((self.source.records_again(block), repeated.pop(block)))
                if block in ids:
                    self.skipped.remove(ids.pop(block).block_id)
            if not ids:
                ids = {block: found[digest] for block, digest in repeated.items()}
                for block, known in ids.items():
                    self.skipped.add(known.block_id, block)
            if not fresh:
                break
            await self._take(sorted(fresh, key=lambda piece: piece[0][0].line if piece[0] else 0))
            fresh = []
        await self._confirm([ids[block] for block in repeated])

    async def _take(self, fresh: Sequence[tuple[list[Record], bytes | None]]) -> None:
        now = self.run.now
        pieces = [Piece([row_of(self.header, record, now) for record in records], digest) for records, digest in fresh]
        outcomes = await take(self.conn, self.header.kind, pieces, self.run, self.seen, self.skipped)
        records = (record for records, _ in fresh for record in records)
        rows = (row for piece in pieces for row in piece.rows)
        self.group.taken.extend(zip(records, rows, outcomes, strict=True))

    async def _confirm(self, blocks: Sequence[import_blocks.Block]) -> None:
        """A payment counts once and a word of some earlier time stays of that time: of these nothing is written."""
        said_now = [block.block_id for block in blocks if block.as_of is None]
        if self.header.kind is not PAYMENTS:
            await import_blocks.confirm(self.conn, said_now, self.run.now)
        if self.header.kind is CUSTOMERS:
            named = [block.block_id for block in blocks]
            await import_blocks.try_push_again(self.conn, named, self.run.now - PUSH_RESTS)
        self.group.repeated = sum(block.rows for block in blocks)
        self.group.repeated_as_of = [block.as_of or self.run.now for block in blocks]


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
