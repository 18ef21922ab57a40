"""Import: reads the wallet's files, writes the good rows into the database, and each refused row with its reason into a
file beside the original.

    report = await import_paths(db, [Path("export")], clock.now())

Files are imported in the order customers, accounts, instalments, payments, in whatever order they are given. Each batch
is one transaction: an interrupted import leaves whole batches, and the same import again does the rest.

`bot.rules.facts.paid` decides how much is paid, from the column `amount_paid` and from payments.

A column that a file lacks keeps the known values; a blank cell clears them. If an id comes twice in a file, the first
row counts. A forgotten customer (`forget`) is not imported again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from bot.work.facts.import_ahead import GroupsAhead, row_of
from bot.work.facts.import_files import CsvFile
from bot.work.facts.import_folders import Given, files_of
from bot.work.facts.import_groups import Group, OpenFile, SkippedBlocks, take_group
from bot.work.facts.import_headers import Header, UnreadableFile
from bot.work.facts.import_records import Importing
from bot.work.facts.import_refusals import RefusedFile
from bot.work.facts.import_rows import Refused, Run
from bot.work.facts.import_values import INSTALMENTS, KINDS, PAYMENTS, Kind
from storage.agreements import payments_received
from storage.facts import imports
from storage.facts.import_dedupe import SeenIds
from storage.runtime.engine import Database

BATCH = 10_000  # lines per transaction
MANY = 1000  # new or changed rows after which the database's table statistics may be wrong

Progress = Callable[[Path, int, int], None]
"""Called with the file, the bytes read of it, and the bytes it has."""


@dataclass(slots=True)
class Counts:
    """The outcomes of the rows of one kind. `refused` counts rows of which anything was refused, also those imported
    without a cell."""

    added: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0


@dataclass(slots=True)
class FileReport:
    """One file, or one path that is not a file. `error`: what is wrong with the whole file; `note`: a remark although
    nothing is wrong; `refused_file`: where its refused rows are."""

    path: Path
    kind: str | None = None
    rows: int = 0
    refused: int = 0
    error: str | None = None
    note: str | None = None
    refused_file: Path | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "path": self.path.name or str(self.path),
            "kind": self.kind,
            "rows": self.rows,
            "refused": self.refused,
            "error": self.error,
            "note": self.note,
        }


Found = tuple[FileReport, Kind | None]
"""A file and its kind; without one, the report says why."""


@dataclass(slots=True)
class Report:
    """The result of an import: the counts of each kind, and the files in the order in which they were imported."""

    counts: dict[str, Counts] = field(default_factory=lambda: {kind.name: Counts() for kind in KINDS})
    files: list[FileReport] = field(default_factory=list)
    debts_as_of: datetime | None = None  # the wallet's time of the newest instalment or payment

    @property
    def ok(self) -> bool:
        """Whether every row of every file went in whole."""
        return not any(file.refused or file.error for file in self.files)

    @property
    def written(self) -> int:
        """How many rows were new or changed."""
        return sum(counts.added + counts.changed for counts in self.counts.values())

    def as_json(self) -> dict[str, object]:
        counts = {name: asdict(counts) for name, counts in self.counts.items()}
        return {**counts, "files": [file.as_json() for file in self.files]}


async def import_paths(
    db: Database,
    paths: Sequence[Path],
    now: datetime,
    *,
    progress: Progress | None = None,
    batch: int = BATCH,
    is_whole: bool = True,
    on_record: Importing | None = None,
) -> Report:
    """Imports files, and the files of folders; what is wrong with them is in the report, never an exception.

    It is noted that an import has begun and ended, so that one that was cut off is known. Not if `is_whole` is
    False: a few facts that come by themselves, also while the wallet's files are imported.

    With `on_record` each file is put on record, with its refused rows, for those who mend them.

    An exception means that the database failed; what `progress` reported before that is in the database.
    """
    found = [_recognised(given) for given in files_of(paths)]
    report = Report(files=[file for file, kind in found if kind is None])
    oldest_first = sorted(found, key=lambda file: _as_of(file[0], file[1], now))
    in_order = [(file, kind) for kind in KINDS for file, recognised in oldest_first if recognised is kind]
    if in_order:
        async with db.write() as conn:
            since = await imports.start(conn, now) if is_whole else now
            open_cases = await payments_received.are_open_cases(conn)
        importer = _Importer(db, Run(now, since, open_cases), report, progress, batch, on_record)
        for file, kind in in_order:
            await importer.take_in(file, kind)
        async with db.write() as conn:
            if is_whole:
                await imports.finish(conn)
            await payments_received.report_changes(conn, now)
            if report.written >= MANY:
                await imports.analyze(conn)
            if report.debts_as_of is not None:
                await imports.wallet_spoke(conn, report.debts_as_of)
    return report


def _recognised(given: Given) -> Found:
    """Finds the kind of a file, if it can be read."""
    if not given.is_to_be_read:
        return FileReport(given.path, error=given.error, note=given.note), None
    try:
        with CsvFile(given.path) as file:
            kind = file.read_header().kind
    except UnreadableFile as error:
        return FileReport(given.path, error=str(error)), None
    return FileReport(given.path, kind.name), kind


@dataclass(frozen=True, slots=True)
class _Importer:
    """A running import: what each of its files needs, and the report so far."""

    db: Database
    run: Run
    report: Report
    progress: Progress | None
    batch: int
    on_record: Importing | None = None

    async def take_in(self, file: FileReport, kind: Kind) -> None:
        self.report.files.append(file)
        try:
            with CsvFile(file.path) as source:
                await self._take_rows(file, kind, source, source.read_header())
        except UnreadableFile as error:
            file.error = str(error)

    async def _take_rows(self, file: FileReport, kind: Kind, source: CsvFile, header: Header) -> None:
        seen, refused = SeenIds(), RefusedFile(file.path, source.cells)
        record = await self.on_record.begin(file.path.name, header, source.cells) if self.on_record else None
        ahead = GroupsAhead(self.db, source, header, self.batch, self.run)
        try:
            opened = OpenFile(source, header, self.run, seen, SkippedBlocks(source, header), ahead)
            while (read := await ahead.next()) is not None:
                group = await take_group(self.db, opened, read)
                self._tell(file, refused, group)
                if record is not None:
                    await record.add(group.not_whole)
                if kind in (INSTALMENTS, PAYMENTS):
                    self._note_as_of(group)
                if self.progress:
                    self.progress(file.path, read.position, source.size)
                ahead.done_with(read)
        finally:
            await ahead.end()
            refused.close()
            seen.close()
        _conclude(file, source, refused)
        if record is not None:
            await record.end(file.rows, file.refused, file.error, self.run.now)

    def _tell(self, file: FileReport, refused: RefusedFile, group: Group) -> None:
        counts = self.report.counts[file.kind or ""]
        file.rows += group.rows + group.repeated
        file.refused += len(group.not_whole)
        counts.added += group.changes["added"]
        counts.changed += group.changes["changed"]
        counts.same += group.changes["same"] + group.repeated
        counts.refused += len(group.not_whole)
        for record, outcome in group.not_whole:
            refused.write(record.line, outcome.reason, record.cells)

    def _note_as_of(self, group: Group) -> None:
        known = [self.report.debts_as_of] if self.report.debts_as_of is not None else []
        self.report.debts_as_of = max([*known, *group.said_at], default=None)


def _as_of(report: FileReport, kind: Kind | None, now: datetime) -> datetime:
    """When the wallet said the file's first row: of several files of one kind, the oldest is imported first."""
    if kind is None:
        return now
    try:
        with CsvFile(report.path) as file:
            header = file.read_header()
            first = next(iter(file), None)
    except UnreadableFile:
        return now
    row = None if first is None else row_of(header, first, now).values
    return now if row is None or isinstance(row, Refused) else row.get("as_of") or now


def _conclude(report: FileReport, file: CsvFile, refused: RefusedFile) -> None:
    report.refused_file = refused.path
    if file.not_utf8:
        report.error = f'{file.not_utf8} is not UTF-8; such cells are refused: save the file as "CSV UTF-8"'
    if refused.trouble:
        report.error = refused.trouble
    elif refused.path is not None and refused.path.parent != report.path.parent:
        report.note = f"the refused rows are in {refused.path} of the current folder, not beside it: {refused.why}"
