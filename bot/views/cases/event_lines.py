"""What happened in a case, in a line for its topic: each kind of event has its sentence here, or in the file of its
subject."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.message import Message
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
from bot.views.agreements import agent_agreements, agreement_events, asked_plans
from bot.views.cases.audit_log_kinds import kind_words
from bot.views.cases.desk import undelivered
from bot.views.cases.desk_words import outcome_words, reason_words
from bot.views.lines import as_code, clipped, paragraph
from bot.views.topics.held_words import why_unsent
from bot.views.topics.talk import not_passed_on
from locales import Html, Translator, escape

UTC = ZoneInfo("UTC")  # where nobody says whose clock counts
MOST_OF_CAPTION = 700  # of an agent's words below a file: Telegram takes 1,024 with ours


def event_line(
    t: Translator, event: Event | BareEvent, who: str | None = None, case_id: int | None = None, zone: ZoneInfo = UTC
) -> Message:
    """What happened in a case, for its topic; `who` is the agent, `zone` the customer's.

    With `case_id` it has the buttons that go with it.
    """
    if event.kind == Undelivered.kind:
        return undelivered(t, event.reason, edit=event.edit) if isinstance(event, Undelivered) else undelivered(t, "")
    if event.kind == NotPassedOn.kind:
        return not_passed_on(t, event.reason if isinstance(event, NotPassedOn) else "")
    line = _event(t, event, clipped(who or ""), zone)
    words = paragraph(event.text) if isinstance(event, (Words, Note, Said, LaterKept)) else ""
    if isinstance(event, FileSaid):
        words = paragraph(event.text, MOST_OF_CAPTION)
    can_be_seen = case_id is not None and isinstance(event, Promised)
    buttons = ((agent_agreements.see_button(t, case_id),),) if can_be_seen and case_id is not None else ()
    return Message(f"{line}\n<blockquote>{words}</blockquote>" if words else line, buttons)


def _event(t: Translator, event: Event | BareEvent, who: str, zone: ZoneInfo) -> Html:
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
        if zone is UTC:
            return t("This case rests until {when} UTC.", when=t.moment(event.until, UTC))
        return t("This case rests until {when}, by the customer’s clock.", when=t.moment(event.until, zone))
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
        return t("The customer used {command}.", command=as_code(clipped(event.command, 40)))
    return agreement_events.event_text(t, event, who) or asked_plans.event_text(t, event, who) or _plain(t, event, who)


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
