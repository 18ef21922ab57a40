"""Reads the figures of the field for a time: for `duebot figures`, the API and the console. Nothing is written.

`docs/figures.md` defines each figure; the queries are in `storage.operations.figures_of_debts` and `figures_of_work`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.rules.guarantee.states import STATES, SilentDay
from bot.rules.guarantee.unwritten_evenings import Cause
from bot.rules.operations.desk_statistics import were_timely
from bot.rules.operations.figures import (
    PARTS,
    Aging,
    Agreements,
    Answers,
    ClosedBy,
    Coverage,
    Cure,
    Done,
    FieldFigures,
    Part,
    Rated,
    Ratings,
    Rolls,
    Sends,
    add_up,
    share_of,
)
from bot.rules.operations.periods import USUAL_DAYS, By, Period, cut, period_of
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day, zones
from bot.work.guarantee.guarantee_history import unwritten_days
from storage.facts.debts import zones_in_use
from storage.operations import figures_of_debts, figures_of_work, pruning
from storage.operations.figures_of_debts import Evenings
from storage.operations.figures_of_work import Counted, FirstAnswer
from storage.runtime.engine import Connection, Database

DAY = timedelta(days=1)
MOST_SILENT = 500  # that are listed; all are counted
T = TypeVar("T")
_DAYS_BEGIN, _DAYS_END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def usual_period(policy: Policy, now: datetime) -> Period:
    """The last days up to today, by the desk's calendar, where nobody said which."""
    today = now.astimezone(zones(policy.desk.time_zone)[0]).date()
    return Period(today - timedelta(days=USUAL_DAYS - 1), today)


async def read_figures(
    db: Database,
    policy: Policy,
    whole: Period,
    now: datetime,
    by: By | None = None,
    which: Collection[Part] = PARTS,
) -> FieldFigures:
    """The figures of these days, and of each part of them if they are cut `by` something. Evenings are those of the
    customers' days; all other days are the desk's. What is not among `which` is not read, and empty: `evenings` (the
    guarantee's states), `debts` (aging, rolls, cures), `work` (all else)."""
    parts = _Parts(whole, cut(whole, by) if by else (), zones(policy.desk.time_zone)[0])
    missing = {each.day: each.cause for each in await unwritten_days(db, policy, whole.before, whole.last, now)}
    async with db.read() as conn:
        states = await figures_of_debts.states_by_day(conn, whole.first, whole.last) if "evenings" in which else []
        debts = await _read_debts(conn, parts, missing, now) if "debts" in which else _Debts()
        done = await _read_done(conn, parts.since, parts.until) if "work" in which else _Done()
        kept_from = await pruning.evidence_from(conn)
    # Ten thousand answers may be judged, so it runs in a thread and nobody waits for it.
    judged = await asyncio.to_thread(_judged, policy.desk, done.firsts, now)
    rolls = [debts.rolls.get(n, Rolls()) for n in range(len(parts.all))]
    first, *others = _put_together(parts, rolls, states, done, judged)
    return FieldFigures(
        as_of=now,
        by=by,
        aging=debts.aging,
        done=first,
        cures=debts.cures,
        by_agent=_by(parts, judged, lambda each: (each.agent_id, each.agent)),
        by_language=_by(parts, judged, lambda each: (each.language, None)),
        not_sent=done.not_sent,
        unwritten={day: cause for day, cause in missing.items() if day >= whole.first},
        kept_from=kept_from if kept_from is not None and whole.first < kept_from else None,
        periods=tuple(others),
        rated_agents=_rated(parts, done.ratings, lambda what: int(what[1]) if what[1] else None, done.names),
        rated_languages=_rated(parts, done.ratings, lambda what: what[2] or None, {}),
        closed_by=tuple(
            ClosedBy(who, done.names.get(who), n) for who, n in sorted(done.closed_by.items(), key=lambda one: -one[1])
        ),
    )


async def read_silent(db: Database, whole: Period) -> list[SilentDay]:
    """Who was silent on which of these evenings, the newest first; at most `MOST_SILENT`."""
    async with db.read() as conn:
        return await figures_of_debts.silent_days(conn, whole.first, whole.last, MOST_SILENT)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The whole time, and the parts of it, by the desk's calendar."""

    whole: Period
    cut: Sequence[Period]
    place: ZoneInfo

    @property
    def all(self) -> tuple[Period, ...]:
        return (self.whole, *self.cut)

    @property
    def since(self) -> datetime:
        return self._begins(self.whole.first)

    @property
    def until(self) -> datetime:
        """The time is over; the last of all days has no other after it."""
        last = self.whole.last
        return _DAYS_END if last == date.max else self._begins(last + DAY)

    def sorted(self, rows: Iterable[T], day_of: Callable[[T], date]) -> list[list[T]]:
        """All rows, then those of each part."""
        found: list[list[T]] = [[] for _ in self.all]
        for row in rows:
            found[0].append(row)
            if (n := period_of(self.cut, day_of(row))) is not None:
                found[n + 1].append(row)
        return found

    def day_of(self, at_s: int) -> date:
        return datetime.fromtimestamp(at_s, UTC).astimezone(self.place).date()

    def _begins(self, day: date) -> datetime:
        try:
            return datetime.combine(day, time(0), self.place).astimezone(UTC)
        except OverflowError:  # within a day of the first or the last of all
            return _DAYS_BEGIN if day.year == 1 else _DAYS_END


def _by_day(zones: Sequence[str], now: datetime) -> Mapping[date, Sequence[str]]:
    found: dict[date, list[str]] = defaultdict(list)
    for zone in zones:
        found[local_day(zone, now)].append(zone)
    return found


async def _evenings(
    conn: Connection, periods: Sequence[Period], missing: Mapping[date, Cause], newest: date
) -> dict[int, Evenings]:
    """For each period, by its number, the evening before it and its last one; the nearest within it that were written
    down. Left out where there are not two. `newest`: the last evening that is over everywhere."""
    oldest = await figures_of_debts.first_evening(conn)
    found: dict[int, Evenings] = {}
    for n, period in enumerate(periods if oldest is not None else ()):
        assert oldest is not None
        first, last = max(period.before, oldest), min(period.last, newest)
        days = (date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))
        written = [day for day in days if day not in missing]
        if len(written) > 1:
            found[n] = Evenings(written[0], written[-1])
    return found


@dataclass(frozen=True, slots=True)
class _Debts:
    rolls: Mapping[int, Rolls] = field(default_factory=dict)  # by the number of the part
    aging: Aging = field(default_factory=dict)
    cures: Sequence[Cure] = ()


async def _read_debts(conn: Connection, parts: _Parts, missing: Mapping[date, Cause], now: datetime) -> _Debts:
    today_in = _by_day(await zones_in_use(conn), now)
    evenings = await _evenings(conn, parts.all, missing, min(today_in, default=now.date()) - DAY)
    moved, entered = await figures_of_debts.moves(conn, evenings)
    return _Debts(
        {n: Rolls(each.since, each.until, moved.get(n, {}), entered.get(n, {})) for n, each in evenings.items()},
        await figures_of_debts.aging(conn, today_in),
        await figures_of_debts.cures(conn, evenings[0]) if 0 in evenings else [],
    )


# --- What was done ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Done:
    promises_made: Sequence[Counted] = ()
    promises_ended: Sequence[Counted] = ()
    plans_agreed: Sequence[Counted] = ()
    plans_ended: Sequence[Counted] = ()
    opened: Sequence[Counted] = ()
    closed: Sequence[Counted] = ()
    sends: Sequence[Counted] = ()
    ratings: Sequence[Counted] = ()
    asked: Sequence[Counted] = ()
    firsts: Sequence[FirstAnswer] = ()
    not_sent: Mapping[str, int] = field(default_factory=dict)
    closed_by: Mapping[int, int] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)  # of agents


async def _read_done(conn: Connection, since: datetime, until: datetime) -> _Done:
    return _Done(
        promises_made=await figures_of_work.promises_made(conn, since, until),
        promises_ended=await figures_of_work.promises_ended(conn, since, until),
        plans_agreed=await figures_of_work.plans_agreed(conn, since, until),
        plans_ended=await figures_of_work.plans_ended(conn, since, until),
        opened=await figures_of_work.cases_opened(conn, since, until),
        closed=await figures_of_work.cases_closed(conn, since, until),
        sends=await figures_of_work.sends(conn, since, until),
        ratings=await figures_of_work.ratings_given(conn, since, until),
        asked=await figures_of_work.ratings_asked(conn, since, until),
        firsts=await figures_of_work.first_answers(conn, since, until),
        not_sent=await figures_of_work.not_sent(conn, since, until),
        closed_by=await figures_of_work.closed_by(conn, since, until),
        names=await figures_of_work.agent_names(conn),
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """A first answer that was in time, or was not."""

    answer: FirstAnswer
    in_time: bool


def _judged(desk: Desk, firsts: Sequence[FirstAnswer], now: datetime) -> list[_Judged]:
    since = datetime.fromtimestamp(min((each.first.opened_s for each in firsts), default=now.timestamp()), UTC)
    timely = were_timely(desk, (each.first for each in firsts), since, now)
    return [_Judged(each, was) for each, was in zip(firsts, timely, strict=True) if was is not None]


def _put_together(
    parts: _Parts,
    rolls: Sequence[Rolls],
    states: Sequence[tuple[date, str, str, int]],
    done: _Done,
    judged: Sequence[_Judged],
) -> list[Done]:
    def counted(rows: Sequence[Counted]) -> list[list[Counted]]:
        return parts.sorted(rows, lambda each: parts.day_of(each.quarter_s))

    covered = parts.sorted(states, lambda each: each[0])
    made, ended = counted(done.promises_made), counted(done.promises_ended)
    agreed, over = counted(done.plans_agreed), counted(done.plans_ended)
    opened, closed, sent = counted(done.opened), counted(done.closed), counted(done.sends)
    rated, asked = counted(done.ratings), counted(done.asked)
    answered = parts.sorted(judged, lambda each: parts.day_of(each.answer.first.opened_s))
    return [
        Done(
            period=period,
            coverage=_coverage(covered[n]),
            rolls=rolls[n],
            promises=_agreements(made[n], ended[n]),
            plans=_agreements(agreed[n], over[n]),
            opened=_by_name(opened[n]),
            closed=_closed(closed[n]),
            answers=share_of(each.in_time for each in answered[n]),
            sends=_sends(sent[n]),
            ratings=Ratings(_scores(rated[n]), sum(row.n for row in asked[n])),
        )
        for n, period in enumerate(parts.all)
    ]


def _coverage(rows: Sequence[tuple[date, str, str, int]]) -> Coverage:
    return Coverage(
        dict.fromkeys(STATES, 0) | add_up((state, days) for _, state, _, days in rows),
        add_up((cause, days) for _, state, cause, days in rows if state == "silent"),
    )


def _by_name(rows: Iterable[Counted]) -> dict[str, int]:
    return add_up((row.what[0], row.n) for row in rows)


def _agreements(made: Iterable[Counted], ended: Iterable[Counted]) -> Agreements:
    return Agreements(sum(row.n for row in made), _by_name(ended))


def _closed(rows: Iterable[Counted]) -> dict[str, dict[str, int]]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        reason, outcome = row.what
        found[reason].append((outcome, row.n))
    return {reason: add_up(outcomes) for reason, outcomes in found.items()}


def _sends(rows: Iterable[Counted]) -> dict[str, Sends]:
    by_channel: dict[str, list[Counted]] = defaultdict(list)
    for row in rows:
        by_channel[row.what[0]].append(row)
    return {channel: _of_channel(theirs) for channel, theirs in by_channel.items()}


def _of_channel(rows: Sequence[Counted]) -> Sends:
    states = add_up((row.what[1], row.n) for row in rows)
    return Sends(
        accepted=states.pop("accepted", 0),
        refused=states.pop("refused", 0),
        unanswered=sum(states.values()),
        refusals=add_up((row.what[2], row.n) for row in rows if row.what[1] == "refused"),
    )


def _scores(rows: Iterable[Counted]) -> dict[int, int]:
    return {int(score): n for score, n in add_up((row.what[0], row.n) for row in rows).items()}


def _rated(
    parts: _Parts, rows: Iterable[Counted], whose: Callable[[Sequence[str]], int | str | None], names: Mapping[int, str]
) -> tuple[Rated, ...]:
    """Those with the most ratings first; nobody's last."""
    found: dict[int | str | None, list[Counted]] = defaultdict(list)
    for row in rows:
        found[whose(row.what)].append(row)
    each = []
    for who, theirs in found.items():
        whole, *others = [
            Ratings(_scores(part)) for part in parts.sorted(theirs, lambda row: parts.day_of(row.quarter_s))
        ]
        each.append(Rated(who, names.get(who) if isinstance(who, int) else None, whole, others))
    return tuple(sorted(each, key=lambda one: (one.who is None, -one.ratings.n, str(one.who))))


def _by(
    parts: _Parts,
    judged: Iterable[_Judged],
    whose: Callable[[FirstAnswer], tuple[int | str | None, str | None]],
) -> tuple[Answers, ...]:
    """Those with the most answers first; nobody's last."""
    found: dict[tuple[int | str | None, str | None], list[_Judged]] = defaultdict(list)
    for each in judged:
        found[whose(each.answer)].append(each)
    answers = []
    for (who, name), theirs in found.items():
        sorted_ones = parts.sorted(theirs, lambda one: parts.day_of(one.answer.first.opened_s))
        whole, *others = [share_of(one.in_time for one in part) for part in sorted_ones]
        answers.append(Answers(who, name, whole, others))
    return tuple(sorted(answers, key=lambda each: (each.who is None, -each.in_time.of, str(each.who))))
