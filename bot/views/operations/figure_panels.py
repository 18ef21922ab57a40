"""Panels of the console's figures: each a question that supervisors ask, with its chart, and the table of the same
numbers behind it. `docs/figures.md` defines the numbers; `figure_panels_of_*` make the panels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from bot.rules.facts.money import Money
from bot.rules.guarantee.states import STATES
from bot.rules.operations.figures import Done, FieldFigures, Share
from bot.rules.operations.periods import By, Period
from bot.views.operations.charts import Captioned, Chart, Picture
from bot.views.operations.numbers import month, number, share
from locales import Translator

Section = Literal["now", "debts", "cases", "answers", "ratings", "messages", "ahead"]
SECTIONS: tuple[Section, ...] = get_args(Section)
Cell = int | float | str | date | Money | Share | None
SHARE_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """A number at a glance; `is_good` None where it is neither."""

    label: str
    value: str
    note: str = ""
    is_good: bool | None = None
    leads_to: str = ""  # a page, below the console's own


@dataclass(frozen=True, slots=True)
class Panel:
    """`key` is its name in addresses. Without a chart it is a table alone; without rows there is nothing yet, and
    `empty` says what will be here."""

    key: str
    title: str
    chart: Chart | None
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    empty: str = ""
    is_of_now: bool = False  # whatever days were asked for


@dataclass(frozen=True, slots=True)
class Times:
    """The parts of the time that a panel shows, with what is written below the axis and what in full."""

    parts: tuple[Done, ...]
    labels: tuple[str, ...]
    names: tuple[str, ...]


def section_words(t: Translator, section: Section) -> str:
    match section:
        case "now":
            return t.plain("Now")
        case "debts":
            return t.plain("What is owed")
        case "cases":
            return t.plain("Cases and promises")
        case "answers":
            return t.plain("First answers")
        case "ratings":
            return t.plain("Customers’ ratings")
        case "messages":
            return t.plain("Messages")
        case "ahead":
            return t.plain("The next 30 days")


def times(t: Translator, found: FieldFigures, parts: Sequence[Done] | None = None) -> Times:
    chosen = tuple(found.periods if parts is None else parts)
    by: By = found.by or "day"
    return Times(
        chosen,
        tuple(_label(t, each.period, by) for each in chosen),
        tuple(period_words(t, each.period, by) for each in chosen),
    )


def _label(t: Translator, period: Period, by: By) -> str:
    return month(t, period.first) if by == "month" else t.day_of_year(period.first)


def period_words(t: Translator, period: Period, by: By) -> str:
    if by == "day":
        return t.day(period.first)
    return t.plain("{since} to {until}", since=t.day_of_year(period.first), until=t.day_of_year(period.last))


def whole_last(t: Translator, found: FieldFigures, parts: Sequence[Done]) -> Iterator[tuple[Cell, Done]]:
    """The parts of the time by their first day, and then the whole time: the rows of a table."""
    for each in parts:
        yield each.period.first, each
    yield t.plain("Whole time"), found.done


def cell_words(t: Translator, cell: Cell) -> str:
    """As it is in a page's table."""
    match cell:
        case None:
            return "–"
        case str():
            return cell
        case Money():
            return t.money(cell)
        case Share():
            return share(t, cell)
        case date():
            return t.date(cell)
        case _:
            return number(t, cell)


def plain_cell(cell: Cell) -> Cell:
    """As it is in a file for a spreadsheet: a share is a number from 0 to 1."""
    if isinstance(cell, Share):
        return None if cell.share is None else round(cell.share, SHARE_DECIMALS)
    return cell


def picture(t: Translator, panel: Panel, since: date, until: date) -> Picture | None:
    """To be kept as a file; None if the panel has no chart."""
    if panel.chart is None:
        return None
    days = t.plain("{since} to {until}", since=t.date(since), until=t.date(until))
    about = t.date(until) if panel.is_of_now else days
    return Picture(panel.title, f"{about} · {panel.note}" if panel.note else about, (Captioned("", panel.chart),))


def share_tile(t: Translator, label: str, of: Share, good_from: float | None = None) -> Tile:
    note = t.plain("{n} of {of}", n=number(t, of.n), of=number(t, of.of)) if of.of else t.plain("nothing so far")
    judged = None if of.share is None or good_from is None else of.share >= good_from
    return Tile(label, share(t, of), note, judged)


def of_words(t: Translator, of: Share) -> str:
    """A share with what it is of."""
    return f"{share(t, of)} · {t.plain('{n} of {of}', n=number(t, of.n), of=number(t, of.of))}"


def csv_rows(found: FieldFigures) -> list[Sequence[object]]:
    """The parts of the time as plain numbers, for a spreadsheet; the last row is the whole time."""
    head = ("from", "to", *STATES, "answers_in_time", "answers", "promises_kept", "promises_ended")
    rows: list[Sequence[object]] = [(*head, "cured", "were_overdue", "opened", "closed", "accepted", "refused")]
    for each in (*found.periods, found.done):
        kept, cured = each.promises.kept, each.rolls.cured
        rows.append(
            (
                *(each.period.first, each.period.last),
                *(each.coverage.by_state.get(state, 0) for state in STATES),
                *(each.answers.n, each.answers.of, kept.n, kept.of, cured.n, cured.of),
                sum(each.opened.values()),
                sum(sum(outcomes.values()) for outcomes in each.closed.values()),
                sum(sent.accepted for sent in each.sends.values()),
                sum(sent.refused for sent in each.sends.values()),
            )
        )
    return rows
