"""Panels of first answers in time, and of what customers said of them afterwards, by agent and language."""

from __future__ import annotations

from collections.abc import Sequence

from bot.rules.operations.figures import SCORES, Answers, Done, FieldFigures, Rated, Share
from bot.views.cases.console_lists import language
from bot.views.operations.chart_colours import STEPS, THINGS
from bot.views.operations.charts import Chart, Series
from bot.views.operations.figure_panels import Cell, Panel, Tile, of_words, share_tile, times, whole_last
from bot.views.operations.numbers import number
from locales import Translator

MOST_BARS = 12  # in a chart; the table has them all
GOOD_SHARE = 0.9


def _rows(t: Translator, found: FieldFigures) -> list[tuple[Cell, Done]]:
    return list(whole_last(t, found, found.periods))


# --- Answers ---------------------------------------------------------------------------------------------------------


def answers_tiles(t: Translator, found: FieldFigures) -> list[Tile]:
    done = found.done
    nobody = sum(each.in_time.of for each in found.by_agent if each.who is None)
    return [
        share_tile(t, t.plain("Answered in time"), done.answers, GOOD_SHARE),
        Tile(t.plain("Late, and still not answered"), number(t, nobody), "", nobody == 0 if done.answers.of else None),
    ]


def of_answers(t: Translator, found: FieldFigures) -> list[Panel]:
    agents = [each.name or t.plain("nobody") for each in found.by_agent]
    languages = [_language(t, each.who) for each in found.by_language]
    by_agent, by_language = t.plain("First answers in time, by agent"), t.plain("First answers in time, by language")
    over = (
        ("answers-agents", t.plain("In time over time, by agent"), agents, found.by_agent),
        ("answers-languages", t.plain("In time over time, by language"), languages, found.by_language),
    )
    return [
        _answers(t, found),
        _answers_by(t, "answers-by-agent", by_agent, t.plain("Agent"), agents, found.by_agent),
        _answers_by(t, "answers-by-language", by_language, t.plain("Language"), languages, found.by_language),
        *(_over_time(t, found, key, title, names, _shares(of), _no_answer(t)) for key, title, names, of in over),
    ]


def _no_answer(t: Translator) -> str:
    return t.plain("No first answer was due in this period.")


def _shares(answers: Sequence[Answers]) -> list[list[Share]]:
    """Of each, those of the parts of the time and of the whole."""
    return [[*each.parts, each.in_time] for each in answers]


def _over_time(
    t: Translator,
    found: FieldFigures,
    key: str,
    title: str,
    names: Sequence[str],
    values: Sequence[Sequence[Share | float | None]],
    empty: str,
) -> Panel:
    """A line for each of those with the most; the table has them all."""
    shown = times(t, found)

    def drawn(value: Share | float | None) -> float | None:
        return value.share if isinstance(value, Share) else value

    lines = tuple(
        Series(name, tuple(drawn(value) for value in theirs[:-1]), colour)
        for name, theirs, colour in zip(names, values, THINGS, strict=False)
    )
    is_share = any(isinstance(theirs[-1], Share) for theirs in values)
    chart = (
        Chart(
            "lines",
            shown.labels,
            lines,
            unit="share" if is_share else "number",
            names=shown.names,
            most=0 if is_share else SCORES[-1],
            names_one=True,
        )
        if lines and shown.parts
        else None
    )
    return Panel(
        key,
        title,
        chart,
        (t.plain("From"), *names),
        tuple((head, *(theirs[n] for theirs in values)) for n, (head, _) in enumerate(_rows(t, found)) if values),
        empty=empty,
    )


# --- Ratings ---------------------------------------------------------------------------------------------------------


def ratings_tiles(t: Translator, found: FieldFigures) -> list[Tile]:
    ratings = found.done.ratings
    mean = "–" if ratings.mean is None else number(t, ratings.mean)
    asked = t.plain("{n} answers to {asked} questions", n=number(t, ratings.n), asked=number(t, ratings.asked))
    return [Tile(t.plain("How it went, out of 5"), mean, asked)]


def of_ratings(t: Translator, found: FieldFigures) -> list[Panel]:
    agents = [each.name or t.plain("nobody") for each in found.rated_agents]
    languages = [_language(t, each.who) for each in found.rated_languages]
    by_agent, by_language = t.plain("How it went, by agent"), t.plain("How it went, by language")
    whose = t.plain("A rating counts for the agent who had the case at the end.")
    over = (
        ("ratings-agents", t.plain("How it went over time, by agent"), agents, found.rated_agents),
        ("ratings-languages", t.plain("How it went over time, by language"), languages, found.rated_languages),
    )
    return [
        _scores(t, found),
        _means(t, found),
        _rated_by(t, "ratings-by-agent", by_agent, t.plain("Agent"), agents, found.rated_agents, whose),
        _rated_by(t, "ratings-by-language", by_language, t.plain("Language"), languages, found.rated_languages),
        *(
            _over_time(t, found, key, title, names, _averages(rated), _no_rating(t))
            for key, title, names, rated in over
        ),
    ]


def _averages(rated: Sequence[Rated]) -> list[list[float | None]]:
    return [[*(part.mean for part in each.parts), each.ratings.mean] for each in rated]


def _no_rating(t: Translator) -> str:
    return t.plain("No customer has rated a case in this period.")


def _language(t: Translator, who: int | str | None) -> str:
    return language(t, str(who)) if who else t.plain("not known")


def _answers(t: Translator, found: FieldFigures) -> Panel:
    shown = times(t, found)
    line = Series(t.plain("in time"), tuple(each.answers.share for each in shown.parts), "c1")
    known = found.done.answers.of > 0
    return Panel(
        "answers",
        t.plain("First answers in time"),
        Chart("lines", shown.labels, (line,), unit="share", names=shown.names) if known and shown.parts else None,
        (t.plain("From"), t.plain("in time"), t.plain("Answers"), t.plain("Share in time")),
        tuple((head, each.answers.n, each.answers.of, each.answers) for head, each in _rows(t, found) if known),
        empty=_no_answer(t),
    )


def _answers_by(
    t: Translator, key: str, title: str, by_what: str, names: Sequence[str], answers: Sequence[Answers]
) -> Panel:
    shown = answers[:MOST_BARS]
    bars = (
        Series(t.plain("in time"), tuple(each.in_time.n for each in shown), "c1"),
        Series(t.plain("late"), tuple(each.in_time.of - each.in_time.n for each in shown), "c2"),
    )
    ends = tuple(of_words(t, each.in_time) for each in shown)
    return Panel(
        key,
        title,
        Chart("bars", tuple(names[: len(shown)]), bars, stacking="whole", ends=ends) if shown else None,
        (by_what, t.plain("in time"), t.plain("Answers"), t.plain("Share in time")),
        tuple((name, each.in_time.n, each.in_time.of, each.in_time) for name, each in zip(names, answers, strict=True)),
        empty=_no_answer(t),
    )


def _scores(t: Translator, found: FieldFigures) -> Panel:
    ratings = found.done.ratings
    columns = Series(t.plain("ratings"), tuple(ratings.scores.get(score, 0) for score in SCORES), "o2")
    labels = tuple(number(t, score) for score in SCORES)
    return Panel(
        "ratings",
        t.plain("How it went, as customers said: 1 is bad, 5 is good"),
        Chart("columns", labels, (columns,)) if ratings.n else None,
        (t.plain("Score"), t.plain("Ratings")),
        tuple((score, ratings.scores.get(score, 0)) for score in SCORES if ratings.n),
        empty=_no_rating(t),
    )


def _means(t: Translator, found: FieldFigures) -> Panel:
    shown = times(t, found)
    line = Series(t.plain("on average"), tuple(each.ratings.mean for each in shown.parts), "c4")
    known = found.done.ratings.n > 0
    return Panel(
        "ratings-over-time",
        t.plain("How it went on average, over time"),
        Chart("lines", shown.labels, (line,), names=shown.names, most=SCORES[-1]) if known and shown.parts else None,
        (t.plain("From"), t.plain("on average"), t.plain("Ratings"), t.plain("Asked")),
        tuple((head, each.ratings.mean, each.ratings.n, each.ratings.asked) for head, each in _rows(t, found) if known),
        empty=_no_rating(t),
    )


def _rated_by(
    t: Translator, key: str, title: str, by_what: str, names: Sequence[str], rated: Sequence[Rated], note: str = ""
) -> Panel:
    """The scores as parts of a whole, the bad ones first; the average at the end."""
    shown = rated[:MOST_BARS]
    parts = tuple(
        Series(number(t, score), tuple(each.ratings.scores.get(score, 0) for each in shown), colour)
        for score, colour in zip(SCORES, STEPS, strict=True)
    )
    ends = tuple(
        t.plain("{mean} of 5 · {n}", mean=number(t, each.ratings.mean or 0), n=number(t, each.ratings.n))
        for each in shown
    )
    return Panel(
        key,
        title,
        Chart("bars", tuple(names[: len(shown)]), parts, stacking="whole", ends=ends) if shown else None,
        (by_what, t.plain("on average"), *(number(t, score) for score in SCORES)),
        tuple(
            (name, each.ratings.mean, *(each.ratings.scores.get(score, 0) for score in SCORES))
            for name, each in zip(names, rated, strict=True)
        ),
        note,
        _no_rating(t),
    )
