"""What a customer wishes, as it is stored and read."""

from __future__ import annotations

import pytest

from bot.rules.facts.wishes import HOW_OFTEN, Wishes, channels_of, often_of


@pytest.mark.parametrize(("said", "often"), [*zip(HOW_OFTEN, HOW_OFTEN, strict=True), (None, "usual"), ("?", "usual")])
def test_how_often_is_read_and_else_is_as_usual(said: str | None, often: str) -> None:
    assert often_of(said) == often


@pytest.mark.parametrize(
    ("said", "channels"),
    [(None, ()), ("", ()), ("sms", ("sms",)), ("sms,telegram", ("sms", "telegram")), (",sms,,", ("sms",))],
)
def test_channels_are_read_in_their_order(said: str | None, channels: tuple[str, ...]) -> None:
    assert channels_of(said) == channels


@pytest.mark.parametrize(
    ("chosen", "foreseen", "from_hour"), [(None, None, None), (None, 19, 19), (9, None, 9), (9, 19, 9), (0, 19, 0)]
)
def test_no_reminder_comes_before_the_chosen_hour_or_else_the_foreseen_one(
    chosen: int | None, foreseen: int | None, from_hour: int | None
) -> None:
    assert Wishes(hour=chosen, foreseen_hour=foreseen).from_hour == from_hour
