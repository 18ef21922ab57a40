"""What the console says of one case: who it is about, what is owed and agreed, and the talk line by line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.rules.agreements.holds import IN_DISTRESS
from bot.rules.agreements.promises import AGREED_WITHIN_DAYS
from bot.rules.cases.attachments import KeptFile
from bot.rules.cases.case import CaseCard
from bot.rules.cases.case_outcomes import OUTCOMES
from bot.rules.cases.case_thread import CaseThread
from bot.rules.facts.customer_facts import Instalment, total
from bot.rules.policy.sending_hours import shown_day, zones
from bot.views.cases.card import costs_so_far, current_state
from bot.views.cases.console_lists import state_of, state_words
from bot.views.cases.console_talk import MOST_BRIEF, LineView, file_size, lines
from bot.views.cases.desk_queue import case_url
from bot.views.cases.desk_words import language_words, outcome_words, reason_words
from bot.views.cases.wish_words import wishes_line
from bot.views.lines import clipped, day_near, product_of
from locales import Html, Translator, escape


@dataclass(frozen=True, slots=True)
class OwedView:
    """One instalment that is not settled."""

    instalment_id: str
    product: str
    amount: str
    due: str
    in_days: str
    is_overdue: bool
    is_held: bool


@dataclass(frozen=True, slots=True)
class LaterView:
    """Words of the agent's that wait for their time, on the customer's clock."""

    held_id: int
    when: str
    text: str


def for_later(t: Translator, seen: CaseThread, held_id: int, at: datetime, words: str | None) -> LaterView:
    zone = zones(seen.card.facts.customer.zone)[0]
    return LaterView(held_id, t.moment(at, zone), clipped(words or "", MOST_BRIEF))


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything on a case's page but its forms."""

    case_id: int
    customer_id: str
    name: str
    reason: str
    state: str
    state_words: str
    outcome: str
    owner: str
    language: str
    local_time: str
    cautions: tuple[Html, ...]
    reachable: bool
    agreed: tuple[Html, ...]
    owed: tuple[OwedView, ...]
    sums: tuple[str, ...]
    days_overdue: str
    costs: tuple[Html, ...]
    facts_at: str
    opened: str
    topic_url: str
    lines: tuple[LineView, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class FormsView:
    """What can be done in the case by who looks at it, and what its forms begin with. `owner` has the case instead of
    them. Days and times are on the customer's clock."""

    may_act: bool
    is_waiting: bool
    is_closed: bool
    is_resting: bool
    owner: str
    has_promise: bool
    has_hold: bool
    has_plan: bool
    asked_plan: int  # the number of the plan that the customer asks for; 0: none
    call_at: str  # when the customer would like to be called; empty: they did not say
    currencies: tuple[str, ...]
    disputed: tuple[tuple[str, str], ...]
    disputable: tuple[tuple[str, str], ...]
    outcomes: tuple[tuple[str, str], ...]
    today: str
    tomorrow: str
    last_day: str
    wakes: str


def forms(t: Translator, seen: CaseThread, may_act: bool, now: datetime) -> FormsView:
    card, one = seen.card, seen.card.case
    kinds, zone = {each.kind for each in card.agreed}, zones(card.facts.customer.zone)[0]
    tomorrow = card.today + timedelta(days=1)
    wakes = datetime.combine(shown_day(card.facts.customer.zone, now) + timedelta(days=1), time(9))
    return FormsView(
        may_act=may_act,
        is_waiting=one.state == "waiting",
        is_closed=not one.is_open,
        is_resting=one.rests,
        owner=one.owner_name or "",
        has_promise="promise" in kinds,
        has_hold=bool(kinds & {"hold", IN_DISTRESS}),
        has_plan="plan" in kinds or card.asked is not None or card.asked_plan is not None,
        asked_plan=card.asked_plan.plan_id if card.asked_plan is not None else 0,
        call_at=t.moment(one.call_at, zone) if one.call_at is not None else "",
        currencies=tuple(dict.fromkeys(owed.amount_due.currency for owed in card.facts.unsettled)),
        disputed=tuple((key, _named(t, owed, card.today)) for key, owed in seen.disputed),
        disputable=tuple((key, _named(t, owed, card.today)) for key, owed in seen.disputable),
        outcomes=tuple((slug, outcome_words(t, slug)) for slug in OUTCOMES),
        today=card.today.isoformat(),
        tomorrow=tomorrow.isoformat(),
        last_day=(card.today + timedelta(days=AGREED_WITHIN_DAYS)).isoformat(),
        wakes=wakes.strftime("%Y-%m-%dT%H:%M"),
    )


def _named(t: Translator, owed: Instalment, today: date) -> str:
    return f"{product_of(t, owed.product)} · {t.money(owed.outstanding)} · {day_near(t, owed.due_date, today)}"


def case(t: Translator, seen: CaseThread, desk_zone: ZoneInfo, now: datetime) -> CaseView:
    card = seen.card
    one, facts = card.case, card.facts
    customer, zone = facts.customer, zones(facts.customer.zone)[0]
    days = facts.days_overdue(card.today)
    return CaseView(
        case_id=one.case_id,
        customer_id=customer.customer_id,
        name=customer.name or customer.customer_id,
        reason=reason_words(t, one.reason),
        state=state_of(one),
        state_words=state_words(t, one),
        outcome=outcome_words(t, one.outcome or "other") if not one.is_open else "",
        owner=one.owner_name or "",
        language=language_words(t, customer.language),
        local_time=t.moment(now, zone),
        cautions=tuple(_cautions(t, card)),
        reachable=card.reachable,
        agreed=tuple(Html(line) for line in current_state(t, card).split("\n") if line),
        owed=tuple(_owed(t, each, card.today) for each in facts.unsettled),
        sums=tuple(t.money(each) for each in total(facts.unsettled)),
        days_overdue=t.plural("{n} day overdue", "{n} days overdue", days) if days else "",
        costs=tuple(Html(line) for line in costs_so_far(t, card, 3).split("\n") if line),
        facts_at=t.plain("As of {when}.", when=t.moment(facts.facts_at, zone)) if facts.facts_at else "",
        opened=t.moment(one.opened_at, desk_zone),
        topic_url=case_url(one),
        lines=tuple(lines(t, seen, desk_zone)),
        is_whole=seen.is_whole,
    )


def _cautions(t: Translator, card: CaseCard) -> list[Html]:
    customer = card.facts.customer
    found = []
    if customer.vulnerable:
        found.append(t("Marked as vulnerable: please take extra care."))
    if customer.stopped:
        found.append(t("Has turned reminders off."))
    if wished := wishes_line(t, customer.wishes, card.today):
        found.append(escape(wished))
    return found


def _owed(t: Translator, owed: Instalment, today: date) -> OwedView:
    late = owed.days_past_due(today)
    return OwedView(
        instalment_id=owed.instalment_id,
        product=product_of(t, owed.product),
        amount=t.money(owed.outstanding),
        due=day_near(t, owed.due_date, today),
        in_days=t.in_days(-late),
        is_overdue=late > 0,
        is_held=owed.held,
    )


def chosen(t: Translator, kept: KeptFile | None) -> tuple[int, str] | None:
    """The number of a file that is not sent yet, and what it is."""
    if kept is None:
        return None
    return kept.kept_file_id, f"{clipped(kept.file.name, MOST_BRIEF)} · {file_size(t, kept.file.size or 0)}"
