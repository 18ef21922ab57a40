"""Made-up figures for views: a bit of everything, or nothing at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from bot.rules.guarantee.states import STATES, SilentDay
from bot.rules.guarantee.unwritten_evenings import NotRunSince
from bot.rules.operations.desk_now import DeskNow, Load
from bot.rules.operations.desk_statistics import Waiting
from bot.rules.operations.figures import (
    BUCKETS,
    Agreements,
    Answers,
    Bucket,
    ClosedBy,
    Coverage,
    Cure,
    Done,
    FieldFigures,
    Rated,
    Ratings,
    Rolls,
    Sends,
    Share,
)
from bot.rules.operations.periods import By, Period, cut
from bot.rules.outlook.forecast import Forecast, ForecastDay

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
DAY = timedelta(days=1)
GAP = date(2026, 2, 10)
WHOLE = Period(date(2026, 2, 1), date(2026, 3, 2))


def done(period: Period, n: int) -> Done:
    states = {state: 0 if period == Period(GAP, GAP) else n + place for place, state in enumerate(STATES)}
    moved = {(then, now): n + 1 for then in BUCKETS[1:] for now in BUCKETS}
    return Done(
        period=period,
        coverage=Coverage(states, {"no_channel": n, "no_sign_of_life": 1, "": 1}),
        rolls=Rolls(period.before, period.last, moved, {"1-29": n}),
        promises=Agreements(n + 3, {"kept": n + 1, "part": 1, "broken": 2}),
        plans=Agreements(n + 1, {"kept": n}),
        opened={"overdue": n + 2, "asked": 1},
        closed={"overdue": {"paid": n + 1, "promised": 1}, "asked": {"other": 1}},
        answers=Share(n, n + 2),
        sends={
            "telegram": Sends(n + 9, 2, 1, {"blocked": 1, "": 1}),
            "email": Sends(n, 1, 0, {"bounced": 1}),
        },
        ratings=Ratings({1: 1, 5: n + 1}, n + 4),
    )


def some(by: By = "day", whole: Period = WHOLE) -> FieldFigures:
    ratings, parts = Ratings({2: 1, 4: 3}), cut(whole, by)
    shares, scores = [Share(n % 3, 3) for n in range(len(parts))], [Ratings({1 + n % 5: 1}) for n in range(len(parts))]
    return FieldFigures(
        as_of=NOW,
        by=by,
        aging={"TWD": {name: Bucket(n, 2 * n, 12_345 * n) for n, name in enumerate(BUCKETS)}},
        done=done(whole, 60),
        cures=[Cure("v1" * 8, "humane", Share(3, 7)), Cure(None, None, Share(1, 2))],
        by_agent=[Answers(1, "=Mei <b>", Share(3, 4), shares), Answers(None, None, Share(0, 2), shares)],
        by_language=[Answers("zh", None, Share(2, 3), shares), Answers("en", None, Share(1, 1), shares)],
        not_sent={"paid": 4, "": 1},
        unwritten={GAP: NotRunSince(datetime(2026, 2, 10, 4, tzinfo=UTC))},
        periods=[done(each, n) for n, each in enumerate(parts)],
        rated_agents=[Rated(1, "=Mei <b>", ratings, scores), Rated(None, None, ratings, scores)],
        rated_languages=[Rated("zh", None, ratings, scores)],
        closed_by=[ClosedBy(1, "=Mei <b>", 7)],
    )


def nothing(by: By = "day") -> FieldFigures:
    def empty(period: Period) -> Done:
        none = Agreements(0, {})
        states = Coverage(dict.fromkeys(STATES, 0))
        return Done(period, states, Rolls(), none, none, {}, {}, Share(0, 0), {})

    parts = [empty(each) for each in cut(WHOLE, by)]
    return FieldFigures(NOW, by, {}, empty(WHOLE), [], [], [], {}, {}, periods=parts)


LOADS = (
    Load(1, "Mei", 3, 1, 2, False, True),
    Load(2, "Bob <b>", 0, 0, 0, True, False),
    Load(3, "Tom", 1, 0, 0, False, False),
)
BUSY = DeskNow(Waiting(4, 5, 2, 1, 17, NOW - 50 * timedelta(hours=1)), {"overdue": 3, "asked": 1}, LOADS)
QUIET = DeskNow(Waiting(0, 0, 0, 0), {}, ())


def coming(n: int) -> Forecast:
    days = (
        ForecastDay(
            WHOLE.last + each * DAY, 3 * n, {"a": 3 * n}, {"telegram": n, "email": 2 * n}, n, n, n / 3, 8.0, True
        )
        for each in range(30)
    )
    return Forecast(NOW, 1.0, tuple(days))


SILENT = [SilentDay(f"C{n}", WHOLE.last - n * DAY, cause) for n, cause in enumerate(("no_channel", "not_reached", ""))]
