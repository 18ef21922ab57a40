"""Event bodies as earlier releases wrote them, a few for each kind, with their meaning."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from bot.rules.cases.case_events import (
    CallBack,
    CallChosen,
    Called,
    Calling,
    CallTooMany,
    CameUpAgain,
    CardNotPinned,
    CardPinned,
    Closed,
    CodeShown,
    Note,
    NotPassedOn,
    NotRevealed,
    Opened,
    Revealed,
    Said,
    Settled,
    Snoozed,
    ToldHours,
    TopicNamed,
    Transferred,
    Undelivered,
    Used,
    Words,
)
from bot.rules.cases.case_events_agreements import (
    AgreementEnded,
    CameIn,
    ComingIn,
    DisputeAnswered,
    Disputed,
    DisputeDue,
    DisputeNoted,
    DisputeTakenBack,
    DisputeWhy,
    HoldSet,
    PlanAgreed,
    PlanAsked,
    PlanBroken,
    PlanDeclined,
    PlanEnded,
    PlanGranted,
    PlanKept,
    PlanNotNeeded,
    PlanPaid,
    PlanProposed,
    PlanRefused,
    PlanUnanswered,
    Progress,
    PromiseAgreed,
    PromiseBroken,
    Promised,
    PromiseKept,
    PromiseMoved,
    PromiseNotNeeded,
    PromiseSeen,
    ProposalNotNeeded,
)
from bot.rules.cases.case_events_words import FileSaid, LaterKept, LaterUnsent, SentAnyway
from bot.rules.cases.case_outcomes import OUTCOMES
from bot.rules.cases.event_codec import Event
from bot.rules.facts.settlement import ENDINGS, Change

AT, AT_TEXT = datetime(2026, 3, 9, 1, 30, tzinfo=UTC), "2026-03-09T01:30:00+00:00"
DAY, LATER = date(2026, 3, 9), date(2026, 4, 9)
TEXT = 'a "word": <&> 🙂 付款\nand {another}: it’s \\ 100 %, :now'
ENDED = {"until": "2026-03-09", "amount": 5, "came_in": 3, "currency": "TWD", "left": {"TWD": 2}, "closed": True}
ENDED_OPEN = {"until": "2026-03-09", "amount": None, "came_in": None, "currency": None, "left": {}, "closed": False}
TERMS = {"plan": 7, "parts": 3, "until": "2026-03-09", "amount": 50_000, "currency": "TWD"}
CHANGE = {"instalment": "I1", "currency": "TWD", "amount": 100, "left": 4, "waived": 5, "more_due": -6, "taken_off": 7}
DAYS = {"due": "2026-03-09", "moved_to": "2026-04-09"}
CHANGED = Change("I1", "TWD", 4, 100, 5, -6, 7, DAY, LATER)
SMALL = {"instalment": "I2", "currency": "EUR", "amount": 0, "left": 9}


def _ended(cls: type[AgreementEnded]) -> list[tuple[str, Event]]:
    return [
        (json.dumps(ENDED), cls(DAY, 5, 3, "TWD", {"TWD": 2}, closed=True)),
        (json.dumps(ENDED_OPEN), cls(DAY, None, None, None, {}, closed=False)),
    ]


def _json(**fields: Any) -> str:
    return json.dumps(fields)


RELEASED: dict[str, list[tuple[str, Event]]] = {
    "opened": [("overdue", Opened("overdue")), ("moved_abroad", Opened("moved_abroad"))],
    "again": [("broken_promise", CameUpAgain("broken_promise"))],
    "closed": [(outcome, Closed(outcome)) for outcome in OUTCOMES],
    "settled": [(ending, Settled(ending)) for ending in ENDINGS],
    "words": [(TEXT, Words(TEXT)), ("I lost my job", Words("I lost my job")), ("12", Words("12"))],
    "said": [(_json(text=TEXT), Said(TEXT))],
    "note": [(TEXT, Note(TEXT)), ("will call tomorrow", Note("will call tomorrow")), ("[1]", Note("[1]"))],
    "transferred": [("Bob", Transferred("Bob")), ("O’Neil: Jr", Transferred("O’Neil: Jr"))],
    "snoozed": [(AT_TEXT, Snoozed(AT))],
    "told_hours": [(f"{AT_TEXT} 512", ToldHours(AT, 512))],
    "undelivered": [
        ("blocked", Undelivered("blocked")),
        ("edit_in_doubt", Undelivered("in_doubt", edit=True)),
    ],
    "not_passed_on": [("too_large", NotPassedOn("too_large"))],
    "used": [("/pay", Used("/pay"))],
    "named": [("57", TopicNamed("")), (_json(weight=57), TopicNamed(""))],
    "file_said": [
        (_json(name="a.pdf", size=9, digest="00ff"), FileSaid("a.pdf", 9, "00ff")),
        (_json(name="a.pdf", size=9, digest="00ff", text=TEXT), FileSaid("a.pdf", 9, "00ff", TEXT)),
    ],
    "sent_anyway": [(_json(found=["threat"], reason=TEXT), SentAnyway(("threat",), TEXT))],
    "later_kept": [(_json(text=TEXT, at=AT_TEXT, zone="Asia/Taipei"), LaterKept(TEXT, AT, "Asia/Taipei"))],
    "later_unsent": [(_json(reason="paid"), LaterUnsent("paid"))],
    "pinned": [("8123", CardPinned(8123))],
    "not_pinned": [("8123", CardNotPinned(8123))],
    "revealed": [
        ("phone+email: to call: today", Revealed(("phone", "email"), "to call: today")),
        ("phone", Revealed(("phone",))),
        (f"email: {TEXT}", Revealed(("email",), TEXT)),
        ("nothing", Revealed(())),
        ("nothing: to agree", Revealed((), "to agree")),
        ("nothing: too many within a short time", Revealed((), too_often=True)),
    ],
    "not_revealed": [("blocked", NotRevealed("blocked"))],
    "called": [
        ("reached: will pay: Friday", Called("reached", "will pay: Friday")),
        ("no_answer", Called("no_answer")),
        (f"wrong_number: {TEXT}", Called("wrong_number", TEXT)),
    ],
    "code_shown": [(_json(too_often=False), CodeShown()), (_json(too_often=True), CodeShown(too_often=True))],
    "calling": [(_json(until=AT_TEXT), Calling(AT))],
    "call_too_many": [("limit", CallTooMany("limit")), ("hours", CallTooMany("hours"))],
    "call_chosen": [(f"{AT_TEXT} Asia/Taipei", CallChosen(AT, "Asia/Taipei"))],
    "call_back": [(_json(at=AT_TEXT, zone="Asia/Taipei"), CallBack(AT, "Asia/Taipei"))],
    "promised": [("2026-03-09 50000 TWD", Promised(DAY, 50_000, "TWD")), ("2026-03-09", Promised(DAY))],
    "promise_moved": [
        ("2026-04-09 2026-03-09 50000 TWD", PromiseMoved(LATER, DAY, 50_000, "TWD")),
        ("2026-04-09 2026-03-09", PromiseMoved(LATER, DAY)),
    ],
    "promise_agreed": [("2026-03-09 50000 TWD", PromiseAgreed(DAY, 50_000, "TWD"))],
    "dispute_why": [
        (_json(instalment_id="I1", due="2026-03-09", why="paid", product="Card"), DisputeWhy("I1", DAY, "paid", "Card"))
    ],
    "dispute_taken_back": [
        (_json(instalment_id="I1", due="2026-03-09", product="Card"), DisputeTakenBack("I1", DAY, "Card"))
    ],
    "dispute_answered": [
        (
            _json(instalment_id="I1", due="2026-03-09", is_wrong=True, reason="two", product=""),
            DisputeAnswered("I1", DAY, True, "two"),
        )
    ],
    "dispute_due": [(_json(day="2026-03-09"), DisputeDue(DAY))],
    "promise_seen": [(_json(until="2026-03-09"), PromiseSeen(DAY))],
    "promise_kept": _ended(PromiseKept),
    "promise_broken": _ended(PromiseBroken),
    "promise_not_needed": _ended(PromiseNotNeeded),
    "plan_proposed": [
        (
            json.dumps({**TERMS, "about": ["I1", "I2"], "paid": 20}),
            PlanProposed(7, 3, 50_000, "TWD", DAY, about=("I1", "I2"), paid=20),
        )
    ],
    "plan_agreed": [(json.dumps(TERMS), PlanAgreed(7, 3, 50_000, "TWD", DAY))],
    "plan_asked": [(json.dumps(TERMS), PlanAsked(7, 3, 50_000, "TWD", DAY))],
    "plan_granted": [(json.dumps(TERMS), PlanGranted(7, 3, 50_000, "TWD", DAY))],
    "plan_refused": [(_json(plan=7), PlanRefused(7))],
    "plan_ended": [(_json(plan=7), PlanEnded(7))],
    "plan_declined": [(json.dumps(TERMS), PlanDeclined(7, 3, 50_000, "TWD", DAY))],
    "plan_unanswered": [(_json(plan=7), PlanUnanswered(7))],
    "plan_paid": [(_json(plan=7), PlanPaid(7))],
    "plan_kept": _ended(PlanKept),
    "plan_broken": _ended(PlanBroken),
    "plan_not_needed": [*_ended(PlanNotNeeded), (_json(plan=7), ProposalNotNeeded(7))],
    "hold_set": [
        ("2026-03-09 in hospital: 2 weeks", HoldSet(DAY, "in hospital: 2 weeks")),
        ("2026-03-09", HoldSet(DAY)),
    ],
    "disputed": [
        ("Card, 2026-03-09 (I1)", Disputed("I1", DAY, "Card")),
        ("Card (new), 2026-03-09 (I1)", Disputed("I1", DAY, "Card (new)")),
    ],
    "dispute_noted": [("2026-03-09 (I1)", DisputeNoted("I1", DAY))],
    "coming_in": [
        (json.dumps(CHANGE | DAYS), ComingIn(CHANGED)),
        (json.dumps(CHANGE | DAYS | {"owed": 8}), ComingIn(replace(CHANGED, owed=8))),
        (json.dumps(SMALL), ComingIn(Change("I2", "EUR", 9))),
    ],
    "came_in": [
        (_json(items=[CHANGE | DAYS, SMALL], promised=None), CameIn((CHANGED, Change("I2", "EUR", 9)))),
        (
            _json(items=[SMALL], promised={"kind": "plan", "amount": 9, "came_in": -1, "currency": "EUR"}),
            CameIn((Change("I2", "EUR", 9),), Progress("plan", 9, -1, "EUR")),
        ),
    ],
}
"""By the kind that was written."""

SAMPLES: list[Event] = [event for bodies in RELEASED.values() for _, event in bodies]
