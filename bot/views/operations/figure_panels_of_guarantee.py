"""Panels of the guarantee as a service level: who was silent and why, customer-days by state, and evenings without a
record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.rules.guarantee.states import STATES, SilentDay
from bot.rules.guarantee.unwritten_evenings import Cause
from bot.rules.operations.figures import Done, FieldFigures, Share
from bot.views.operations.chart_colours import STATE_COLOURS
from bot.views.operations.charts import Chart, Series
from bot.views.operations.figure_panels import Cell, Panel, Tile, Times, times, whole_last
from bot.views.operations.numbers import number
from bot.views.operations.unwritten_words import unwritten_words
from locales import Translator


def state_words(t: Translator) -> Mapping[str, str]:
    """The states of the guarantee."""
    return {
        "in_grace": t.plain("in grace"),
        "reached": t.plain("reached"),
        "in_queue": t.plain("with a person, or in the queue"),
        "on_hold": t.plain("on hold"),
        "silent": t.plain("silent"),
    }


def guarantee_tiles(t: Translator, found: FieldFigures) -> list[Tile]:
    covered = found.done.coverage.covered
    silent, gaps = covered.of - covered.n, len(found.unwritten)
    of = t.plain("of {n} overdue", n=number(t, covered.of))
    return [
        Tile(t.plain("Silent customer-days"), number(t, silent), of, silent == 0 if covered.of else None),
        Tile(t.plain("Evenings without a record"), number(t, gaps), "", gaps == 0 if covered.of else None),
    ]


def of_guarantee(t: Translator, found: FieldFigures, silent: Sequence[SilentDay]) -> list[Panel]:
    shown = times(t, found, _with_evenings(found))
    gaps = {
        place: unwritten_words(t, why) for place, each in enumerate(shown.parts) if (why := _why_empty(found, each))
    }
    return [
        _silent(t, found, shown, gaps),
        _coverage(t, found, shown, gaps),
        _causes(t, found.done),
        _who(t, silent),
        _holes(t, found),
    ]


def _with_evenings(found: FieldFigures) -> Sequence[Done]:
    """From the first part of the time of which anything is known to the last one: before it nothing ran, and after it
    the evening is still to come."""
    known = [n for n, each in enumerate(found.periods) if each.coverage.covered.of or _why_empty(found, each)]
    return found.periods[known[0] : known[-1] + 1] if known else ()


def _why_empty(found: FieldFigures, part: Done) -> Cause | None:
    """Why nothing was written down in this part of the time; None if anything was."""
    if part.coverage.covered.of:
        return None
    return next(
        (why for day, why in sorted(found.unwritten.items()) if part.period.first <= day <= part.period.last), None
    )


def _silent(t: Translator, found: FieldFigures, shown: Times, gaps: Mapping[int, str]) -> Panel:
    values = tuple(
        None if place in gaps else each.coverage.by_state.get("silent", 0) for place, each in enumerate(shown.parts)
    )
    line = Series(t.plain("silent"), values, STATE_COLOURS["silent"])
    return Panel(
        "silent",
        t.plain("Silent customers over time: 0 is the promise"),
        Chart("lines", shown.labels, (line,), names=shown.names, gaps=gaps) if shown.parts else None,
        (t.plain("From"), t.plain("silent"), t.plain("overdue"), t.plain("not silent")),
        tuple(
            _silent_row(head, each.coverage.covered, is_gap=place in gaps)
            for place, (head, each) in enumerate(whole_last(t, found, shown.parts))
            if shown.parts
        ),
        t.plain("In customer-days: one customer overdue on one evening counts as one."),
        t.plain("Nothing yet: who is overdue is recorded each evening."),
    )


def _silent_row(head: Cell, covered: Share, *, is_gap: bool) -> tuple[Cell, ...]:
    return (head, None, None, covered) if is_gap else (head, covered.of - covered.n, covered.of, covered)


def _coverage(t: Translator, found: FieldFigures, shown: Times, gaps: Mapping[int, str]) -> Panel:
    words = state_words(t)

    def values(state: str) -> tuple[float | None, ...]:
        return tuple(
            None if place in gaps else each.coverage.by_state.get(state, 0) for place, each in enumerate(shown.parts)
        )

    layers = tuple(Series(words[state], values(state), STATE_COLOURS[state]) for state in STATES)
    return Panel(
        "coverage",
        t.plain("Overdue customers by the guarantee’s state, evening by evening"),
        Chart("areas", shown.labels, layers, names=shown.names, gaps=gaps) if shown.parts else None,
        (t.plain("From"), *(words[state] for state in STATES), t.plain("not silent")),
        tuple(
            (
                head,
                *(None if place in gaps else each.coverage.by_state.get(state, 0) for state in STATES),
                each.coverage.covered,
            )
            for place, (head, each) in enumerate(whole_last(t, found, shown.parts))
            if shown.parts
        ),
        t.plain("In customer-days: one customer overdue on one evening counts as one."),
        t.plain("Nothing yet: who is overdue is recorded each evening."),
    )


def cause_words(t: Translator, cause: str) -> str:
    """Why a customer was silent."""
    match cause:
        case "no_channel":
            return t.plain("no channel reached them, and no agent had their case")
        case "not_reached":
            return t.plain("no message had arrived in time")
        case "no_sign_of_life":
            return t.plain("nothing was heard from them for too long after a message")
        case _:
            return t.plain("not known")


def _causes(t: Translator, done: Done) -> Panel:
    listed = sorted(done.coverage.causes.items(), key=lambda each: (-each[1], each[0]))
    names = tuple(cause_words(t, cause) for cause, _ in listed)
    bars = Series(t.plain("Customer-days"), tuple(n for _, n in listed), STATE_COLOURS["silent"])
    return Panel(
        "causes",
        t.plain("Why customers were silent"),
        Chart("bars", names, (bars,)) if listed else None,
        (t.plain("Why"), bars.name),
        tuple(zip(names, (n for _, n in listed), strict=True)),
        empty=t.plain("Nobody was silent in this period."),
    )


def _who(t: Translator, silent: Sequence[SilentDay]) -> Panel:
    return Panel(
        "who-was-silent",
        t.plain("Who was silent, and when"),
        None,
        (t.plain("Evening"), t.plain("Customer id"), t.plain("Why")),
        tuple((each.day, each.customer_id, cause_words(t, each.cause)) for each in silent),
        empty=t.plain("Nobody was silent in this period."),
    )


def _holes(t: Translator, found: FieldFigures) -> Panel:
    return Panel(
        "holes",
        t.plain("Evenings without a record, and why"),
        None,
        (t.plain("Evening"), t.plain("Why")),
        tuple((day, unwritten_words(t, why)) for day, why in sorted(found.unwritten.items())),
        empty=t.plain("None: every evening of this period has a record."),
    )
