"""The picture of the desk's figures: drawn in a process of its own, in every language, and none is missing a letter."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import date

import pytest
import structlog

from bot.rules.figures import days_of
from bot.views import figures as views
from bot.views.figures import Bars, Chart
from bot.work import drawing
from bot.work.drawing import drawn
from tests.rules.test_figures import some
from tests.rules.view_facts import EN, HANT

PNG = b"\x89PNG\r\n\x1a\n"


def test_chinese_letters_are_drawn_without_a_warning() -> None:
    """In a process of its own, as importing a drawing library would slow down all other tests."""
    code = """
import json, sys, warnings
warnings.simplefilter("error")
from bot.work.drawing import _read, draw
picture = draw(_read(sys.stdin.read()))
sys.stdout.buffer.write(picture)
"""
    chart = json.dumps(asdict(views.chart(HANT, some(365)))).encode()
    done = subprocess.run([sys.executable, "-c", code], input=chart, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(PNG)
    assert len(done.stdout) < 300_000


async def test_nobody_waits_while_it_is_drawn() -> None:
    longest, last = 0.0, time.monotonic()
    task = asyncio.create_task(drawn(views.chart(EN, some())))
    while not task.done():
        await asyncio.sleep(0.005)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    assert (task.result() or b"").startswith(PNG)
    assert longest < 1.0


async def test_what_cannot_be_drawn_is_none_and_logged() -> None:
    odd = Chart("", (Bars("", ("a", "b", "c"), (("x", (1, 2)),)),))
    with structlog.testing.capture_logs() as logs:
        assert await drawn(odd) is None
    assert [entry["event"] for entry in logs] == ["a picture could not be drawn"]


def test_the_drawing_library_is_loaded_by_nobody_else() -> None:
    code = "import bot.app, handlers, bot.work.drawing, sys; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize("days", [1, 45, 60])
def test_labels_are_as_many_as_bars(days: int) -> None:
    for diagram in views.chart(EN, some(days)).diagrams:
        assert all(len(values) == len(diagram.labels) for _, values in diagram.series)
    assert len(days_of(date(2026, 3, 2), days)) == days
    assert len(drawing.COLOURS) == len(drawing.HATCHES)
