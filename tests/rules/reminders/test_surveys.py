"""Who may be asked, who is in a sample, and that nothing is told of fewer than five."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policies import load_policy
from bot.rules.facts.customer_facts import Customer
from bot.rules.facts.wishes import Wishes
from bot.rules.policy.policy import PolicyFaulty
from bot.rules.reminders.send_check import Never, NotNow
from bot.rules.reminders.survey_file import read_survey
from bot.rules.reminders.surveys import LEAST, Ask, Situation, decide, figure_of, is_in_sample, wilson, words_of
from tests.rules.reminders.survey_texts import SURVEY

HUMANE = load_policy("humane")
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # in Taipei
ANNA = Customer("C1", "Anna", "en", "Asia/Taipei")
ANSWERS = ("1", "2", "3", "4", "5")


@pytest.mark.parametrize(
    ("customer", "its", "now", "why"),
    [
        (ANNA, Situation(), NOON, "asked"),
        (ANNA, Situation(overdue=True), NOON, "overdue"),
        (ANNA, Situation(distressed=True, overdue=True), NOON, "in_distress"),
        (ANNA, Situation(with_person=True), NOON, "with_person"),
        (ANNA, Situation(asked_lately=True), NOON, "asked_lately"),
        (ANNA, Situation(over=True), NOON, "survey_over"),
        (replace(ANNA, stopped=True), Situation(), NOON, "stopped"),
        (replace(ANNA, forgotten=True), Situation(), NOON, "forgotten"),
        (replace(ANNA, wishes=Wishes(paused_until=date(2026, 3, 2))), Situation(), NOON, "paused"),
        (ANNA, Situation(), NOON + timedelta(hours=10), "outside_hours"),
        (replace(ANNA, wishes=Wishes(hour=15)), Situation(), NOON, "chosen_hour"),
    ],
)
def test_who_may_be_asked_now(customer: Customer, its: Situation, now: datetime, why: str) -> None:
    found = decide(HUMANE, customer, its, now)
    assert ("asked" if isinstance(found, Ask) else found.reason) == why
    assert isinstance(found, NotNow) == (why in ("outside_hours", "chosen_hour"))
    assert isinstance(found, Never) == (why not in ("asked", "outside_hours", "chosen_hour"))


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_sample_has_all_of_a_smaller_one(customer_id: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert is_in_sample("s", customer_id, large) or not is_in_sample("s", customer_id, small)
    assert is_in_sample("s", customer_id, 1) and not is_in_sample("s", customer_id, 0)


def test_a_sample_is_as_large_as_it_says_and_the_same_each_time() -> None:
    ids = [f"C{number}" for number in range(10_000)]
    chosen = [customer_id for customer_id in ids if is_in_sample("spring", customer_id, 0.1)]
    assert 900 < len(chosen) < 1100
    assert chosen != [customer_id for customer_id in ids if is_in_sample("autumn", customer_id, 0.1)]


@given(st.integers(1, 10**6).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share_and_lies_between_none_and_all(pair: tuple[int, int]) -> None:
    count, of = pair
    low, high = wilson(count, of)
    assert 0 <= low <= count / of <= high <= 1
    mirrored = wilson(of - count, of)
    assert low == pytest.approx(1 - mirrored[1], abs=1e-9)


def test_an_interval_by_the_book() -> None:
    assert wilson(10, 20) == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)


@given(st.dictionaries(st.sampled_from(ANSWERS), st.integers(0, 12)))
def test_nothing_tells_what_fewer_than_five_said(counts: dict[str, int]) -> None:
    figure = figure_of("q", ANSWERS, counts)
    total = sum(counts.values())
    assert (figure.answered is None) == (total < LEAST)
    if figure.answered is None:
        assert not figure.shares and not figure.hidden
        return
    assert {share.answer for share in figure.shares} | set(figure.hidden) == set(ANSWERS)
    hidden = sum(counts.get(answer, 0) for answer in figure.hidden)
    small = [answer for answer in ANSWERS if 0 < counts.get(answer, 0) < LEAST]
    assert set(small) <= set(figure.hidden)
    # what is left of the total is that of at least five people, or of nobody
    assert hidden == 0 or hidden >= LEAST
    assert hidden == 0 or len([a for a in figure.hidden if counts.get(a, 0)]) != 1


def test_words_of_few_are_not_told_and_those_of_many_in_no_order_of_time() -> None:
    assert words_of("why", ["a"] * (LEAST - 1)).answered is None
    assert words_of("why", ["d", "b", "e", "a", "c"]).words == ("a", "b", "c", "d", "e")


def test_a_survey_is_read() -> None:
    survey = read_survey(SURVEY, "spring.toml")
    assert [(q.id, q.kind) for q in survey.questions] == [("clear", "score"), ("wish", "choice"), ("why", "words")]
    assert (survey.name, survey.days) == ("spring", 14)
    assert survey.questions[1].answers == ("earlier", "fewer")
    assert survey.questions[0].text["zh-Hant"] == "訊息清楚嗎？"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('name = "spring"', 'name = "sp ring"', 'line 1: name: "sp ring" given, expected letters, digits'),
        ('name = "spring"', "", '"name" is missing'),
        ("days = 14", "days = 0", "line 2: days: 0 given, expected a whole number from 1 to 60"),
        ('kind = "score"', 'kind = "scores"', "expected one of score, choice, words; did you mean score?"),
        ('zh-Hant = "訊息清楚嗎？"', "", "no text in zh-Hant, expected one in each of en, zh-Hans, zh-Hant"),
        ('id = "why"', 'id = "clear"', '"clear" is the id of an earlier question'),
        ('id = "why"', 'id = "why"\nchoices = {}', 'only a question of kind "choice" has choices'),
        ("fewer = {", "other = {", ""),
        ("[intro]", "[greeting]", '"intro" is missing'),
        ("[intro]", "[intro", "not TOML"),
    ],
)
def test_faults_of_a_survey_are_told_with_their_lines(old: str, new: str, fault: str) -> None:
    text = SURVEY.replace(old, new, 1)
    if not fault:
        read_survey(text, "spring.toml")
        return
    with pytest.raises(PolicyFaulty) as error:
        read_survey(text, "spring.toml")
    assert fault in str(error.value)
