"""The events of a case's history: one class each, with everything about it except the words.

`case_events_agreements` has the events about agreements and payments. `bot.views.cases.desk` puts events into words for
a topic, `bot.work.outlook.timeline_desk` for a customer's story.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal, Self

from bot.rules.cases.call_limits import RESULTS, Result
from bot.rules.cases.case_outcomes import CaseOutcome
from bot.rules.cases.event_base import Event, event
from bot.rules.facts.settlement import Ending

Shown = Literal["phone", "email"]
SHOWN: tuple[Shown, ...] = ("phone", "email")
_WEIGHT = re.compile(r'\{"weight": ?[0-9]+\}|[0-9]+')

# --- How it began, and how it ended ----------------------------------------------------------------------------------


@event("opened", personal=False)
class Opened(Event):
    """`reason` as in `Case.reason`."""

    reason: str


@event("again", personal=False)
class CameUpAgain(Event):
    """An open case was opened once more; earlier releases wrote it."""

    reason: str


@event("asked")
class AskedAgain(Event):
    """A customer with an open case asked for a person."""


@event("words")
class Words(Event):
    """What the customer wrote before an agent was there to read it."""

    text: str


@event("distress")
class InDistress(Event):
    """The customer wrote that they may not want to live: somebody writes to them at once."""


@event("paid")
class AllPaid(Event):
    """Closed: everything that was overdue is paid."""


@event("settled", personal=False)
class Settled(Event):
    """Closed: what was overdue is no longer owed, not by payment alone."""

    ending: Ending


@event("closed", personal=False)
class Closed(Event):
    """An agent closed it."""

    outcome: CaseOutcome


@event("forgotten")
class Forgotten(Event):
    """Closed: the customer was erased."""


# --- Who has it, and when it rests -----------------------------------------------------------------------------------


@event("claimed")
class Claimed(Event):
    """An agent owns it now."""


@event("released")
class Released(Event):
    """Given back to the queue, by its owner or a supervisor."""


@event("transferred")
class Transferred(Event):
    """Another agent owns it now; `name` is theirs."""

    to: str


@event("lease_over")
class LeaseOver(Event):
    """Back in the queue: its owner did nothing in it."""


@event("away_over")
class AwayOver(Event):
    """Back in the queue: its owner is away."""


@event("owner_gone")
class OwnerGone(Event):
    """Back in the queue: its owner is no longer an agent."""


@event("due_soon")
class DueSoon(Event):
    """Something is due soon, and its owner could not be told in private."""


@event("topic_anew")
class TopicAnew(Event):
    """It has a new topic, because the earlier one is gone."""


@event("snoozed")
class Snoozed(Event):
    """It rests until then."""

    until: datetime


@event("snooze_over")
class SnoozeOver(Event):
    """Its rest is over."""


@event("snooze_off")
class SnoozeOff(Event):
    """An agent ended its rest."""


@event("woken")
class Woken(Event):
    """The customer wrote, so it no longer rests."""


# --- The talk --------------------------------------------------------------------------------------------------------


@event("note")
class Note(Event):
    """An internal note of an agent."""

    text: str


@event("said")
class Said(Event):
    """An agent wrote this to the customer from outside the topic, by the HTTP API or the console."""

    text: str


@event("introduced")
class Introduced(Event):
    """The customer was told which agent is writing."""


@event("parted")
class Parted(Event):
    """The talk with the customer has ended."""


@event("told_hours")
class ToldHours(Event):
    """The customer was told that nobody is there before `opens`, in answer to this update."""

    opens: datetime
    update: int

    @classmethod
    def of_released(cls, body: str) -> Self:
        opens, update = body.split()
        return cls(datetime.fromisoformat(opens), int(update))


@event("undelivered", personal=False)
class Undelivered(Event):
    """An agent's message, or a change of it (`edit`), did not reach the customer; `reason` is the channel's."""

    reason: str
    edit: bool = False

    @classmethod
    def of_released(cls, body: str) -> Self:
        return cls(body.removeprefix("edit_"), body.startswith("edit_"))


@event("not_passed_on")
class NotPassedOn(Event):
    """A message of the customer could not be posted in the topic; `reason` is the channel's."""

    reason: str


@event("blocked")
class Blocked(Event):
    """The customer blocked the bot."""


@event("unblocked")
class Unblocked(Event):
    """The customer unblocked the bot."""


@event("used")
class Used(Event):
    """The customer used a command while an agent talks with them."""

    command: str


# --- The customer's Telegram link ------------------------------------------------------------------------------------


@event("link_asked")
class LinkAsked(Event):
    """Another Telegram account asks to be linked to this customer."""


@event("link_leaving")
class LinkLeaving(Event):
    """The customer's chat is asked whether it moves to another customer's account."""


@event("link_left")
class LinkLeft(Event):
    """The customer's chat is linked to another customer now."""


@event("link_new")
class LinkNew(Event):
    """The customer has another Telegram account now."""


@event("link_over")
class LinkOver(Event):
    """The customer's chat is no longer linked."""


@event("link_back")
class LinkBack(Event):
    """The customer's earlier Telegram account is linked again."""


@event("link_disputed")
class LinkDisputed(Event):
    """The account that was linked by a phone number says that the new link is not theirs."""


@event("says_wrong")
class SaysWrongPerson(Event):
    """Who has the customer's chat says that they are somebody else: no more reminders go there."""


@event("says_right")
class SaysRightPerson(Event):
    """They say that they are the customer after all."""


# --- The phone -------------------------------------------------------------------------------------------------------


@event("revealed")
class Revealed(Event):
    """An agent asked how the customer can be reached: what was shown, and for which purpose. Nothing is shown if it was
    `too_often`."""

    shown: tuple[Shown, ...]
    purpose: str = ""
    too_often: bool = False

    @classmethod
    def of_released(cls, body: str) -> Self:
        if body == "nothing: too many within a short time":
            return cls((), too_often=True)
        shown, _, purpose = body.partition(": ")
        return cls(tuple(name for name in SHOWN if name in shown.split("+")), purpose)


@event("not_revealed")
class NotRevealed(Event):
    """The private message with the contact did not reach the agent; `reason` is the channel's."""

    reason: str


@event("called")
class Called(Event):
    """An agent called the customer."""

    result: Result
    note: str | None = None

    @classmethod
    def of_released(cls, body: str) -> Self:
        result, _, note = body.partition(": ")
        (known,) = (known for known in RESULTS if known == result)
        return cls(known, note or None)


@event("code_shown")
class CodeShown(Event):
    """An agent looked up the code by which the customer knows them. Nothing is shown if it was `too_often`."""

    too_often: bool = False


@event("calling")
class Calling(Event):
    """The customer's chat was told that this agent is calling, and until when that is confirmed."""

    until: datetime


@event("not_told_of_call")
class NotToldOfCall(Event):
    """The message that somebody is calling did not reach the customer's chat."""


@event("call_too_many")
class CallTooMany(Event):
    """A call was made that exceeded a pack's limit, or was outside the contact hours."""

    broke: Literal["limit", "hours"]

    @classmethod
    def of_released(cls, body: str) -> Self:
        return cls("hours" if body == "hours" else "limit")


@event("call_chosen")
class CallChosen(Event):
    """The customer wants to be called then; the time is shown by the clock of `zone`."""

    at: datetime
    zone: str

    @classmethod
    def of_released(cls, body: str) -> Self:
        at, _, zone = body.partition(" ")
        return cls(datetime.fromisoformat(at), zone)


@event("call_cancelled")
class CallCancelled(Event):
    """The customer no longer wants to be called."""


@event("call_back")
class CallBack(Event):
    """It is time for the call that the customer asked for."""

    at: datetime
    zone: str


# --- The topic itself; nothing here is about the customer ------------------------------------------------------------


@event("named", personal=False, housekeeping=True)
class TopicNamed(Event):
    """The topic's name shows this kind of case; in earlier releases it was a weight, which is no kind."""

    about: str

    @classmethod
    def of_released(cls, body: str) -> TopicNamed:
        if _WEIGHT.fullmatch(body):
            return cls("")
        raise ValueError("no name of a topic")


@event("pinned", personal=False, housekeeping=True)
class CardPinned(Event):
    """The card, which is this message, is pinned."""

    card: int


@event("not_pinned", personal=False, housekeeping=True)
class CardNotPinned(Event):
    """The card may not be pinned."""

    card: int
