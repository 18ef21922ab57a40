"""What an agent reads about words that did not leave at once: what was found in them, and what becomes of words for
later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.message import Button, Message
from bot.rules.cases.snoozes import MOST_DAYS, NoDay
from bot.rules.topics.message_screening import Found
from bot.views.lines import as_code, clipped
from locales import Html, Translator

MOST_SHOWN = 10


# --- Asked before they leave -----------------------------------------------------------------------------------------


def asked(t: Translator, held_id: int, case_id: int, found: Sequence[Found]) -> Message:
    """In private: what was found in their words, which have not left."""
    lines = [
        t("Your message in case #{number} was not sent yet. Please look at it once more:", number=case_id),
        *found_lines(t, found),
        t("You can edit it in the topic, or send it as it is, with the reason:"),
    ]
    reasons = [Button(label, f"words:send:{held_id}:{reason}") for reason, label in reasons_anyway(t).items()]
    drop = Button(t.plain("Don’t send it"), f"words:drop:{held_id}")
    return Message("\n".join(lines), (*((button,) for button in reasons), (drop,)))


def found_lines(t: Translator, found: Sequence[Found]) -> list[Html]:
    """What was found, a line for each."""
    return [t("• {what}: “{said}”", what=_what(t, one), said=clipped(one.said, 60)) for one in found]


def reasons_anyway(t: Translator) -> dict[str, str]:
    """The reasons that are offered for sending words as they are."""
    return {
        "true": t.plain("It is true, I’ve checked"),
        "agreed": t.plain("We agreed on it"),
        "asked": t.plain("The customer asked"),
    }


def reason_in_words(t: Translator, reason: str) -> str:
    """The reason of a button, as it is kept in the case's history."""
    return reasons_anyway(t).get(reason, reason)


def look_in_private(t: Translator) -> Message:
    """In the topic, where their author cannot be told in private: nothing of what was found."""
    example = as_code("/anyway " + t.plain("we agreed on it"))
    return Message(
        t(
            "This was not sent yet, please look at it once more: you can edit it, or send it with a reason, as in "
            "{example}. Open the bot once in private, and I’ll tell you there what I noticed.",
            example=example,
        )
    )


def sent_anyway(t: Translator, case_id: int) -> Message:
    return Message(t("Your message in case #{number} is sent, and your reason is kept with it.", number=case_id))


def dropped(t: Translator) -> Message:
    return Message(t("It will not be sent."))


def waits_no_more(t: Translator) -> Message:
    """An old button, or somebody else's."""
    return Message(t("This message waits no more."))


def anyway_usage(t: Translator) -> Message:
    """`/anyway` without a reason, or with nothing that waits."""
    example = as_code("/anyway " + t.plain("we agreed on it"))
    return Message(t("Add the reason for which it is sent as it is, for example: {example}", example=example))


def _what(t: Translator, found: Found) -> str:
    known = {
        "threat": t.plain("sounds like a threat"),
        "third_party": t.plain("speaks of other people"),
        "false_deadline": t.plain("presses for time"),
        "sum": t.plain("a sum that is not owed today"),
        "other_customer": t.plain("another customer’s number"),
    }
    return known[found.kind]


# --- For later -------------------------------------------------------------------------------------------------------


def kept(t: Translator, at: datetime, zone: str) -> Message:
    """`/later` worked."""
    when = t.moment(at, ZoneInfo(zone))
    return Message(
        t(
            "This will be sent on {when}, their time, if nothing has changed by then: a payment, the case, the hours. "
            "/later shows what waits.",
            when=when,
        )
    )


def no_time(t: Translator, at: datetime, zone: str) -> Message:
    """The time is outside the customer's hours."""
    when = t.moment(at, ZoneInfo(zone))
    return Message(t("On {when}, their time, no message may be sent. Please choose another time.", when=when))


def usage(t: Translator, why: NoDay) -> Message:
    """`/later` with a time that cannot be read, is past or too far ahead, or without a text."""
    example = as_code("/later 9:00 " + t.plain("Good morning!"))
    if why.why == "past":
        text = t("That time is past already.")
    elif why.why == "far":
        text = t("That is too far ahead: at most {days}.", days=t.days(MOST_DAYS))
    else:
        text = t("Please write a time, or a day and a time, and then the text, for example: {example}", example=example)
    return Message(text)


def waiting(t: Translator, rows: Sequence[tuple[int, int, datetime, str]], zone: str) -> Message:
    """`/later` alone: what waits, each as its number, its case, its time and its text; with a button to cancel each."""
    if not rows:
        return Message(t("Nothing of yours waits for later."))
    lines = [
        t(
            "{n}. {when} · case #{number} · {text}",
            n=place,
            when=t.moment(at, ZoneInfo(zone)),
            number=case_id,
            text=clipped(text, 40),
        )
        for place, (_, case_id, at, text) in enumerate(rows[:MOST_SHOWN], start=1)
    ]
    buttons = [
        Button(t.plain("Cancel {n}", n=place), f"later:cancel:{held_id}")
        for place, (held_id, *_) in enumerate(rows[:MOST_SHOWN], start=1)
    ]
    shown = tuple(tuple(buttons[at : at + 3]) for at in range(0, len(buttons), 3))
    return Message("\n".join(lines), shown)


def unsent(t: Translator, case_id: int, reason: str) -> Message:
    """Words for later did not leave, and why."""
    about = t("Your message for later in case #{number} was not sent: {why}", number=case_id, why=why_unsent(t, reason))
    return Message(about)


def why_unsent(t: Translator, reason: str) -> str:
    known = {
        "closed": t.plain("the case is closed."),
        "not_yours": t.plain("the case is no longer yours."),
        "paid": t.plain("something was paid or changed since you wrote it."),
        "forgotten": t.plain("the customer was forgotten."),
        "hours": t.plain("it is outside the customer’s hours."),
        "caps": t.plain("the customer has had as many messages as they may get."),
        "words": t.plain("a sum or something else in it is not right any more."),
    }
    return known.get(reason, t.plain("something has changed."))
