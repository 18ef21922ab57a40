"""The records of a customer's history in words, for the chat and for the file: what it was, and what became of it."""

from __future__ import annotations

from bot.rules.outlook.contact_records import Record
from bot.views.cases.presses import press_words
from bot.views.channels import WORDS
from locales import Html, Translator

_NOT_NEEDED = (
    *("paid", "waived", "corrected", "taken_off", "no_longer_owed", "due_date_moved", "no_longer_true"),
    *("nothing_to_tell", "below_minimum"),
)
_RESTS = ("on_hold", "disputed")
_WISHED = ("stopped", "paused", "not_wanted", "unsubscribed")
_ENOUGH = ("day_cap", "week_cap")
_HOURS = ("outside_hours", "hours_ended", "no_hours", "chosen_hour")
_NOT_TAKEN = (
    *("blocked", "deactivated", "cannot_initiate", "chat_not_found", "not_linked", "no_channel", "no_channel_left"),
    *("bounced", "bad_address", "wrong_number", "wrong_person", "no_address", "rejected"),
)


def what_words(t: Translator, record: Record) -> Html:
    """What it was."""
    known = {
        "reminder": t("Reminder"),
        "receipt": t("Receipt"),
        "survey": t("Question of a survey"),
        "message": t("Message from a person"),
        "call": t("Call from a person"),
    }
    if record.kind == "answer":
        return _answer(t, record)
    return known[record.kind] if record.kind in known else _agreement(t, record)


def result_words(t: Translator, record: Record) -> Html:
    """What became of what we sent, and by which way; empty for answers and agreements."""
    if record.kind == "call":
        results = {"reached": t("you talked"), "no_answer": t("nobody answered"), "wrong_number": t("the wrong number")}
        return results.get(record.state) or t("result not known")
    if record.kind not in ("reminder", "receipt", "survey", "message"):
        return Html("")
    way = WORDS[record.way].name(t) if record.way in WORDS else record.way
    if record.state == "accepted":
        return t("{way}: accepted", way=way)
    if record.state == "attempted" or record.reason == "in_doubt":
        return t("{way}: it may have arrived, that is not known", way=way)
    why = _why(t, record.reason)
    return t("{way}: not accepted ({why})", way=way, why=why) if way else t("not sent ({why})", why=why)


def text_of(t: Translator, record: Record) -> str:
    """What was written, with its lines; of a button its words."""
    if record.kind == "answer" and record.state == "press":
        return press_words(t, record.text)
    return record.text if record.kind in ("reminder", "receipt", "survey", "message", "answer") else ""


def _answer(t: Translator, record: Record) -> Html:
    known = {
        "word": t("You wrote"),
        "press": t("You pressed a button"),
        "command": t("You used a command"),
        "media": t("You sent a picture, a voice message or a file"),
        "forwarded": t("You forwarded a message"),
        "linked": t("You linked this chat"),
        "blocked": t("You blocked the bot"),
        "unblocked": t("You let the bot in again"),
        "unsubscribed": t("You turned reminders off"),
    }
    return known.get(record.state) or t("You answered")


def _agreement(t: Translator, record: Record) -> Html:
    if record.kind == "dispute":
        return t("You said that something isn’t right") if record.state == "set" else t("What wasn’t right was settled")
    named = {"promise": t("Promise"), "plan": t("Plan")}[record.kind]
    if record.until is not None and record.amount is not None:
        named = t(
            "{agreement} of {amount} until {day}",
            agreement=named,
            amount=t.money(record.amount),
            day=t.date(record.until),
        )
    elif record.until is not None:
        named = t("{agreement} until {day}", agreement=named, day=t.date(record.until))
    states = {
        "set": t("{agreement}: agreed", agreement=named),
        "kept": t("{agreement}: kept", agreement=named),
        "broken": t("{agreement}: not kept", agreement=named),
        "withdrawn": t("{agreement}: taken back", agreement=named),
        "replaced": t("{agreement}: replaced by another", agreement=named),
    }
    return states.get(record.state) or t("{agreement}: ended", agreement=named)


def _why(t: Translator, reason: str) -> str:
    groups = (
        (_NOT_NEEDED, t.plain("no longer needed")),
        (_RESTS, t.plain("it was resting")),
        (_WISHED, t.plain("as you wished")),
        (_ENOUGH, t.plain("you had had enough messages")),
        (_HOURS, t.plain("not at that hour")),
        (_NOT_TAKEN, t.plain("it could not be delivered")),
    )
    return next((words for reasons, words in groups if reason in reasons), t.plain("a technical reason"))
