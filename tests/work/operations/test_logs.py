"""Log lines about errors of others: their kinds and places, once, and never their texts."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import structlog

from bot.log_kinds import kinds_of
from bot.logs import LINES_A_WINDOW, MOST_KINDS, WINDOW_S, SharedAnswers

WORDS = "qqwordsqq"


def said(program: str) -> str:
    """All that a process puts out whose logging is set up as `run` has it."""
    begins = "import asyncio, logging, sys, threading, warnings\nimport structlog\nfrom bot import logs, log_kinds\n"
    begins += f"WORDS = {WORDS!r}\nlogs.configure()\nlog_kinds.guard()\n"
    ran = subprocess.run(
        [sys.executable, "-c", begins + textwrap.dedent(program)], capture_output=True, text=True, check=False
    )
    assert not ran.stdout
    return ran.stderr


def test_a_library_is_told_by_its_place() -> None:
    out = said(
        """
        logging.getLogger("telegram.Bot").error("Error while parsing updates! Received data was %r", WORDS)
        logging.getLogger("asyncio").error(f"Task exception was never retrieved\\nfuture: {WORDS}")
        logging.getLogger("some.new.library").warning(WORDS)
        logging.getLogger("aiohttp.access").info(WORDS)
        warnings.warn(WORDS)
        """
    )
    assert WORDS not in out
    assert out.count("a library has something to say") == 3
    assert "Task exception was never retrieved" in out
    assert "[telegram.Bot]" in out
    assert "kind=UserWarning where=<string>:" in out


@pytest.mark.parametrize(
    "raising",
    [
        "structlog.get_logger().exception('it failed')",
        "structlog.get_logger().error('it failed', exc_info=True)",
        "structlog.get_logger().error('it failed', error=sys.exc_info()[1])",
        "logging.getLogger('sqlalchemy').exception(WORDS)",
        "raise",
        "raise RuntimeError(WORDS)",
        "raise RuntimeError(WORDS) from None",
        "threading.Thread(target=int, args=(WORDS,)).start()",
        "asyncio.run(asyncio.sleep(WORDS))",
        "type('X', (), {'__del__': lambda self: int(WORDS)})()",
    ],
)
def test_an_exception_is_told_by_its_kind_and_place(raising: str) -> None:
    out = said(f"try:\n    int(WORDS)\nexcept ValueError:\n    {raising}\n")
    assert WORDS not in out
    assert "Error" in out


def test_what_is_raised_has_its_causes_in_order() -> None:
    try:
        try:
            Path("/nowhere", WORDS).read_bytes()
        except OSError as error:
            raise LookupError(WORDS) from error
    except LookupError as error:
        told = kinds_of(error)
    assert WORDS not in told
    assert [line for line in told.splitlines() if not line.startswith("  ")] == [
        "Traceback (kinds and places only):",
        "LookupError",
        "from:",
        "FileNotFoundError (2)",
    ]
    assert "tests/work/operations/test_logs.py" in told


def test_secrets_and_new_lines_do_not_pass() -> None:
    out = said(
        """
        log = structlog.get_logger()
        log.info("x", url="postgres://me:hush@host/x", token="123456789:AAH-hushhushhush", title="a\\nb\\x1b[2J")
        """
    )
    assert "hush" not in out
    assert len(out.splitlines()) == 1
    assert "\x1b[2J" not in out


def test_nobody_who_reads_and_no_room_end_nothing() -> None:
    out = said(
        """
        import os
        reading, writing = os.pipe()
        os.close(reading)
        kept = os.dup(2)
        os.dup2(writing, 2)
        structlog.get_logger().warning("into the void")
        os.dup2(kept, 2)
        structlog.get_logger().warning("and on")
        """
    )
    assert "and on" in out


class Lines:
    """A log that is spared, with a clock that stands still."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.spared = SharedAnswers(lambda: self.now_s)

    def passes(self, event: str = "no file left", **more: object) -> dict[str, object] | None:
        try:
            passed: dict[str, object] = self.spared(None, "", {"level": "warning", "event": event, **more})
        except structlog.DropEvent:
            return None
        return passed


def test_a_line_that_repeats_itself_is_said_once_and_then_how_often() -> None:
    log = Lines()
    assert log.passes() == {"level": "warning", "event": "no file left"}
    assert not any(log.passes() for _ in range(1000))
    log.now_s = WINDOW_S
    assert log.passes() == {"level": "warning", "event": "no file left", "left_out": 1000}
    log.now_s = 2 * WINDOW_S
    assert log.passes() == {"level": "warning", "event": "no file left"}


def test_lines_of_a_kind_are_few_and_of_another_kind_not_fewer_for_it() -> None:
    log = Lines()
    assert sum(log.passes(case_id=n) is not None for n in range(100)) == LINES_A_WINDOW
    assert log.passes("something else") is not None


def test_kinds_without_end_take_no_memory_without_end() -> None:
    log = Lines()
    assert all(log.passes(f"kind {n}") for n in range(10 * MOST_KINDS))
    assert len(log.spared._kinds) == MOST_KINDS
