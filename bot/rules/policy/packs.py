"""Packs: the rules of jurisdictions. What a pack contains, how it is read from a file, and how it changes a policy.

Other modules import everything from here. The parts: `packs_terms` (values), `packs_file` (reading), `packs_force`
(which rules hold, and which hours and caps they leave), `packs_apply` (applying them to a policy).
"""

from bot.rules.policy.packs_apply import Requirements, requirements, tighten, with_packs
from bot.rules.policy.packs_file import read_pack
from bot.rules.policy.packs_force import expired
from bot.rules.policy.packs_terms import (
    CONFIDENCE,
    DUTIES,
    KINDS,
    Advice,
    CreditNotice,
    CreditRecord,
    Hours,
    MostCalls,
    MostMessages,
    Pack,
    PackRule,
    Records,
)

__all__ = [
    "CONFIDENCE",
    "DUTIES",
    "KINDS",
    "Advice",
    "CreditNotice",
    "CreditRecord",
    "Hours",
    "MostCalls",
    "MostMessages",
    "Pack",
    "PackRule",
    "Records",
    "Requirements",
    "expired",
    "read_pack",
    "requirements",
    "tighten",
    "with_packs",
]
