"""A wallet's policy: its terms, how it is read from a file, and where it would lose people.

The face of this subject; everything is taken from here. The parts: `policy_terms` (values), `policy_file` (from text,
with `policy_section` for one table and `policy_faults` for lines), `policy_version` and `policy_archive` (telling
versions apart, and keeping them), `policy_holes`. The rules of jurisdictions that a policy names are in `packs`.
"""

from bot.rules.policy.archive import NotAPolicyVersion, policy_from_json, policy_to_json
from bot.rules.policy.faults import Fault, PolicyFaulty
from bot.rules.policy.holes import find_holes
from bot.rules.policy.policy_file import read_policy
from bot.rules.policy.terms import (
    CHANNELS,
    KNOWN_PACKS,
    LANGUAGES,
    MESSAGES,
    Charges,
    Guarantee,
    Policy,
    Step,
)

__all__ = [
    "CHANNELS",
    "KNOWN_PACKS",
    "LANGUAGES",
    "MESSAGES",
    "Charges",
    "Fault",
    "Guarantee",
    "NotAPolicyVersion",
    "Policy",
    "PolicyFaulty",
    "Step",
    "find_holes",
    "policy_from_json",
    "policy_to_json",
    "read_policy",
]
