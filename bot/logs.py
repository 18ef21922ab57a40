"""Logging: lines that a person and a machine can read, on standard error, without tokens, phone numbers, names or
messages.

The program's own lines are fixed words and kinds. Everything else (a library, an exception, a warning) may contain what
a customer wrote: only its kind and its place in the code are logged. A line that repeats is written a few times in five
seconds, and then only its count.
"""

from __future__ import annotations

import atexit
import logging
import re
import sys
import threading
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TextIO, cast

import structlog

from bot.log_kinds import kind_of, kinds_of, place

TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{10,}")
CREDENTIALS = re.compile(r"(?<=://)[^/\s@'\"]+@")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
MOST_CHARACTERS = 500  # of one value
WINDOW_S = 5.0
LINES_A_WINDOW = 5
MOST_KINDS = 200  # of lines remembered at a time

# A library's line is logged only by its place in the code. These first lines are known to contain nothing private.
KNOWN_WORDS = frozenset(
    {
        *("Task exception was never retrieved", "Future exception was never retrieved", "Unclosed client session"),
        *("Task was destroyed but it is pending!", "socket.accept() out of system resource", "Unclosed connector"),
        *("Exception in ASGI application", "Fatal error: protocol.data_received() call failed."),
    }
)
# Lines about the other side's behaviour, or without use to a reader of the log.
QUIET = ("apscheduler", "aiosqlite", "telegram", "uvicorn.access", "uvicorn.error", "alembic", "asyncio")


def configure(level: int = logging.INFO) -> None:
    """Sets up logging once for the process: the program's own lines, and those of libraries."""
    spared = SharedAnswers()
    atexit.register(spared.tell_rest)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_kinds,
            _without_secrets,
            spared,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Unbreakable(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    for handler in [handler for handler in logging.root.handlers if isinstance(handler, _Libraries)]:
        logging.root.removeHandler(handler)
    logging.root.addHandler(_Libraries())
    logging.root.setLevel(logging.WARNING)
    warnings.showwarning = _warned
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)  # `bot.rounds` tells which round failed


def _only_kinds(_logger: Any, _method: str, event: Any) -> Any:
    """Removes an exception's message: it may contain a customer's words."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        event["exception"] = kinds_of(error)
    for key, value in event.items():
        if isinstance(value, BaseException):
            event[key] = kind_of(value)
    return event


def _without_secrets(_logger: Any, _method: str, event: Any) -> Any:
    """The last check for secrets; also keeps one line on one line."""
    return {key: _clean(key, value) if isinstance(value, str) else value for key, value in event.items()}


def _clean(key: str, value: str) -> str:
    clean = CREDENTIALS.sub("…@", TOKEN.sub("…", value))
    return clean if key == "exception" else CONTROL.sub(" ", clean)[:MOST_CHARACTERS]


class SharedAnswers:
    """Lets a kind of line (its level, its words and its place) through five times in five seconds, an exact repetition
    once; the next one says how many were left out. Remembers a limited number of kinds."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._kinds: OrderedDict[tuple[str, ...], _Window] = OrderedDict()
        self._lock = threading.Lock()  # libraries log from threads

    def __call__(self, _logger: Any, _method: str, event: Any) -> Any:
        kind = tuple(str(event.get(key, "")) for key in ("level", "event", "logger", "where"))
        said = hash(tuple((key, str(value)) for key, value in event.items() if key != "timestamp"))
        with self._lock:
            now_s = self._now_s()
            window = self._kinds.setdefault(kind, _Window(now_s))
            self._kinds.move_to_end(kind)
            if len(self._kinds) > MOST_KINDS:
                self._kinds.popitem(last=False)
            left_out = 0
            if now_s - window.began_s >= WINDOW_S:
                left_out = window.left_out
                self._kinds[kind] = window = _Window(now_s)
            elif said in window.said or len(window.said) >= LINES_A_WINDOW:
                window.left_out += 1
                raise structlog.DropEvent
            window.said.add(said)
        return {**event, "left_out": left_out} if left_out else event

    def tell_rest(self) -> None:
        """At the end: lines that were left out and not counted yet."""
        for (level, event, *_), window in self._kinds.items():
            if window.left_out:
                _Unbreakable(sys.stderr).write(f"[{level}] {event} left_out={window.left_out}\n")
        self._kinds.clear()


class _Window:
    __slots__ = ("began_s", "left_out", "said")

    def __init__(self, began_s: float) -> None:
        self.began_s, self.left_out = began_s, 0
        self.said: set[int] = set()


class _Libraries(logging.Handler):
    """Lines of libraries, by their place in the code, because their words contain their arguments."""

    def emit(self, record: logging.LogRecord) -> None:
        first = record.msg.partition("\n")[0].strip() if isinstance(record.msg, str) else ""
        words = first if first in KNOWN_WORDS else "a library has something to say"
        error = record.exc_info[1] if record.exc_info else None
        where = f"{place(record.pathname)}:{record.lineno}"
        level = min(record.levelno, logging.ERROR)
        structlog.get_logger().log(level, words, logger=record.name, where=where, exc_info=error)


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning of Python or a library; the parameters are those of `warnings.showwarning`."""
    where = f"{place(filename)}:{lineno}"
    structlog.get_logger().warning("a library has something to say", kind=category.__name__, where=where)


class _Unbreakable:
    """A stream whose errors stop no work, when nobody reads it any more or its disk is full."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):  # ValueError: it is closed, or cannot encode a character
            return 0

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return
