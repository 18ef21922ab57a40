"""The desk's figures as supervisors read them: as text, and as what a picture of them shows."""

from __future__ import annotations

from datetime import date

from bot.message import Message
from bot.rules.cases.case import OUTCOMES
from bot.rules.facts.settling import ENDINGS
from bot.rules.operations.desk_statistics import AgentFigures, Figures, grouped
from bot.rules.policy.sending_hours import zones
from bot.views.cases.desk_words import outcome_words
from bot.views.lines import and_more, clipped, fitted
from bot.views.operations.charts import Bars, Chart
from locales import Html, Translator

MOST_AGENTS = 15


def figures(t: Translator, its: Figures, desk_zone: str) -> Message:
    """All figures as text."""
    head = "\n".join((_title(t, its), *_now(t, its, desk_zone)))
    rows = [_agent(t, agent) for agent in its.agents[:MOST_AGENTS]]
    tail = "\n".join((*_answers(t, its), *_ends(t, its), *_promises(t, its), *_scores(t, its)))
    return Message(fitted(head, rows, tail, and_more(t), len(its.agents) - len(rows)))


def supervisors_only(t: Translator) -> Message:
    """An agent who is no supervisor."""
    return Message(t("This is for supervisors."))


def usage(t: Translator, most_days: int) -> Message:
    """A period that is none."""
    return Message(
        t(
            "Add a number of days from 1 to {most}, for example: {example}",
            most=most_days,
            example=Html("<code>/stats 30</code>"),
        )
    )


def caption(t: Translator, its: Figures) -> str:
    """What stands under the picture; no markup."""
    return t.plural("The last {n} day", "The last {n} days", its.days)


def chart(t: Translator, its: Figures) -> Chart:
    """What the picture shows: what came and what was closed, and how."""
    days = grouped(its.by_day)
    came = Bars(
        t.plain("Cases by week") if len(days) != len(its.by_day) else t.plain("Cases by day"),
        tuple(_short(day) for day, _, _ in days),
        (
            (t.plain("opened"), tuple(opened for _, opened, _ in days)),
            (t.plain("closed"), tuple(closed for _, _, closed in days)),
        ),
    )
    if not (ends := _outcomes(its)):
        return Chart(caption(t, its), (came,))
    how = Bars(
        t.plain("How they ended"),
        tuple(outcome_words(t, outcome) for outcome, _ in ends),
        ((t.plain("cases"), tuple(n for _, n in ends)),),
        lying=True,
    )
    return Chart(caption(t, its), (came, how))


def _title(t: Translator, its: Figures) -> Html:
    return t("<b>The desk</b> · {period}", period=caption(t, its))


def _now(t: Translator, its: Figures, desk_zone: str) -> list[Html]:
    now = its.now
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


def _answers(t: Translator, its: Figures) -> list[Html]:
    if not its.answers:
        return [t("First answers in time: none were due")]
    return [t("First answers in time: {share}", share=_share(t, its.timely, its.answers))]


def _ends(t: Translator, its: Figures) -> list[Html]:
    ends = [t.plain("{words} {n}", words=outcome_words(t, outcome), n=n) for outcome, n in _outcomes(its)]
    return [t("Closed: {n} ({outcomes})", n=sum(its.outcomes.values()), outcomes=" · ".join(ends))] if ends else []


def _promises(t: Translator, its: Figures) -> list[Html]:
    lines = []
    if any(its.promises):
        lines.append(t("Promises kept: {share}", share=_share(t, its.promises[0], sum(its.promises))))
    if any(its.plans):
        lines.append(t("Plans kept: {share}", share=_share(t, its.plans[0], sum(its.plans))))
    return lines


def _scores(t: Translator, its: Figures) -> list[Html]:
    if its.mean_score is None:
        return []
    mean = f"{its.mean_score:.1f}"
    return [
        t("How it went: {mean} of 5, from {n} answers to {asked} questions", mean=mean, n=its.rated, asked=its.asked)
    ]


def _share(t: Translator, part: int, whole: int) -> str:
    return t.plain("{part} of {whole} ({percent} %)", part=part, whole=whole, percent=round(100 * part / whole))


def _outcomes(its: Figures) -> list[tuple[str, int]]:
    """Outcomes that there were, the most frequent first."""
    order = tuple(dict.fromkeys((*OUTCOMES, *ENDINGS)))
    known = [(outcome, its.outcomes[outcome]) for outcome in order if its.outcomes.get(outcome)]
    more = [(outcome, n) for outcome, n in its.outcomes.items() if outcome not in order and n]
    return sorted([*known, *more], key=lambda pair: -pair[1])


def _short(day: date) -> str:
    return f"{day.month}/{day.day}"
