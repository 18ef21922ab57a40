"""What the console says of one case: who it is about, what is owed and agreed, and the talk line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.rules.agreements.holds import IN_DISTRESS
from bot.rules.agreements.promises import AGREED_WITHIN_DAYS
from bot.rules.cases import case_events as events
from bot.rules.cases.attachments import KeptFile
from bot.rules.cases.case import OUTCOMES, CaseCard
from bot.rules.cases.case_thread import CaseThread, Line
from bot.rules.cases.talk_files import TalkFile, media_type_of
from bot.rules.facts.customer_facts import Instalment, total
from bot.rules.policy.sending_hours import zones
from bot.views.cases import desk
from bot.views.cases.card import costs_so_far, current_state
from bot.views.cases.console_lists import state_of, state_words
from bot.views.cases.desk_queue import case_url
from bot.views.cases.desk_words import (
    answer_words,
    channel_words,
    language_words,
    notice_reason_words,
    outcome_words,
    reason_words,
)
from bot.views.cases.presses import press_words
from bot.views.cases.wish_words import wishes_line
from bot.views.lines import clipped, day_near, product_of
from locales import Html, Translator, escape

MOST_BRIEF = 90  # characters of a message by the bot that are shown at first


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
class FileView:
    """A file of a line. `shows_as` is img, audio or video, empty for what can only be saved; `is_there` if it can be
    fetched from Telegram."""

    talk_file_id: int
    what: str
    name: str
    size: str
    shows_as: str
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of the talk. `side` is customer, agent, bot, note or event; `text` is markup; `about` says how and
    through what it went; `is_failed` that it did not arrive. Of the bot's own messages `brief` is the beginning."""

    side: str
    day: str  # where a new day begins, else empty
    when: str
    who: str
    text: Html
    about: str
    is_failed: bool = False
    is_waiting: bool = False
    brief: str = ""
    files: tuple[FileView, ...] = ()


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
    wakes = datetime.combine(tomorrow, time(9))
    return FormsView(
        may_act=may_act,
        is_waiting=one.state == "waiting",
        is_closed=one.state == "closed",
        is_resting=one.state != "closed" and one.snoozed_until is not None,
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
        wakes=max(wakes, now.astimezone(zone).replace(tzinfo=None)).strftime("%Y-%m-%dT%H:%M"),
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
        outcome=outcome_words(t, one.outcome or "other") if one.state == "closed" else "",
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
        lines=tuple(_lines(t, seen, desk_zone)),
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


# --- The talk --------------------------------------------------------------------------------------------------------


def _lines(t: Translator, seen: CaseThread, zone: ZoneInfo) -> list[LineView]:
    shown: list[LineView] = []
    last: date | None = None
    for line in seen.lines:
        day = line.at.astimezone(zone).date()
        heading, last = (t.day(day) if day != last else ""), day
        shown.append(_line(t, line, seen.card, zone, heading))
    return shown


def _line(t: Translator, line: Line, card: CaseCard, zone: ZoneInfo, day: str) -> LineView:
    return replace(_said(t, line, card, zone, day), files=tuple(_file(t, one) for one in line.files))


def _file(t: Translator, one: TalkFile) -> FileView:
    known = {
        "photo": t.plain("Picture"),
        "voice": t.plain("Voice message"),
        "audio": t.plain("Sound"),
        "video": t.plain("Video"),
        "animation": t.plain("Video"),
        "video_note": t.plain("Video"),
        "sticker": t.plain("Sticker"),
    }
    media = media_type_of(one.file).partition("/")[0]
    shows_as = {"image": "img", "audio": "audio", "video": "video"}.get(media, "")
    what = known.get(one.file.kind) or t.plain("File")
    size = _size(t, one.file.size) if one.file.size else ""
    is_there = bool(one.file.file_id)
    name = clipped(one.file.name, MOST_BRIEF)
    return FileView(one.talk_file_id, what, name, size, shows_as if is_there else "", is_there)


def chosen(t: Translator, kept: KeptFile | None) -> tuple[int, str] | None:
    """The number of a file that is not sent yet, and what it is."""
    if kept is None:
        return None
    return kept.kept_file_id, f"{clipped(kept.file.name, MOST_BRIEF)} · {_size(t, kept.file.size or 0)}"


def _size(t: Translator, size: int) -> str:
    if size < 1_000_000:
        return t.plain("{n} KB", n=max(1, round(size / 1000)))
    return t.plain("{n} MB", n=round(size / 1_000_000, 1))


def _said(t: Translator, line: Line, card: CaseCard, zone: ZoneInfo, day: str) -> LineView:
    when = t.clock(line.at, zone)
    if line.event is not None:
        if isinstance(line.event, events.Note):
            return LineView("note", day, when, line.name, escape_lines(line.event.text), t.plain("note, stays inside"))
        return LineView("event", day, when, line.name, event_words(t, line), "")
    if line.side == "customer":
        name = card.facts.customer.name or card.case.customer_id
        return LineView("customer", day, when, name, _their_words(t, line), _through(t, line))
    who = line.name or (t.plain("Agent") if line.side == "agent" else t.plain("Bot"))
    body = line.body or "\n".join(one.file.caption for one in line.files if one.file.caption)
    unknown = Html("") if line.files else escape(t.plain("(words that were not kept)"))
    text = escape_lines(body) if body else unknown
    about, failed = _outcome(t, line)
    brief = " · ".join(part for part in (line.body or "").splitlines() if part.strip()) if line.side == "bot" else ""
    coming = line.state in ("waiting", "attempted")
    return LineView(line.side, day, when, who, text, about, failed, coming, clipped(brief, MOST_BRIEF))


def _their_words(t: Translator, line: Line) -> Html:
    """What the customer wrote, or what they did instead."""
    if line.body and (line.kind == "word" or line.files):
        return escape_lines(line.body)
    if line.files:
        return Html("")
    did = answer_words(t, line.kind)
    if line.kind == "press":
        pressed = press_words(t, line.body or "")
        return t("<i>{did}: {what}</i>", did=did, what=pressed) if pressed else t("<i>pressed a button</i>")
    if line.body and line.kind != "linked":
        return t("<i>{did}: {what}</i>", did=did, what=line.body)
    return t("<i>{did}</i>", did=did)


def _through(t: Translator, line: Line) -> str:
    return "" if line.channel == "telegram" else channel_words(t, line.channel)


def _outcome(t: Translator, line: Line) -> tuple[str, bool]:
    """How a message went, and whether it failed."""
    channel = channel_words(t, line.channel)
    if line.state == "waiting":
        return t.plain("on its way"), False
    if line.state == "refused":
        why = notice_reason_words(t, line.reason) if line.reason else ""
        failed = t.plain("did not arrive ({why})", why=why) if why else t.plain("did not arrive")
        return f"{channel} · {failed}", True
    if line.state == "attempted":
        return f"{channel} · {t.plain('being sent')}", False
    return channel, False


def event_words(t: Translator, line: Line) -> Html:
    """What happened, as a sentence."""
    assert line.event is not None, "a line of an event has one"
    if line.event.kind == events.Revealed.kind:  # a topic is told only of what was shown outside it
        return t("{name} asked for phone and e-mail.", name=line.name or t.plain("An agent"))
    return Html(desk.event_line(t, line.event, line.name).text)


def escape_lines(text: str) -> Html:
    """Somebody's words with their line breaks."""
    return Html("\n".join(escape(line) for line in text.splitlines()))
