"""Surveys as supervisors see them in their chat: what there is, for whom, what was answered, and their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.message import Button, Message
from bot.rules.reminders.survey_file import Question
from bot.rules.reminders.surveys import LEAST, Figure
from bot.views.cases.desk_words import notice_reason_words
from bot.views.lines import and_more, clipped, fitted
from bot.views.menu import Rows
from locales import Html, Translator, escape

MOST_SHOWN = 10
MOST_FAULT = 200  # characters
MOST_LINES = 60


def overview(t: Translator, started: Sequence[tuple[int, str, bool]], files: Sequence[tuple[str, str, str]]) -> Message:
    """`started` are the number, name and whether it is over of each; `files` the key, the name and what is wrong."""
    parts = [t("<b>Surveys</b>")]
    if not started and not files:
        parts.append(t("There is none. The operator puts files into the folder that DUEBOT_SURVEYS names."))
    parts += [t("{file}: {fault}", file=name, fault=clipped(fault, MOST_FAULT)) for _, name, fault in files if fault]
    known: list[tuple[Button, ...]] = []
    for number, name, over in started[:MOST_SHOWN]:
        label = t.plain("{name} (over)", name=name) if over else name
        known.append((Button(label, f"surveys:show:{number}"),))
    known += [
        (Button(t.plain("Start {name}", name=name), f"surveys:file:{key}"),) for key, name, fault in files if not fault
    ]
    return Message("\n\n".join(parts), tuple(known))


def for_whom(t: Translator, key: str, name: str, choices: Sequence[tuple[str, str]]) -> Message:
    """`choices` are the key and the words of each."""
    rows = tuple((Button(words, f"surveys:whom:{key}:{chosen}"),) for chosen, words in choices)
    return Message(t("Whom shall I ask “{name}”?", name=name), (*rows, _others(t)))


def whom_words(t: Translator, segment: str | None, share: float) -> str:
    if segment is not None:
        return t.plain("Customers of {segment}", segment=segment)
    return t.plain("Everybody") if share >= 1 else t.plain("A tenth of everybody, by chance")


def sure(t: Translator, key: str, chosen: str, name: str, whom: str, questions: int, days: int) -> Message:
    """Before it is started: nothing is asked without the press."""
    parts = (
        t("Start “{name}”?", name=name),
        t(
            "{whom}; {questions}, to be answered within {days}.",
            whom=whom,
            questions=_questions(t, questions),
            days=_days(t, days),
        ),
        t(
            "Nobody is asked while something of theirs is overdue, or while they may be in danger or are with a "
            "person, and nobody more than once a quarter."
        ),
    )
    return Message(
        "\n\n".join(parts), ((Button(t.plain("Yes, start it"), f"surveys:start:{key}:{chosen}"),), _others(t))
    )


def started(t: Translator, name: str, planned: int, unreached: int) -> Message:
    parts = [
        t.plural(
            "“{name}” has begun: {n} customer is asked as soon as they may be.",
            "“{name}” has begun: {n} customers are asked as soon as they may be.",
            planned,
            name=name,
        )
    ]
    if unreached:
        parts.append(t.plural("{n} never opened the bot.", "{n} never opened the bot.", unreached))
    return Message("\n\n".join(parts), (_others(t),))


def nobody(t: Translator) -> Message:
    """A survey to nobody."""
    return Message(t("Nobody is among those customers, so nothing was started."), (_others(t),))


def gone(t: Translator) -> Message:
    """An old button: the file, the segment or the survey is not there any more."""
    return Message(t("That is not there any more. Here is what there is:"), (_others(t),))


@dataclass(frozen=True, slots=True)
class SurveyResults:
    """What may be told of a survey: how many were asked, answered and came to the end (None: too few to be told), why
    others were not asked, and the figures of each question."""

    survey_id: int
    name: str
    until: datetime
    over: bool
    asked: int
    answered: int | None
    finished: int | None
    not_asked: Sequence[tuple[str, int]]
    figures: Sequence[tuple[Question, Figure]]


def results(t: Translator, found: SurveyResults, zone: ZoneInfo) -> Message:
    """A survey's results, as far as they may be told."""
    moment = t.moment(found.until, zone)
    head = [
        t("<b>{name}</b>", name=found.name),
        t("It ended {moment}.", moment=moment)
        if found.over
        else t("It can be answered until {moment}.", moment=moment),
        t(
            "Asked {asked}, answered {answered}, came to the end {finished}.",
            asked=found.asked,
            answered=_or_few(t, found.answered),
            finished=_or_few(t, found.finished),
        ),
    ]
    if found.not_asked:
        reasons = t.joined(f"{_why(t, why)} {n}" for why, n in found.not_asked)
        head.append(t("Not asked: {reasons}.", reasons=reasons))
    lines = [line for question, figure in found.figures for line in _figure(t, question, figure)]
    shown = lines[:MOST_LINES]
    text = fitted("\n".join(head), shown, "", and_more(t), len(lines) - len(shown))
    end: Rows = () if found.over else ((Button(t.plain("End it now"), f"surveys:stop:{found.survey_id}"),),)
    return Message(text, (*end, _others(t)))


def _why(t: Translator, why: str) -> str:
    return t.plain("their turn is still to come") if why == "waiting" else notice_reason_words(t, why)


def _figure(t: Translator, question: Question, figure: Figure) -> list[Html]:
    asked = clipped(question.text[t.language], 100)
    lines = [t("<b>{question}</b> answered {answered}", question=asked, answered=_or_few(t, figure.answered))]
    for share in figure.shares:
        span = f"{share.share:.0%} ({share.low:.0%}–{share.high:.0%})"
        label = _label(question, share.answer, t.language)
        lines.append(t("{answer}: {count}, {span}", answer=label, count=share.count, span=span))
    if figure.hidden:
        hidden = t.joined(_label(question, answer, t.language) for answer in figure.hidden)
        lines.append(t("{answers}: not shown, too few", answers=hidden))
    return [*lines, *(Html(f"“{escape(clipped(words, 200))}”") for words in figure.words)]


def _label(question: Question, answer: str, language: str) -> str:
    return question.choices[answer][language] if answer in question.choices else answer


def sure_to_end(t: Translator, survey_id: int, name: str) -> Message:
    text = t("End “{name}”? Nobody else is asked, and no answer is taken any more.", name=name)
    return Message(text, ((Button(t.plain("Yes, end the survey"), f"surveys:stop:{survey_id}:sure"),), _others(t)))


def ended(t: Translator, name: str) -> Message:
    return Message(t("“{name}” has ended.", name=name), (_others(t),))


def _others(t: Translator) -> tuple[Button, ...]:
    return (Button(t.plain("All surveys"), "surveys:all"),)


def _questions(t: Translator, number: int) -> Html:
    return t.plural("{n} question", "{n} questions", number)


def _days(t: Translator, number: int) -> Html:
    return t.plural("{n} day", "{n} days", number)


def _or_few(t: Translator, count: int | None) -> str:
    return t.plain("fewer than {n}", n=LEAST) if count is None else str(count)
