"""What a customer can mean by a sentence of their own. The names are those of the contract (section 7)."""

from __future__ import annotations

from enum import StrEnum


class Intent(StrEnum):
    """One thing that a customer can want or tell. Their order is that in which they count where a sentence has several:
    what a person's life or peace depends on comes first."""

    DISTRESS = "distress"
    STOP = "stop"
    WRONG = "wrong"
    HARDSHIP = "hardship"
    FRAUD = "fraud"
    PERSON = "person"
    DISPUTE = "dispute"
    PAID = "paid"
    PROMISE = "promise"
    PLAN = "plan"
    RESUME = "resume"
    PRIVACY = "privacy"
    FEES = "fees"
    PAY = "pay"
    DUE = "due"
    BALANCE = "balance"
    CALENDAR = "calendar"
    LANGUAGE = "language"
    THANKS = "thanks"
    NONE = "none"


ORDER = {intent: place for place, intent in enumerate(Intent)}
