"""The meaning of a button press, in words for agents and operators, because a button's data is unreadable."""

from __future__ import annotations

from bot.views.menu import BY_NAME
from locales import Translator


def press_words(t: Translator, data: str) -> str:
    """The meaning of a button's data; empty if it is unknown here."""
    if data in BY_NAME:
        return BY_NAME[data].label(t)
    known = {
        "promise:": t.plain("a day to pay by"),
        "promise:part": t.plain("Only a part of it"),
        "promise:cancel": t.plain("Cancel my promise"),
        "plan:yes": t.plain("Yes, I agree"),
        "plan:no": t.plain("No, I don’t agree"),
        "asked_plan:yes": t.plain("Agree to the plan"),
        "asked_plan:no": t.plain("Decline"),
        "plan:take": t.plain("agree to a plan, or ask for it"),
        "plan:again": t.plain("spread what is left of the plan"),
        "plan:spread": t.plain("Spread what is left"),
        "plan:end": t.plain("End the plan"),
        "afford:": t.plain("what can be put aside"),
        "afford:day": t.plain("when the pay comes"),
        "afford:anew": t.plain("Change my answers"),
        "afford:none": t.plain("None of these fits"),
        "afford:cancel": t.plain("Never mind"),
        "call": t.plain("Book a call"),
        "call:": t.plain("a time to be called"),
        "call:no": t.plain("No call, thanks"),
        "dispute:": t.plain("the instalment that isn’t right"),
        "promise_seen:": t.plain("I’ve seen it"),
        "not_right:": t.plain("the instalment that isn’t right"),
        "language:": t.plain("a language"),
        "set:": t.plain("Settings"),
        "set:hour": t.plain("Hour"),
        "set:often": t.plain("How many"),
        "set:channels": t.plain("How they come"),
        "set:pause": t.plain("Pause"),
        "set:words": t.plain("Words"),
        "set:zone": t.plain("Time zone"),
        "set:zones": t.plain("Time zone"),
        "privacy:": t.plain("Privacy"),
        "privacy:copy": t.plain("A copy as a file"),
        "privacy:erase": t.plain("Forget me"),
        "privacy:predict": t.plain("about a prediction"),
        "fees:": t.plain("what a part paid today would change"),
        "history:": t.plain("Our contact so far"),
        "learn:": t.plain("Good to know"),
        "calendar:": t.plain("Calendar"),
        "calendar:sums": t.plain("With amounts"),
        "calendar:subscribe": t.plain("Subscribe"),
        "calendar:end": t.plain("End the subscription"),
        "survey:": t.plain("a survey’s answer"),
        "rate:": t.plain("how it went"),
        "ways:": t.plain("Other ways"),
        "ways:back": t.plain("Back"),
        "ways:card": t.plain("Back"),
        "resume": t.plain("Turn reminders on"),
        "meant:paid": t.plain("I’ve paid already"),
        "meant:wrong": t.plain("You have the wrong person"),
        "meant:fraud": t.plain("Is this really you?"),
        "right_person": t.plain("It’s me after all"),
        "link:yes": t.plain("Yes, that’s me"),
        "link:no": t.plain("No"),
        "notme:": t.plain("Not my account"),
        "notme:yes": t.plain("That wasn’t me"),
        "notme:no": t.plain("No"),
    }
    name, colon, rest = data.partition(":")
    answer = rest.partition(":")[0]
    return known.get(data) or known.get(f"{name}:{answer}") or known.get(name + colon) or ""
