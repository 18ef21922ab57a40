"""The picture of the desk's figures before it is drawn: every bar is as long as its number, and few labels say so."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fonts import FAMILY
from bot.rules.operations.desk_statistics import days_of
from bot.views.operations import desk_statistics as views
from bot.views.operations.charts import COLOURS, HEIGHT, MOST_TICKS, PATTERNS, WIDTH, Bars, Chart, svg
from tests.views.test_views_statistics import some
from tests.views.view_facts import EN

SVG = "{http://www.w3.org/2000/svg}"

labels = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)


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
