"""A survey's results as lines, JSON, CSV and bars: the same figures, and none of fewer than five people."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from bot.rules.reminders.survey_file import Question
from bot.rules.reminders.surveys import LEAST, Figure
from bot.views.operations.charts import Captioned, Chart, Picture, Series
from bot.work.facts.export import cell
from bot.work.reminders.surveys import Results

TOO_FEW = f"fewer than {LEAST}"
METHOD = "95 % intervals of shares by Wilson (1927)"
COLUMNS = ("question", "kind", "answer", "count", "share", "low", "high", "words")


class NoFigure(ValueError):
    """There is nothing to draw; the message says why."""


def lines(results: Results) -> Iterator[str]:
    """For a terminal."""
    yield f"{results.stored.name}: {results.stored.whom}, until {results.stored.ends_at:%Y-%m-%d}; {METHOD}"
    yield f"asked {results.asked}, answered {_or_few(results.answered)}, came to the end {_or_few(results.finished)}"
    others = {why: n for why, n in sorted(results.outcomes.items()) if why != "asked"}
    if others:
        yield "not asked: " + ", ".join(f"{why.replace('_', ' ')} {n}" for why, n in others.items())
    for question, figure in zip(results.survey.questions, results.figures, strict=True):
        yield ""
        yield f"{question.text['en']} ({question.id}), answered {_or_few(figure.answered)}"
        for share in figure.shares:
            span = f"{share.share:.0%} ({share.low:.0%} to {share.high:.0%})"
            yield f"  {_label(question, share.answer)}: {share.count}, {span}"
        if figure.hidden:
            yield f"  {', '.join(_label(question, answer) for answer in figure.hidden)}: not told, too few"
        for words in figure.words:
            yield f"  “{words}”"


def as_json(results: Results) -> dict[str, object]:
    return {
        "survey": results.stored.name,
        "whom": results.stored.whom,
        "method": METHOD,
        "asked": results.asked,
        "answered": results.answered,
        "finished": results.finished,
        "not_asked": {why: n for why, n in results.outcomes.items() if why != "asked"},
        "questions": [_as_json(*pair) for pair in zip(results.survey.questions, results.figures, strict=True)],
    }


def _as_json(question: Question, figure: Figure) -> dict[str, object]:
    shares = [
        {"answer": s.answer, "count": s.count, "share": s.share, "low": s.low, "high": s.high} for s in figure.shares
    ]
    told = {"answers": shares, "not_told": list(figure.hidden), "words": list(figure.words)}
    return {"id": question.id, "kind": question.kind, "answered": figure.answered, **told}


def as_csv(results: Results) -> tuple[str, int]:
    """The figures as CSV, and how many rows that are."""
    rows: list[list[object]] = []
    for question, figure in zip(results.survey.questions, results.figures, strict=True):
        head = [question.id, question.kind]
        if figure.answered is None:
            rows.append([*head, "", TOO_FEW, "", "", "", ""])
        for share in figure.shares:
            span = [f"{value:.4f}" for value in (share.share, share.low, share.high)]
            rows.append([*head, share.answer, share.count, *span, ""])
        rows += [[*head, answer, "not told", "", "", "", ""] for answer in figure.hidden]
        rows += [[*head, "", "", "", "", "", words] for words in figure.words]
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue(), len(rows)


def bars(results: Results, question_id: str = "") -> Picture:
    """The bars of one question: of that id, or the first with figures. Raises `NoFigure`."""
    pairs = list(zip(results.survey.questions, results.figures, strict=True))
    if question_id and question_id not in {q.id for q, _ in pairs}:
        raise NoFigure(f"there is no question {question_id!r}; known: {', '.join(q.id for q, _ in pairs)}")
    found = [(q, f) for q, f in pairs if f.shares and q.id == (question_id or q.id)]
    if not found:
        raise NoFigure(f"there is nothing to draw: {TOO_FEW} people gave any answer to a question with buttons")
    question, figure = found[0]
    title = question.text["en"]
    labels = tuple(_label(question, share.answer) for share in figure.shares)
    ends = tuple(f"{share.count} · {share.share:.0%}" for share in figure.shares)
    counts = Series("answers", tuple(share.count for share in figure.shares))
    return Picture(results.stored.name, title, (Captioned("", Chart("bars", labels, (counts,), ends=ends)),))


def _label(question: Question, answer: str) -> str:
    return question.choices[answer]["en"] if answer in question.choices else answer


def _or_few(count: int | None) -> str:
    return TOO_FEW if count is None else str(count)
