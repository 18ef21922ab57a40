"""The messages of a survey to a customer: its questions, and its end. Texts of the survey are the wallet's own."""

from __future__ import annotations

from bot.message import Button, Message
from bot.rules.reminders.survey_file import Question, Survey
from bot.views.menu import menu_buttons
from locales import Translator, escape


def invitation(t: Translator, survey_id: int, survey: Survey) -> Message:
    """The question whether there is a moment, with the first question."""
    intro = f"{escape(survey.intro[t.language])}\n\n{t('It is voluntary. Every question can be skipped.')}"
    return question(t, survey_id, survey, 0, intro)


def question(t: Translator, survey_id: int, survey: Survey, number: int, intro: str = "") -> Message:
    """One question with its buttons; which of how many it is."""
    asked = survey.questions[number]
    place = t("Question {n} of {all}", n=number + 1, all=len(survey.questions))
    hint = {
        "score": t("From 1 (not at all) to 5 (very much)."),
        "words": t("Please write it here, or skip it."),
    }.get(asked.kind)
    parts = (intro, f"{place}\n<b>{escape(asked.text[t.language])}</b>", hint)
    data = f"survey:{survey_id}:{number}"
    steps = (
        *([Button(t.plain("Back"), f"{data}:back")] if number else []),
        Button(t.plain("Skip"), f"{data}:skip"),
        Button(t.plain("Stop the survey"), f"{data}:leave"),
    )
    return Message("\n\n".join(part for part in parts if part), (*_answers(t, asked, data), steps))


def _answers(t: Translator, asked: Question, data: str) -> tuple[tuple[Button, ...], ...]:
    if asked.kind == "score":
        return (tuple(Button(score, f"{data}:{score}") for score in asked.answers),)
    return tuple((Button(texts[t.language], f"{data}:c{place}"),) for place, texts in enumerate(asked.choices.values()))


def ended(t: Translator, how: str) -> Message:
    """The survey is done, was left, or is over."""
    known = {
        "done": t("Thank you, that was all. Your answers are counted with those of others, without your name."),
        "left": t("All right, no more questions. What you answered so far is counted without your name."),
    }
    return Message(known.get(how) or t("This survey is over, but thank you."), menu_buttons(t))
