"""Whose update still fits into their share of the inbox, and whose is kept all the same."""

from __future__ import annotations

import pytest

from bot.rules.runtime.inbox_shares import Kind, Load, Share, has_room, is_for_a_person


@pytest.mark.parametrize(
    ("share", "kind", "most"),
    [
        ("known", "words", 50),
        ("known", "door", 50),
        ("known", "news", 100),
        ("group", "other", 200),
        ("group", "news", 400),
        ("stranger", "words", 20),
        ("stranger", "door", 40),  # they may have been playing with the buttons until now
        ("stranger", "news", 40),
    ],
)
def test_so_many_of_one_lane_may_wait(share: Share, kind: Kind, most: int) -> None:
    assert has_room(share, kind, Load(waiting=most - 1), 0)
    assert not has_room(share, kind, Load(waiting=most), 0)


@pytest.mark.parametrize(
    ("kind", "in_group", "most"), [("words", False, 10), ("door", False, 20), ("other", True, 20), ("door", True, 40)]
)
def test_so_many_of_a_stranger_within_a_minute(kind: Kind, in_group: bool, most: int) -> None:
    assert has_room("stranger", kind, Load(lately=most - 1, in_group=in_group), 0)
    assert not has_room("stranger", kind, Load(lately=most, in_group=in_group), 0)


@pytest.mark.parametrize(("kind", "most"), [("words", 2000), ("door", 4000)])
def test_so_many_of_all_strangers_together_may_wait(kind: Kind, most: int) -> None:
    assert has_room("stranger", kind, Load(), most - 1)
    assert not has_room("stranger", kind, Load(), most)


def test_a_customer_is_heard_however_fast_and_however_many_strangers_there_are() -> None:
    assert has_room("known", "words", Load(waiting=49, lately=1000), 10_000)


@pytest.mark.parametrize(
    ("share", "kind", "has_case", "kept"),
    [
        ("known", "words", True, True),
        ("known", "words", False, False),
        ("known", "other", True, False),
        ("group", "words", False, True),
        ("group", "news", True, False),
        ("stranger", "words", True, False),
    ],
)
def test_what_a_person_is_there_to_read_is_kept(share: Share, kind: Kind, has_case: bool, kept: bool) -> None:
    assert is_for_a_person(share, kind, has_case) == kept
