"""The policy versions that were in force, as they were read."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from storage.tables.base import Instant, metadata

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("version", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),  # the policy's text, so that it can be read again
    Column("first_used_at", Instant, nullable=False),
)
