"""Threads take short turns while `duebot import` runs, and not after it."""

from __future__ import annotations

import sys

import pytest

from bot.cli.facts import TURN_S, short_turns


def test_turns_are_short_while_an_import_runs_and_as_before_after_it() -> None:
    before_s = sys.getswitchinterval()
    assert before_s > TURN_S
    with short_turns():
        assert sys.getswitchinterval() == pytest.approx(TURN_S)
    assert sys.getswitchinterval() == pytest.approx(before_s)


def test_turns_are_as_before_after_an_import_that_failed() -> None:
    before_s = sys.getswitchinterval()
    with pytest.raises(RuntimeError), short_turns():
        raise RuntimeError
    assert sys.getswitchinterval() == pytest.approx(before_s)
