"""What the console says of agents: what they may take, whether they are there, and what was changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.rules.cases.absences import Absence
from bot.rules.cases.agent_limits import MOST_CASES, MOST_CHARS, MOST_ENTRIES, Limits, WrongLimits
from bot.views.cases.desk_words import language_words
from bot.views.lines import clipped
from locales import Html, Translator


@dataclass(frozen=True, slots=True)
class AgentView:
    """One agent. `there` says whether they are there, and when not; the fields are what a form begins with."""

    number: int
    name: str
    role: str
    there: tuple[str, ...]
    is_away: bool
    held: int
    is_full: bool
    limits: tuple[str, ...]
    languages: str
    products: str
    segments: str
    most_cases: str


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """What is known of an agent: the cases that they hold (`held`), what they may take, and when they are there."""

    number: int
    name: str
    is_supervisor: bool
    held: int
    limits: Limits
    shifts: str
    away_since: datetime | None
    absences: Sequence[Absence]


def agent(t: Translator, facts: AgentFacts, zone: ZoneInfo) -> AgentView:
    there = (
        [t.plain("away since {when}", when=t.moment(facts.away_since, zone))] if facts.away_since is not None else []
    )
    there.append(
        t.plain("there {shifts}", shifts=facts.shifts) if facts.shifts else t.plain("there whenever the desk is open")
    )
    for each in facts.absences:
        there.append(t.plain("absent {first} to {last}", first=t.date(each.first), last=t.date(each.last)))
    return AgentView(
        number=facts.number,
        name=clipped(facts.name, 60),
        role=t.plain("Supervisor") if facts.is_supervisor else t.plain("Agent"),
        there=tuple(there),
        is_away=facts.away_since is not None,
        held=facts.held,
        is_full=facts.limits.most_cases is not None and facts.held >= facts.limits.most_cases,
        limits=tuple(limit_words(t, facts.limits)),
        languages=", ".join(facts.limits.languages),
        products=", ".join(facts.limits.products),
        segments=", ".join(facts.limits.segments),
        most_cases=str(facts.limits.most_cases or ""),
    )


def limit_words(t: Translator, limits: Limits) -> list[str]:
    """What an agent may take, a line for each limit."""
    spoken = t.joined(language_words(t, tag) for tag in limits.languages)
    lines = [t.plain("Languages: {what}", what=spoken or t.plain("any"))]
    lines.append(t.plain("Products: {what}", what=t.joined(limits.products) or t.plain("any")))
    lines.append(t.plain("Segments: {what}", what=t.joined(limits.segments) or t.plain("any")))
    if limits.most_cases is None:
        return [*lines, t.plain("Any number of open cases")]
    return [
        *lines,
        str(t.plural("At most {n} open case at a time", "At most {n} open cases at a time", limits.most_cases)),
    ]


def changed(t: Translator, name: str) -> Html:
    return t("{name} may take this from now on. The cases they have stay theirs.", name=clipped(name, 40))


def not_changed(t: Translator, wrong: WrongLimits | None) -> Html:
    """Why limits were not set; None: the agent is no agent any more."""
    if wrong is None:
        return t("Nothing was done: there is no such agent any more.")
    given = clipped(wrong.given, 40)
    known = {
        "languages": t(
            "“{given}” is not a language that is known here. Please write zh, zh-Hant or en, for example.", given=given
        ),
        "most_cases": t("“{given}” is no number from 1 to {most}.", given=given, most=MOST_CASES),
    }
    about = {"most": MOST_ENTRIES, "chars": MOST_CHARS, "given": given}
    too_much = t("At most {most} entries, each of at most {chars} characters: “{given}”.", **about)
    return known.get(wrong.field) or too_much


def in_audit_log(t: Translator, kind: str, whose: str, by: str, limits: Limits | None) -> Html:
    """What happened to an agent, as the audit log says it."""
    if kind == "limits":
        what = "; ".join(limit_words(t, limits)) if limits is not None else "?"
        if by:
            return t("{by} set what {name} may take. {what}", by=by, name=whose, what=what)
        return t("An operator set what {name} may take. {what}", name=whose, what=what)
    known = {
        "away": t("{name} went away.", name=whose),
        "absent": t("{name} is absent, as planned.", name=whose),
        "back": t("{name} is back.", name=whose),
    }
    return known[kind]
