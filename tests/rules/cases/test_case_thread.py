"""Each file in a case's talk is where it was said: with its message, or on a line of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.cases.case_thread import Line, with_files, with_their_files
from bot.rules.cases.talk_files import SAME_WITHIN, SentFile, TalkFile

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
CAME = TalkFile(1, "in", NOW, "accepted", "7", "", SentFile("photo", "F1"))
SENT = TalkFile(2, "out", NOW, "attempted", "8", "Mei", SentFile("document", "F2", "a.pdf"))
SHE_SENT = Line(NOW, "customer", "media")
HE_WROTE = Line(NOW, "agent", "agent", reference="8")


@pytest.mark.parametrize("kind", ["media", "forwarded"])
@pytest.mark.parametrize("late", [-SAME_WITHIN, timedelta(), SAME_WITHIN])
def test_a_customers_file_is_at_what_they_did_at_that_moment(kind: str, late: timedelta) -> None:
    line = replace(SHE_SENT, kind=kind, at=NOW + late)
    assert with_files([line], [CAME]) == [replace(line, files=(CAME,))]


@pytest.mark.parametrize(
    "line",
    [
        replace(SHE_SENT, at=NOW - SAME_WITHIN - MOMENT),
        replace(SHE_SENT, kind="word"),
        replace(SHE_SENT, side="agent"),
        replace(SHE_SENT, side="bot"),
    ],
)
def test_a_customers_file_without_such_a_line_has_one_of_its_own(line: Line) -> None:
    own = Line(NOW, "customer", "media", "telegram", "accepted", files=(CAME,))
    assert with_files([line], [CAME]) == sorted([line, own], key=lambda each: each.at)


def test_an_agents_file_is_at_the_message_that_has_it_whenever_that_was() -> None:
    line = replace(HE_WROTE, at=NOW - timedelta(days=1))
    assert with_files([line], [SENT]) == [replace(line, files=(SENT,))]


@pytest.mark.parametrize(
    ("line", "file"),
    [
        (replace(HE_WROTE, reference="9"), SENT),
        (replace(HE_WROTE, side="customer", kind="media"), SENT),
        (replace(HE_WROTE, reference=""), replace(SENT, reference="")),
    ],
)
def test_an_agents_file_without_its_message_has_a_line_with_its_agent(line: Line, file: TalkFile) -> None:
    own = Line(NOW, "agent", "media", "telegram", "attempted", name="Mei", files=(file,))
    assert with_files([line], [file]) == [line, own]


def test_two_pictures_sent_at_once_are_each_at_a_line_of_theirs_the_earlier_first() -> None:
    second = replace(CAME, talk_file_id=3, at=NOW + MOMENT)
    lines = [SHE_SENT, replace(SHE_SENT, at=NOW + MOMENT)]
    assert [line.files for line in with_files(lines, [second, CAME])] == [(CAME,), (second,)]


def test_an_album_of_an_agent_is_all_at_its_message_in_order() -> None:
    second = replace(SENT, talk_file_id=3, at=NOW + MOMENT)
    assert with_files([HE_WROTE], [second, SENT]) == [replace(HE_WROTE, files=(SENT, second))]


def test_the_lines_are_in_order_of_time_and_those_given_are_left_as_they_are() -> None:
    lines = [replace(SHE_SENT, at=NOW + timedelta(hours=1)), Line(NOW - timedelta(hours=1), "bot", "reminder")]
    before = list(lines)
    assert [line.at for line in with_files(lines, [CAME])] == [NOW + timedelta(hours=n) for n in (-1, 0, 1)]
    assert lines == before
    assert with_files([], []) == []


def test_what_an_agent_wrote_and_is_on_its_way_has_the_file_that_goes_with_it() -> None:
    waits = Line(NOW, "agent", "agent", state="waiting")
    later = replace(waits, at=NOW + MOMENT)
    assert with_their_files([waits, later], [SENT]) == [replace(waits, files=(SENT,)), later]
    assert with_their_files([waits], [replace(SENT, direction="in")]) == [waits]
