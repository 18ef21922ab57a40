"""How the entries of a calendar follow its dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.rules.outlook.calendar_dates import CANCELLED_FOR, CalendarDate, Entry, due_dates, revised

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
FIRST, LATER = date(2026, 3, 9), date(2026, 3, 16)


def due(day: date, entry: str = "due:I1") -> CalendarDate:
    return CalendarDate(entry, "due", day)


def test_each_debt_is_an_entry_with_what_is_left_of_it() -> None:
    owed = Instalment("I1", "A1", "Card", FIRST, Money(120_000, "TWD"), Money(20_000, "TWD"))
    assert due_dates([owed]) == [CalendarDate("due:I1", "due", FIRST, Money(100_000, "TWD"), "Card")]


def test_what_has_not_changed_stays_the_same_object() -> None:
    known = revised({}, [due(FIRST)], NOW)
    assert known == {"due:I1": Entry("due:I1", FIRST)}
    assert revised(known, [due(FIRST)], NOW)["due:I1"] is known["due:I1"]


def test_a_date_that_moves_has_a_higher_sequence() -> None:
    known = revised({}, [due(FIRST)], NOW)
    assert revised(known, [due(LATER)], NOW) == {"due:I1": Entry("due:I1", LATER, 1)}


def test_what_is_paid_is_cancelled_and_forgotten_much_later() -> None:
    known = revised(revised({}, [due(FIRST)], NOW), [], NOW)
    assert known == {"due:I1": Entry("due:I1", FIRST, 1, NOW)}
    assert revised(known, [], NOW + CANCELLED_FOR - timedelta(seconds=1)) == known
    assert revised(known, [], NOW + CANCELLED_FOR) == {}


def test_what_is_owed_again_has_a_higher_sequence_still() -> None:
    known = revised(revised({}, [due(FIRST)], NOW), [], NOW)
    assert revised(known, [due(FIRST)], NOW) == {"due:I1": Entry("due:I1", FIRST, 2)}


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from([FIRST, LATER])), max_size=8))
def test_the_sequence_rises_with_each_change_and_only_then(worlds: list[dict[str, date]]) -> None:
    known: dict[str, Entry] = {}
    for world in worlds:
        after = revised(known, [due(day, name) for name, day in world.items()], NOW)
        assert {name for name, entry in after.items() if entry.ended_at is None} == set(world)
        for name, before in known.items():
            changed = (after[name].day, after[name].ended_at) != (before.day, before.ended_at)
            assert after[name].sequence == before.sequence + changed
        known = after
