"""What a press on a button means, in words that agents and operators read: a button's data says it to nobody."""

from __future__ import annotations

from locales import Translator


def press_words(t: Translator, data: str) -> str:
    """The button that was pressed, by its data; empty for one that is not known here."""
    known = {
        "balance": t.plain("Balance"),
        "due": t.plain("Due dates"),
        "pay": t.plain("Pay"),
        "promise": t.plain("Choose a day to pay"),
        "promise:": t.plain("a day to pay by"),
        "promise:cancel": t.plain("Take the promise back"),
        "plan": t.plain("Pay in parts"),
        "plan:yes": t.plain("Yes, I agree"),
        "plan:no": t.plain("No, I don’t agree"),
        "call": t.plain("Call me at a time that suits me"),
        "call:": t.plain("a time to be called"),
        "call:no": t.plain("No call, thanks"),
        "dispute": t.plain("Something’s not right"),
        "dispute:": t.plain("the instalment that isn’t right"),
        "not_right:": t.plain("the instalment that isn’t right"),
        "policy": t.plain("Our rules"),
        "settings": t.plain("Settings"),
        "privacy": t.plain("Privacy"),
        "help": t.plain("Help"),
        "language": t.plain("Language"),
        "language:": t.plain("a language"),
        "agent": t.plain("Talk to a person"),
        "rate:": t.plain("how it went"),
        "stop": t.plain("Turn reminders off"),
        "resume": t.plain("Turn reminders on"),
        "link:yes": t.plain("Yes, that’s me"),
        "link:no": t.plain("No"),
        "notme:": t.plain("Not my account"),
        "notme:yes": t.plain("That wasn’t me"),
        "notme:no": t.plain("No"),
    }
    name, colon, rest = data.partition(":")
    answer = rest.partition(":")[0]
    return known.get(f"{name}:{answer}") or known.get(name + colon) or ""
