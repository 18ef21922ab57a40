"""The drawing and the tables of the rooms and subjects are those that the import rules hold the house to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.rooms import DRAWING, ROOT, drawing, house, subjects

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
OF_ALL_SUBJECTS = {"bot.views": {"channels"}, "storage": {"tables", "migrations"}}
ROOMS = sorted(subjects())


def test_the_drawing_is_of_today() -> None:
    assert DRAWING.read_text("utf-8") == drawing(), "`python -m docs.rooms` draws it again"


def test_the_rooms_are_told_in_their_order() -> None:
    (block,) = re.findall(r"## Rooms, and who may know whom\n.*?```\n(.*?)```", ARCHITECTURE, re.S)
    told = [re.split(r"  +", line)[0].split(" | ") for line in block.splitlines()]
    assert told == house()


@pytest.mark.parametrize("room", ROOMS)
def test_the_subjects_of_a_room_are_told_in_their_order(room: str) -> None:
    (row,) = re.findall(rf"^\| `{re.escape(room)}` \| (.*) \|$", ARCHITECTURE, re.M)
    assert [layer.split(", ") for layer in row.split(" → ")] == [sorted(layer) for layer in subjects()[room]]


@pytest.mark.parametrize("room", ROOMS)
def test_no_folder_of_a_room_is_without_a_place(room: str) -> None:
    folder: Path = ROOT.joinpath(*room.split("."))
    there = {each.parent.name for each in folder.glob("*/__init__.py")} | {
        each.name for each in folder.iterdir() if each.is_dir() and any(each.rglob("*.py"))
    }
    placed = {subject for layer in subjects()[room] for subject in layer}
    assert there - OF_ALL_SUBJECTS.get(room, set()) <= placed
