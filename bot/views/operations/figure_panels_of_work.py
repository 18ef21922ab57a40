"""Panels of what was done: cases and promises, and messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.rules.operations.figures import Agreements, Done, FieldFigures, Share, add_up
from bot.views.cases.desk_words import channel_words, notice_reason_words, outcome_words, reason_words
from bot.views.operations.chart_colours import THINGS
from bot.views.operations.charts import Chart, Series
from bot.views.operations.figure_panels import Cell, Panel, Tile, of_words, share_tile, times, whole_last
from bot.views.operations.numbers import number
from locales import Translator

MOST_BARS = 12  # in a chart; the table has them all
GOOD_SHARE = 0.9


def _rows(t: Translator, found: FieldFigures) -> list[tuple[Cell, Done]]:
    return list(whole_last(t, found, found.periods))


# --- Cases and promises ----------------------------------------------------------------------------------------------


def cases_tiles(t: Translator, found: FieldFigures) -> list[Tile]:
    done = found.done
    closed = t.plain("{n} closed", n=number(t, _closed(done)))
    return [
        Tile(t.plain("Cases opened"), number(t, sum(done.opened.values())), closed),
        share_tile(t, t.plain("Promises kept"), done.promises.kept),
        share_tile(t, t.plain("Plans kept"), done.plans.kept),
    ]


def of_cases(t: Translator, found: FieldFigures) -> list[Panel]:
    return [
        _came_and_went(t, found),
        _outcomes(t, found.done),
        _reasons(t, found.done),
        _agreements(t, found, "promises", t.plain("Promises that ended"), lambda each: each.promises),
        _agreements(t, found, "plans", t.plain("Plans that ended"), lambda each: each.plans),
        _closed_by(t, found),
    ]


def _closed(done: Done) -> int:
    return sum(sum(outcomes.values()) for outcomes in done.closed.values())


def _came_and_went(t: Translator, found: FieldFigures) -> Panel:
    shown = times(t, found)
    columns = (
        Series(t.plain("opened"), tuple(sum(each.opened.values()) for each in shown.parts), "c1"),
        Series(t.plain("closed"), tuple(_closed(each) for each in shown.parts), "c5"),
    )
    known = any(any(each.values) for each in columns)
    return Panel(
        "cases",
        t.plain("Cases opened and closed"),
        Chart("columns", shown.labels, columns, stacking="beside", names=shown.names) if known else None,
        (t.plain("From"), t.plain("opened"), t.plain("closed")),
        tuple((head, sum(each.opened.values()), _closed(each)) for head, each in _rows(t, found) if known),
        empty=t.plain("No case was opened or closed in this period."),
    )


def _outcomes(t: Translator, done: Done) -> Panel:
    counts = add_up((outcome_words(t, how), n) for outcomes in done.closed.values() for how, n in outcomes.items())
    title, empty = t.plain("How cases ended"), t.plain("No case was closed in this period.")
    return _counted(t, "outcomes", title, t.plain("How they ended"), t.plain("Cases"), counts, empty)


def _reasons(t: Translator, done: Done) -> Panel:
    reasons = sorted({*done.opened, *done.closed}, key=lambda each: (-done.opened.get(each, 0), each))
    opened = [done.opened.get(reason, 0) for reason in reasons]
    closed = [sum(done.closed.get(reason, {}).values()) for reason in reasons]
    labels = tuple(reason_words(t, reason) for reason in reasons)
    bars = (
        Series(t.plain("opened"), tuple(opened[:MOST_BARS]), "c1"),
        Series(t.plain("closed"), tuple(closed[:MOST_BARS]), "c5"),
    )
    return Panel(
        "reasons",
        t.plain("Why cases were opened"),
        Chart("bars", labels[:MOST_BARS], bars, stacking="beside") if reasons else None,
        (t.plain("Reason"), t.plain("Opened"), t.plain("Closed"), t.plain("How they ended")),
        tuple(
            (labels[n], opened[n], closed[n], _listed(t, done.closed.get(reason, {})))
            for n, reason in enumerate(reasons)
        ),
        empty=t.plain("No case was opened or closed in this period."),
    )


def _listed(t: Translator, counts: Mapping[str, int]) -> str:
    listed = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return " · ".join(f"{outcome_words(t, how)} {number(t, n)}" for how, n in listed)


def _counted(
    t: Translator, key: str, title: str, thing: str, unit: str, counts: Mapping[str, int], empty: str
) -> Panel:
    """How many there are of each, the most first."""
    listed = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    shown = listed[:MOST_BARS]
    bars = Series(unit, tuple(n for _, n in shown), "o2")
    chart = Chart("bars", tuple(name for name, _ in shown), (bars,)) if shown else None
    return Panel(key, title, chart, (thing, unit), tuple(listed), empty=empty)


def _agreements(t: Translator, found: FieldFigures, key: str, title: str, of: Callable[[Done], Agreements]) -> Panel:
    shown = times(t, found)
    kinds = (
        ("kept", t.plain("kept"), "c3"),
        ("part", t.plain("kept in part"), "c5"),
        ("broken", t.plain("not kept"), "c2"),
    )
    columns = tuple(
        Series(words, tuple(of(each).ended.get(how, 0) for each in shown.parts), colour) for how, words, colour in kinds
    )
    known = bool(of(found.done).made or of(found.done).ended)
    drawn = any(any(each.values) for each in columns)
    return Panel(
        key,
        title,
        Chart("columns", shown.labels, columns, names=shown.names) if drawn else None,
        (t.plain("From"), t.plain("Made"), *(words for _, words, _ in kinds), t.plain("Share kept")),
        tuple(
            (head, of(each).made, *(of(each).ended.get(how, 0) for how, _, _ in kinds), of(each).kept)
            for head, each in _rows(t, found)
            if known
        ),
        empty=t.plain("None ended in this period."),
    )


def _closed_by(t: Translator, found: FieldFigures) -> Panel:
    counts = add_up((each.name or t.plain("somebody"), each.n) for each in found.closed_by)
    title, empty = t.plain("Cases closed, by agent"), t.plain("No agent closed a case in this period.")
    return _counted(t, "closed-by-agent", title, t.plain("Agent"), t.plain("Cases"), counts, empty)


# --- Messages --------------------------------------------------------------------------------------------------------


def messages_tiles(t: Translator, found: FieldFigures) -> list[Tile]:
    sends = found.done.sends
    accepted = sum(sent.accepted for sent in sends.values())
    not_sent = sum(found.not_sent.values())
    return [
        share_tile(t, t.plain("Messages accepted"), Share(accepted, sum(sent.delivered.of for sent in sends.values()))),
        Tile(t.plain("Planned, and not sent"), number(t, not_sent)),
    ]


def of_messages(t: Translator, found: FieldFigures) -> list[Panel]:
    return [_sends(t, found), _channels(t, found.done), _refusals(t, found.done), _not_sent(t, found.not_sent)]


def _why(t: Translator, reason: str) -> str:
    return notice_reason_words(t, reason) if reason else t.plain("no reason given")


def _ends_of(done: Done) -> tuple[int, int, int]:
    """Accepted, refused, unanswered."""
    sends = done.sends.values()
    return sum(s.accepted for s in sends), sum(s.refused for s in sends), sum(s.unanswered for s in sends)


def _sends(t: Translator, found: FieldFigures) -> Panel:
    shown = times(t, found)
    words = (t.plain("accepted"), t.plain("refused"), t.plain("not answered"))
    columns = tuple(
        Series(name, tuple(_ends_of(each)[n] for each in shown.parts), colour)
        for n, (name, colour) in enumerate(zip(words, ("c1", "c2", "c6"), strict=True))
    )
    known = any(any(each.values) for each in columns)
    return Panel(
        "sends",
        t.plain("Messages sent"),
        Chart("columns", shown.labels, columns, names=shown.names) if known else None,
        (t.plain("From"), *words),
        tuple((head, *_ends_of(each)) for head, each in _rows(t, found) if known),
        empty=t.plain("Nothing was sent in this period."),
    )


def _channels(t: Translator, done: Done) -> Panel:
    listed = sorted(done.sends.items(), key=lambda each: -each[1].delivered.of)
    names = tuple(channel_words(t, channel) for channel, _ in listed)
    bars = (
        Series(t.plain("accepted"), tuple(sent.accepted for _, sent in listed), "c1"),
        Series(t.plain("refused"), tuple(sent.refused for _, sent in listed), "c2"),
        Series(t.plain("not answered"), tuple(sent.unanswered for _, sent in listed), "c6"),
    )
    ends = tuple(of_words(t, sent.delivered) for _, sent in listed)
    return Panel(
        "channels",
        t.plain("Messages accepted, by channel"),
        Chart("bars", names, bars, ends=ends) if listed else None,
        (t.plain("Channel"), *(each.name for each in bars), t.plain("Share accepted")),
        tuple(
            (name, sent.accepted, sent.refused, sent.unanswered, sent.delivered)
            for name, (_, sent) in zip(names, listed, strict=True)
        ),
        empty=t.plain("Nothing was sent in this period."),
    )


def _refusals(t: Translator, done: Done) -> Panel:
    """A bar for each reason, with a part for each channel."""
    channels = [channel for channel, sent in sorted(done.sends.items()) if sent.refusals][: len(THINGS)]
    counts = add_up((why, n) for sent in done.sends.values() for why, n in sent.refusals.items())
    reasons = [why for why, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]
    shown = reasons[:MOST_BARS]
    parts = tuple(
        Series(channel_words(t, channel), tuple(done.sends[channel].refusals.get(why, 0) for why in shown), colour)
        for channel, colour in zip(channels, THINGS, strict=False)
    )
    return Panel(
        "refusals",
        t.plain("Why messages were refused"),
        Chart("bars", tuple(_why(t, why) for why in shown), parts, names_one=True) if shown else None,
        (t.plain("Why"), *(channel_words(t, channel) for channel in channels)),
        tuple((_why(t, why), *(done.sends[channel].refusals.get(why, 0) for channel in channels)) for why in reasons),
        empty=t.plain("Nothing was refused in this period."),
    )


def _not_sent(t: Translator, reasons: Mapping[str, int]) -> Panel:
    counts = add_up((_why(t, why), n) for why, n in reasons.items())
    title, empty = t.plain("Planned, and not sent"), t.plain("Everything planned was sent.")
    return _counted(t, "not-sent", title, t.plain("Why"), t.plain("Messages"), counts, empty)
