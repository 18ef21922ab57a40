"""Charts as pictures: turns the SVG of `bot.views.operations.chart_pictures` into a PNG.

resvg draws one in a tenth of a second, and nothing else of the process runs in that time. So one is drawn after the
other, however many ask, with room for the rest in between. The letters, Chinese ones too, come from the font in
`bot.fonts`, so it works on a machine without fonts.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import structlog

from bot.fonts import FAMILY, font_path
from bot.views.operations.chart_colours import LIGHT, Ground
from bot.views.operations.charts import Picture
from locales import Translator

log = structlog.get_logger()

MOST_KEPT = 16

_ONE_AT_A_TIME = ThreadPoolExecutor(1, "drawing")


async def drawn(t: Translator, picture: Picture) -> bytes | None:
    """The picture as a PNG; None if it could not be drawn, which is logged."""
    try:
        return await _in_turn(_svg(t, picture))
    except Exception as error:  # the text is sent already; a failed picture must not break anything else
        log.warning("a picture could not be drawn", error=type(error).__name__)
        return None


class Pictures:
    """Pictures for pages, of which several people may ask for the same ones again and again: the last ones are kept."""

    def __init__(self) -> None:
        self._kept: dict[str, asyncio.Task[bytes]] = {}

    async def drawn(self, t: Translator, picture: Picture, ground: Ground) -> bytes:
        """The picture as a PNG. Raises `ValueError` if resvg cannot draw it."""
        svg = _svg(t, picture, ground)
        task = self._kept.get(svg)
        if task is None:
            task = self._kept[svg] = asyncio.create_task(_in_turn(svg))
            for oldest in list(self._kept)[:-MOST_KEPT]:
                del self._kept[oldest]
        return await asyncio.shield(task)


def _svg(t: Translator, picture: Picture, ground: Ground = LIGHT) -> str:
    from bot.views.operations.chart_pictures import document  # loaded when somebody asks for a picture

    return document(t, picture, FAMILY, ground)


async def _in_turn(svg: str) -> bytes:
    return await asyncio.get_running_loop().run_in_executor(_ONE_AT_A_TIME, as_png, svg)


def draw(t: Translator, picture: Picture, ground: Ground = LIGHT) -> bytes:
    """The picture as a PNG. Raises `ValueError` if resvg cannot draw it."""
    return as_png(_svg(t, picture, ground))


def as_png(document: str) -> bytes:
    """An SVG document as a PNG, with its text in `FAMILY`. Raises `ValueError` if resvg cannot draw it."""
    from resvg_py import svg_to_bytes  # few processes draw anything

    return bytes(svg_to_bytes(svg_string=document, font_files=[font_path()], skip_system_fonts=True))
