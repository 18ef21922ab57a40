"""A wallet's policy: its terms, how it is read from a file, and its holes.

Other modules import everything from here. The parts: `terms` (values), `policy_file` (reading, with `sections` for one
table and `faults` for lines), `version` and `archive` (telling versions apart, and storing them), `holes`. `packs` has
the rules of jurisdictions that a policy names.
"""

from bot.rules.policy.archive import NotAPolicyVersion, files_in, policy_from_json, policy_to_json
from bot.rules.policy.faults import Fault, PolicyFaulty
from bot.rules.policy.holes import find_holes
from bot.rules.policy.plan_terms import Plans
from bot.rules.policy.policy_file import read_policy
from bot.rules.policy.terms import (
    CHANNELS,
    KNOWN_PACKS,
    LANGUAGES,
    Charges,
    Choices,
    Guarantee,
    Policy,
    Step,
)

__all__ = [
    "CHANNELS",
    "KNOWN_PACKS",
    "LANGUAGES",
    "Charges",
    "Choices",
    "Fault",
    "Guarantee",
    "NotAPolicyVersion",
    "Plans",
    "Policy",
    "PolicyFaulty",
    "Step",
    "files_in",
    "find_holes",
    "policy_from_json",
    "policy_to_json",
    "read_policy",
]
