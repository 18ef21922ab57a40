"""The tables, one schema for SQLite and PostgreSQL. Queries are elsewhere.

Money is whole minor units (BIGINT) of the account's currency, instants are UTC, due dates are dates in the customer's
own time zone. A value that follows from others is a generated column or a query; it is not stored twice.
Each subject has a file of its own in `storage.tables`.
"""

from __future__ import annotations

from storage.tables.agreements import hold_sums, holds, plan_parts, plans
from storage.tables.base import Instant, RowId, metadata
from storage.tables.cases import agents, case_events, case_items, cases, ratings
from storage.tables.customers import chats, link_changes, link_failures, link_payloads, link_requests, links
from storage.tables.facts import accounts, customers, erasures, instalments, payments
from storage.tables.guarantee import day_states
from storage.tables.policy import policy_versions
from storage.tables.reminders import contacts, dead_channels, ladders, notice_items, notices
from storage.tables.runtime import floods, marks, updates
from storage.tables.topics import relays

__all__ = [
    "Instant",
    "RowId",
    "accounts",
    "agents",
    "case_events",
    "case_items",
    "cases",
    "chats",
    "contacts",
    "customers",
    "day_states",
    "dead_channels",
    "erasures",
    "floods",
    "hold_sums",
    "holds",
    "instalments",
    "ladders",
    "link_changes",
    "link_failures",
    "link_payloads",
    "link_requests",
    "links",
    "marks",
    "metadata",
    "notice_items",
    "notices",
    "payments",
    "plan_parts",
    "plans",
    "policy_versions",
    "ratings",
    "relays",
    "updates",
]
