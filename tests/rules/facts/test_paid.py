"""What is paid, from the wallet's amount and from payments: each counts once, in any order."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.facts.paid import (
    Payment,
    Timing,
    Word,
    are_surely_in_word,
    counted_in_word,
    is_surely_in_word,
    paid,
    timing_as_of,
    timing_of,
)

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def payments(*amounts: int, timing: Timing = "with", at: int = 0) -> list[Payment]:
    return [Payment(f"P{n}", DAY, amount, timing) for n, amount in enumerate(amounts, at)]


def known_of(before: Sequence[int], beside: Sequence[int], after: Sequence[int]) -> list[Payment]:
    return payments(*before, timing="before") + payments(*beside, at=9) + payments(*after, timing="after", at=18)


@pytest.mark.parametrize(
    ("word", "before", "beside", "after", "expected"),
    [
        (300, [], [300], [], 300),  # the word counts it
        (300, [], [300, 200], [], 500),  # it counts only one of them
        (300, [], [200, 200], [], 500),  # one of them is in it
        (400, [], [600], [], 1000),  # it cannot be in it, so the word is older
        (300, [], [100, 300], [], 400),  # the one that makes up the word is in it
        (300, [], [300, 400, -400, 200], [], 500),
        (500, [], [600, -100, 300], [], 800),  # what was reversed makes room for more
        (0, [], [1000, -500], [], 500),
        (0, [], [300], [], 300),  # a word of nothing swallows nothing
        (0, [300], [], [], 0),  # what was known before is replaced
        (350, [300], [], [], 350),
        (300, [], [], [200], 500),
        (300, [], [], [-100], 200),
        (300, [], [], [-500], 0),  # never less than nothing
        (0, [1000], [-1000], [], 0),  # the word knows of the reversal
        (0, [1000], [-1000], [1000], 1000),
        (0, [], [1000, -1000], [], 0),
        (500, [], [1000, -500], [], 500),
        (1000, [], [1000, -1000, 1000], [], 1000),
        (1000, [1000], [-1000], [], 1000),  # the word was said after the reversal
        (0, [1000], [-1000, 200], [], 200),
        (0, [1000], [-1500, 1000], [], 1000),
        (0, [1000], [-400], [], 0),
        (200, [], [-50], [], 200),
        (0, [2], [1, -3], [], 0),  # the word knows of a reversal that is more than the rest
    ],
)
def test_what_is_paid(word: int, before: list[int], beside: list[int], after: list[int], expected: int) -> None:
    for order in permutations(beside):
        known = known_of(before, order, after)
        assert paid(word, known) == expected


@pytest.mark.parametrize(
    ("word", "before", "beside", "inside"),
    [
        (300, [], [300, 200], [True, False]),
        (0, [], [300], [False]),
        (0, [1000], [-1000], [True]),
        (300, [], [200, 200], [True, False]),
        (1000, [], [1000], [True]),
        (0, [], [100, -100], [True, True]),  # together they show nothing beyond the word
    ],
)
def test_which_payments_the_word_counts(word: int, before: list[int], beside: list[int], inside: list[bool]) -> None:
    earlier = [Payment(f"B{n}", DAY, amount, "before") for n, amount in enumerate(before)]
    counted = counted_in_word(word, earlier + payments(*beside))
    assert counted == {f"B{n}" for n in range(len(before))} | {f"P{n}" for n, is_in in enumerate(inside) if is_in}


def test_of_two_alike_the_word_counts_the_earlier_one_and_of_one_day_the_first_by_its_id() -> None:
    later, earlier = Payment("A", DAY, 200, "with"), Payment("B", DAY - timedelta(days=1), 200, "with")
    assert counted_in_word(300, [later, earlier]) == {"B"}
    same_day = Payment("C", DAY, 200, "with")
    assert counted_in_word(300, [same_day, later]) == {"A"}


@pytest.mark.parametrize(("word", "expected"), [(1023, 1023), (1022, 1023), (896, 1023), (0, 1023)])
def test_of_more_payments_than_can_all_be_tried_none_is_counted_twice(word: int, expected: int) -> None:
    assert paid(word, payments(*(2**n for n in range(10)))) == expected


@pytest.mark.parametrize(
    ("paid_on", "word_at", "timing"),
    [
        (DAY, NOON, "with"),  # the same import
        (DAY + timedelta(days=1), NOON, "with"),
        (DAY - timedelta(days=2), NOON - timedelta(days=1), "with"),  # of an earlier day than the word
        (DAY - timedelta(days=1), NOON - timedelta(days=1), "after"),  # on the word's day, maybe after it
        (DAY, NOON - timedelta(days=1), "after"),
    ],
)
def test_whether_a_payment_is_in_the_wallets_sum(paid_on: date, word_at: datetime, timing: Timing) -> None:
    assert timing_of(paid_on, word_at, NOON) == timing


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


@pytest.mark.parametrize(
    ("payment", "word", "is_first", "timing"),
    [
        (NOON, NOON + hours(1), False, "with"),  # files of one export
        (NOON + hours(1), NOON, False, "with"),
        (NOON, NOON + hours(1.01), False, "before"),  # the word came later
        (NOON, NOON + hours(1.01), True, "with"),  # the first word may be of the days before
        (NOON + hours(1.01), NOON, False, "after"),  # of the same day as the word
        (NOON + hours(1.01), NOON, True, "after"),
        (NOON + hours(24), NOON + hours(13), False, "with"),  # of an earlier day than the word
    ],
)
def test_whether_a_payment_is_in_the_wallets_sum_where_the_wallet_tells_when_it_said_each(
    payment: datetime, word: datetime, is_first: bool, timing: Timing
) -> None:
    assert timing_as_of(DAY, payment, word, is_first=is_first) == timing


def test_the_day_of_a_word_is_that_of_the_files_not_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    word = datetime(2026, 3, 2, 20, tzinfo=UTC)  # the 3rd in Taipei already
    monkeypatch.setenv("TZ", "Asia/Taipei")
    time.tzset()
    try:
        assert timing_of(DAY, word, word + hours(9)) == "after"
        assert timing_as_of(DAY, word + hours(9), word, is_first=True) == "after"
    finally:
        monkeypatch.undo()
        time.tzset()


# --- Any sequence ----------------------------------------------------------------------------------------------------

amounts = st.lists(st.integers(-5, 5).filter(bool), max_size=5)
mixed = st.tuples(st.integers(0, 10), amounts, amounts, amounts)


@given(mixed, st.randoms())
def test_neither_order_nor_parts_matter_and_it_is_never_negative(
    given_: tuple[int, list[int], list[int], list[int]], random: st.DataObject
) -> None:
    word, before, beside, after = given_
    known = payments(*before, timing="before") + payments(*beside, at=9) + payments(*after, timing="after", at=18)
    shuffled = known.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert paid(word, known) == paid(word, shuffled) >= 0
    same = [Payment(f"X{n}", DAY, p.amount, p.timing) for n, p in enumerate(known)]
    assert counted_in_word(word, same) == counted_in_word(word, reversed(same))


@given(mixed)
def test_it_is_the_word_and_the_least_that_must_be_beyond_it(
    given_: tuple[int, list[int], list[int], list[int]],
) -> None:
    word, before, beside, after = given_
    parts = [sum(part) for n in range(len(beside) + 1) for part in combinations(beside, n)]
    fitting = [part for part in parts if sum(before) + part <= word]
    beyond = max(0, sum(beside) - (max(fitting) if fitting else min(parts)))
    known = payments(*before, timing="before", at=0) + payments(*beside, at=9) + payments(*after, timing="after", at=18)
    assert paid(word, known) == max(0, word + beyond + sum(after))


@dataclass
class Book:
    """What an import keeps of one instalment: the word, since when, and the payments by id."""

    word: int = 0
    word_at: datetime = NOON
    known: dict[str, Payment] = field(default_factory=dict)

    def take(self, now: datetime, word: int | None, rows: list[tuple[str, date, int]]) -> int:
        if word is not None and word != self.word:
            self.word, self.word_at = word, now
            self.known = {i: Payment(i, p.paid_on, p.amount, "before") for i, p in self.known.items()}
        for id_, day, amount in rows:
            if id_ not in self.known:
                self.known[id_] = Payment(id_, day, amount, timing_of(day, self.word_at, now))
        return paid(self.word, self.known.values())


events_a_day = st.lists(st.lists(st.sampled_from([1, 2, 3, -1, -2, -3]), max_size=3), min_size=1, max_size=6)


@given(events_a_day, st.sampled_from(["both", "word", "payments"]), st.booleans(), st.booleans(), st.randoms())
def test_a_wallet_that_tells_the_truth_is_understood(
    days: list[list[int]], tells: str, all_each_time: bool, twice: bool, random: st.DataObject
) -> None:
    """It exports each evening from a ledger: its word, its payments, or both; only the day's payments or all."""
    book, ledger, balance = Book(), [], 0
    for n, amounts_of_day in enumerate(days):
        now = NOON + timedelta(days=n)
        fresh = []
        for k, amount in enumerate(amounts_of_day):
            if balance + amount >= 0:  # only what was paid can be reversed
                balance += amount
                fresh.append((f"P{n}.{k}", now.date(), amount))
        ledger += fresh
        rows = list(ledger if all_each_time else fresh)
        random.shuffle(rows)  # type: ignore[attr-defined]
        for _ in range(2 if twice else 1):
            result = book.take(now, balance if tells != "payments" else None, rows if tells != "word" else [])
            assert result == balance


def test_what_is_known_to_be_in_the_word_is_not_computed_again() -> None:
    both = payments(300, 200)
    assert (paid(300, both), paid(300, both, frozenset({"P1"})), paid(300, both, frozenset())) == (500, 600, 800)


@pytest.mark.parametrize("timing", ["before", "with", "after"])
def test_a_payment_seen_to_be_in_the_word_is_counted_in_it(timing: Timing) -> None:
    for word, amount in product(range(-3, 4), repeat=2):
        seen = is_surely_in_word(word, amount, timing)
        assert seen == (timing == "with" and 0 <= amount <= word)
        only = [Payment("P1", DAY, amount, timing)]
        assert not seen or (counted_in_word(word, only), paid(word, only)) == ({"P1"}, word)


SMALL = st.integers(-1, 3)
TIMINGS: st.SearchStrategy[Timing] = st.sampled_from(["with", "with", "with", "after"])
THREE = st.lists(st.tuples(SMALL, SMALL, TIMINGS), max_size=3)


@given(THREE)
def test_many_payments_are_seen_to_be_in_their_words_if_each_is(of_each: list[tuple[int, int, Timing]]) -> None:
    words, amounts, timings = ([one[n] for one in of_each] for n in range(3))
    assert are_surely_in_word(words, amounts, timings) == all(is_surely_in_word(*one) for one in of_each)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sums", "since", "other", "is_first"),
    [
        ((5, 5, 5), 0, None, True),
        ((5, 7, 7), 1, 0, False),
        ((5, 7, 5), 2, 1, False),
        ((5, 6, 7, 7), 2, 1, False),
    ],
)
def test_since_when_the_wallet_says_a_total_does_not_depend_on_the_order_in_which_older_ones_come(
    sums: tuple[int, ...], since: int, other: int | None, is_first: bool
) -> None:
    """Each is said an hour after the one before; the last one comes first."""
    said = {NOON + timedelta(hours=n): total for n, total in enumerate(sums)}
    last = max(said)
    for order in permutations([at for at in said if at < last]):
        word = Word(last, last, None, is_first=True)
        for at in order:
            word = word.with_older(at, is_same=said[at] == sums[-1])
        found = NOON + timedelta(hours=since), None if other is None else NOON + timedelta(hours=other)
        assert (word.since, word.other, word.is_first) == (*found, is_first), order


@pytest.mark.parametrize("is_same", [[True, False], [False, True]])
def test_of_two_totals_of_one_instant_either_may_come_first(is_same: list[bool]) -> None:
    """One of them is the last one, which is said again later. Since when it is said is not known then."""
    both, last = NOON, NOON + timedelta(hours=9)
    word = Word(last, last, None, is_first=True)
    for each in is_same:
        word = word.with_older(both, is_same=each)
    assert word == Word(last, last, both, is_first=False)


def test_of_a_total_that_is_repeated_the_last_time_counts_where_another_between_comes_late() -> None:
    """The times between the first and the last are not kept. A payment is rather counted as in the total."""
    first, between, last = (NOON + timedelta(hours=n) for n in (0, 1, 9))
    word = Word(first, last, None, is_first=True).with_older(between, is_same=False)
    assert word == Word(last, last, between, is_first=False)
