"""Every event is written and read without change, in today's form and in that of every earlier release."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields

import pytest

from bot.rules.cases import event_base
from bot.rules.cases.case_events import Called, Claimed, Closed, Note, TopicNamed
from bot.rules.cases.case_events_agreements import Promised, PromiseMoved
from bot.rules.cases.event_base import names_of
from bot.rules.cases.event_codec import EVENTS, BareEvent, Event, decode, encode
from bot.rules.facts.money import Money
from tests.rules.cases.released_events import DAY, RELEASED, SAMPLES, TEXT


@pytest.mark.parametrize("event", [*SAMPLES, *(cls() for cls in EVENTS.values() if not names_of(cls))], ids=repr)
def test_what_is_written_is_read(event: Event) -> None:
    body = encode(event)
    assert decode(event.kind, body) == event
    assert body is None or isinstance(json.loads(body), dict)
    assert (body is None) == (not fields(event))  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "body", "event"), [(k, b, e) for k, one in RELEASED.items() for b, e in one])
def test_what_a_release_wrote_is_read(kind: str, body: str, event: Event) -> None:
    assert decode(kind, body) == event


def test_an_event_is_a_value_whose_fields_are_erased_with_the_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_base, "REGISTERED", {})

    @event_base.event("waved")
    class Waved(Event):
        hand: str

    assert {"waved": Waved} == event_base.REGISTERED
    assert (Waved.kind, Waved.personal, Waved.housekeeping) == ("waved", True, False)
    assert Waved("left") == Waved("left") != Waved("right")
    with pytest.raises(FrozenInstanceError):
        Waved("left").hand = "right"  # type: ignore[misc]
    assert not hasattr(Waved("left"), "__dict__")


def test_two_events_are_never_of_one_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_base, "REGISTERED", {"note": Note})
    with pytest.raises(AssertionError, match="two events are called note"):
        event_base.event("note")(type("Other", (Event,), {}))


@pytest.mark.parametrize(("kind", "is_so"), [("named", True), ("note", False), ("of_a_later_release", False)])
def test_what_is_housekeeping_is_known_by_the_kind_alone(kind: str, is_so: bool) -> None:
    assert BareEvent(kind).housekeeping == is_so


@pytest.mark.parametrize("amount", [None, 500])
@pytest.mark.parametrize("currency", [None, "TWD"])
def test_a_promised_sum_is_known_by_amount_and_currency(amount: int | None, currency: str | None) -> None:
    expected = Money(500, "TWD") if amount and currency else None
    assert Promised(DAY, amount, currency).money == expected
    assert PromiseMoved(DAY, DAY, amount, currency).money == expected


def test_every_event_with_fields_has_a_sample() -> None:
    assert {type(event) for event in SAMPLES} == {cls for cls in EVENTS.values() if names_of(cls)}


def test_bodies_are_small_and_readable() -> None:
    assert encode(Called("reached", "付款")) == '{"result":"reached","note":"付款"}'
    assert encode(Promised(DAY)) == '{"until":"2026-03-09"}'
    assert encode(Claimed()) is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("never_heard_of", None),
        ("never_heard_of", '{"a":1}'),
        ("note", None),  # erased
        ("claimed", "something"),
        ("called", '{"result":"reached","more":1}'),
        ("called", '{"result":"talked"}'),
        ("called", "talked: long"),
        ("closed", "happily"),
        ("named", '{"weight":"57"}'),
        ("named", "many"),
        ("promised", '{"until":"2026-02-30"}'),
        ("promised", "2026-02-30"),
        ("promised", "2026-03-09 5"),
        ("promise_agreed", '{"until":"2026-03-09","amount":1.5,"currency":"TWD"}'),
        ("plan_agreed", '{"plan":7}'),
        ("plan_not_needed", '{"plan":"7"}'),
        ("came_in", '{"items":[{"instalment":"I1"}]}'),
        ("coming_in", "[]"),
        ("told_hours", "now"),
    ],
)
def test_of_what_cannot_be_read_only_the_kind_is_known(kind: str, body: str | None) -> None:
    assert decode(kind, body) == BareEvent(kind)


@pytest.mark.parametrize("event", [Note(5), TopicNamed(57), Closed("happily"), Promised("2026-03-09")])  # type: ignore[arg-type]
def test_what_is_of_another_type_is_not_written(event: Event) -> None:
    with pytest.raises(ValueError, match=f"{event.kind} is of another type$"):
        encode(event)


def test_what_a_person_may_have_said_is_personal() -> None:
    kept = {kind for kind, event in EVENTS.items() if not event.personal}
    assert kept == {"opened", "again", "closed", "settled", "undelivered", "named", "pinned", "not_pinned"}
    for event in SAMPLES:
        assert event.personal or TEXT not in str(event)
