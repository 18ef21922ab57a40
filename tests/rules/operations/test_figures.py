"""Shares, buckets and rates as values."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.rules.guarantee.unwritten_evenings import InWords
from bot.rules.operations.figures import (
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
    share_of,
)
from bot.rules.operations.periods import Period


def test_a_share_of_nothing_is_none() -> None:
    assert Share(0, 0).as_json() == {"n": 0, "of": 0, "share": None}
    assert Share(1, 3).as_json() == {"n": 1, "of": 3, "share": 0.333333}
    assert share_of([]).share is None
    assert share_of([True, False]) == Share(1, 2)


@pytest.mark.parametrize(("n", "of"), [(-1, 2), (3, 2)])
def test_a_share_is_part_of_its_whole(n: int, of: int) -> None:
    with pytest.raises(ValueError, match=f"0 to {of} of {of}, not {n}"):
        Share(n, of)


def test_who_was_in_a_bucket_rolled_on_stayed_went_back_or_was_cured() -> None:
    moved = {
        ("1-29", "current"): 5,
        ("1-29", "1-29"): 2,
        ("1-29", "30-59"): 3,
        ("60-89", "30-59"): 1,
        ("90+", "90+"): 4,
    }
    rolls = Rolls(date(2026, 3, 1), date(2026, 3, 31), moved, {"1-29": 7})
    assert rolls.forward("1-29") == Share(3, 10)
    assert rolls.forward("30-59") == Share(0, 0)
    assert rolls.forward("60-89") == Share(0, 1)
    assert rolls.cured == Share(5, 15)
    assert rolls.overdue == {"1-29": 9, "30-59": 4, "90+": 4}


def test_without_two_evenings_nothing_is_told_of_rolls() -> None:
    told = Rolls().as_json()
    assert (told["since"], told["cured"]) == (None, {"n": 0, "of": 0, "share": None})


def test_silent_days_are_not_covered() -> None:
    assert Coverage({"reached": 7, "on_hold": 2, "silent": 1}).covered == Share(9, 10)
    assert Coverage({"reached": 7}).covered == Share(7, 7)


def test_what_was_kept_is_told_of_what_was_kept_or_not() -> None:
    ended = {"kept": 3, "part": 1, "broken": 2, "not_needed": 9, "withdrawn": 9, "replaced": 9}
    assert Agreements(40, ended).kept == Share(3, 6)
    assert Agreements(40, {}).kept == Share(0, 0)


def test_a_message_without_an_answer_is_in_no_share() -> None:
    assert Sends(3, 1, 5, {"blocked": 1}).delivered == Share(3, 4)


@pytest.mark.parametrize(
    ("scores", "mean"), [({}, None), ({5: 1}, 5.0), ({5: 1, 4: 1}, 4.5), ({5: 2, 4: 1}, 4.667), ({1: 6, 2: 1}, 1.143)]
)
def test_a_mean_score_has_three_places(scores: dict[int, int], mean: float | None) -> None:
    assert Ratings(scores).as_json()["mean"] == mean
    assert Rated(7, "Mei", Ratings(scores)).as_json()["mean"] == mean


# --- As programs read it ---------------------------------------------------------------------------------------------

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
NONE = {"n": 0, "of": 0, "share": None}
NO_ROLLS = {
    "since": None,
    "until": None,
    "moved": {},
    "entered": {},
    "overdue": {},
    "forward": {"1-29": NONE, "30-59": NONE, "60-89": NONE},
    "cured": NONE,
}


def ordered(given: object) -> object:
    """Objects as lists, since `==` of two objects does not see their order."""
    return [(name, ordered(value)) for name, value in given.items()] if isinstance(given, dict) else given


def test_rolls_as_json_are_in_the_order_of_the_buckets() -> None:
    moved = {
        ("unknown", "current"): 1,
        ("90+", "1-29"): 3,
        ("90+", "current"): 5,
        ("1-29", "30-59"): 2,
        ("30-59", "current"): 4,
    }
    rolls = Rolls(FIRST, LAST, moved, {"unknown": 1, "90+": 2, "1-29": 6}).as_json()
    assert rolls == {
        "since": "2026-03-01",
        "until": "2026-03-31",
        "moved": {
            "1-29": {"30-59": 2},
            "30-59": {"current": 4},
            "90+": {"current": 5, "1-29": 3},
            "unknown": {"current": 1},
        },
        "entered": {"1-29": 6, "90+": 2, "unknown": 1},
        "overdue": {"1-29": 9, "30-59": 2, "90+": 2, "unknown": 1},
        "forward": {
            "1-29": {"n": 2, "of": 2, "share": 1.0},
            "30-59": {"n": 0, "of": 4, "share": 0.0},
            "60-89": NONE,
        },
        "cured": {"n": 10, "of": 15, "share": 0.666667},
    }
    assert [*rolls["moved"]] == ["1-29", "30-59", "90+", "unknown"]  # type: ignore[misc]
    assert ordered(rolls["moved"]["90+"]) == [("current", 5), ("1-29", 3)]  # type: ignore[index]
    assert ordered(rolls["entered"]) == [("1-29", 6), ("90+", 2), ("unknown", 1)]
    assert ordered(rolls["overdue"]) == [("1-29", 9), ("30-59", 2), ("90+", 2), ("unknown", 1)]


DONE = Done(
    period=Period(FIRST, LAST),
    coverage=Coverage({"reached": 3, "silent": 1}, {"blocked": 1, "window": 2}),
    rolls=Rolls(),
    promises=Agreements(4, {"part": 1, "kept": 3}),
    plans=Agreements(2, {}),
    opened={"asked": 1, "overdue": 2, "broken_promise": 2},
    closed={"overdue": {"paid": 1, "agreed": 2}, "asked": {"helped": 1}},
    answers=Share(1, 2),
    sends={"telegram": Sends(3, 1, 5, {"blocked": 1, "bad": 4, "gone": 4}), "email": Sends()},
    ratings=Ratings({5: 2, 2: 1}, 4),
)
DONE_AS_JSON = {
    "from": "2026-03-01",
    "to": "2026-03-31",
    "coverage": {
        "customer_days": {"reached": 3, "silent": 1},
        "covered": {"n": 3, "of": 4, "share": 0.75},
        "silent_by_cause": {"window": 2, "blocked": 1},
    },
    "rolls": NO_ROLLS,
    "promises": {"made": 4, "ended": {"kept": 3, "part": 1}, "kept": {"n": 3, "of": 4, "share": 0.75}},
    "plans": {"made": 2, "ended": {}, "kept": NONE},
    "cases": {
        "opened": {"broken_promise": 2, "overdue": 2, "asked": 1},
        "closed": {"asked": {"helped": 1}, "overdue": {"agreed": 2, "paid": 1}},
    },
    "answers": {"n": 1, "of": 2, "share": 0.5},
    "sends": {
        "email": {"accepted": 0, "refused": 0, "unanswered": 0, "refusals": {}, "delivered": NONE},
        "telegram": {
            "accepted": 3,
            "refused": 1,
            "unanswered": 5,
            "refusals": {"bad": 4, "gone": 4, "blocked": 1},
            "delivered": {"n": 3, "of": 4, "share": 0.75},
        },
    },
    "ratings": {"asked": 4, "scores": {"1": 0, "2": 1, "3": 0, "4": 0, "5": 2}, "mean": 4.0},
}


def test_what_happened_as_json_is_in_the_order_of_numbers_and_names() -> None:
    assert ordered(DONE.as_json()) == ordered(DONE_AS_JSON)


def test_all_figures_as_json() -> None:
    nothing = {"customers": 0, "instalments": 0, "amount": "0"}
    no_scores = dict.fromkeys("12345", 0)
    figures = FieldFigures(
        as_of=datetime(2026, 4, 1, 4, 0, 0, 5, tzinfo=UTC),
        by="month",
        aging={"TWD": {"current": Bucket(1, 2, 123450)}, "JPY": {"90+": Bucket(3, 4, 500)}},
        done=DONE,
        cures=[Cure("v1", "gentle", Share(1, 2)), Cure(None, None, Share(0, 0))],
        by_agent=[Answers(7, "Mei", Share(1, 2), [Share(1, 1)])],
        by_language=[Answers("en", None, Share(0, 1))],
        not_sent={"blocked": 1, "paid": 2},
        unwritten={LAST: InWords("down"), FIRST: InWords("facts")},
        kept_from=FIRST,
        periods=[DONE],
        rated_agents=[Rated(7, "Mei", Ratings({3: 2}), [Ratings({3: 1})])],
        rated_languages=[Rated(None, None, Ratings())],
        closed_by=[ClosedBy(7, "Mei", 2)],
    )
    assert ordered(figures.as_json()) == ordered(
        {
            "as_of": "2026-04-01T04:00:00+00:00",
            "by": "month",
            "aging": {
                "JPY": {
                    **dict.fromkeys(("current", "1-29", "30-59", "60-89"), nothing),
                    "90+": {"customers": 3, "instalments": 4, "amount": "500"},
                },
                "TWD": {
                    "current": {"customers": 1, "instalments": 2, "amount": "1234.50"},
                    **dict.fromkeys(("1-29", "30-59", "60-89", "90+"), {**nothing, "amount": "0.00"}),
                },
            },
            **DONE_AS_JSON,
            "cured_by_policy": [
                {"policy": "gentle", "version": "v1", "n": 1, "of": 2, "share": 0.5},
                {"policy": None, "version": None, **NONE},
            ],
            "answers_by_agent": [
                {
                    "agent_id": 7,
                    "name": "Mei",
                    "n": 1,
                    "of": 2,
                    "share": 0.5,
                    "periods": [{"n": 1, "of": 1, "share": 1.0}],
                }
            ],
            "answers_by_language": [{"language": "en", "n": 0, "of": 1, "share": 0.0, "periods": []}],
            "ratings_by_agent": [
                {
                    "agent_id": 7,
                    "name": "Mei",
                    "scores": {**no_scores, "3": 2},
                    "mean": 3.0,
                    "periods": [{"scores": {**no_scores, "3": 1}, "mean": 3.0}],
                }
            ],
            "ratings_by_language": [{"language": None, "scores": no_scores, "mean": None, "periods": []}],
            "closed_by_agent": [{"agent_id": 7, "name": "Mei", "closed": 2}],
            "not_sent": {"paid": 2, "blocked": 1},
            "unwritten_days": {"2026-03-01": "facts", "2026-03-31": "down"},
            "kept_from": "2026-03-01",
            "periods": [DONE_AS_JSON],
        }
    )
