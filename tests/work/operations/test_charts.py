"""Charts as pictures: drawn in every language, without blocking others, and with letters on a bare machine."""

from __future__ import annotations

import asyncio
import threading

import pytest
import structlog

from bot.views.operations import desk_statistics as views
from bot.views.operations.chart_colours import DARK, LIGHT
from bot.views.operations.charts import Captioned, Chart, Picture, Series
from bot.work.operations import charts
from bot.work.operations.charts import Pictures, as_png, draw, drawn
from tests.views.test_views_statistics import some
from tests.views.view_facts import EN, EVERY_LANGUAGE

PNG = b"\x89PNG\r\n\x1a\n"
WIDTH = 2 * (900 + 2 * 28)


@pytest.mark.parametrize("t", EVERY_LANGUAGE)
@pytest.mark.parametrize("days", [1, 365])
def test_it_is_a_picture_of_the_right_size(t: views.Translator, days: int) -> None:
    picture = draw(t, views.chart(t, some(days)))
    assert picture.startswith(PNG)
    assert int.from_bytes(picture[16:20]) == WIDTH
    assert len(picture) < 300_000


def test_chinese_letters_leave_ink_on_a_machine_without_fonts() -> None:
    """resvg leaves out what it has no font for: then all pictures would be the same."""

    def titled(words: str) -> Picture:
        return Picture(words, "", (Captioned("", Chart("bars", ("",), (Series("", (1,)),))),))

    pictures = {draw(EN, titled(words)) for words in ("每週案件", "每周工单", "")}
    assert len(pictures) == 3
    assert draw(EN, titled(""), DARK) not in pictures


async def test_what_cannot_be_drawn_is_none_and_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.work.operations.charts.font_path", lambda: 1)
    with structlog.testing.capture_logs() as logs:
        assert await drawn(EN, views.chart(EN, some())) is None
    assert [entry["event"] for entry in logs] == ["a picture could not be drawn"]


async def test_one_is_drawn_after_the_other_and_the_same_ones_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else of the process runs while one is drawn."""
    drawing, most, begun = 0, 0, []
    counting = threading.Lock()

    def counted(svg: str) -> bytes:
        nonlocal drawing, most
        with counting:
            begun.append(svg)
            drawing, most = drawing + 1, max(most, drawing + 1)
        try:
            return as_png(svg)
        finally:
            with counting:
                drawing -= 1

    monkeypatch.setattr(charts, "as_png", counted)
    pictures, picture = Pictures(), views.chart(EN, some(2))
    asked = [pictures.drawn(EN, picture, ground) for ground in (LIGHT, DARK) * 3]
    found = await asyncio.gather(*asked, drawn(EN, picture))
    assert (len(set(found)), len(begun), most) == (2, 3, 1)
