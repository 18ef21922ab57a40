"""Every event of a case's history is said in words, in the case's topic or in the customer's story."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.rules.cases.case_events import Snoozed
from bot.rules.cases.case_thread import Line
from bot.rules.cases.event_base import names_of
from bot.rules.cases.event_codec import EVENTS, Event
from bot.views.cases.console_talk import event_words
from bot.views.cases.event_lines import event_line
from bot.work.outlook.timeline_desk import agent_did
from locales import LANGUAGES, translator
from tests.rules.cases.released_events import SAMPLES

UTC = ZoneInfo("UTC")
EXAMPLES = [*SAMPLES, *(cls() for cls in EVENTS.values() if not names_of(cls))]
IN_TOPICS = [event for event in EXAMPLES if not event.housekeeping and agent_did(event, UTC) is None]


@pytest.mark.parametrize("event", IN_TOPICS, ids=repr)
def test_an_event_has_words_in_every_language(event: Event) -> None:
    said = {tag: event_line(translator(tag), event, "Mei").text for tag in LANGUAGES}
    by_kind = event.kind.replace("_", " ")
    assert all(text and not text.startswith(by_kind) for text in said.values())
    assert all(text != said["en"] for tag, text in said.items() if tag != "en")


def test_until_when_a_case_rests_is_said_by_the_clock_of_the_page() -> None:
    """As in the audit log and in an agent's day, which say whose clock it is."""
    rests = Snoozed(datetime(2026, 3, 6, 17, tzinfo=UTC))
    line = Line(datetime(2026, 3, 2, tzinfo=UTC), "event", rests.kind, event=rests)
    assert event_words(translator("en"), line, ZoneInfo("Asia/Taipei")) == "This case rests until 7 Mar 2026, 1:00 am."


def test_an_event_is_of_the_topic_or_of_the_story_or_of_neither() -> None:
    assert {event.kind for event in EXAMPLES} == EVENTS.keys()
