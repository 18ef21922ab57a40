"""What `/genuine` and `/calling` say to an agent in a case's topic."""

from __future__ import annotations

from bot.message import Message
from bot.rules.cases.call_limits import Allowed, TooMany
from bot.rules.customers.genuine_codes import Code
from bot.views.cases.contact_disclosure import call_when
from bot.views.lines import as_code, clock_at
from locales import Html, Translator


def codes(t: Translator, code: Code, before: Code, zone: str) -> Message:
    """The code of the moment, and the one before."""
    parts = (
        t("The customer sees these in /genuine, until {time} their time:", time=clock_at(code.until, zone)),
        _halves(t, code),
        t(
            "Before that: {caller} and {customer}",
            caller=as_code(before.caller_says),
            customer=as_code(before.customer_says),
        ),
        t("Say yours first. That you were shown them is in the case’s history."),
    )
    return Message("\n\n".join(parts), silent=True)


def announced(t: Translator, code: Code, zone: str) -> Message:
    """The customer's chat says that this agent is calling."""
    parts = (
        t("Their chat says now that you are calling, until {time} their time.", time=clock_at(code.until, zone)),
        _halves(t, code),
        t(
            "Say yours first. Afterwards write what came of it, and the chat says that it is over: {example}",
            example=_RESULT,
        ),
    )
    return Message("\n\n".join(parts), silent=True)


def announcing(t: Translator, code: Code, zone: str) -> Html:
    """The customer's chat is being told that this agent is calling, from the console."""
    parts = (
        t(
            "Their chat is being told that you are calling, until {time} their time. "
            "The conversation shows when that has arrived.",
            time=clock_at(code.until, zone),
        ),
        _halves(t, code),
        t("Say yours first. After the call, note here what came of it, and their chat says that the call is over."),
    )
    return Html("\n".join(parts))


def not_arrived(t: Translator) -> Message:
    return Message(t("That could not be said in their chat, so they can’t see that it’s you."))


def no_call(t: Translator, why: str, verdict: Allowed | TooMany | None, zone: str) -> Message:
    """Why no call was announced."""
    known = {
        "wrong_number": t("The number on record is somebody else’s, so no call is announced."),
        "no_chat": t("They have no chat with the bot, so nothing can be said there. You may call without it."),
        "too_many": t("Their chat was told of several calls within an hour. Please wait a little."),
        "calling": t("Their chat says already that somebody is calling."),
    }
    return Message(known[why] if verdict is None else call_when(t, verdict, zone))


_RESULT = as_code("/call reached")


def _halves(t: Translator, code: Code) -> str:
    return "\n".join(
        (
            t("• You say: {code}", code=as_code(code.caller_says)),
            t("• If you ask, they say: {code}", code=as_code(code.customer_says)),
        )
    )
