"""Takes in one group of an import file's blocks, in one transaction: a block that the database has already, just as it
is, is only confirmed; the rows of the others are compared (`bot.work.facts.import_taking`).

`bot.work.facts.import_ahead` has read them before, outside the transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.work.facts.import_ahead import GroupsAhead, ReadGroup, batch_of
from bot.work.facts.import_batches import PUSH_RESTS, Batch
from bot.work.facts.import_files import CsvFile, Record, Rows
from bot.work.facts.import_headers import Header
from bot.work.facts.import_lines import Block
from bot.work.facts.import_rows import Change, Given, Partly, Refused, Run, Values
from bot.work.facts.import_taking import asked_now, take
from bot.work.facts.import_values import CUSTOMERS, INSTALMENTS, PAYMENTS
from bot.work.facts.spreadsheets import unguarded
from storage.agreements import holds_ending
from storage.facts import import_blocks, imports
from storage.facts.import_dedupe import SeenIds
from storage.runtime.engine import Connection, Database


@dataclass(slots=True)
class Group:
    """What became of a group: the outcomes of the rows that were read; how many more the wallet only repeated; of when
    the newest of all these is; in the file's order the rows that were not imported, or not whole; how often the
    facts' stamp was changed; and whether no block was read in the transaction."""

    rows: int = 0
    repeated: int = 0
    changes: Counter[Change] = field(default_factory=Counter)
    not_whole: list[tuple[Record, Refused | Partly]] = field(default_factory=list)
    said_at: list[datetime] = field(default_factory=list)
    stamps: int = 0
    is_as_read: bool = True


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

    def has(self, block_id: int) -> bool:
        return block_id in self._blocks

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


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is being imported, and what its groups share: the run, the ids that were seen, the blocks that were
    skipped, and who reads ahead."""

    source: CsvFile
    header: Header
    run: Run
    seen: SeenIds
    skipped: SkippedBlocks
    ahead: GroupsAhead


async def take_group(db: Database, file: OpenFile, read: ReadGroup) -> Group:
    """Takes in the next group of the file; the one after it is read while the database writes."""
    group = Group()
    async with db.write() as conn:
        await imports.begin(conn)
        await file.ahead.look_up(conn)
        asked = await file.ahead.answers(conn, read)
        await _Taking(conn, file, group).take(read, asked)
        if file.header.kind is INSTALMENTS:
            await holds_ending.note_heard(conn)
        file.ahead.asking.wrote(read.given, group.stamps, is_all=group.is_as_read)
    file.skipped.forget_lines()
    group.not_whole.sort(key=lambda row: row[0].line)
    return group


@dataclass(frozen=True, slots=True)
class _Taking:
    """The transaction of one group."""

    conn: Connection
    file: OpenFile
    group: Group

    async def take(self, read: ReadGroup, asked: Batch | None) -> None:
        """Takes in the fresh rows and confirms the repeated blocks. A block that has changed since it was looked up is
        read, too: rows of the same ids may be above it, or come from another import. `asked` is about those that were
        read ahead."""
        repeated, fresh = dict(read.repeated), list(read.fresh)
        ids: dict[Block, import_blocks.Block] = {}
        while True:
            found = await import_blocks.unchanged(self.conn, repeated.values())
            changed = [block for block, digest in repeated.items() if digest not in found]
            for block in changed:
                fresh.append((Rows.of(self.file.source.records_again(block)), repeated.pop(block)))
                if block in ids:
                    self.file.skipped.remove(ids.pop(block).block_id)
            if not ids:
                ids = {block: found[digest] for block, digest in repeated.items()}
                for block, known in ids.items():
                    self.file.skipped.add(known.block_id, block)
            if not fresh:
                break
            if changed:
                self.group.is_as_read = False
                await self._take(*batch_of(self.file.header, fresh, self.file.run.now))
            else:
                await self._take(read.rows, read.given, asked)
            fresh = []
        await self._confirm([ids[block] for block in repeated])

    async def _take(self, rows: Rows, given: Given, asked: Batch | None = None) -> None:
        file, meanwhile = self.file, self.file.ahead.read_on
        batch = asked or await asked_now(self.conn, file.header.kind, given, file.run, meanwhile)
        taken = await take(self.conn, batch, given, file.seen, file.skipped, meanwhile)
        self.group.stamps += bool(batch.ids_written)
        self.group.rows += len(rows.lines)
        self.group.changes += taken.changes
        self.group.not_whole += [(rows.record(place), outcome) for place, outcome in taken.not_whole.items()]
        self.group.said_at += [taken.said_at] if taken.said_at is not None else []

    async def _confirm(self, blocks: Sequence[import_blocks.Block]) -> None:
        """A payment counts once and a word of some earlier time stays of that time: of these nothing is written."""
        kind, now = self.file.header.kind, self.file.run.now
        said_now = [block.block_id for block in blocks if block.as_of is None]
        if kind is not PAYMENTS:
            await import_blocks.confirm(self.conn, said_now, now)
        if kind is CUSTOMERS:
            named = [block.block_id for block in blocks]
            await import_blocks.try_push_again(self.conn, named, now - PUSH_RESTS)
        self.group.repeated = sum(block.rows for block in blocks)
        self.group.said_at += [block.as_of or now for block in blocks]
