"""What `/reveal` and `/call` say: the contacts in private, and nothing about them in the topic."""

from __future__ import annotations

from datetime import datetime

from bot.message import Button, Message
from bot.rules.cases.agent_notices import CallBroke
from bot.rules.cases.call_limits import RESULTS, Allowed, TooMany
from bot.rules.cases.contact_disclosure import Contact
from bot.rules.policy.sending_hours import zones
from bot.views.lines import as_code, clipped
from locales import Html, Translator


def revealed(t: Translator, case_id: int, name: str, contact: Contact) -> Message:
    """How the customer can be reached, for the agent who has the case, and whether they may be called now."""
    lines = [t("<b>Case #{number}</b> · {name}", number=case_id, name=clipped(name, 80) or "–")]
    lines += contact_lines(t, contact)
    if contact.phone and not contact.wrong:
        lines.append(t("After a call, please write its result in the topic: {example}", example=_usage()))
    lines.append(t("This is for this case only. That you were told is in its history."))
    return Message("\n".join(lines))


def contact_lines(t: Translator, contact: Contact) -> list[Html]:
    """Phone and e-mail, as far as they are given, and whether the customer may be called now."""
    if contact.wrong:
        lines = [t("Phone: the number on record is somebody else’s, so it is not given.")]
    elif isinstance(contact.call, TooMany):
        lines = [_too_many(t, contact.call, contact.zone)]
    elif contact.phone is None:
        lines = [t("Phone: none on record")]
    else:
        lines = [t("Phone: {number}", number=as_code(contact.phone)), _when(t, contact.call, contact.zone)]
    email = contact.email
    lines.append(t("E-mail: {address}", address=clipped(email, 200)) if email else t("E-mail: none on record"))
    return lines


def too_often(t: Translator, shown: int, again: datetime, zone: str) -> Message:
    """An agent was shown as many numbers as the desk allows."""
    return Message(
        t(
            "You’ve been shown {n} customers’ numbers lately, as many as this desk allows. From {when} on you can ask "
            "again; until then a supervisor can help.",
            n=shown,
            when=_local(t, again, zone),
        )
    )


def call_when(t: Translator, verdict: Allowed | TooMany, zone: str) -> Html:
    """Whether they may be called now, and if not, from when on."""
    if isinstance(verdict, Allowed):
        return _when(t, verdict, zone)
    if verdict.until is None:
        return t("<b>Please don’t call.</b> {why}", why=_why(t, verdict))
    return t(
        "<b>Please don’t call</b> until {when}, their time. {why}",
        when=_local(t, verdict.until, zone),
        why=_why(t, verdict),
    )


def _too_many(t: Translator, call: TooMany, zone: str) -> Html:
    if call.until is None:
        return t("Phone: not given. {why}", why=_why(t, call))
    return t("Phone: not given until {when}, their time. {why}", when=_local(t, call.until, zone), why=_why(t, call))


def _why(t: Translator, call: TooMany) -> str:
    known = {
        "day": t.plain("They have been talked to by phone as often today as the rules allow."),
        "attempts": t.plain("They have been called as often today as the rules allow."),
        "week": t.plain("They have been called as often in seven days as the rules allow."),
        "talk": t.plain("After a talk by phone the rules ask for some days without calls."),
    }
    return known[call.why]


def _when(t: Translator, call: Allowed, zone: str) -> Html:
    if call.never:
        return t("<b>Please don’t call:</b> there is no hour that is certainly a good time where they are.")
    if call.opens is not None:
        return t(
            "<b>Please don’t call now.</b> They may be called from {when}, their time.",
            when=_local(t, call.opens, zone),
        )
    return t("You may call now.")


def sent_in_private(t: Translator) -> Message:
    """The number and address went to the agent in private."""
    return Message(t("Sent to you in private."), silent=True)


def open_the_bot(t: Translator, bot_username: str) -> Message:
    """The bot may not write to this agent: they never opened it, or blocked it."""
    text = t("I can’t write to you in private yet. Please open the bot, press Start, and send /reveal here again.")
    return Message(text, ((Button(t.plain("Open the bot"), url=f"https://t.me/{bot_username}"),),))


def not_now(t: Translator) -> Message:
    """Telegram did not accept the message to the agent, but may do so later."""
    return Message(t("That could not be sent to you in private just now. Please try again."))


def call_usage(t: Translator) -> Message:
    """`/call` without a result."""
    lines = [t("Add the result of the call, and a note if you like:"), *(f"• {as_code(f'/call {r}')}" for r in RESULTS)]
    example = as_code("/call reached " + t.plain("will pay on Friday"))
    return Message("\n".join([*lines, t("For example: {example}", example=example)]))


def call_written(t: Translator, result: str, broke: str) -> Message:
    """A call was written down; `broke` is the rule that it broke: limit, hours, or empty."""
    known = {
        "reached": t("Noted: you have talked by phone."),
        "no_answer": t("Noted: nobody answered."),
        "wrong_number": t("Noted: the number is somebody else’s. Nothing is sent to it any more."),
    }
    lines = [known[result]]
    if broke == "limit":
        lines.append(t("This was one call more than the rules allow; supervisors are told."))
    elif broke == "hours":
        lines.append(t("This call was outside the hours at which they may be called; supervisors are told."))
    return Message("\n".join(lines), silent=not broke)


def call_broke(t: Translator, case_id: int, call: CallBroke) -> Html:
    """To supervisors: a call was made that broke a rule."""
    name = clipped(call.by_name)
    if call.broke == "hours":
        return t(
            "Case #{number}: {name} called outside the hours at which they may be called.", number=case_id, name=name
        )
    return t("Case #{number}: {name} made one call more than the rules allow.", number=case_id, name=name)


def _usage() -> Html:
    return as_code("/call " + " | ".join(RESULTS))


def _local(t: Translator, instant: datetime, zone: str) -> str:
    return t.moment(instant, zones(zone)[0])
