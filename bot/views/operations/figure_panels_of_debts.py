"""Panels of what is owed: aging, roll and cure rates."""

from __future__ import annotations

from collections.abc import Mapping

from bot.rules.facts.money import Money
from bot.rules.operations.figures import (
    BUCKETS,
    CURRENT,
    OVERDUE_BUCKETS,
    UNKNOWN,
    Bucket,
    FieldFigures,
    Rolls,
)
from bot.views.operations.chart_colours import STEPS
from bot.views.operations.charts import Chart, Series
from bot.views.operations.figure_panels import Panel, Tile, Times, of_words, share_tile, times, whole_last
from bot.views.operations.numbers import number, share
from locales import Translator

MOST_CURRENCIES = 4
_COLOUR_OF = dict(zip(BUCKETS, STEPS, strict=True))


def bucket_words(t: Translator, name: str) -> str:
    """Days past due."""
    if name == CURRENT:
        return t.plain("not overdue")
    return t.plain("not known") if name == UNKNOWN else t.plain("{days} days", days=name.replace("-", "–"))


def debts_tiles(t: Translator, found: FieldFigures) -> list[Tile]:
    done, names = found.done, OVERDUE_BUCKETS[:-1]
    rolled = [
        share_tile(t, t.plain("Rolled on, {bucket}", bucket=bucket_words(t, one)), done.rolls.forward(one))
        for one in names
    ]
    overdue = sum(done.rolls.overdue.values())
    return [
        share_tile(t, t.plain("Cured"), done.rolls.cured),
        Tile(t.plain("Overdue on the last evening"), number(t, overdue)),
        *rolled,
    ]


def of_debts(t: Translator, found: FieldFigures) -> list[Panel]:
    shown = times(t, found, [each for each in found.periods if each.rolls.until is not None])
    aging = sorted(found.aging.items(), key=lambda one: -sum(b.customers for b in one[1].values()))
    each = [_aging(t, currency, buckets) for currency, buckets in aging[:MOST_CURRENCIES]]
    return [
        *(each or [_no_aging(t)]),
        _overdue(t, shown),
        _moved(t, found.done.rolls),
        _roll_rates(t, found, shown),
        _cured(t, found, shown),
        _cures(t, found),
    ]


def _no_aging(t: Translator) -> Panel:
    return Panel("aging", t.plain("Owed now"), None, (), (), empty=t.plain("Nobody owes anything."))


def _aging(t: Translator, currency: str, buckets: Mapping[str, Bucket]) -> Panel:
    each = [(name, buckets.get(name, Bucket())) for name in BUCKETS]
    sums = [Money(bucket.amount, currency) for _, bucket in each]
    chart = Chart(
        "bars",
        tuple(bucket_words(t, name) for name, _ in each),
        (Series(t.plain("Customers"), tuple(bucket.customers for _, bucket in each), "o2"),),
        ends=tuple(f"{number(t, b.customers)} · {t.money(of)}" for (_, b), of in zip(each, sums, strict=True)),
    )
    return Panel(
        f"aging-{currency}",
        t.plain("Owed now, {currency}", currency=currency),
        chart if any(bucket.customers for _, bucket in each) else None,
        (t.plain("Past due"), t.plain("Customers"), t.plain("Instalments"), t.plain("Sum")),
        tuple(
            (bucket_words(t, name), bucket.customers, bucket.instalments, of)
            for (name, bucket), of in zip(each, sums, strict=True)
        ),
        t.plain("Customers by their oldest instalment, sums by the due date of each."),
        is_of_now=True,
    )


def _overdue(t: Translator, shown: Times) -> Panel:
    names = [name for name in (*OVERDUE_BUCKETS, UNKNOWN) if any(each.rolls.overdue.get(name) for each in shown.parts)]
    layers = tuple(
        Series(
            bucket_words(t, name),
            tuple(each.rolls.overdue.get(name, 0) for each in shown.parts),
            _COLOUR_OF.get(name, "c6"),
        )
        for name in names
    )
    return Panel(
        "overdue",
        t.plain("Overdue customers by days past due"),
        Chart("areas", shown.labels, layers, names=shown.names, names_one=True) if layers else None,
        (t.plain("Evening"), *(bucket_words(t, name) for name in names)),
        tuple(
            (each.rolls.until, *(each.rolls.overdue.get(name, 0) for name in names)) for each in shown.parts if names
        ),
        empty=t.plain("Nothing yet: this needs the records of two evenings."),
    )


def _moved(t: Translator, rolls: Rolls) -> Panel:
    names = [name for name in (*OVERDUE_BUCKETS, UNKNOWN) if any(name in move for move in rolls.moved)]
    now = (CURRENT, *OVERDUE_BUCKETS)
    colours = {**_COLOUR_OF, CURRENT: "c3"}
    parts = tuple(
        Series(
            t.plain("cured") if name == CURRENT else bucket_words(t, name),
            tuple(rolls.moved.get((then, name), 0) for then in names),
            colours[name],
        )
        for name in now
    )
    known = rolls.since is not None and rolls.until is not None and names
    ends = tuple(_rolled(t, rolls, then) for then in names)
    labels = tuple(bucket_words(t, then) for then in names)
    return Panel(
        "rolls",
        t.plain("Where customers who were overdue are now"),
        Chart("bars", labels, parts, stacking="whole", ends=ends) if known else None,
        (t.plain("Then"), t.plain("cured"), *(bucket_words(t, name) for name in OVERDUE_BUCKETS)),
        tuple((bucket_words(t, then), *(rolls.moved.get((then, name), 0) for name in now)) for then in names if known),
        t.plain("From {since} to {until}.", since=t.date(rolls.since), until=t.date(rolls.until))
        if rolls.since is not None and rolls.until is not None
        else "",
        t.plain("Nothing yet: this needs the records of two evenings."),
    )


def _rolled(t: Translator, rolls: Rolls, then: str) -> str:
    if then not in OVERDUE_BUCKETS[:-1]:
        return ""
    return t.plain("rolled on: {share}", share=share(t, rolls.forward(then)))


def _roll_rates(t: Translator, found: FieldFigures, shown: Times) -> Panel:
    names = OVERDUE_BUCKETS[:-1]
    lines = tuple(
        Series(bucket_words(t, name), tuple(each.rolls.forward(name).share for each in shown.parts), _COLOUR_OF[name])
        for name in names
    )
    known = any(value is not None for line in lines for value in line.values)
    return Panel(
        "roll-rates",
        t.plain("Roll rates: how many rolled into a later bucket"),
        Chart("lines", shown.labels, lines, unit="share", names=shown.names) if known else None,
        (t.plain("From"), *(bucket_words(t, name) for name in names)),
        tuple(
            (head, *(each.rolls.forward(name) for name in names))
            for head, each in whole_last(t, found, shown.parts)
            if known
        ),
        t.plain("Few can roll within a day or a week. By month, the rates can be compared with others’."),
        t.plain("Nothing yet: this needs the records of two evenings."),
    )


def _cured(t: Translator, found: FieldFigures, shown: Times) -> Panel:
    line = Series(t.plain("cured"), tuple(each.rolls.cured.share for each in shown.parts), "c3")
    known = any(value is not None for value in line.values)
    return Panel(
        "cured",
        t.plain("Cure rate: of those overdue before, how many no longer are"),
        Chart("lines", shown.labels, (line,), unit="share", names=shown.names) if known else None,
        (t.plain("From"), t.plain("cured"), t.plain("Customers"), t.plain("Cured")),
        tuple(
            (head, each.rolls.cured.n, each.rolls.cured.of, each.rolls.cured)
            for head, each in whole_last(t, found, shown.parts)
            if known
        ),
        empty=t.plain("Nothing yet: this needs the records of two evenings."),
    )


def _cures(t: Translator, found: FieldFigures) -> Panel:
    names = [
        t.plain("before any step") if each.version is None else f"{each.policy or '?'} ({each.version[:8]})"
        for each in found.cures
    ]
    return Panel(
        "cured-by-policy",
        t.plain("Cured by policy version"),
        Chart(
            "bars",
            tuple(names[:12]),
            (Series(t.plain("cured"), tuple(each.cured.share for each in found.cures[:12]), "c3"),),
            unit="share",
            ends=tuple(of_words(t, each.cured) for each in found.cures[:12]),
        )
        if found.cures
        else None,
        (t.plain("Policy"), t.plain("Cured"), t.plain("Customers")),
        tuple((name, each.cured, each.cured.of) for name, each in zip(names, found.cures, strict=True)),
        empty=t.plain("Nothing yet: this needs the records of two evenings."),
    )
