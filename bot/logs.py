"""Logging: lines that a person and a machine can read, on standard error, without tokens, numbers or names."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{10,}")
QUIET = ("apscheduler", "aiosqlite", "telegram", "uvicorn.access", "uvicorn.error", "alembic", "asyncio")


def configure(level: int = logging.INFO) -> None:
    """Sets up logging once for the process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_tokens,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def _without_tokens(_logger: Any, _method: str, event: Any) -> Any:
    """The last line of defence: a library's exception may hold a URL with the token in it."""
    return {key: TOKEN.sub("…", value) if isinstance(value, str) else value for key, value in event.items()}
