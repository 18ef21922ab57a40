"""Where a customer finds free help with debts: what the policy's packs say, else the pack of the customer's country, if
one came with duebot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from bot.policies import load_pack, shipped_packs
from bot.rules.customers.phones import country_of
from bot.rules.policy.packs import Advice, requirements
from bot.rules.policy.packs_force import said
from bot.rules.policy.policy import Policy
from storage.customers import customer_rows
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Database

_NAMES = {"GB": "uk"}  # packs that are not called like their country


async def advice_for(db: Database, policy: Policy, customer_id: str) -> Sequence[Advice]:
    """The advice, or nothing where none is known: none is invented."""
    async with db.read() as conn:
        facts = await facts_of(conn, customer_id)
        phone, _ = await customer_rows.phone_and_zone(conn, customer_id)
    segment = facts.customer.segment if facts is not None else None
    if required := requirements(policy.for_segment(segment)).advice:
        return required
    country = country_of(phone) if phone else None
    return () if country is None else _of_pack(_NAMES.get(country, country.lower()))


@cache
def _of_pack(name: str) -> tuple[Advice, ...]:
    return tuple(said([load_pack(name)], Advice)) if name in shipped_packs() else ()
