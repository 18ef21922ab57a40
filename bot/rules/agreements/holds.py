"""Rests of reminders that follow from a customer's own words: the kinds of their holds, and how long they last.

One in distress gets no reminder until a person ends that. Who says that they paid gets none until the wallet's next
facts, and for at most 48 hours: nothing counts as paid by that.
"""

from __future__ import annotations

from datetime import date, timedelta

IN_DISTRESS = "distress"  # the kind of a hold that neither time nor a payment ends
UNTIL_ENDED = date(2999, 12, 31)  # every hold has a last day: this one says that there is none
DAYS_AFTER_DISTRESS = 30  # for so many days after its case was closed at least, nothing is sent unasked

SAID_PAID = "said_paid"  # the kind of a hold that the wallet's next facts end
SAID_PAID_AGAIN = timedelta(days=7)  # who says it again within so many days is offered a person instead


def said_paid_until(today: date) -> date:
    """The last day of rest: over after 24 to 48 hours, whatever the hour."""
    return today + timedelta(days=1)
