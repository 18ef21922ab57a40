"""The rules of jurisdictions: a pack's terms, how it is read from a file, and what it does to a policy.

The face of this subject; everything is taken from here. The parts: `packs_terms` (values), `packs_file` (from text),
`packs_force` (which rules hold, and what they leave of hours and caps), `packs_apply` (laid on a policy).
"""

from bot.rules.policy.packs_apply import Requirements, requirements, tighten, with_packs
from bot.rules.policy.packs_file import read_pack
from bot.rules.policy.packs_force import expired, packs_in_force
from bot.rules.policy.packs_terms import (
    CONFIDENCE,
    DUTIES,
    KINDS,
    Advice,
    CreditNotice,
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
    "Hours",
    "MostCalls",
    "MostMessages",
    "Pack",
    "PackRule",
    "Records",
    "Requirements",
    "expired",
    "packs_in_force",
    "read_pack",
    "requirements",
    "tighten",
    "with_packs",
]
