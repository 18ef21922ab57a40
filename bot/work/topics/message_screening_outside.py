"""Words that an agent writes outside the topic are looked at before they leave, as those in it are: their author
changes them, or sends them with a reason, which the case's history keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.rules.cases.case_events_words import SentAnyway
from bot.rules.cases.who_may import why_not
from bot.rules.topics.message_screening import Found
from bot.work.acting_outside import CaseAction, Order
from bot.work.topics.message_screening import Screening, findings
from storage.cases import cases
from storage.runtime.engine import Connection, Database


async def look_at_words(
    db: Database, screening: Screening, customer_id: str, text: str, now: datetime
) -> tuple[Found, ...]:
    """What there is to ask the author about; empty if the words may leave as they are."""
    async with db.read() as conn:
        return await findings(conn, screening, customer_id, text, now)


async def look_at_words_in_case(action: CaseAction, screening: Screening, text: str) -> tuple[Found, ...]:
    """The same in a case; nothing if the agent may not write there, because that is refused anyway."""
    async with action.db.read() as conn:
        case = await cases.case(conn, action.case_id)
        if case is None or why_not(case, action.agent) is not None:
            return ()
        return await findings(conn, screening, case.customer_id, text, action.now)


def anyway(action: CaseAction, found: Sequence[Found], reason: str) -> CaseAction:
    """The same action, with words that are sent all the same."""
    return replace(action, order=Anyway(action, found, reason))


class Anyway(Order):
    """An order to send words all the same: what was found in them, and the reason, are kept with it."""

    def __init__(self, action: CaseAction, found: Sequence[Found], reason: str) -> None:
        self._action = action
        self._event = SentAnyway(tuple(dict.fromkeys(one.kind for one in found)), reason)

    async def begin(self, conn: Connection, case_id: int | None) -> None:
        await self._action.order.begin(conn, case_id)

    async def end(self, conn: Connection, case_id: int | None) -> None:
        assert case_id is not None, "words are about a case"
        await cases.add_event(conn, case_id, self._event, self._action.now, actor_id=self._action.agent.telegram_id)
        await self._action.order.end(conn, case_id)
