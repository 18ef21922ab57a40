"""Canned replies: the values of their placeholders, and what `/say` shows to an agent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.message import Message
from bot.rules.cases.canned_replies import Replies, Reply, ReplyFault
from bot.rules.facts.customer_facts import CustomerFacts, Instalment, total
from bot.rules.policy.sending_hours import local_day
from bot.views.cases.desk_words import language_words
from bot.views.lines import and_more, as_code, clipped, fitted, instalment_line, paragraph
from locales import Html, Translator, escape

MOST_INSTALMENTS = 10
MOST_FAULTS = 3


def values(
    t: Translator, facts: CustomerFacts, now: datetime, *, agent: str, brand: str, pay_url: str
) -> dict[str, str]:
    """The value of each placeholder, as plain text: about overdue instalments, else about the next due one. Empty if
    there is no value."""
    today = local_day(facts.customer.zone, now)
    owed = facts.overdue(today) or facts.unsettled[:1]
    days = facts.days_overdue(today)
    return {
        "name": clipped(facts.customer.name, 60) or t.plain("dear customer"),
        "agent": clipped(agent, 60),
        "brand": clipped(brand, 60),
        "amount": _plain(t.joined(t.money(sum_) for sum_ in total(owed))) if owed else "",
        "oldest_due": t.date(min(i.due_date for i in owed)) if owed else "",
        "days": _plain(t.days(days)) if days else "",
        "pay_url": pay_url,
        "instalments": _lines(t, owed, today) if owed else "",
    }


def _lines(t: Translator, owed: Sequence[Instalment], today: date) -> str:
    shown = [_plain(instalment_line(t, i, today, details=False)) for i in owed[:MOST_INSTALMENTS]]
    return "\n".join([*shown, *([and_more(t)(len(owed) - len(shown))] if len(owed) > len(shown) else [])])


def _plain(text: str) -> str:
    return Message(text).plain()


def list_of_replies(t: Translator, replies: Replies, language: str, faults: Sequence[ReplyFault] = ()) -> Message:
    """`/say` alone: all replies, each with its first line as the customer would read it."""
    lines = [_reply_line(t, reply, language) for reply in replies.values()]
    head = t("<b>Ready replies, in {language}</b>", language=language_words(t, language))
    tail = [t("For example: {example}", example=as_code(f"/say {next(iter(replies))}")), *_faults(t, faults)]
    return Message(fitted(head, lines, "\n\n".join(tail), and_more(t)))


def _reply_line(t: Translator, reply: Reply, language: str) -> Html:
    said_in = reply.language_for(language)
    first = reply.texts[said_in].partition("\n")[0]
    line = t("• {name}: {words}", name=as_code(reply.name), words=clipped(first, 90))
    return line if said_in == language else t("{line} (English only)", line=line)


def _faults(t: Translator, faults: Sequence[ReplyFault]) -> list[Html]:
    """The faults of the file; its last good version is in use."""
    if not faults:
        return []
    shown = [f"• {escape(str(fault))}" for fault in faults[:MOST_FAULTS]]
    more = [and_more(t)(len(faults) - len(shown))] if len(faults) > len(shown) else []
    head = t("The file of replies has faults, so these are from before it was changed:")
    return [Html("\n".join([head, *shown, *more]))]


def no_such_reply(t: Translator, name: str, near: Sequence[str]) -> Message:
    """There is no reply with this name."""
    text = t("There is no reply {name}. /say shows what there is.", name=as_code(clipped(name, 40)))
    if near:
        text = t.sentences(text, t("Did you mean {names}?", names=Html(", ".join(as_code(n) for n in near))))
    return Message(text)


def said(t: Translator, text: str, in_english: bool) -> Message:
    """What the customer was sent."""
    head = t("Sent:")
    if in_english:
        head = t("Sent in English, as this reply has no text in the customer’s language:")
    return Message(f"{head}\n<blockquote>{paragraph(text)}</blockquote>")


def not_filled(t: Translator, name: str, placeholder: str, old: bool) -> Message:
    """A reply that cannot be sent now."""
    code = as_code("{" + placeholder + "}")
    if old:
        return Message(
            t(
                "Not sent: {name} tells {placeholder}, and the wallet’s figures are too old for that.",
                name=as_code(name),
                placeholder=code,
            )
        )
    return Message(
        t("Not sent: {name} needs {placeholder}, and there is none here.", name=as_code(name), placeholder=code)
    )
