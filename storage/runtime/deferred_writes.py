"""What an update leaves to be written down as it ends.

What an answer only notes (that somebody was there, what they were shown) need not be stored before the answer: it is
stored in the transaction that marks the update as handled. If the process is killed before that, the update is handled
again and notes it then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from storage.runtime.engine import Connection, Database, is_unavailable

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Afterwards:
    """`do`, a function of a module, is called once for all that is left to it at the same time."""

    do: Callable[[Connection, Sequence[Any]], Awaitable[None]]
    about: object


async def write_afterwards(conn: Connection, left: Sequence[Afterwards]) -> None:
    by_do: dict[Callable[[Connection, Sequence[Any]], Awaitable[None]], list[object]] = defaultdict(list)
    for one in left:
        by_do[one.do].append(one.about)
    for do, about in by_do.items():
        await do(conn, about)


async def write_one_by_one(db: Database, left: Sequence[Afterwards]) -> None:
    """Each in a transaction of its own, after one of them could not be written: it must not keep the others back."""
    for one in left:
        try:
            async with db.write() as conn:
                await write_afterwards(conn, [one])
        except Exception as error:
            if is_unavailable(error):
                raise
            log.warning("what an update left could not be written down", error=type(error).__name__)
