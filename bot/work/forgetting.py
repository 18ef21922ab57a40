"""Forgetting a customer at their wish: the person is erased, the anonymous figures stay.

Gone are name, phone, e-mail, language, time zone and the mark of vulnerability; the Telegram account and all that was
kept for linking it; every word that was said on either side, notes of agents included. Left are amounts, dates, states
and reasons under the wallet's own customer_id. What the group and the chat at Telegram hold is theirs; the cards in the
group are written anew without the person. Doing it again erases what came in meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.rules.packs import Records
from bot.rules.policy import Policy
from bot.work.linking import NoSuchCustomer
from storage import contacts, forgetting, imports
from storage.engine import Database
from storage.standings import standing


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


@dataclass(frozen=True, slots=True)
class AskedToKeep:
    """Packs whose rules ask for records of what was said with a customer to be kept, and through which day."""

    packs: tuple[str, ...]
    through: date

    def __str__(self) -> str:
        names = ", ".join(self.packs)
        return (
            f"the rules of {names} ask for records of what was said to be kept through {self.through.isoformat()}; "
            "forgetting erases the words, and keeps when and how each message went and what became of it"
        )


async def asked_to_keep(db: Database, policy: Policy, customer_id: str, now: datetime) -> AskedToKeep | None:
    """What rules in force ask of this customer's records still; None where none do, or there are no words any more."""
    async with db.read() as conn:
        facts = await standing(conn, customer_id)
        last = await contacts.last_at(conn, customer_id)
    if facts is None or last is None or facts.customer.forgotten:
        return None
    through = {
        pack.name: (last + timedelta(days=rule.says.days)).date()
        for pack in policy.for_segment(facts.customer.segment).applied
        for rule in pack.rules
        if isinstance(rule.says, Records)
    }
    still = {name: day for name, day in through.items() if day >= now.date()}
    return AskedToKeep(tuple(still), max(still.values())) if still else None


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
