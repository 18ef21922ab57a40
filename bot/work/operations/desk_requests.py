"""How an action on a case comes over the HTTP API: only if the case is as the caller saw it last, once for each key.

The answer, which is the case as it is then, is read and kept in the transaction of the action: either both happened or
neither, whatever is killed.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass

from bot.work.acting import Refusal
from bot.work.acting_outside import Changed, Order
from bot.work.operations.idempotent_requests import Keyed, KeyInUse
from bot.work.operations.listings import read_row, tag_of, text_of
from storage.operations.listing_fields import CASES
from storage.runtime.engine import Connection

ANY_CASE = "*"
NOTHING = 204


@dataclass(frozen=True, slots=True)
class Answer:
    """The case as JSON, with its ETag; both are empty where there was no case to act on."""

    status: int
    text: str = ""
    tag: str = ""


class DeskRequest(Order):
    """`if_match` are ETags, one of which the case has to have; None: any. `status` is that of an answer with a case."""

    def __init__(self, keyed: Keyed | None, if_match: Collection[str] | None, status: int) -> None:
        self._keyed, self._if_match, self._status = keyed, if_match, status
        self.answer = Answer(NOTHING)

    async def begin(self, conn: Connection, case_id: int | None) -> None:
        if self._if_match is None or case_id is None or ANY_CASE in self._if_match:
            return
        row = await read_row(conn, CASES, case_id)
        if row is not None and (tag := tag_of(text_of(row))) not in self._if_match:
            raise Refusal(Changed(tag))

    async def end(self, conn: Connection, case_id: int | None) -> None:
        row = None if case_id is None else await read_row(conn, CASES, case_id)
        if row is not None:
            text = text_of(row)
            self.answer = Answer(self._status, text, tag_of(text))
        if self._keyed is not None and not await self._keyed.end(conn, json.dumps(asdict(self.answer))):
            raise KeyInUse  # the same request was taken again: nothing of this one is kept


def kept_answer(kept: str) -> Answer:
    """The answer that was kept."""
    return Answer(**json.loads(kept))
