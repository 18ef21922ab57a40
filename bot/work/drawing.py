"""Drawing: a chart as a PNG, in a process of its own, so that nobody waits for it and its memory is given back.

matplotlib is loaded there only. The letters, Chinese ones too, come from the font in zhplot's wheel, so that a bare
machine draws them; colours can be told apart by whoever sees no red or green, and without any colour by their pattern.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from dataclasses import asdict
from io import BytesIO
from typing import Any

import structlog

from bot.views.figures import Bars, Chart

log = structlog.get_logger()

WITHIN_S = 30.0
# Blue and orange of Okabe and Ito, "Color Universal Design" (2008).
COLOURS = ("#0072B2", "#E69F00")
HATCHES = ("", "//")
INCHES, DPI = (9.0, 4.0), 110
MOST_TICKS = 10


async def drawn(chart: Chart) -> bytes | None:
    """The chart as a PNG; None where it could not be drawn, which is logged."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot.work.drawing"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            picture, errors = await process.communicate(json.dumps(asdict(chart)).encode())
    except TimeoutError:
        picture, errors = b"", b"it took too long"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode or not picture:
        log.warning("a picture could not be drawn", error=errors.decode("utf-8", "replace")[-500:])
        return None
    return picture


def draw(chart: Chart) -> bytes:
    """The same in this process. It loads matplotlib, and takes a second or two."""
    import matplotlib

    matplotlib.use("Agg")
    import zhplot  # noqa: F401  it hands its font to matplotlib
    from matplotlib.figure import Figure

    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    figure.suptitle(chart.title)
    for axes, diagram in zip(figure.subplots(1, len(chart.diagrams), squeeze=False)[0], chart.diagrams, strict=True):
        _draw(axes, diagram)
    out = BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def _draw(axes: Any, diagram: Bars) -> None:
    places = range(len(diagram.labels))
    width = 0.8 / len(diagram.series)
    for number, (name, values) in enumerate(diagram.series):
        shifted = [place + (number - (len(diagram.series) - 1) / 2) * width for place in places]
        bars = axes.barh if diagram.lying else axes.bar
        drawn_bars = bars(
            shifted, values, width, label=name, color=COLOURS[number], hatch=HATCHES[number], edgecolor="white"
        )
        if diagram.lying:
            axes.bar_label(drawn_bars, padding=3)
    step = 1 if diagram.lying else max(1, -(-len(diagram.labels) // MOST_TICKS))
    ticks = list(places)[::step]
    (axes.set_yticks if diagram.lying else axes.set_xticks)(ticks, diagram.labels[::step])
    if diagram.lying:
        axes.invert_yaxis()
    counted = axes.xaxis if diagram.lying else axes.yaxis
    counted.get_major_locator().set_params(integer=True)
    axes.margins(**({"x": 0.12} if diagram.lying else {"y": 0.1}))
    axes.set_title(diagram.title)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if len(diagram.series) > 1:
        axes.legend(frameon=False)


def _read(text: str) -> Chart:
    given = json.loads(text)
    diagrams = (
        Bars(
            d["title"],
            tuple(d["labels"]),
            tuple((name, tuple(values)) for name, values in d["series"]),
            d["lying"],
        )
        for d in given["diagrams"]
    )
    return Chart(given["title"], tuple(diagrams))


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(_read(sys.stdin.read())))
