"""What agents read in their group and in a case's topic, except the card, which is in `card`."""

from __future__ import annotations

from datetime import date
from html import unescape
from zoneinfo import ZoneInfo

from bot.message import Message
from bot.rules.case_reasons import CaseReason
from bot.rules.cases.case import OUTCOMES, Case
from bot.rules.cases.case_events import (
    Called,
    CameUpAgain,
    Closed,
    Note,
    NotPassedOn,
    Opened,
    Said,
    Settled,
    Snoozed,
    Transferred,
    Undelivered,
    Used,
    Words,
)
from bot.rules.cases.case_events_agreements import Promised
from bot.rules.cases.case_events_words import FileSaid, LaterKept, LaterUnsent, SentAnyway
from bot.rules.cases.event_codec import BareEvent, Event
from bot.views.agreements import agent_agreements, asked_plans
from bot.views.cases.audit_log_kinds import kind_words
from bot.views.cases.card import card
from bot.views.cases.desk_words import language_words, outcome_words, reason_words
from bot.views.lines import clipped, paragraph
from bot.views.topics.held_words import why_unsent
from bot.views.topics.talk import edit_undelivered, not_passed_on
from locales import Html, Translator, escape

__all__ = [
    "agents_only",
    "card",
    "closed_topic",
    "done",
    "done_usage",
    "event_line",
    "held_back",
    "no_open_case",
    "not_a_case",
    "not_yours",
    "note_usage",
    "outcome_words",
    "reason_words",
    "released",
    "taken_by_other",
    "taken_by_you",
    "topic_name",
    "undelivered",
    "unknown_command",
]

MOST_OF_CAPTION = 700  # of an agent's words below a file: Telegram takes 1,024 with ours


def topic_name(t: Translator, case: Case, days_overdue: int, language: str | None) -> str:
    """The name of a case's topic, which everybody in the group reads: what an agent needs to know, and no person."""
    overdue = t.plural("overdue {n} day", "overdue {n} days", days_overdue) if days_overdue > 0 else ""
    reason = "" if overdue and case.reason == CaseReason.OVERDUE else reason_words(t, case.reason)
    about = [reason, overdue, language_words(t, language) if language else ""]
    return " · ".join([f"#{case.case_id}", *filter(None, map(unescape, about))])


def taken_by_you(t: Translator) -> Message:
    """`/take` worked, or the case was theirs already."""
    return Message(t("This case is yours. What you write here goes to the customer."))


def not_yours(t: Translator, name: str) -> Message:
    """Only the owner gives a case back or closes it; `name` is empty if it has no owner."""
    if not name:
        return Message(t("Nobody has this case yet. /take makes it yours."))
    return Message(t("{name} has this case: only they, or a supervisor, can do that.", name=clipped(name)))


def unknown_command(t: Translator, likely: str) -> Message:
    """An unknown command in a topic: it is not passed on, because it may be an internal note. `likely` is the command
    that was perhaps meant, or empty."""
    unsent = t("There is no such command here, so this was not sent. /note keeps a text inside.")
    return Message(t.sentences(unsent, _perhaps(t, likely)) if likely else unsent)


def mistyped_command(t: Translator, likely: str) -> Message:
    """An unknown command outside of topics that looks like one of ours."""
    return Message(t.sentences(t("There is no such command here."), _perhaps(t, likely)))


def _perhaps(t: Translator, likely: str) -> Html:
    return t("Did you mean {command}?", command=_code(f"/{likely}"))


def taken_by_other(t: Translator, name: str) -> Message:
    """`/take` came too late."""
    return Message(t("{name} has this case already.", name=clipped(name) or t.plain("An agent")))


def released(t: Translator) -> Message:
    """`/release` worked."""
    return Message(t("This case is back in the queue."))


def note_usage(t: Translator) -> Message:
    """`/note` without a text."""
    return Message(
        t(
            "Write the note after the command, for example: {example}",
            example=_code("/note " + t.plain("will call back on Friday")),
        )
    )


def done(t: Translator, outcome: str, rests_until: date | None = None) -> Message:
    """`/done` worked; `rests_until` is the last day of rest for what is overdue."""
    closed = t("Closed: {outcome}. Thank you.", outcome=outcome_words(t, outcome))
    if rests_until is None:
        return Message(closed)
    rests = t(
        "What is still overdue rests until {day}; if it is not settled then, a case opens again.",
        day=t.day(rests_until),
    )
    return Message(f"{closed}\n{rests}")


def done_usage(t: Translator) -> Message:
    """`/done` without a valid outcome: the list of outcomes."""
    lines = [t("Add how it ended after /done:")]
    lines += [t("• {slug} – {words}", slug=_code(slug), words=outcome_words(t, slug)) for slug in OUTCOMES]
    lines.append(t("For example: {example}", example=_code("/done promised")))
    return Message("\n".join(lines))


def not_a_case(t: Translator) -> Message:
    """A command for a case, but not in a case's topic."""
    return Message(
        t(
            "This works in the topic of a case; in a group without topics, in answer to its card. /queue shows what "
            "waits."
        )
    )


def no_open_case(t: Translator) -> Message:
    """A topic whose case is closed, or a topic without a case."""
    return Message(t("There is no open case here. /queue shows what is waiting."))


def agents_only(t: Translator, user_id: int) -> Message:
    """Someone in the group who is not an agent, with their Telegram id, which an operator needs to add them."""
    command = _code(f"duebot agent add {user_id} --name …")
    return Message(t("This is for agents. The bot’s operator can add you with {command}", command=command))


def held_back(t: Translator, owner_name: str) -> Message:
    """An agent wrote in the topic of another agent's case."""
    name = clipped(owner_name)
    return Message(t("This was not sent: {name} has this case. A /note stays inside and is always welcome.", name=name))


def undelivered(t: Translator, reason: str, *, edit: bool = False) -> Message:
    """An agent's message, or a change of it (`edit`), did not reach the customer, and why."""
    known = {
        "blocked": t("Your message was not delivered: the customer has blocked the bot."),
        "deactivated": t("Your message was not delivered: the customer’s Telegram account no longer exists."),
        "not_linked": t("Your message was not delivered: the customer is not linked to Telegram."),
        "cannot_initiate": t("Your message was not delivered: the customer has not opened the bot yet."),
        "chat_not_found": t("Your message was not delivered: Telegram no longer finds this chat."),
        "in_doubt": t("It’s not certain that your message arrived: Telegram gave no answer."),
        "voice_forbidden": t(
            "Your message was not delivered: the customer accepts no voice or video messages. Please write it, or send "
            "it as a file."
        ),
        "too_large": t("Your message was not delivered: the file is too large for Telegram."),
        "too_long": t("Your message was not delivered: the text is too long for Telegram."),
        "message_gone": t("Your message was not delivered: it was deleted before it could be passed on."),
        "file_gone": t("Your message was not delivered: Telegram no longer has the file. Please send it again."),
        "not_copyable": t(
            "Your message was not delivered: Telegram lets nobody pass on such a message, as a quiz or paid media. "
            "Please say it otherwise."
        ),
    }
    if edit:
        return Message(edit_undelivered(t, reason))
    slug = reason.strip().lower().replace(" ", "_").replace("-", "_")
    return Message(known.get(slug) or t("Your message was not delivered, and we don’t know why. Please try once more."))


def closed_topic(t: Translator) -> Message:
    """A message in the topic of a closed case."""
    return Message(
        t("This case is closed, so this was not sent. If the customer asks for a person again, a new case opens.")
    )


def event_line(t: Translator, event: Event | BareEvent, who: str | None = None, case_id: int | None = None) -> Message:
    """What happened in a case, for its topic; `who` is the agent. With `case_id` it has the buttons that go with it."""
    if event.kind == Undelivered.kind:
        return undelivered(t, event.reason, edit=event.edit) if isinstance(event, Undelivered) else undelivered(t, "")
    if event.kind == NotPassedOn.kind:
        return not_passed_on(t, event.reason if isinstance(event, NotPassedOn) else "")
    line = _event(t, event, clipped(who or ""))
    words = paragraph(event.text) if isinstance(event, (Words, Note, Said, LaterKept)) else ""
    if isinstance(event, FileSaid):
        words = paragraph(event.text, MOST_OF_CAPTION)
    can_be_seen = case_id is not None and isinstance(event, Promised)
    buttons = ((agent_agreements.see_button(t, case_id),),) if can_be_seen and case_id is not None else ()
    return Message(f"{line}\n<blockquote>{words}</blockquote>" if words else line, buttons)


def _event(t: Translator, event: Event | BareEvent, who: str) -> Html:
    if isinstance(event, Opened):
        return t("Case opened: {reason}.", reason=reason_words(t, event.reason))
    if isinstance(event, CameUpAgain):
        return t("This came up again: {reason}.", reason=reason_words(t, event.reason))
    if isinstance(event, Closed):
        outcome = outcome_words(t, event.outcome)
        by_name = t("Closed by {name}: {outcome}.", name=who, outcome=outcome)
        return by_name if who else t("Case closed: {outcome}.", outcome=outcome)
    if isinstance(event, Settled):
        return _settled(t, event.ending)
    if isinstance(event, Snoozed):
        return t("This case rests until {when} UTC.", when=t.moment(event.until, ZoneInfo("UTC")))
    if isinstance(event, LaterUnsent):
        return t("A message for later was not sent: {why}", why=why_unsent(t, event.reason))
    if isinstance(event, LaterKept):
        when = t.moment(event.at, ZoneInfo(event.zone))
        return t("{name} has written this, to be sent on {when}, the customer’s time:", name=who, when=when)
    if isinstance(event, FileSaid):
        return t("{name} has sent the customer a file: {file}", name=who, file=clipped(event.name))
    if isinstance(event, Called) and who:
        return _called(t, event, who)
    if isinstance(event, SentAnyway):
        return t(
            "{name} was asked about these words and sent them: {reason}", name=who, reason=clipped(event.reason, 200)
        )
    if isinstance(event, Used):
        return t("The customer used {command}.", command=_code(clipped(event.command, 40)))
    return agent_agreements.event_text(t, event, who) or asked_plans.event_text(t, event, who) or _plain(t, event, who)


def _plain(t: Translator, event: Event | BareEvent, who: str) -> Html:
    """The text of an event that depends only on its kind."""
    name = who or t.plain("An agent")
    to = event.to if isinstance(event, Transferred) else ""
    known = {
        "opened": t("Case opened."),
        "forgotten": t("The customer was forgotten: name, number and words are erased, and this case is closed."),
        "again": t("This came up again."),
        "paid": t("Everything overdue has been paid."),
        "claimed": t("{name} takes this case.", name=name),
        "released": t("{name} returned this case to the queue.", name=name),
        "closed": t("Closed by {name}.", name=who) if who else t("Case closed."),
        "blocked": t("The customer has blocked the bot: what you write here no longer arrives."),
        "unblocked": t("The customer has let the bot in again: what you write here arrives."),
        "link_asked": t(
            "Another Telegram account asked to be linked to this customer. The one that is linked is asked."
        ),
        "link_leaving": t(
            "The customer opened the link of another account, and is asked whether this chat moves there."
        ),
        "link_left": t("The customer’s chat is linked to another account now: what you write here no longer arrives."),
        "link_new": t("The customer has another Telegram account now: what you write here goes there."),
        "link_over": t("The customer’s chat is no longer linked: what you write here no longer arrives."),
        "link_back": t("The customer’s earlier Telegram account is linked again: what you write here goes there."),
        "link_disputed": t(
            "Somebody who was linked to this customer by a phone number says that the new link isn’t theirs. Please "
            "make sure who is who."
        ),
        "words": t("The customer wrote:"),
        "note": t("{name} notes, only for agents:", name=name),
        "said": t("{name} has written to the customer:", name=name),
        "file_said": t("{name} has sent the customer a file.", name=name),
        "asked": t("The customer asks for a person."),
        "distress": t(
            "‼️ <b>The customer may be in danger.</b> Please write to them now, as a person, and say nothing about "
            "money. They were told where to find help. All reminders rest until this case is closed, or /hold cancel."
        ),
        "says_wrong": t(
            "Who has this chat says that they are not the customer. No more reminders go there. Please say nothing "
            "about any payment here. If it is true, /done wrong_person ends the link."
        ),
        "says_right": t("Who has this chat says that they are the customer after all. Reminders go there again."),
        "transferred": t("{name} has this case now.", name=clipped(to)),
        "lease_over": t("Nothing was done about this case for a while, so it is back in the queue."),
        "away_over": t("The agent of this case is away, so it is back in the queue."),
        "owner_gone": t("The agent of this case is no longer an agent, so it is back in the queue."),
        "snooze_over": t("This case has rested until today."),
        "woken": t("The customer has written, so this case no longer rests."),
        "snooze_off": t("{name} ended this case’s rest.", name=name),
        "revealed": t("{name} asked for phone and e-mail, in the console.", name=name),
        "called": t("{name} called.", name=name),
        "introduced": t("The customer was told that {name} is writing.", name=name),
        "parted": t("The talk with the customer has ended."),
        "told_hours": t("The customer was told when somebody is there."),
        "not_revealed": t("Phone and e-mail did not reach {name} in private.", name=name),
        "code_shown": t("{name} looked up the code by which the customer knows them.", name=name),
        "calling": t("The customer’s chat was told that {name} calls.", name=name),
        "not_told_of_call": t("The customer’s chat could not be told of the call."),
        "call_too_many": t("This call was more than the rules allow."),
        "later_kept": t("{name} has written something to be sent later.", name=name),
        "later_dropped": t("{name} took back what was to be sent later.", name=name),
        "due_soon": t("Something is due here soon: see /queue."),
        "topic_anew": t("The earlier topic is gone; the case goes on here."),
    }
    if event.kind in known:
        return known[event.kind]
    return escape(kind_words(t).get(("case", event.kind)) or event.kind.replace("_", " "))


def _called(t: Translator, event: Called, who: str) -> Html:
    known = {
        "reached": t("{name} called, and they talked.", name=who),
        "no_answer": t("{name} called, and nobody answered.", name=who),
        "wrong_number": t("{name} called: the number is somebody else’s.", name=who),
    }
    return t.sentences(known[event.result], escape(clipped(event.note, 200))) if event.note else known[event.result]


def _settled(t: Translator, ending: str) -> Html:
    """Why a case closed whose debts are no longer owed, if not all of it was paid."""
    known = {
        "part_paid": t("Nothing is overdue any more: a part was paid, and the rest is no longer owed. Case closed."),
        "waived": t("Nothing is overdue any more: the wallet waived it. Case closed."),
        "corrected": t("Nothing is overdue any more: the wallet corrected the amount. Case closed."),
        "moved": t("Nothing is overdue any more: the wallet moved the due date. Case closed."),
        "taken_off": t("Nothing is overdue any more: it is no longer this customer’s. Case closed."),
    }
    return known.get(ending) or t("Nothing is overdue any more. Case closed.")


def _code(text: str) -> Html:
    return Html(f"<code>{escape(text)}</code>")
