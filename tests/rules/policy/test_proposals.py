"""What is approved replaces the policy beside which it was proposed, and no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.rules.policy.policy import policy_to_json, read_policy
from bot.rules.policy.proposals import Proposal, digest_of, digest_of_policy, is_adopted, is_stale
from tests.rules.policy.policy_texts import LADDER

PROPOSED = Proposal("v2", "ours", "{}", "operators", "in force", "fewer", 1, datetime(2026, 3, 2, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    ("approved", "operators", "adopted"),
    [(PROPOSED, "operators", True), (PROPOSED, "changed since", False), (None, "operators", False)],
)
def test_what_was_approved_is_in_force_until_the_operator_changes_the_file(
    approved: Proposal | None, operators: str, adopted: bool
) -> None:
    assert is_adopted(approved, operators) is adopted


@pytest.mark.parametrize(
    ("operators", "in_force", "stale"),
    [("operators", "in force", False), ("changed", "in force", True), ("operators", "changed", True)],
)
def test_a_proposal_is_stale_once_either_policy_has_changed(operators: str, in_force: str, stale: bool) -> None:
    assert is_stale(PROPOSED, operators, in_force) is stale


def test_a_comment_makes_another_digest_and_the_same_version() -> None:
    ours, commented = (read_policy(text, "ours.toml") for text in (LADDER, "# gentle\n" + LADDER))
    assert ours.version == commented.version
    assert digest_of_policy(ours) != digest_of_policy(commented)
    assert digest_of_policy(ours) == digest_of(policy_to_json(ours))
    assert replace(PROPOSED, source=policy_to_json(ours)).digest == digest_of_policy(ours)


def test_any_text_has_a_digest() -> None:
    assert digest_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert len({digest_of("\ud800"), digest_of("\ud801"), digest_of("温和")}) == 3
