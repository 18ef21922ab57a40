"""Proposals of a policy: one supervisor proposes, another decides. What is approved replaces the policy beside which it
was proposed, and nothing else: neither a policy that came in between, nor a file that the operator changed since."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.rules.policy.archive import policy_to_json
from bot.rules.policy.terms import Policy

ProposalState = Literal["open", "approved", "refused", "withdrawn"]
MOST_WHY = 500  # characters of a reason


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy that somebody proposes. `source` is what `policy_to_json` made; `operators` and `replaces` are digests
    of the operator's own policy, and of the one in force, when it was proposed."""

    version: str
    name: str
    source: str
    operators: str
    replaces: str
    why: str
    proposed_by: int
    proposed_at: datetime
    proposal_id: int = 0
    proposer: str = ""
    state: ProposalState = "open"
    decided_at: datetime | None = None
    decider: str = ""
    reason: str = ""

    @property
    def digest(self) -> str:
        return digest_of(self.source)


def digest_of(source: str) -> str:
    """A digest of a policy's files. It has the comments and the desk's terms, too, which no version has."""
    return hashlib.sha256(source.encode(errors="surrogatepass")).hexdigest()


def digest_of_policy(policy: Policy) -> str:
    return digest_of(policy_to_json(policy))


def is_adopted(last_approved: Proposal | None, operators: str) -> bool:
    """Whether what was approved last is in force: the operator's own policy is still the one of that time."""
    return last_approved is not None and last_approved.operators == operators


def is_stale(proposal: Proposal, operators: str, in_force: str) -> bool:
    """Whether the policy that it was to replace is not in force any more."""
    return (proposal.operators, proposal.replaces) != (operators, in_force)
