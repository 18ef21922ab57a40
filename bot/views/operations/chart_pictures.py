"""Drawings as what a page shows, and as SVG documents of their own, from which pictures are made."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from bot.views.operations.chart_colours import LIGHT, Ground
from bot.views.operations.chart_drawing import LARGE, SMALL, Size, draw, value_words
from bot.views.operations.chart_layout import cut_to
from bot.views.operations.charts import Chart, Picture
from locales import Html, Translator, escape

MARGIN, TITLE_PX, SCALE = 28, 21, 2
MOST_SAID = 12  # bars whose values are told to those who listen; the table has them all


def on_page(t: Translator, chart: Chart, key: str, title: str, size: Size = SMALL) -> Html:
    """The chart as an element of a page, as wide as its place. `key` makes its ids those of no other."""
    made = draw(t, chart, size)
    names = f"{key}-title {key}-words"
    return Html(
        f'<svg viewBox="0 0 {size.width:g} {made.height:.0f}" font-size="{size.px:g}" role="img" '
        f'aria-labelledby="{names}"><title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-words">{escape(in_words(t, chart))}</desc>{made.body}</svg>'
    )


def in_words(t: Translator, chart: Chart) -> str:
    """What the chart shows, for those who do not see it."""
    if chart.kind == "bars":
        places = range(min(len(chart.labels), MOST_SAID))
        return "; ".join(f"{chart.long_label(place)}: {_of_bar(t, chart, place)}" for place in places)
    said = [t.plain("{first} to {last}", first=chart.long_label(0), last=chart.long_label(len(chart.labels) - 1))]
    for each in chart.series:
        known = [(value, -place) for place, value in enumerate(each.values) if value is not None]
        if known:
            highest, place = max(known)
            said.append(
                t.plain(
                    "{name}: {last} at the end, {highest} at most ({when})",
                    name=each.name,
                    last=value_words(t, chart, min(known, key=lambda one: one[1])[0]),
                    highest=value_words(t, chart, highest),
                    when=chart.long_label(-place),
                )
            )
    return "; ".join(said)


def _of_bar(t: Translator, chart: Chart, place: int) -> str:
    if len(chart.series) == 1:
        return chart.ends[place] if chart.ends else value_words(t, chart, chart.series[0].values[place])
    return ", ".join(f"{each.name} {value_words(t, chart, each.values[place])}" for each in chart.series)


def document(t: Translator, picture: Picture, font: str, ground: Ground = LIGHT) -> str:
    """The picture as an SVG document of its own, with its text in the font family `font`."""
    top, body = float(MARGIN + TITLE_PX), []
    wide = LARGE.width
    body.append(_text(top, cut_to(picture.title, wide, TITLE_PX), "ink", TITLE_PX))
    top += LARGE.px * 1.6
    body.append(_text(top, cut_to(picture.about, wide, LARGE.px), "quiet", LARGE.px))
    top += LARGE.px * 1.2
    for part in picture.parts:
        if part.title:
            top += LARGE.px * 1.4
            body.append(_text(top, cut_to(part.title, wide, LARGE.px + 2), "ink", LARGE.px + 2))
            top += LARGE.px
        made = draw(t, part.chart, LARGE)
        body.append(f'<g transform="translate(0 {top:.0f})">{made.body}</g>')
        top += made.height
    width, height = round(wide + 2 * MARGIN), round(top + MARGIN)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * SCALE}" height="{height * SCALE}" '
        f'viewBox="0 0 {width} {height}" font-family={quoteattr(font)} font-size="{LARGE.px:g}" role="img" '
        f"aria-label={quoteattr(picture.title)}><style>{ground.style()}</style>"
        f'<rect class="paper" width="{width}" height="{height}"/>'
        f'<g transform="translate({MARGIN} 0)">{"".join(body)}</g></svg>'
    )


def _text(y: float, words: str, css: str, px: float) -> str:
    return f'<text class="{css}" y="{y:.1f}" font-size="{px:g}">{escape(words)}</text>'
