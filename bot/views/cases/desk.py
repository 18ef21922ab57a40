"""What agents read in their group and in a case's topic, except cards (`card`) and what happened in a
case (`event_lines`)."""

from __future__ import annotations

from datetime import date
from html import unescape

from bot.message import Message
from bot.rules.case_reasons import CaseReason
from bot.rules.cases.case import Case
from bot.rules.cases.case_outcomes import OUTCOMES
from bot.views.cases.desk_words import language_words, outcome_words, reason_words
from bot.views.lines import as_code, clipped
from bot.views.topics.talk import edit_undelivered
from locales import Html, Translator


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
    return t("Did you mean {command}?", command=as_code(f"/{likely}"))


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
            example=as_code("/note " + t.plain("will call back on Friday")),
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
    lines += [t("• {slug} – {words}", slug=as_code(slug), words=outcome_words(t, slug)) for slug in OUTCOMES]
    lines.append(t("For example: {example}", example=as_code("/done promised")))
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
    command = as_code(f"duebot agent add {user_id} --name …")
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
