"""Lessons: their files with every fault, and the hint that a reminder ends with."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.customers import lesson_file
from bot.rules.customers.lesson_file import LessonsFaulty, read_lesson, read_lessons
from bot.rules.customers.lessons import LONGEST_AGO, Hint, Lesson, again_on, hint_for
from bot.rules.languages import TAGS
from bot.work.customers.lesson_book import shipped_lessons

GOOD = """# A title
## A card
Words & **bold ones**, of {brand}.

{costs}

- a point
- another: https://example.org/a_b_c
> overdue: A hint
"""


FULL = (
    f"""# {"T" * 40}
## {"H" * 60}
{"x" * 699}
> before: {"h" * 100}
{"## X" + chr(10) + "Words." + chr(10)}"""
    + "## X\nWords.\n" * 10
)


def faults(text: str) -> list[str]:
    with pytest.raises(LessonsFaulty) as wrong:
        read_lesson(text, "x", "en/x.md")
    return [str(fault) for fault in wrong.value.faults]


def test_a_lesson_is_read() -> None:
    lesson = read_lesson(GOOD, "x", "en/x.md")
    (card,) = lesson.cards
    assert (lesson.title, card.heading, lesson.hint) == ("A title", "A card", Hint("overdue", "A hint"))
    assert card.paragraphs == (
        "Words &amp; <b>bold ones</b>, of {brand}.",
        "{costs}",
        "• a point\n• another: https://example.org/a_b_c",
    )


def test_a_lesson_may_be_as_long_as_that() -> None:
    lesson = read_lesson(FULL, "x", "en/x.md")
    assert (len(lesson.title), len(lesson.cards), len(lesson.cards[0].heading)) == (40, 12, 60)
    assert lesson.hint is not None and len(lesson.hint.text) == 100


def test_what_follows_a_hint_is_a_paragraph_of_its_own() -> None:
    (card,) = read_lesson("# T\n## A\nWords.\n> always: A hint\nMore.", "x", "en/x.md").cards
    assert card.paragraphs == ("Words.", "More.")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("### Deeper", "a heading of another level; expected # for the title, ## for a card"),
        ("#Title", "a heading of another level"),
        ("# Again", "a second title, or one below a card; expected # once, in the first line"),
        ("* a point", "a list with * or +; expected - before each point"),
        ("1. first", "a numbered list; expected - before each point"),
        ("    code", "an indented line; expected lines without spaces before them"),
        ("some *slanted* words", "a * that is not one of a pair; expected **bold words**"),
        ("some **bold words", "a * that is not one of a pair"),
        ("some _slanted_ words", "slanted or bold words with _; expected ** around bold"),
        ("a `word`", "code; expected words without `"),
        ("[here](https://x.example)", "a link; expected the address itself"),
        ("![a picture](x.png)", "a link"),
        ("<b>bold</b>", "HTML; expected words, with ** around what is bold"),
        ("| a | b |", "a table; expected sentences"),
        ("---", "a line across; expected ## to begin the next card"),
        ("~~gone~~", "words struck out"),
        (r"a \* star", "a backslash"),
        ("> no hint", "a quotation; expected one hint in a file, such as > overdue: …, for before, overdue, always"),
        ("> later: a hint", "a hint for 'later'; expected one of before, overdue, always"),
        (f"> before: {'x' * 101}", "a hint of 101 characters; expected at most 100"),
        ("{name} is late", "{name} has no value; expected one of {brand}, {costs}, {credit_record}, {debt_advice}"),
        ("It costs {costs}", "{costs} beside other words; expected it alone in its line"),
        ("> before: a **bold** hint", "a hint with * or a placeholder; expected plain words"),
        ("> before: a hint of {brand}", "a hint with * or a placeholder; expected plain words"),
        (f"> {'x' * 30}: a hint", f"a hint for '{'x' * 20}'; expected one of"),
        (f"{{{'n' * 40}}} is late", f"{{{'n' * 30}}} has no value"),
        ("## " + "H" * 61, "a heading of 61 characters; expected at most 60"),
        ("a { brace", "a brace that belongs to no placeholder"),
        ("x" * 701, None),
    ],
)
def test_markup_that_is_not_known_is_a_fault_with_its_line(line: str, said: str | None) -> None:
    found = faults(f"# A title\n## A card\nWords.\n\n{line}\n" + "Words.\n" * line.startswith("## "))
    expected = "en/x.md, line 2: a card of 709 characters" if said is None else f"en/x.md, line 5: {said}"
    assert found[0].startswith(expected) and len(found) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["line 1: no title", "line 1: no card"]),
        ("Words.\n", ["line 1: no title", "line 1: no card", "line 1: text before the first card"]),
        ("# T\n## A\n## B\nWords.", ["line 2: a card without text"]),
        ("# T\n##\nWords.", ["line 2: a card without a heading; expected one after ##"]),
        ("#\n## A\nWords.", ["line 1: a title of 0 characters; expected 1 to 40"]),
        ("# T\n# U\n## A\nWords.", ["line 2: a second title, or one below a card"]),
        ("## A\nWords.\n# T", ["line 3: a second title, or one below a card"]),
        ("# T **b**\n## A\nWords.", ["line 1: a title with a placeholder or with *"]),
        ("# T\n## A\nWords\n{costs}", ["line 2: {costs} within a paragraph; expected an empty line"]),
        ("# T\n" + "## A\nWords.\n" * 13, ["line 26: 13 cards; expected at most 12"]),
        ("# " + "T" * 41 + "\n## A\nWords.", ["line 1: a title of 41 characters; expected 1 to 40"]),
        ("# T {brand}\n## A\nWords.", ["line 1: a title with a placeholder or with *"]),
        (GOOD + "> before: another", ["line 10: a quotation; expected one hint in a file"]),
    ],
)
def test_what_the_whole_file_lacks_is_a_fault(text: str, said: list[str]) -> None:
    found = sorted(faults(text))
    assert len(found) == len(said)
    assert all(fault.startswith(f"en/x.md, {start}") for fault, start in zip(found, sorted(said), strict=True))


def test_a_file_in_two_of_three_languages_is_a_fault() -> None:
    with pytest.raises(LessonsFaulty) as wrong:
        read_lessons({("en", "x"): GOOD, ("zh-Hans", "x"): GOOD})
    assert str(wrong.value) == (
        "zh-Hant/x.md: there is en/x.md and zh-Hans/x.md, and not this file; "
        "expected it too, or en/x.md and zh-Hans/x.md taken away"
    )


def test_a_new_language_reads_the_first_ones_lessons_until_it_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson_file, "TAGS", (*TAGS, "ms"))
    of_a_wallet = named("x", "y") | {("zh-Hans", "x"): GOOD.replace("# ", "# 别的：", 1)}
    lessons = read_lessons(of_a_wallet)
    assert lessons.of("ms") == lessons.of("en") != lessons.of("zh-Hans")
    own = read_lessons({**of_a_wallet, ("ms", "x"): GOOD.replace("# ", "# Another: ", 1)})
    assert own.of("ms")[0].title != own.of("en")[0].title
    assert own.of("ms")[1] == own.of("en")[1]


def named(*names: str) -> dict[tuple[str, str], str]:
    return {(tag, name): GOOD for tag in TAGS for name in names}


def test_lessons_come_in_their_order_and_the_others_by_name() -> None:
    lessons = read_lessons(named("b", "d", "a", "c"), ["d", "c", "gone"])
    assert [[lesson.name for lesson in lessons.of(tag)] for tag in TAGS] == [["d", "c", "a", "b"]] * len(TAGS)
    assert [getattr(lessons.lesson("en", name), "name", None) for name in ("a", "gone")] == ["a", None]


def test_there_are_not_too_many_lessons() -> None:
    names = [f"n{number}" for number in range(21)]
    assert len(read_lessons(named(*names[:20])).of("en")) == 20
    with pytest.raises(LessonsFaulty, match="^learn: 21 lessons; expected at most 20$"):
        read_lessons(named(*names))


def test_each_fault_is_told_in_a_line_of_its_own() -> None:
    with pytest.raises(LessonsFaulty) as wrong:
        read_lesson("", "x", "en/x.md")
    assert [line.split(";")[0] for line in str(wrong.value).splitlines()] == [
        "en/x.md, line 1: no title",
        "en/x.md, line 1: no card",
    ]


def test_a_hint_is_in_every_language_or_in_none() -> None:
    texts = dict.fromkeys([(tag, "x") for tag in TAGS], GOOD) | {
        ("zh-Hans", "x"): GOOD.replace("> overdue: A hint", "")
    }
    with pytest.raises(LessonsFaulty, match="zh-Hans/x.md: no hint; expected a hint for overdue, as in en/x.md"):
        read_lessons(texts)


def test_the_lessons_that_come_with_duebot_have_the_same_cards_in_every_language() -> None:
    lessons = shipped_lessons()
    shapes = {tuple((lesson.name, len(lesson.cards)) for lesson in lessons.of(tag)) for tag in TAGS}
    assert len(shapes) == 1
    assert all(lesson.hint for tag in TAGS for lesson in lessons.of(tag))


# --- Hints -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "again"),
    [
        ("2026-03-07", "2026-04-07"),
        ("2026-01-31", "2026-03-01"),
        ("2028-01-31", "2028-03-01"),
        ("2028-01-29", "2028-02-29"),
        ("2026-01-29", "2026-03-01"),
        ("2028-02-29", "2028-03-29"),
        ("2026-02-28", "2026-03-28"),
        ("2026-12-31", "2027-01-31"),
        ("2026-03-31", "2026-05-01"),
    ],
)
def test_the_same_hint_may_be_told_again_after_a_month(told: str, again: str) -> None:
    assert again_on(date.fromisoformat(told)) == date.fromisoformat(again)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_never_twice_in_a_month_and_never_later_than_looked_for(told: date) -> None:
    again = again_on(told)
    assert (again.year, again.month) != (told.year, told.month)
    assert timedelta(days=28) <= again - told < LONGEST_AGO


def lesson(name: str, when: str) -> Lesson:
    return Lesson(name, name, (), Hint(when, name))  # type: ignore[arg-type]


def test_the_hint_fits_the_debt_and_the_one_told_longest_ago_comes_first() -> None:
    all_of = [lesson("late", "overdue"), lesson("soon", "before"), lesson("any", "always"), Lesson("none", "none", ())]
    today = date(2026, 3, 10)

    def told(overdue: bool, **days: date) -> str | None:
        found = hint_for(all_of, days, overdue=overdue, today=today)
        return found and found.name

    assert told(True) == "late"
    assert told(False) == "soon"
    assert told(True, late=today) == "any"
    assert told(True, late=today, any=date(2026, 2, 11)) is None
    assert told(True, late=date(2026, 2, 9), any=date(2026, 2, 8)) == "any"
    assert told(True, late=date(2026, 2, 10), any=date(2026, 2, 11)) == "late"
