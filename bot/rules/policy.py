"""A wallet's policy: its terms, how it is read from a file, and where it would lose people.

The face of this subject; everything is taken from here. The parts: `policy_terms` (values), `policy_file` (from text,
with `policy_section` for one table and `policy_faults` for lines), `policy_holes`.
"""

from bot.rules.policy_faults import Fault, PolicyFaulty
from bot.rules.policy_file import read_policy
from bot.rules.policy_holes import find_holes
from bot.rules.policy_terms import (
    CHANNELS,
    KNOWN_PACKS,
    LANGUAGES,
    MESSAGES,
    Charges,
    Guarantee,
    Policy,
    Step,
    known_language,
)

__all__ = [
    "CHANNELS",
    "KNOWN_PACKS",
    "LANGUAGES",
    "MESSAGES",
    "Charges",
    "Fault",
    "Guarantee",
    "Policy",
    "PolicyFaulty",
    "Step",
    "find_holes",
    "known_language",
    "read_policy",
]
