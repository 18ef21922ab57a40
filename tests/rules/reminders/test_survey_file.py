"""A survey's file: what is read from it, and each fault with its line."""

from __future__ import annotations

import pytest

from bot.rules.policy.faults import PolicyFaulty
from bot.rules.reminders import survey_file
from bot.rules.reminders.survey_file import MOST_CHARACTERS, Question, Survey, read_survey
from tests.rules.reminders.survey_texts import SURVEY

CHOICE = 'c{} = {{ en = "{}", zh-Hans = "早", zh-Hant = "早" }}\n'
QUESTION = '\n[[question]]\nid = "q{}"\nkind = "words"\ntext = {{ en = "?", zh-Hans = "？", zh-Hant = "？" }}\n'


def test_a_survey_is_read() -> None:
    clear = {"en": "Were the messages clear?", "zh-Hans": "消息清楚吗？", "zh-Hant": "訊息清楚嗎？"}
    wish = {"en": "What would help most?", "zh-Hans": "什么最有帮助？", "zh-Hant": "什麼最有幫助？"}
    choices = {
        "earlier": {"en": "Earlier reminders", "zh-Hans": "早点提醒", "zh-Hant": "早一點提醒"},
        "fewer": {"en": "Fewer reminders", "zh-Hans": "少些提醒", "zh-Hant": "少一點提醒"},
    }
    survey = read_survey(SURVEY, "spring.toml")
    assert survey == Survey(
        "spring",
        14,
        {"en": "May we ask you two things?", "zh-Hans": "可以问您两个问题吗？", "zh-Hant": "方便請教您兩個問題嗎？"},
        (
            Question("clear", "score", clear, {}),
            Question("wish", "choice", wish, choices),
            Question("why", "words", {"en": "What else?", "zh-Hans": "还有别的吗？", "zh-Hant": "還有其他的嗎？"}, {}),
        ),
    )
    assert [question.answers for question in survey.questions] == [("1", "2", "3", "4", "5"), ("earlier", "fewer"), ()]


def test_a_survey_from_before_a_language_came_is_asked_in_the_first_one_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_file, "TAGS", (*survey_file.TAGS, "ms"))
    survey = read_survey(SURVEY, "spring.toml")
    assert survey.intro["ms"] == survey.intro["en"]
    assert survey.questions[1].choices["fewer"]["ms"] == "Fewer reminders"
    own = read_survey(edited('What else?"', 'What else?"\nms = "Apa lagi?"'), "spring.toml")
    assert own.questions[2].text["ms"] == "Apa lagi?"


def edited(old: str, new: str) -> str:
    assert old in SURVEY
    return SURVEY.replace(old, new, 1)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + SURVEY,
        SURVEY.ljust(MOST_CHARACTERS, "\n"),
        edited("spring", "S" + "-" * 39),
        edited('"why"', '"w' + "_" * 29 + '"'),
        edited("May we ask you two things?", "x" * 600),
        edited("Earlier reminders", "x" * 60),
        edited("[question.choices]\n", "[question.choices]\n" + "".join(CHOICE.format(n, n) for n in range(6))),
        SURVEY + "".join(QUESTION.format(n) for n in range(9)),
        SURVEY[: SURVEY.index("[[question]]")] + QUESTION.format(1),
    ],
)
def test_surveys_up_to_their_limits_are_read(text: str) -> None:
    assert read_survey(text, "spring.toml").days == 14


def test_days_from_one_to_sixty_two_weeks_where_none_are_given() -> None:
    days = [read_survey(edited("days = 14", given), "s").days for given in ("days = 1", "days = 60", "")]
    assert days == [1, 60, 14]


def test_a_text_is_without_the_spaces_around_it() -> None:
    assert read_survey(edited("What else?", "\\n What\\nelse? "), "s").questions[2].text["en"] == "What\nelse?"


NAME = "letters, digits, - and _, at most 40"
OF_EACH = "of en, zh-Hans, zh-Hant"
TOO_LONG = (  # without what Python would advise its own users
    "Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; text goes in double quotes, "
    "and a key appears once in its table"
)
TEXT = '[question.text]\nen = "What else?"\nzh-Hans = "还有别的吗？"\nzh-Hant = "還有其他的嗎？"'


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            SURVEY.ljust(MOST_CHARACTERS + 1, "\n"),
            [f"{MOST_CHARACTERS + 1} characters given, expected {MOST_CHARACTERS} at most"],
        ),
        (
            edited("[intro]", "[intro"),
            [
                "line 4: not TOML: Expected ']' at the end of a table declaration at column 7; text goes in double "
                "quotes, and a key appears once in its table"
            ],
        ),
        ("a = " + "[" * 5000, ["not TOML: lists or tables are nested too deeply"]),
        (edited("days = 14", "days = " + "9" * 5000), [f"not TOML: {TOO_LONG}"]),
        (edited("spring", "sp ring"), [f'line 1: name: "sp ring" given, expected {NAME}']),
        (edited("spring", "s" * 41), [f'line 1: name: "{"s" * 40}…" given, expected {NAME}']),
        (edited('name = "spring"', ""), [f'"name" is missing, expected {NAME}']),
        (
            edited("days = 14", "days = 0"),
            ["line 2: days: 0 given, expected a whole number from 1 to 60, without quotes"],
        ),
        (
            edited("days = 14", "days = 61"),
            ["line 2: days: 61 given, expected a whole number from 1 to 60, without quotes"],
        ),
        (edited("days = 14", "weeks = 2"), ["line 2: weeks: unknown key; known here: name, days, intro, question"]),
        (
            edited("[intro]", "[greeting]"),
            [
                f'"intro" is missing, expected a table with a text for each {OF_EACH}',
                "line 4: greeting: unknown key; known here: name, days, intro, question",
            ],
        ),
        (
            edited("May we ask you two things?", "x" * 601),
            [f'line 5: intro: en: "{"x" * 40}…" given, expected a text of 1 to 600 characters'],
        ),
        (
            edited("May we ask you two things?", " "),
            ['line 5: intro: en: " " given, expected a text of 1 to 600 characters'],
        ),
        (SURVEY[: SURVEY.index("[[question]]")], ["0 questions given, expected 1 to 12"]),
        (
            SURVEY + "".join(QUESTION.format(n) for n in range(10)),
            ["line 9: question: 13 questions given, expected 1 to 12"],
        ),
        (edited('id = "clear"', ""), ['line 9: question 1: "id" is missing']),
        (edited('kind = "score"', ""), ["line 9: question 'clear': \"kind\" is missing"]),
        (
            edited('kind = "score"', 'kind = "scores"'),
            [
                "line 11: question 'clear': kind: \"scores\" given, expected one of score, choice, words; did you mean "
                "score?"
            ],
        ),
        (
            edited('id = "clear"', 'id = "Clear"'),
            ["line 10: question 'Clear': id: \"Clear\" given, expected small letters, digits and _, at most 30"],
        ),
        (
            edited('"why"', '"w' + "y" * 30 + '"'),
            [
                f"line 29: question 'w{'y' * 30}': id: \"w{'y' * 30}\" given, expected small letters, digits and _, "
                "at most 30"
            ],
        ),
        (
            edited('id = "clear"', 'id = "clear"\ncolour = "red"'),
            ["line 11: question 'clear': colour: unknown key; known here: id, kind, text, choices"],
        ),
        (
            edited('"why"', '"clear"'),
            ["line 29: question 'clear': id: \"clear\" is the id of an earlier question, expected one of its own"],
        ),
        (
            edited('"why"', '"why"\nchoices = {}'),
            ["line 30: question 'why': choices: only a question of kind \"choice\" has choices"],
        ),
        (
            edited("[question.choices]\nearlier", "[question.choices]\n#"),
            ["line 24: question 'wish': choices: 1 choices given, expected 2 to 8"],
        ),
        (
            edited("[question.choices]\n", "[question.choices]\n" + "".join(CHOICE.format(n, n) for n in range(7))),
            ["line 24: question 'wish': choices: 9 choices given, expected 2 to 8"],
        ),
        (
            edited("[question.choices]", "[question.choice]"),
            [
                "line 17: question 'wish': 0 choices given, expected 2 to 8",
                "line 24: question 'wish': choice: unknown key; did you mean choices?; known here: id, kind, text, "
                "choices",
            ],
        ),
        (
            SURVEY[: SURVEY.index("[question.choices]")].replace('"choice"\n', '"choice"\nchoices = 5\n'),
            [
                "line 17: question 'wish': 0 choices given, expected 2 to 8",
                "line 20: question 'wish': choices: 5 given, expected tables by id such as price = "
                '{ en = "The price", … }',
            ],
        ),
        (
            edited("Earlier reminders", "x" * 61),
            [
                f"line 25: question 'wish': choices: earlier: en: \"{'x' * 40}…\" given, expected a text of 1 to 60 "
                "characters"
            ],
        ),
        (
            edited(TEXT, "text = 5"),
            ["line 31: question 'why': text: 5 given, expected a table with a text for each language"],
        ),
        (
            edited(TEXT, ""),
            [f"line 28: question 'why': \"text\" is missing, expected a table with a text for each {OF_EACH}"],
        ),
        (
            edited(TEXT, '[question.text]\nen = "?"\nfr = "?"'),
            [
                f"line 31: question 'why': text: no text in zh-Hans, zh-Hant, expected one in each {OF_EACH}",
                "line 33: question 'why': text: fr: unknown key; known here: en, zh-Hans, zh-Hant",
            ],
        ),
    ],
)
def test_faults_are_told_with_their_lines(text: str, faults: list[str]) -> None:
    with pytest.raises(PolicyFaulty) as error:
        read_survey(text, "spring.toml")
    assert [str(fault) for fault in error.value.faults] == faults
    assert str(error.value).startswith("spring.toml: ")
