"""The picture of the desk's statistics: drawn in every language, without blocking others, and with letters on a bare
machine."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.fonts import FAMILY
from bot.rules.operations.desk_statistics import days_of
from bot.views.operations import desk_statistics as views
from bot.views.operations.charts import COLOURS, HEIGHT, MOST_TICKS, PATTERNS, WIDTH, Bars, Chart, svg
from bot.work.operations.charts import draw, drawn
from tests.rules.operations.test_desk_statistics import some
from tests.views.view_facts import EN, EVERY_LANGUAGE

PNG = b"\x89PNG\r\n\x1a\n"
SVG = "{http://www.w3.org/2000/svg}"

labels = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)


@pytest.mark.parametrize("t", EVERY_LANGUAGE)
@pytest.mark.parametrize("days", [1, 30, 365])
def test_it_is_a_picture_of_the_right_size(t: views.Translator, days: int) -> None:
    picture = draw(views.chart(t, some(days)))
    assert picture.startswith(PNG)
    assert int.from_bytes(picture[16:20]) == WIDTH
    assert int.from_bytes(picture[20:24]) == HEIGHT
    assert len(picture) < 300_000


def test_chinese_letters_leave_ink_on_a_machine_without_fonts() -> None:
    """resvg leaves out what it has no font for: then both pictures would be the same."""
    bare = Bars("", ("",), (("", (1,)),))
    assert draw(Chart("每週案件", (bare,))) != draw(Chart("", (bare,)))
    assert draw(Chart("每週案件", (bare,))) != draw(Chart("每周工单", (bare,)))


async def test_what_cannot_be_drawn_is_none_and_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.work.operations.charts.font_path", lambda: 1)
    with structlog.testing.capture_logs() as logs:
        assert await drawn(views.chart(EN, some())) is None
    assert [entry["event"] for entry in logs] == ["a picture could not be drawn"]


@pytest.mark.parametrize(
    ("labels", "series"),
    [((), ()), (("a",), ()), (("a",), (("x", (1, 2)),)), (("a",), (("x", (-1,)),)), (("a",), (("x", (1,)),) * 3)],
)
def test_numbers_that_do_not_fit_are_no_diagram(labels: tuple[str, ...], series: tuple[object, ...]) -> None:
    with pytest.raises(ValueError):
        Bars("", labels, series)  # type: ignore[arg-type]


@given(
    st.text(max_size=30),
    st.lists(st.tuples(labels, st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=60),
    st.booleans(),
)
def test_every_bar_is_inside_the_picture_and_as_long_as_its_number(
    title: str, rows: list[tuple[str, int, int]], lying: bool
) -> None:
    title = "".join(c for c in title if c.isprintable())
    names, one, other = zip(*rows, strict=True)
    picture = ElementTree.fromstring(
        svg(Chart(title, (Bars(title, names, (("a", one), ("b", other)), lying),)), FAMILY)
    )
    bars = [bar for bar in picture.iter(f"{SVG}rect") if bar.get("x")][2:]  # after the two signs of the legend
    assert len(bars) == 2 * len(rows)
    longest = max(1, *one, *other)
    along, full = ("width", WIDTH) if lying else ("height", HEIGHT)
    unit = max(float(bar.get(along, 0)) for bar in bars) / longest
    for bar, value in zip(
        bars, (value for pair in rows for value in pair[1:]) if lying else (*one, *other), strict=True
    ):
        assert abs(float(bar.get(along, 0)) - unit * value) < 0.2
        assert 0 <= float(bar.get("x", -1)) <= WIDTH
        assert 0 <= float(bar.get("y", -1)) <= HEIGHT
        assert float(bar.get(along, 0)) < full


@given(st.integers(1, 400), st.integers(0, 10**9))
def test_few_labels_and_a_round_scale(count: int, highest: int) -> None:
    bars = Bars("", tuple(str(n) for n in range(count)), (("x", (highest,) * count),))
    words = [each.text for each in ElementTree.fromstring(svg(Chart("", (bars,)), FAMILY)).iter(f"{SVG}text")][2:]
    assert len(words) <= 6 + MOST_TICKS


@pytest.mark.parametrize("days", [1, 45, 60])
def test_labels_are_as_many_as_bars(days: int) -> None:
    for diagram in views.chart(EN, some(days)).diagrams:
        assert all(len(values) == len(diagram.labels) for _, values in diagram.series)
    assert len(days_of(date(2026, 3, 2), days)) == days
    assert len(COLOURS) == len(PATTERNS)
