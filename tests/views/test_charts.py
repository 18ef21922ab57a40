"""Charts before they are drawn: everything is as long as its number, inside of the picture, and no words are over
others; and their colours can be told from each other and from the ground."""

from __future__ import annotations

import itertools
import math
import re
from datetime import date
from importlib.resources import files
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.fonts import FAMILY
from bot.rules.operations.desk_statistics import days_of
from bot.views.operations import desk_statistics as views
from bot.views.operations.chart_colours import DARK, LIGHT, STEPS, THINGS, Ground
from bot.views.operations.chart_drawing import LARGE, SMALL, Size
from bot.views.operations.chart_layout import MOST_TICKS, scale, width_of
from bot.views.operations.chart_pictures import document, in_words, on_page
from bot.views.operations.charts import Chart, Kind, Series, Stacking
from bot.web.console import static
from tests.views.test_views_statistics import some
from tests.views.view_facts import EN, EVERY_LANGUAGE, HANT

LABELS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
WAYS: tuple[tuple[Kind, Stacking], ...] = (
    ("bars", "stacked"),
    ("bars", "beside"),
    ("bars", "whole"),
    ("columns", "stacked"),
    ("columns", "beside"),
    ("lines", "stacked"),
    ("areas", "stacked"),
)


@pytest.mark.parametrize(
    ("labels", "series"),
    [((), ()), (("a",), ()), (("a",), ((1, 2),)), (("a",), ((-1,),)), (("a",), ((1,),) * 7)],
)
def test_numbers_that_do_not_fit_are_no_chart(labels: tuple[str, ...], series: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ValueError):
        Chart("bars", labels, tuple(Series("x", values) for values in series))


def texts(picture: ElementTree.Element, px: float) -> list[tuple[float, float, float, str]]:
    """Where each of the words begins and ends, how deep it is, and what it says."""
    found = []
    for text in picture.iter("text"):
        said = "".join(part for part in (text.text, *(child.tail for child in text)) if part)
        wide, x = width_of(said, px), float(text.get("x", 0))
        left = x - wide * {"": 0, "middle": 0.5, "end": 1}[text.get("text-anchor", "")]
        found.append((left, left + wide, float(text.get("y", 0)), said))
    return found


@pytest.mark.parametrize(("kind", "stacking"), WAYS)
@settings(max_examples=min(50, settings().max_examples))  # of each way
@given(
    st.lists(
        st.tuples(LABELS, st.none() | st.integers(0, 10**7), st.none() | st.integers(0, 10**7)), min_size=1, max_size=40
    ),
    st.sampled_from((SMALL, LARGE)),
)
def test_everything_is_inside_and_no_words_are_over_others(
    kind: Kind, stacking: Stacking, rows: list[tuple[str, int | None, int | None]], size: Size
) -> None:
    labels, one, other = zip(*rows, strict=True)
    chart = Chart(
        kind, labels, (Series("opened", one), Series("with a person, or in the queue", other, "c2")), stacking
    )
    picture = ElementTree.fromstring(on_page(HANT, chart, "k", "t", size))
    _, _, width, height = (float(n) for n in picture.get("viewBox", "").split())
    for box in picture.iter("rect"):
        left, top, wide, high = (float(box.get(name, 0)) for name in ("x", "y", "width", "height"))
        assert left >= 0
        assert top >= -0.1
        assert left + wide <= width + 0.2
        assert top + high <= height + 0.2
    said = texts(picture, size.px)
    for left, right, _, words in said:
        assert left >= -0.2, words
        assert right <= width + 0.2, words
    for (a, b, y, first), (c, d, z, second) in itertools.combinations(said, 2):
        if abs(y - z) < size.px * 0.8 and first and second:
            assert min(b, d) - max(a, c) < 0.3, (first, second)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30), st.sampled_from((SMALL, LARGE)))
def test_bars_and_columns_are_as_long_as_their_numbers(values: list[int], size: Size) -> None:
    for kind, along in (("bars", "width"), ("columns", "height")):
        chart = Chart(kind, ("x",) * len(values), (Series("n", tuple(values), "c4"),))  # type: ignore[arg-type]
        picture = ElementTree.fromstring(on_page(EN, chart, "k", "t", size))
        bars = [float(bar.get(along, 0)) for bar in picture.iter("rect") if "c4" in bar.get("class", "").split()]
        there = [value for value in values if value]
        assert len(bars) == len(there)
        unit = max(bars, default=0) / max(there, default=1)
        assert all(abs(bar - unit * value) < 0.2 for bar, value in zip(bars, there, strict=True))


@given(st.floats(1e-6, 1e12), st.booleans())
def test_a_scale_has_few_round_ticks_and_room_for_the_highest(highest: float, whole: bool) -> None:
    ticks = scale(highest, whole=whole)
    assert ticks[0] == 0
    assert ticks[-1] >= highest * (1 - 1e-6)
    assert 2 <= len(ticks) <= MOST_TICKS + 1
    step = ticks[1]
    assert math.isclose(float(f"{step:.0e}"), step)
    assert not whole or all(tick == int(tick) for tick in ticks)


def test_ticks_of_tiny_shares_differ() -> None:
    chart = Chart("columns", ("6 Jan", "7 Jan"), (Series("of the hours", (0.0, 0.00001)),), unit="share")
    picture = ElementTree.fromstring(on_page(EN, chart, "k", "t", LARGE))
    assert {"0%", "0.2%", "0.4%", "0.6%", "0.8%", "1%"} <= {text.text for text in picture.iter("text")}


def test_a_hole_is_no_zero_and_says_why() -> None:
    days = tuple(str(n) for n in range(6))
    parts = (Series("a", (1, 2, None, 4, 5, 6)), Series("b", (1, 1, None, 1, 1, 1), "c2"))
    made = on_page(EN, Chart("areas", days, parts, gaps={2: "it did not run"}), "k", "t")
    assert "2: it did not run" in made
    assert made.count('class="c1 part"') == 2  # before the gap and after it
    assert 'class="gap"' in made


def test_those_who_do_not_see_it_hear_what_it_shows() -> None:
    chart = Chart("lines", ("1 Feb", "2 Feb", "3 Feb"), (Series("in time", (0.5, 0.9, None)),), unit="share")
    assert in_words(EN, chart) == "1 Feb to 3 Feb; in time: 90% at the end, 90% at most (2 Feb)"
    bars = Chart("bars", ("Mei", "Bob"), (Series("in time", (3, 1)), Series("late", (1, 2))))
    assert in_words(EN, bars) == "Mei: in time 3, late 1; Bob: in time 1, late 2"
    made = on_page(EN, bars, "k", "<By agent>")
    assert 'role="img" aria-labelledby="k-title k-words"' in made
    assert "&lt;By agent&gt;" in made


@pytest.mark.parametrize("days", [1, 45, 60])
@pytest.mark.parametrize("t", EVERY_LANGUAGE)
def test_the_picture_of_the_desk_has_as_many_labels_as_values(t: views.Translator, days: int) -> None:
    picture = views.chart(t, some(days))
    assert len(picture.parts) == 2
    ElementTree.fromstring(document(t, picture, FAMILY))
    assert len(days_of(date(2026, 3, 2), days)) == days


# --- Colours ---------------------------------------------------------------------------------------------------------

# Machado, Oliveira, Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency", full
# protanopia, deuteranopia, tritanopia; in linear RGB.
SEEN_BY = (
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
)
APART = 0.07  # in OKLab; 0.02 is just noticeable

Colour = tuple[float, float, float]


def linear(colour: str) -> Colour:
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    each = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    return each[0], each[1], each[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2."""
    dark, light = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(other)))
    return (light + 0.05) / (dark + 0.05)


def oklab(colour: Colour) -> Colour:
    """Ottosson 2020."""
    r, g, b = colour
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def difference(one: str, other: str) -> float:
    """As it is for those who see it least."""

    def seen(colour: str, by: tuple[Colour, Colour, Colour]) -> Colour:
        each = [min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear(colour), strict=True)))) for row in by]
        return oklab((each[0], each[1], each[2]))

    return min(math.dist(seen(one, by), seen(other, by)) for by in SEEN_BY)


@pytest.mark.parametrize("ground", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_can_be_seen_and_told_apart(ground: Ground) -> None:
    for name, colour in ground.colours.items():
        assert contrast(colour, ground.paper) >= 3, name
        assert contrast(colour, ground.inks[name]) >= 4.5, name
    for words in (ground.ink, ground.quiet):
        assert contrast(words, ground.paper) >= 4.5
    for names in (THINGS, STEPS):
        for one, other in itertools.combinations(names, 2):
            assert difference(ground.colours[one], ground.colours[other]) >= APART, (one, other)


def test_the_console_has_the_same_colours() -> None:
    css = re.sub(r"\s", "", files(static).joinpath("charts.css").read_text())
    light, _, dark = css.partition("@media(prefers-color-scheme:dark){")
    for ground, there in ((LIGHT, light), (DARK, dark)):
        meant = [f"{rule}}}" for rule in re.sub(r"\s", "", ground.style(".chart ")).split("}") if rule]
        assert [rule for rule in meant if rule not in there] == []
