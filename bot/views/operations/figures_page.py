"""The desk's and the field's figures for supervisors, in the console: numbers at a glance, a chart of the guarantee,
and a table of each figure. `docs/figures.md` defines them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel.numbers import format_decimal, format_percent

from bot.rules.facts.money import Money
from bot.rules.guarantee.states import STATES
from bot.rules.operations.figures import (
    BUCKETS,
    CURRENT,
    OVERDUE_BUCKETS,
    UNKNOWN,
    Bucket,
    Done,
    FieldFigures,
    Share,
)
from bot.views.cases.desk_words import channel_words, language_words, notice_reason_words, outcome_words, reason_words
from locales import Html, Translator, escape

WIDTH, HEIGHT, TOP, BELOW = 960, 220, 8, 26
MOST_LABELS = 12
GOOD_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Tile:
    """A number at a glance; `is_good` None where it is neither."""

    label: str
    value: str
    note: str
    is_good: bool | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A figure as a table; the first cell of a row names it."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def state_words(t: Translator) -> Mapping[str, str]:
    """The states of the guarantee."""
    return {
        "in_grace": t.plain("in grace"),
        "reached": t.plain("reached"),
        "in_queue": t.plain("with a person, or in the queue"),
        "on_hold": t.plain("on hold"),
        "silent": t.plain("silent"),
    }


def tiles(t: Translator, found: FieldFigures) -> list[Tile]:
    done, silent = found.done, found.done.coverage.by_state.get("silent", 0)
    sent = _all_sends(done)
    return [
        Tile(
            t.plain("Silent customer-days"),
            number(t, silent),
            t.plain("of {n} overdue", n=number(t, done.coverage.covered.of)),
            silent == 0,
        ),
        _share_tile(t, t.plain("Answered in time"), done.answers, judged=True),
        _share_tile(t, t.plain("Promises kept"), done.promises.kept),
        _share_tile(t, t.plain("Cured"), done.rolls.cured),
        Tile(t.plain("Cases opened"), number(t, sum(done.opened.values())), _closed_words(t, done)),
        _share_tile(t, t.plain("Messages accepted"), sent),
    ]


def _share_tile(t: Translator, label: str, of: Share, *, judged: bool = False) -> Tile:
    note = t.plain("{n} of {of}", n=number(t, of.n), of=number(t, of.of)) if of.of else t.plain("nothing so far")
    return Tile(label, share(t, of), note, None if of.share is None or not judged else of.share >= GOOD_SHARE)


def _closed_words(t: Translator, done: Done) -> str:
    closed = sum(sum(outcomes.values()) for outcomes in done.closed.values())
    return t.plain("{n} closed", n=number(t, closed))


def _all_sends(done: Done) -> Share:
    accepted = sum(sent.accepted for sent in done.sends.values())
    return Share(accepted, sum(sent.delivered.of for sent in done.sends.values()))


# --- The chart -------------------------------------------------------------------------------------------------------


def coverage_chart(t: Translator, found: FieldFigures) -> Html:
    """Customer-days of overdue customers by the guarantee's state, a column for each part of the time; silent ones on
    top. The table of the same numbers is `coverage_table`."""
    most = max((each.coverage.covered.of for each in found.periods), default=0)
    label = escape(chart_title(t))
    if not most:
        return Html("")
    step, words = WIDTH / len(found.periods), state_words(t)
    drawn: list[str] = []
    for place, each in enumerate(found.periods):
        bottom = float(TOP + HEIGHT)
        for state in STATES:
            n = each.coverage.by_state.get(state, 0)
            high = n / most * HEIGHT
            bottom -= high
            if n:
                said = escape(f"{t.day(each.period.first)} · {words[state]}: {number(t, n)}")
                box = f'x="{place * step + step * 0.08:.1f}" y="{bottom:.1f}" width="{step * 0.84:.1f}"'
                drawn.append(f'<rect class="{state}" {box} height="{high:.1f}"><title>{said}</title></rect>')
        if place % max(1, -(-len(found.periods) // MOST_LABELS)) == 0:
            at = f'x="{(place + 0.5) * step if place else 0:.1f}" y="{TOP + HEIGHT + 18}"'
            anchor = "middle" if place else "start"
            drawn.append(f'<text {at} text-anchor="{anchor}">{escape(t.day_of_year(each.period.first))}</text>')
    size = f'viewBox="0 0 {WIDTH} {TOP + HEIGHT + BELOW}"'
    return Html(f'<svg {size} role="img" aria-label="{label}">{"".join(drawn)}</svg>')


def chart_title(t: Translator) -> str:
    return t.plain("Overdue customers by the guarantee’s state, evening by evening")


@dataclass(frozen=True, slots=True)
class Ground:
    """The colours of a picture beside those of the states, which are the same on both."""

    paper: str
    ink: str


LIGHT, DARK = Ground("#ffffff", "#3f4b4d"), Ground("#172023", "#c6d0d1")
COLOURS = {
    "in_grace": "#9aa7a5",
    "reached": "#4d9a6a",
    "in_queue": "#2f7ea6",
    "on_hold": "#c9a43a",
    "silent": "#c2461d",
}
PICTURE_SCALE, MARGIN, HEAD = 2, 24, 74


def coverage_picture(t: Translator, found: FieldFigures, ground: Ground, font: str) -> str:
    """The same chart as an SVG document of its own, with its title, its time and what the colours mean, to be kept as
    a picture. Empty if there is nothing to draw."""
    chart = coverage_chart(t, found)
    if not chart:
        return ""
    wide, high = WIDTH + 2 * MARGIN, TOP + HEIGHT + BELOW + HEAD + MARGIN
    inner = chart.partition(">")[2].removesuffix("</svg>")
    colours = "".join(f"rect.{state}{{fill:{colour}}}" for state, colour in COLOURS.items())
    time = t.plain("{since} to {until}", since=t.date(found.done.period.first), until=t.date(found.done.period.last))
    words, each = state_words(t), WIDTH / len(STATES)
    legend = "".join(
        f'<rect class="{state}" x="{place * each:.0f}" y="36" width="12" height="12"/>'
        f'<text x="{place * each + 18:.0f}" y="47">{escape(words[state])}</text>'
        for place, state in enumerate(STATES)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide * PICTURE_SCALE}" height="{high * PICTURE_SCALE}" '
        f'viewBox="0 0 {wide} {high}" font-family="{font}" font-size="12" fill="{ground.ink}">'
        f'<style>{colours}</style><rect width="{wide}" height="{high}" fill="{ground.paper}"/>'
        f'<g transform="translate({MARGIN} {MARGIN / 2:.0f})">'
        f'<text y="16" font-size="15">{escape(chart_title(t))}</text>'
        f'<text x="{WIDTH}" y="16" text-anchor="end">{escape(time)}</text>{legend}'
        f'<g transform="translate(0 {HEAD - MARGIN / 2:.0f})">{inner}</g></g></svg>'
    )


def coverage_table(t: Translator, found: FieldFigures) -> Table:
    words = state_words(t)
    return Table(
        t.plain("The guarantee"),
        (t.plain("From"), *(words[state] for state in STATES), t.plain("not silent")),
        tuple(
            (
                t.date(each.period.first),
                *(number(t, each.coverage.by_state.get(state, 0)) for state in STATES),
                share(t, each.coverage.covered),
            )
            for each in (*found.periods, found.done)
        ),
        t.plain("Customer-days; the last row is the whole time."),
    )


# --- Tables ----------------------------------------------------------------------------------------------------------


def tables(t: Translator, found: FieldFigures) -> list[Table]:
    made = (
        *(_aging(t, currency, buckets) for currency, buckets in sorted(found.aging.items())),
        _rolls(t, found),
        _cures(t, found),
        _agreements(t, found.done),
        _closed(t, found.done),
        _answers(t, found),
        _sends(t, found.done),
        _not_sent(t, found.not_sent),
    )
    return [table for table in made if table.rows]


def bucket_words(t: Translator, name: str) -> str:
    """Days past due."""
    if name == CURRENT:
        return t.plain("not overdue")
    return t.plain("not known") if name == UNKNOWN else t.plain("{days} days", days=name.replace("-", "–"))


def _aging(t: Translator, currency: str, buckets: Mapping[str, Bucket]) -> Table:
    each = [(name, buckets.get(name, Bucket())) for name in BUCKETS]
    return Table(
        t.plain("Owed now, {currency}", currency=currency),
        (t.plain("Past due"), t.plain("Customers"), t.plain("Sum")),
        tuple((bucket_words(t, name), number(t, b.customers), t.money(Money(b.amount, currency))) for name, b in each),
    )


def _rolls(t: Translator, found: FieldFigures) -> Table:
    rolls = found.done.rolls
    names = [name for name in (*OVERDUE_BUCKETS, UNKNOWN) if any(name in move for move in rolls.moved)]
    if rolls.since is None or rolls.until is None:
        names = []
    return Table(
        t.plain("Where who was overdue is now"),
        (t.plain("Then"), t.plain("cured"), *(bucket_words(t, name) for name in OVERDUE_BUCKETS)),
        tuple(
            (
                bucket_words(t, then),
                *(number(t, rolls.moved.get((then, now), 0)) for now in (CURRENT, *OVERDUE_BUCKETS)),
            )
            for then in names
        ),
        t.plain("From {since} to {until}.", since=t.date(rolls.since), until=t.date(rolls.until))
        if rolls.since is not None and rolls.until is not None
        else "",
    )


def _cures(t: Translator, found: FieldFigures) -> Table:
    return Table(
        t.plain("Cured by policy version"),
        (t.plain("Policy"), t.plain("Cured"), t.plain("Customers")),
        tuple(
            (
                t.plain("before any step") if each.version is None else f"{each.policy or '?'} ({each.version[:8]})",
                share(t, each.cured),
                number(t, each.cured.of),
            )
            for each in found.cures
        ),
    )


def _agreements(t: Translator, done: Done) -> Table:
    kinds = ((t.plain("Promises"), done.promises), (t.plain("Plans"), done.plans))
    return Table(
        t.plain("Agreements"),
        (
            t.plain("Agreement"),
            t.plain("Made"),
            t.plain("Kept"),
            t.plain("Kept in part"),
            t.plain("Not kept"),
            t.plain("Share kept"),
        ),
        tuple(
            (
                name,
                number(t, of.made),
                *(number(t, of.ended.get(how, 0)) for how in ("kept", "part", "broken")),
                share(t, of.kept),
            )
            for name, of in kinds
            if of.made or of.ended
        ),
    )


def _closed(t: Translator, done: Done) -> Table:
    reasons = sorted({*done.opened, *done.closed}, key=lambda each: (-done.opened.get(each, 0), each))
    return Table(
        t.plain("Cases"),
        (t.plain("Reason"), t.plain("Opened"), t.plain("Closed"), t.plain("How they ended")),
        tuple(
            (
                reason_words(t, reason),
                number(t, done.opened.get(reason, 0)),
                number(t, sum(done.closed.get(reason, {}).values())),
                _listed(t, {outcome_words(t, how): n for how, n in done.closed.get(reason, {}).items()}),
            )
            for reason in reasons
        ),
    )


def _answers(t: Translator, found: FieldFigures) -> Table:
    agents = [(each.name or t.plain("nobody"), each.in_time) for each in found.by_agent]
    languages = [(language_words(t, str(each.who) if each.who else None), each.in_time) for each in found.by_language]
    return Table(
        t.plain("First answers"),
        (t.plain("By"), t.plain("In time"), t.plain("Answers")),
        tuple((name, share(t, of), number(t, of.of)) for name, of in (*agents, *languages)),
    )


def _sends(t: Translator, done: Done) -> Table:
    return Table(
        t.plain("Messages"),
        (t.plain("Channel"), t.plain("Accepted"), t.plain("Refused"), t.plain("Why refused")),
        tuple(
            (
                channel_words(t, channel),
                number(t, sent.accepted),
                number(t, sent.refused),
                _listed(t, {notice_reason_words(t, why): n for why, n in sent.refusals.items()}),
            )
            for channel, sent in sorted(done.sends.items())
        ),
    )


def _not_sent(t: Translator, reasons: Mapping[str, int]) -> Table:
    listed = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    return Table(
        t.plain("Planned, and not sent"),
        (t.plain("Why"), t.plain("Messages")),
        tuple((notice_reason_words(t, why), number(t, n)) for why, n in listed),
    )


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


def number(t: Translator, n: int) -> str:
    return str(format_decimal(n, locale=t.language.replace("-", "_")))


def share(t: Translator, of: Share) -> str:
    if of.share is None:
        return "–"
    return str(format_percent(of.share, "0.#%", locale=t.language.replace("-", "_")))


def _listed(t: Translator, counts: Mapping[str, int]) -> str:
    listed = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return " · ".join(f"{words} {number(t, n)}" for words, n in listed)
