"""Forgetting a customer at their wish: the person is erased, the anonymous figures stay.

Gone are name, phone, e-mail, language, time zone and the mark of vulnerability; the Telegram account and all that was
kept for linking it; every word that was said on either side, notes of agents included. Left are amounts, dates, states
and reasons under the wallet's own customer_id. What the group and the chat at Telegram hold is theirs; the cards in the
group are written anew without the person. Doing it again erases what came in meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.work.linking import NoSuchCustomer
from storage import forgetting, imports
from storage.engine import Database


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was ended with the person; `already` if they had been forgotten before."""

    customer_id: str
    already: bool
    links_ended: int
    notices_cancelled: int
    case_closed: int | None

    def as_json(self) -> dict[str, object]:
        return {
            "customer_id": self.customer_id,
            "already": self.already,
            "links_ended": self.links_ended,
            "notices_cancelled": self.notices_cancelled,
            "case_closed": self.case_closed,
        }


async def forget(db: Database, customer_id: str, now: datetime) -> Forgotten:
    """Erases the person, all in one transaction; raises `NoSuchCustomer`."""
    async with db.write() as conn:
        # Takes turns with imports: one that has read this customer already would write the person back.
        await imports.begin(conn)
        anew = await forgetting.forget_person(conn, customer_id, now)
        if anew is None:
            raise NoSuchCustomer(customer_id)
        links_ended = await forgetting.erase_links(conn, customer_id, now)
        cancelled = await forgetting.cancel_notices(conn, customer_id, now)
        await forgetting.erase_words(conn, customer_id)
        closed = await forgetting.close_case(conn, customer_id, now)
        if anew:
            await forgetting.renew_cards(conn, customer_id)
            await imports.bump_facts_stamp(conn, now)
    return Forgotten(customer_id, not anew, links_ended, cancelled, closed)
