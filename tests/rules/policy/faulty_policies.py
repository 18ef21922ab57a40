"""What is said of a faulty policy file."""

import pytest

from bot.rules.policy.policy import PolicyFaulty, read_policy
from tests.rules.policy.policy_texts import LADDER


def faults(text: str) -> list[str]:
    with pytest.raises(PolicyFaulty) as refusal:
        read_policy(text, "mine.toml")
    return [str(fault) for fault in refusal.value.faults]


def fault(keys: str) -> str:
    """The one fault of a file that is right but for these keys."""
    (only,) = faults(keys + LADDER)
    return only


def fault_of_step(keys: str) -> str:
    (only,) = faults(f"[[step]]\n{keys}\n{LADDER}")
    return only
