"""Charts as pictures: turns the SVG of `bot.views.operations.chart_pictures` into a PNG, which Telegram can show.

resvg draws it in some tens of milliseconds, in a thread, so nobody waits for it. The letters, Chinese ones too, come
from the font in `bot.fonts`, so it works on a machine without fonts.
"""

from __future__ import annotations

import asyncio

import structlog

from bot.fonts import FAMILY, font_path
from bot.views.operations.chart_colours import LIGHT, Ground
from bot.views.operations.chart_pictures import document
from bot.views.operations.charts import Picture
from locales import Translator

log = structlog.get_logger()


async def drawn(t: Translator, picture: Picture) -> bytes | None:
    """The picture as a PNG; None if it could not be drawn, which is logged."""
    try:
        return await asyncio.to_thread(draw, t, picture)
    except Exception as error:  # the text is sent already; a failed picture must not break anything else
        log.warning("a picture could not be drawn", error=type(error).__name__)
        return None


def draw(t: Translator, picture: Picture, ground: Ground = LIGHT) -> bytes:
    """The picture as a PNG. Raises `ValueError` if resvg cannot draw it."""
    return as_png(document(t, picture, FAMILY, ground))


def as_png(document: str) -> bytes:
    """An SVG document as a PNG, with its text in `FAMILY`. Raises `ValueError` if resvg cannot draw it."""
    from resvg_py import svg_to_bytes  # few processes draw anything

    return bytes(svg_to_bytes(svg_string=document, font_files=[font_path()], skip_system_fonts=True))
