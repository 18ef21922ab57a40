"""Rows that an import reads by column mean exactly what they mean one by one, whatever is in the file."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.work.facts import import_ahead, import_files
from bot.work.facts.import_ahead import row_of
from bot.work.facts.import_columns import plain_units, priced_by_column, read_by_column
from bot.work.facts.import_files import CsvFile, Rows
from bot.work.facts.import_headers import Header, UnreadableFile
from bot.work.facts.import_lines import Block
from bot.work.facts.import_rows import Refused
from bot.work.facts.import_values import KINDS, Kind, Refusal, priced
from tests.conftest import opened
from tests.work.facts.wallets import refusals, rows, take, write

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
IDS = ["C1", "C2", "C3", "A1", "A2", "I1", "I2", "P1", "P2", "", " C1", "'=C1", "C\x07", "C" * 65, "王 1", "C\ud800"]
AMOUNTS = ["0", "1.00", "2.50", "250.00", "3", "7,5", "-1.00", "1.234", "x", "", "9" * 17, " 4.00", "'-5", "١٢", ".5"]
CELLS = {
    "name": ["Anna", "", "O'Neil", "'=1+1", "An\x1bna", "N" * 201, "王小明", " Bo "],
    "language": ["en", "zh_TW", "chinese", "", "ZH-hant"],
    "time_zone": ["Asia/Taipei", "Asia/Taipeh", ""],
    "phone": ["+886912345678", "0912345678", "", "+886 912 345 679", "+5491123456789", "+88"],
    "email": ["a@example.com", "a", ""],
    "segment": ["gold", "", "g\x00"],
    "vulnerable": ["yes", "maybe", "", "0"],
    "product": ["Card", "", "P" * 201],
    "currency": ["TWD", "TWD", "JPY", "KWD", "twd", ""],
    "due_date": ["2026-03-05", "2026-02-30", "", "2201-01-01"],
    "paid_on": ["2026-03-01", "2026-03-04", "2026-03-05", "x"],
    "status": ["open", "Paid", "late", "", "waived"],
    "as_of": ["", "2026-03-01T10:00:00Z", "2026-03-02T12:00:00Z", "2026-03-04T12:00:00Z", "2026-02-28", "soon"],
}


def cells_of(column: str, kind: Kind) -> list[str]:
    return AMOUNTS if column in kind.amounts else CELLS.get(column, IDS)


# Strategies are made once: to make them takes longer than to draw from them.
OF_KIND = {kind: st.lists(st.sampled_from([*kind.columns, ""]), unique=True) for kind in KINDS}
CELL = {
    (kind, column): st.sampled_from(cells_of(column, kind)) | st.just(cells_of(column, kind)[0])
    for kind in KINDS
    for column in (*kind.columns, "")
}
A_KIND, HOW_MANY = st.sampled_from(KINDS), st.integers(0, 12)


@st.composite
def blocks(draw: st.DrawFn) -> tuple[Header, list[list[str]]]:
    """Some rows of a kind, with some of its columns in any order and one that is unknown; most cells are good."""
    kind = draw(A_KIND)
    others = draw(OF_KIND[kind])
    columns = draw(st.permutations([*dict.fromkeys([*kind.needed, *others])]))
    rows = [[draw(CELL[kind, column]) for column in columns] for _ in range(draw(HOW_MANY))]
    return Header(kind, tuple(columns)), rows


@settings(max_examples=300, deadline=None)
@given(blocks(), st.data())
def test_rows_without_anything_odd_have_the_same_values(
    block: tuple[Header, list[list[str]]], data: st.DataObject
) -> None:
    header, cells = block
    places, columns = read_by_column(header, cells, NOW)
    one_by_one = [
        row_of(header, record, NOW) for record in map(Rows(range(len(cells)), cells).record, range(len(cells)))
    ]
    whole = [n for n, row in enumerate(one_by_one) if not isinstance(row.values, Refused) and not row.dropped]
    assert list(places) == whole
    values = [{name: column[n] for name, column in columns.items()} for n in range(len(places))]
    assert values == [one_by_one[n].values for n in places]

    currencies = data.draw(st.lists(st.sampled_from(["TWD", "TWD", "JPY"]), min_size=len(places), max_size=len(places)))
    by_column, odd = priced_by_column(header.kind, columns, currencies, plain_units(header.kind, columns))
    for n, (row, currency) in enumerate(zip(values, currencies, strict=True)):
        try:
            alone = priced(header.kind, row, currency)
        except Refusal:
            assert n in odd
        else:
            assert (n in odd) == bool(alone.dropped)
            assert n in odd or {name: column[n] for name, column in by_column.items()} == alone.values


LINES = [
    *(
        "C1,Anna,en",
        "C2,Bo,zh_TW",
        'C3,"B,o",en',
        'C4,"two\nlines",en',
        'C5,"open,en',
        "C6,a\rb,en",
        "",
        "  ",
        ",,",
        "\t,\t,\t",
    ),
    *("C7,Bo", "C8,Bo,en,,", "C9,Bo,en,more", "customer_id,name,language", "CA,\x00,en", 'CB,"x"y,en', " CC, Bo , en "),
]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(LINES) | st.sampled_from(LINES[:2]), max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "\n"]),
    st.sampled_from([b"", b"\xfc"]),
    st.sampled_from([2, 3, 1000]),
)
def test_a_block_has_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str, last: str, bad: bytes, many: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "block.csv"
    path.write_bytes(end.join(["customer_id,name,language", *lines, last]).encode() + bad)
    found = [read_all(path, limit) for limit in (many, 0)]
    assert found[0] == found[1]


def read_all(path: Path, lines_at_once: int) -> object:
    """All rows of the file, many lines at once, or each line by itself."""
    try:
        with CsvFile(path) as file:
            file.read_header()
            if not lines_at_once:
                return [(record.line, record.cells, record.fault) for record in file], file.not_utf8
            several = []
            while ahead := file.read_ahead(lines_at_once):
                several += [file.rows(block) for block in ahead]
            records = [found.record(place) for found in several for place in range(len(found.lines))]
            return [(record.line, record.cells, record.fault) for record in records], file.not_utf8
    except UnreadableFile as error:
        return str(error)


# --- The whole import ------------------------------------------------------------------------------------------------


def hostile(chance: random.Random) -> dict[str, str]:
    """A wallet's files, about half of whose rows are good."""
    files = {}
    for kind in KINDS:
        columns = [column for column in kind.columns if column in kind.needed or chance.random() < 0.6]
        lines = [",".join(columns)]
        for n in range(90):  # so many that they are a whole block
            cells = [_cell(chance, kind, column, n) for column in columns]
            lines.append(",".join(f'"{cell}"' if set(cell) & set(",\n") else cell for cell in cells))
        files[kind.name] = "\n".join(lines) + "\n"
    return files


def _cell(chance: random.Random, kind: Kind, column: str, n: int) -> str:
    if chance.random() < 0.03:
        return chance.choice(cells_of(column, kind)).replace("\ud800", "")
    if column == "as_of":
        return chance.choice(CELLS[column][:3])
    if column in CELLS:
        return CELLS[column][0] if column != "currency" else chance.choice(["TWD"] * 9 + ["JPY"])
    if column in kind.amounts:
        return chance.choice(["1", "2.00", "2.00", "3.50"])
    number = n if column == kind.id_column and chance.random() < 0.9 else chance.randrange(90)
    return f"{column[0].upper()}{number}"


@pytest.mark.parametrize(("seed", "batch"), [(1, 25), (2, 5000)])
async def test_a_hostile_import_ends_the_same(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, batch: int
) -> None:
    ends = []
    for is_by_column in (True, False):
        if not is_by_column:
            monkeypatch.setattr(import_ahead, "read_by_column", _nothing)
            monkeypatch.setattr(import_files, "_one_in_each_line", _unread)
        chance = random.Random(seed)
        path = tmp_path / f"{is_by_column}.db"
        shutil.copy(sqlite_template, path)
        told: list[object] = []
        async with opened(f"sqlite:///{path}") as db:
            first = hostile(chance)
            older = {kind: content.replace("2026-03-02T12", "2026-03-01T09") for kind, content in first.items()}
            for day, files in enumerate((first, older, hostile(chance))):
                folder = write(tmp_path / "w", **files)
                report = await take(db, NOW + timedelta(days=day), folder, batch=batch)
                refused = [refusals(folder / f"{kind.name}.csv") for kind in KINDS]
                told += [report.as_json(), report.debts_as_of, refused, await rows(db)]
        ends.append(told)
    assert ends[0] == ends[1]


def _nothing(header: Header, _rows: Sequence[Sequence[str]], *_: object) -> tuple[list[int], dict[str, list[object]]]:
    return [], {column: [] for column in header.columns if column}


def _unread(_block: Block, _separator: str) -> None:
    return None
