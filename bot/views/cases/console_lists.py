"""What the console says of a list of cases: its tabs, a row, what it can be filtered by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.rules.cases.case import Case, Due, QueueRow
from bot.rules.cases.deadlines import due_now
from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import Desk
from bot.views.cases.desk_queue import due_words, why
from bot.views.cases.desk_words import language_words, outcome_words, reason_words
from locales import Translator

MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class TabView:
    """A tab: its name in addresses, its label, and its number as it is shown."""

    name: str
    label: str
    count: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A case as a row. `state` is waiting, claimed, resting or closed; `when` says what is next, by when."""

    case_id: int
    customer_id: str
    name: str
    state: str
    state_words: str
    reason: str
    overdue: str
    sums: tuple[str, ...]
    language: str
    when: str
    is_late: bool
    is_urgent: bool
    owner: str
    why: str


def tab_labels(t: Translator) -> Mapping[str, str]:
    return {
        "waiting": t.plain("Waiting"),
        "mine": t.plain("Mine"),
        "late": t.plain("Late"),
        "resting": t.plain("Resting"),
        "open": t.plain("All open"),
        "closed": t.plain("Closed"),
    }


def tabs(t: Translator, counts: Mapping[str, int]) -> list[TabView]:
    return [TabView(name, label, counted(counts.get(name, 0))) for name, label in tab_labels(t).items()]


def counted(count: int) -> str:
    """A number of cases; where there may be very many, only that there are."""
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)


def heading(t: Translator, tab: str, words: str, count: int | None) -> str:
    """What is listed, for the page's title."""
    if words:
        return t.plain("Cases for “{words}”", words=words)
    label = tab_labels(t)[tab]
    return label if count is None else f"{label} ({counted(count)})"


def row(t: Translator, shown: QueueRow, overdue: Sequence[Money], desk: Desk, now: datetime) -> RowView:
    case, zone = shown.case, ZoneInfo(desk.time_zone)
    state = state_of(case)
    due = due_now(desk, case, now) if state in ("waiting", "claimed") else None
    days = shown.days_overdue
    return RowView(
        case_id=case.case_id,
        customer_id=case.customer_id,
        name=shown.customer_name or case.customer_id,
        state=state,
        state_words=state_words(t, case),
        reason=reason_words(t, case.reason),
        overdue=t.plural("{n} day overdue", "{n} days overdue", days) if days > 0 else "",
        sums=tuple(t.money(each) for each in overdue),
        language=language_words(t, shown.language) if shown.language else "",
        when=_when(t, shown, due, zone),
        is_late=due is not None and due.at < now,
        is_urgent=any(reason.ground == "distress" for reason in shown.reasons),
        owner=case.owner_name or "",
        why=why(t, shown.reasons) if shown.reasons and state == "waiting" else "",
    )


def state_of(case: Case) -> str:
    """waiting, claimed, resting or closed."""
    return "resting" if case.rests else case.state


def state_words(t: Translator, case: Case) -> str:
    """A case's state as a word."""
    known = {
        "waiting": t.plain("waiting"),
        "claimed": t.plain("with an agent"),
        "resting": t.plain("resting"),
        "closed": t.plain("closed"),
    }
    return known[state_of(case)]


def _when(t: Translator, shown: QueueRow, due: Due | None, zone: ZoneInfo) -> str:
    case = shown.case
    if not case.is_open:
        at = t.moment(case.closed_at or case.opened_at, zone)
        return t.plain("{when}: {outcome}", when=at, outcome=outcome_words(t, case.outcome or "other"))
    if case.snoozed_until is not None:
        return t.plain("rests until {when}", when=t.moment(case.snoozed_until, zone))
    if case.state == "waiting" and due is None:
        return t.plain("waiting since {when}", when=t.moment(shown.waits_since, zone))
    return due_words(t, due, zone.key) if due is not None else ""


def reason(t: Translator, slug: str) -> str:
    return reason_words(t, slug)


def language(t: Translator, base: str) -> str:
    """A language, whatever its script."""
    return {"zh": t.plain("Chinese"), "en": t.plain("English")}.get(base, base)
