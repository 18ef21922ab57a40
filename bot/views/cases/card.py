"""The card at the top of a case's topic: everything that an agent needs before the first message.

Everybody in the group reads it, so the name is masked until an agent has claimed the case, and the customer's contacts
are not on it: `/reveal` shows them.
"""

from __future__ import annotations

from datetime import datetime

from bot.message import Message
from bot.rules.agreements.holds import IN_DISTRESS, SAID_PAID
from bot.rules.agreements.late_fees import ours_so_far, outlook
from bot.rules.cases.case import Agreed, Answer, Asked, CaseCard, SentNotice
from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.rules.policy.sending_hours import zones
from bot.views.agreements.asked_plans import asked_buttons, asked_lines
from bot.views.agreements.late_fee_words import costs_ahead
from bot.views.cases.card_buttons import Rows, card_buttons
from bot.views.cases.desk_words import (
    answer_words,
    channel_words,
    language_words,
    notice_reason_words,
    notice_state_words,
    outcome_words,
    reason_words,
)
from bot.views.cases.presses import press_words
from bot.views.cases.wish_words import wishes_line
from bot.views.lines import and_more, clipped, clock_at, facts_line, instalment_line, length, masked, total_line
from locales import Html, Translator, escape

MOST_SHOWN = 10
CARD_ROOM = 3900  # under Telegram's 4096, markup counted


def card(t: Translator, card: CaseCard) -> Message:
    """The whole card; if it is too long, the oldest reminders and answers are left out."""
    for shown in range(MOST_SHOWN, 0, -1):
        for words in (80, 30):
            text = _card(t, card, shown, words)
            if length(text) <= CARD_ROOM:
                return Message(text, keyboard(t, card))
    raise AssertionError("a card of one line each fits in a message")


def keyboard(t: Translator, card: CaseCard) -> Rows:
    """All buttons below the card."""
    return (*asked_buttons(t, card), *card_buttons(t, card.case))


def _card(t: Translator, card: CaseCard, shown: int, words: int) -> str:
    parts = (
        _who(t, card, words),
        _reachable(t, card),
        current_state(t, card),
        _owed(t, card, shown),
        costs_so_far(t, card, shown),
        _sent(t, card, shown),
        _answered(t, card, shown, words),
        _how_to_answer(t, card),
    )
    return "\n\n".join(part for part in parts if part)


def _who(t: Translator, card: CaseCard, words: int) -> str:
    case, customer = card.case, card.facts.customer
    lines = [
        t("<b>Case #{number}: {reason}</b>", number=case.case_id, reason=reason_words(t, case.reason)),
        t(
            "{name} · customer <code>{customer_id}</code>",
            name=_name(card, words) or "–",
            customer_id=clipped(customer.customer_id, 60),
        ),
        t("Language: {language}", language=_language(t, card)),
        *([_local_time(t, customer.zone, card.at)] if card.at is not None else []),
        t("Opened: {when}", when=_moment(t, card, case.opened_at)),
    ]
    if not case.is_open:
        lines.append(t("Case closed: {outcome}.", outcome=outcome_words(t, case.outcome or "other")))
    elif case.owner_name:
        lines.append(t("With: {name}", name=_mention(case.owner_id, clipped(case.owner_name, 40))))
    if customer.vulnerable:
        lines.append(t("Marked as vulnerable: please take extra care."))
    if customer.stopped:
        lines.append(t("Has turned reminders off."))
    if wished := wishes_line(t, customer.wishes, card.today):
        lines.append(wished)
    return "\n".join(lines)


def _mention(user_id: int | None, name: str) -> Html:
    """An agent's name, which Telegram tells them of when the card is new: so they find the topic."""
    return Html(f'<a href="tg://user?id={user_id}">{escape(name)}</a>' if user_id else escape(name))


def _name(card: CaseCard, most: int) -> str:
    name = card.facts.customer.name
    return clipped(name, most) if card.case.state == "claimed" else masked(name)


def _reachable(t: Translator, card: CaseCard) -> Html:
    if card.reachable:
        return t("🟢 Can be reached in Telegram: what you write here arrives.")
    return t(
        "🔴 Can’t be reached in Telegram: what you write here won’t arrive. Please try "
        "another way, and record the result with /note."
    )


def current_state(t: Translator, card: CaseCard) -> str:
    """The next action with its deadline, and the agreements."""
    case, lines = card.case, []
    if case.is_open:
        if case.snoozed_until is not None and (card.asked is None or case.snoozed_until != card.asked.until):
            lines.append(t("Snoozed until {when}", when=_at_desk(t, card, case.snoozed_until)))
        elif case.snoozed_until is None and case.due_at is not None:
            lines.append(_due(t, card, case.due_at))
        if card.asked is not None:
            lines.append(_asked(t, card, card.asked))
        if case.call_at is not None:
            lines.append(t("Would like a call: {when}, their time", when=_moment(t, card, case.call_at)))
    lines += asked_lines(t, card)
    lines += [_agreed_and_seen(t, agreed) for agreed in card.agreed]
    return "\n".join(lines)


def _due(t: Translator, card: CaseCard, due_at: datetime) -> Html:
    when = _at_desk(t, card, due_at)
    if card.case.due_kind == "first_answer":
        return t("Answer by {when}", when=when)
    if card.case.due_kind == "dispute_answer":
        return t("Answer about what isn’t right by {when}", when=when)
    if card.case.due_kind == "call_back":
        return t("Call back by {when}", when=when)
    return t("Next step by {when}", when=when)


def _asked(t: Translator, card: CaseCard, asked: Asked) -> Html:
    return t(
        "Waits for the customer’s answer to a plan of {amount}, until {when}",
        amount=t.money(asked.amount),
        when=_at_desk(t, card, asked.until),
    )


def _agreed_and_seen(t: Translator, agreed: Agreed) -> Html:
    line = _agreed(t, agreed)
    if agreed.answer_by is not None:
        return t("{agreed} · answer by {day}", agreed=line, day=t.date(agreed.answer_by))
    return t("{agreed} · seen by {name}", agreed=line, name=clipped(agreed.seen_by, 40)) if agreed.seen_by else line


def _agreed(t: Translator, agreed: Agreed) -> Html:
    day = t.date(agreed.until)
    if agreed.amount is not None and agreed.kind in ("promise", "plan"):
        head = (
            t("Promised {amount} by {day}", amount=t.money(agreed.amount), day=day)
            if agreed.kind == "promise"
            else t("Payment plan of {amount}, the last part by {day}", amount=t.money(agreed.amount), day=day)
        )
        return (
            t("{agreed} · {came_in} came in", agreed=head, came_in=t.money(agreed.came_in)) if agreed.came_in else head
        )
    known = {
        "promise": t("Promised to pay by {day}", day=day),
        "plan": t("Payment plan, the last part by {day}", day=day),
        "dispute": t("Says that something isn’t right; rests until {day}", day=day),
        IN_DISTRESS: t("All reminders rest until this case is closed, or /hold cancel"),
        SAID_PAID: t("Says that they paid; reminders rest until the wallet’s next facts, {day} at most", day=day),
    }
    return known.get(agreed.kind) or t("On hold until {day}", day=day)


def _owed(t: Translator, card: CaseCard, shown: int) -> str:
    unsettled = card.facts.unsettled
    if not unsettled:
        return "\n".join(part for part in (t("<b>Nothing to pay</b>"), facts_line(t, card.facts)) if part)
    overdue, upcoming = card.facts.overdue(card.today), card.facts.upcoming(card.today)
    parts: list[str] = []
    if overdue:
        since, days = t.date(min(i.due_date for i in overdue)), t.days(card.facts.days_overdue(card.today))
        heading = t("<b>To pay, overdue since {day} ({days})</b>", day=since, days=days)
        parts += _listed(t, card, heading, overdue, shown)
    if upcoming:
        parts += _listed(t, card, t("<b>To pay, not yet due</b>"), upcoming, shown)
    return "\n".join([*parts, facts_line(t, card.facts)]).strip()


def _listed(t: Translator, card: CaseCard, heading: str, owed: tuple[Instalment, ...], shown: int) -> list[str]:
    """A heading, the instalments below it, and their total if it adds information."""
    lines: list[str] = [heading, *(instalment_line(t, i, card.today) for i in owed[:shown])]
    if len(owed) > shown:
        lines.append(and_more(t)(len(owed) - shown))
    if len(owed) > 1:
        lines.append(total_line(t, owed))
    return lines


def costs_so_far(t: Translator, card: CaseCard, shown: int) -> str:
    """What being late has cost and will cost by the policy, as the customer reads it under /fees."""
    if card.policy is None or not card.facts.unsettled:
        return ""
    lines: list[str] = []
    for one in outlook(card.facts.unsettled, card.policy, card.today)[:shown]:
        theirs = (i for i in card.facts.unsettled if i.amount_due.currency == one.currency)
        so_far = Money(sum(ours_so_far(i, card.policy, card.today).amount for i in theirs), one.currency)
        if so_far:
            day, amount = t.date(card.today), t.money(so_far)
            lines.append(
                t("By the policy, not in the wallet’s sum: {amount} of charges up to {day}", amount=amount, day=day)
            )
        lines.append(costs_ahead(t, one, card.today))
    return "\n".join(line for line in lines if line)


def _sent(t: Translator, card: CaseCard, shown: int) -> str:
    if not card.notices:
        return t("<b>No reminders so far</b>")
    lines = [_notice_line(t, card, notice) for notice in card.notices[-shown:]]
    return "\n".join([t("<b>Reminders</b>"), *lines])


def _notice_line(t: Translator, card: CaseCard, notice: SentNotice) -> Html:
    steps = ", ".join(filter(None, (_step_words(t, card, step) for step in notice.step_ids[:3])))
    about = [steps, channel_words(t, notice.channel) if notice.channel else "", notice_state_words(t, notice.state)]
    line = t("• {when} · {what}", when=_moment(t, card, notice.at), what=" · ".join(part for part in about if part))
    if not notice.reason:
        return line
    return t("{line} ({reason})", line=line, reason=notice_reason_words(t, notice.reason))


def _step_words(t: Translator, card: CaseCard, step_id: str) -> str:
    """When a step of the policy comes; empty for one of an earlier version that has other names."""
    steps = card.policy.steps if card.policy is not None else ()
    day = next((step.day for step in steps if step.id == step_id), None)
    if day is None:
        return ""
    if day == 0:
        return t.plain("on the due date")
    if day < 0:
        return t.plural("{n} day before due", "{n} days before due", -day)
    return t.plural("{n} day overdue", "{n} days overdue", day)


def _answered(t: Translator, card: CaseCard, shown: int, words: int) -> str:
    if not card.answers:
        return t("<b>No response so far</b>")
    lines = [_answer_line(t, card, answer, words) for answer in card.answers[-shown:]]
    return "\n".join([t("<b>What they did</b>"), *lines])


def _answer_line(t: Translator, card: CaseCard, answer: Answer, words: int) -> Html:
    when, kind = _moment(t, card, answer.at), answer_words(t, answer.kind)
    if not answer.body or answer.kind == "linked":  # the body of a link is its proof, not the customer's words
        return t("• {when} · {what}", when=when, what=kind)
    if answer.kind == "press":
        pressed = press_words(t, answer.body)
        if not pressed:
            return t("• {when} · {what}", when=when, what=t.plain("pressed a button"))
        return t("• {when} · {what}: {words}", when=when, what=kind, words=pressed)
    return t("• {when} · {what}: {words}", when=when, what=kind, words=clipped(answer.body, words))


def _how_to_answer(t: Translator, card: CaseCard) -> str:
    if not card.case.is_open:
        return ""
    return t("Any message here goes to the customer; /note with a text stays inside. /help lists all commands.")


def _language(t: Translator, card: CaseCard) -> str:
    return language_words(t, card.facts.customer.language)


def _local_time(t: Translator, zone: str, at: datetime) -> Html:
    """The customer's time of day when the card was written, and how far that is from UTC; by the first of several zones
    that may be theirs."""
    local = at.astimezone(zones(zone)[0])
    offset = local.strftime("%z")
    shown = f"UTC{offset[:3]}:{offset[3:]}" if offset else "UTC"
    if "|" in zone:
        return t("Local time: perhaps {time} ({offset}), as this was written", time=clock_at(at, zone), offset=shown)
    return t("Local time: {time} ({offset}), as this was written", time=clock_at(at, zone), offset=shown)


def _moment(t: Translator, card: CaseCard, instant: datetime) -> str:
    return t.moment(instant, zones(card.facts.customer.zone)[0])


def _at_desk(t: Translator, card: CaseCard, instant: datetime) -> str:
    return t.moment(instant, zones(card.desk_zone)[0])
