"""Whose update still fits into their share of the inbox, and whose is kept all the same."""

from __future__ import annotations

import pytest

from bot.rules.runtime.inbox_shares import Kind, Load, Room, Share, has_room, is_for_a_person


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


@pytest.mark.parametrize(
    ("share", "bots", "most"),
    [
        ("known", 1, 100),
        ("group", 1, 75),
        ("stranger", 1, 25),
        ("known", 3, 34),  # a part of a lane is a lane
        ("stranger", 2, 13),
        ("stranger", 100, 1),
        ("known", 0, 0),
        ("stranger", 0, 0),
    ],
)
def test_so_many_lanes_of_a_share_are_served_by_each_bot(share: Share, bots: int, most: int) -> None:
    empty = Room({}, bots)
    assert [empty.take(f"{n}", share) for n in range(most + 2)] == [True] * most + [False] * 2
    if most:
        busy = Room({f"{n}": share for n in range(most - 1)}, bots)
        assert [busy.take(lane, share) for lane in ("new", "one more")] == [True, False]


def test_a_lane_that_is_served_is_not_served_twice() -> None:
    room = Room({"c1": "known"}, 1)
    assert [room.take(lane, "known") for lane in ("c1", "c2", "c1")] == [False, True, False]


def test_strangers_take_no_room_of_customers() -> None:
    room = Room({f"s{n}": "stranger" for n in range(25)}, 1)
    assert (room.take("s25", "stranger"), room.take("g1", "group"), room.take("c1", "known")) == (False, True, True)
