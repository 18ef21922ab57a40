"""The desk's figures as supervisors read them: as text, and as a chart."""

from __future__ import annotations

from bot.message import Message
from bot.rules.cases.case_outcomes import OUTCOMES
from bot.rules.facts.settlement import ENDINGS
from bot.rules.operations.desk_statistics import AgentFigures, Figures, grouped
from bot.rules.policy.sending_hours import zones
from bot.views.cases.desk_words import outcome_words
from bot.views.lines import and_more, as_code, clipped, fitted
from bot.views.operations.charts import Captioned, Chart, Picture, Series
from locales import Html, Translator

MOST_AGENTS = 15


def figures(t: Translator, summary: Figures, desk_zone: str) -> Message:
    """All figures as text."""
    head = "\n".join((_title(t, summary), *_now(t, summary, desk_zone)))
    rows = [_agent(t, agent) for agent in summary.agents[:MOST_AGENTS]]
    ends = (*_answers(t, summary), *_ends(t, summary), *_promises(t, summary), *_scores(t, summary))
    tail = "\n".join((*ends, *_removed(t, summary)))
    return Message(fitted(head, rows, tail, and_more(t), len(summary.agents) - len(rows)))


def supervisors_only(t: Translator) -> Message:
    """To an agent who is not a supervisor."""
    return Message(t("This is for supervisors."))


def usage(t: Translator, most_days: int) -> Message:
    """An invalid period."""
    return Message(
        t(
            "Add a number of days from 1 to {most}, for example: {example}",
            most=most_days,
            example=as_code("/stats 30"),
        )
    )


def caption(t: Translator, summary: Figures) -> str:
    """The text below the picture; no markup."""
    return t.plural("The last {n} day", "The last {n} days", summary.days)


def chart(t: Translator, summary: Figures) -> Picture:
    """The picture's content: cases opened and closed, and their outcomes."""
    days = grouped(summary.by_day)
    came = Chart(
        "columns",
        tuple(t.day_of_year(day) for day, _, _ in days),
        (
            Series(t.plain("opened"), tuple(opened for _, opened, _ in days), "c1"),
            Series(t.plain("closed"), tuple(closed for _, _, closed in days), "c5"),
        ),
        stacking="beside",
    )
    parts = [Captioned(t.plain("Cases by week") if len(days) != len(summary.by_day) else t.plain("Cases by day"), came)]
    if ends := _outcomes(summary):
        labels = tuple(outcome_words(t, outcome) for outcome, _ in ends)
        how = Chart("bars", labels, (Series(t.plain("cases"), tuple(n for _, n in ends)),))
        parts.append(Captioned(t.plain("How they ended"), how))
    return Picture(t.plain("The desk"), caption(t, summary), tuple(parts))


def _title(t: Translator, summary: Figures) -> Html:
    return t("<b>The desk</b> · {period}", period=caption(t, summary))


def _now(t: Translator, summary: Figures, desk_zone: str) -> list[Html]:
    now = summary.now
    if now.oldest_case is None or now.oldest_since is None:
        waiting = t("Nobody is waiting right now.")
    else:
        since = t.moment(now.oldest_since, zones(desk_zone)[0])
        waiting = t(
            "Waiting: <b>{n}</b>, the longest #{number}, since {when}",
            n=now.waiting,
            number=now.oldest_case,
            when=since,
        )
    rest = t(
        "With agents: {claimed} · snoozed: {snoozed} · late: {late}",
        claimed=now.claimed,
        snoozed=now.snoozed,
        late=now.late,
    )
    return [waiting, rest]


def _agent(t: Translator, agent: AgentFigures) -> Html:
    name = clipped(agent.name, 40)
    return t(
        "• {name}: has {has}, answered {answered}, closed {today} today, {closed} in all",
        name=t.plain("{name} (away)", name=name) if agent.away else name,
        has=agent.has,
        answered=agent.answered,
        today=agent.closed_today,
        closed=agent.closed,
    )


def _removed(t: Translator, summary: Figures) -> list[Html]:
    if summary.kept_from is None:
        return []
    return [t("Records from before {day} were removed, so these figures are too low.", day=t.date(summary.kept_from))]


def _answers(t: Translator, summary: Figures) -> list[Html]:
    if not summary.answers:
        return [t("First answers in time: none were due")]
    return [t("First answers in time: {share}", share=_share(t, summary.timely, summary.answers))]


def _ends(t: Translator, summary: Figures) -> list[Html]:
    ends = [t.plain("{words} {n}", words=outcome_words(t, outcome), n=n) for outcome, n in _outcomes(summary)]
    return [t("Closed: {n} ({outcomes})", n=sum(summary.outcomes.values()), outcomes=" · ".join(ends))] if ends else []


def _promises(t: Translator, summary: Figures) -> list[Html]:
    lines = []
    if any(summary.promises):
        lines.append(t("Promises kept: {share}", share=_share(t, summary.promises[0], sum(summary.promises))))
    if any(summary.plans):
        lines.append(t("Plans kept: {share}", share=_share(t, summary.plans[0], sum(summary.plans))))
    return lines


def _scores(t: Translator, summary: Figures) -> list[Html]:
    if summary.mean_score is None:
        return []
    mean = f"{summary.mean_score:.1f}"
    return [
        t(
            "How it went: {mean} of 5, from {n} answers to {asked} questions",
            mean=mean,
            n=summary.rated,
            asked=summary.asked,
        )
    ]


def _share(t: Translator, part: int, whole: int) -> str:
    return t.plain("{part} of {whole} ({percent} %)", part=part, whole=whole, percent=round(100 * part / whole))


def _outcomes(summary: Figures) -> list[tuple[str, int]]:
    """The outcomes that occurred, the most frequent first."""
    order = tuple(dict.fromkeys((*OUTCOMES, *ENDINGS)))
    known = [(outcome, summary.outcomes[outcome]) for outcome in order if summary.outcomes.get(outcome)]
    more = [(outcome, n) for outcome, n in summary.outcomes.items() if outcome not in order and n]
    return sorted([*known, *more], key=lambda pair: -pair[1])
