"""What agents are to be told in private: kept from when it happened until they heard it, or the topic did instead.

They are marks, since there are few of them and none lasts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.app_state import write_mark
from storage.schema import marks

_PREFIX = "tell."
IN_TOPIC = "in_topic"  # as a word's body: the topic is told of it in any case


@dataclass(frozen=True, slots=True)
class Word:
    """One thing to tell an agent: `kind` is that of the case's event (lease_over, transferred, snooze_over, woken),
    `body` what belongs to it."""

    agent_id: int
    case_id: int
    kind: str
    at: datetime
    body: str = ""

    @property
    def name(self) -> str:
        return f"{_PREFIX}{self.agent_id}.{self.case_id}.{self.kind}"


async def keep(conn: AsyncConnection, word: Word) -> None:
    """Keeps it to be told; the same of an earlier instant is then no longer news."""
    await write_mark(conn, word.name, word.body, word.at)


async def untold(conn: AsyncConnection) -> list[Word]:
    """All that is still to be told, oldest first."""
    query = select(marks).where(marks.c.name.startswith(_PREFIX, autoescape=True)).order_by(marks.c.at, marks.c.name)
    words = []
    for row in (await conn.execute(query)).all():
        agent_id, case_id, kind = row.name.removeprefix(_PREFIX).split(".", 2)
        words.append(Word(int(agent_id), int(case_id), kind, row.at, row.value))
    return words


async def told(conn: AsyncConnection, word: Word) -> bool:
    """It was told; False where the same was to be told anew meanwhile."""
    this = delete(marks).where(marks.c.name == word.name, marks.c.at == word.at)
    return (await conn.execute(this)).rowcount > 0
