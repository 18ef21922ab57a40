"""The policy versions that were in force, as they were read, and those that supervisors proposed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Table, Text

from storage.tables.base import Instant, RowId, metadata

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("version", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),  # the policy's text, so that it can be read again
    Column("first_used_at", Instant, nullable=False),
)

policy_proposals = Table(
    "policy_proposals",
    metadata,
    # What supervisors proposed in the console. The last one that was approved is in force, as long as the operator's
    # own file is the one beside which it was approved.
    Column("proposal_id", RowId, primary_key=True),
    Column("version", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),  # as in `policy_versions`
    Column("operators", Text, nullable=False),  # the digest of the operator's own policy at that time
    Column("replaces", Text, nullable=False),  # the digest of the policy that was in force
    Column("why", Text, nullable=False),
    Column("proposed_by", ForeignKey("agents.telegram_id"), nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("state", Text, nullable=False),  # open, approved, refused, withdrawn
    Column("decided_by", ForeignKey("agents.telegram_id")),
    Column("decided_at", Instant),
    Column("reason", Text),
    # True or nothing, and unique: one at a time, so that no two can be approved one over the other.
    Column("waits", Boolean, unique=True),
)

proposal_notices = Table(
    "proposal_notices",
    metadata,
    # Who is to be told in private of a proposal: the others while it waits, who proposed it once it is decided. Gone
    # once they heard it.
    Column("proposal_id", ForeignKey("policy_proposals.proposal_id"), primary_key=True),
    Column("agent_id", ForeignKey("agents.telegram_id"), primary_key=True),
    Column("changed_lines", BigInteger),  # added or removed, of one that waits; empty if it was too long to compare
)
