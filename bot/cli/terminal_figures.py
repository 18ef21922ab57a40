"""How the figures look in a terminal. Their contents come from `bot.work.operations.figures`; nothing is decided
here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.rules.facts.money import Money
from bot.rules.guarantee.states import STATES
from bot.rules.operations.figures import BUCKETS, CURRENT, OVERDUE_BUCKETS, Bucket, Done, FieldFigures, Rolls, Share

MOST_SHOWN = 20


def print_figures(console: Console, found: FieldFigures) -> None:
    done = found.done
    console.print(Text(f"{done.period.first} to {done.period.last}", style="bold"))
    _aging(console, found)
    _rolls(console, done.rolls)
    for cure in found.cures:
        under = "before any step" if cure.version is None else f"under {cure.policy or '?'} ({cure.version[:8]})"
        console.print(Text(f"  cured {under}: {_share(cure.cured)}"))
    _work(console, found)
    if found.periods:
        _periods(console, found.periods)
    for day, cause in sorted(found.unwritten.items())[:MOST_SHOWN]:
        console.print(Text(f"not written down: {day}: {cause}", style="dim"))
    if found.kept_from is not None:
        console.print(Text(f"records before {found.kept_from} were removed: figures of them are too low", style="dim"))


def _aging(console: Console, found: FieldFigures) -> None:
    table = _table("Owed now", *(name for name in BUCKETS), note="days past due: customers, sum")
    for currency, buckets in sorted(found.aging.items()):
        each = (buckets.get(name, Bucket()) for name in BUCKETS)
        table.add_row(currency, *(f"{b.customers:,}\n{Money(b.amount, currency).to_decimal():,f}" for b in each))
    console.print(table)


def _rolls(console: Console, rolls: Rolls) -> None:
    if rolls.since is None or rolls.until is None:
        console.print("Roll rates: this needs the records of two evenings.")
        return
    names = [name for name in (*OVERDUE_BUCKETS, "unknown") if any(name in move for move in rolls.moved)]
    table = _table("Overdue then", "cured", *OVERDUE_BUCKETS, "rolled on", note=f"{rolls.since} to {rolls.until}")
    for then in names:
        moved = (rolls.moved.get((then, now), 0) for now in (CURRENT, *OVERDUE_BUCKETS))
        on = _share(rolls.forward(then)) if then in OVERDUE_BUCKETS[:-1] else ""
        table.add_row(then, *(f"{n:,}" for n in moved), on)
    table.add_row("not overdue", "", *(f"{rolls.entered.get(now, 0):,}" for now in OVERDUE_BUCKETS), "")
    console.print(table)
    console.print(f"  cured: {_share(rolls.cured)}")


def _work(console: Console, found: FieldFigures) -> None:
    done = found.done
    states = ", ".join(f"{done.coverage.by_state.get(s, 0):,} {s.replace('_', ' ')}" for s in STATES)
    console.print(f"Coverage: {_share(done.coverage.covered)} of customer-days: {states}")
    if done.coverage.causes:
        console.print(f"  silent, why: {_listed(done.coverage.causes)}")
    for name, made, of in (("Promises", "made", done.promises), ("Plans", "agreed", done.plans)):
        console.print(f"{name}: {of.made:,} {made}; ended: {_listed(of.ended)}; kept: {_share(of.kept)}")
    console.print(f"Cases opened: {_listed(done.opened)}")
    for reason, outcomes in sorted(done.closed.items()):
        console.print(f"  closed, {_plain(reason)}: {_listed(outcomes)}")
    console.print(f"First answers in time: {_share(done.answers)}")
    for agent in found.by_agent:
        console.print(Text(f"  {agent.name or agent.who or 'nobody'}: {_share(agent.in_time)}"))
    for language in found.by_language:
        console.print(f"  in {language.who or 'an unknown language'}: {_share(language.in_time)}")
    if done.ratings.n:
        console.print(f"How it went: {done.ratings.mean:.1f} of 5, from {done.ratings.n:,} answers")
    for rated in found.rated_agents:
        console.print(Text(f"  {rated.name or rated.who or 'nobody'}: {rated.ratings.mean:.1f} of {rated.ratings.n:,}"))
    for channel, sent in sorted(done.sends.items()):
        refused = f"; refused: {_listed(sent.refusals)}" if sent.refusals else ""
        console.print(Text(f"Sent by {channel}: {_share(sent.delivered)} accepted{refused}"))
    if found.not_sent:
        console.print(Text(f"Planned and not sent: {_listed(found.not_sent)}"))


def _periods(console: Console, periods: Sequence[Done]) -> None:
    table = _table("From", "covered", "cured", "promises kept", "opened", "closed", "in time", "accepted")
    for each in periods:
        sent = Share(sum(s.accepted for s in each.sends.values()), sum(s.delivered.of for s in each.sends.values()))
        shares = (each.coverage.covered, each.rolls.cured, each.promises.kept)
        closed = sum(sum(outcomes.values()) for outcomes in each.closed.values())
        cases = (f"{sum(each.opened.values()):,}", f"{closed:,}")
        table.add_row(f"{each.period.first}", *map(_share, shares), *cases, _share(each.answers), _share(sent))
    console.print(table)


def _table(first: str, *others: str, note: str = "") -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", caption=note or None, caption_justify="left")
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _share(of: Share) -> str:
    return "–" if of.share is None else f"{of.share:.1%} of {of.of:,}"


def _listed(counts: Mapping[str, int]) -> str:
    found: Iterable[tuple[str, int]] = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{n:,} {_plain(name)}" for name, n in found) or "none"


def _plain(name: str) -> str:
    return name.replace("_", " ") or "without a reason"
