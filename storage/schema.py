"""The tables, one schema for SQLite and PostgreSQL. Queries are elsewhere.

Money is whole minor units (BIGINT) of the account's currency, instants are UTC, due dates are dates in the customer's
own time zone. A value that follows from others is a generated column or a query; it is not stored twice.
Each subject has a file of its own in `storage.tables`.
"""

from __future__ import annotations

from storage.tables import change_triggers as _change_triggers  # noqa: F401  # they come with the tables
from storage.tables import event_triggers as _event_triggers  # noqa: F401  # they, too
from storage.tables.agreements import hold_sums, holds, plan_answers, plan_debts, plan_parts, plans
from storage.tables.base import Instant, RowId, metadata
from storage.tables.cases import (
    agent_notices,
    agents,
    announced_calls,
    bulk_changes,
    case_events,
    case_items,
    cases,
    deadline_messages,
    ratings,
    update_claims,
)
from storage.tables.customers import chats, consents, link_changes, link_failures, link_payloads, link_requests, links
from storage.tables.facts import (
    accounts,
    customers,
    erasures,
    import_blocks,
    import_state,
    instalments,
    locked_readings,
    locked_records,
    payments,
)
from storage.tables.guarantee import day_states, guard_counts, guard_walks, overlooked, unwritten_evenings
from storage.tables.hooks import hooks, outgoing_events
from storage.tables.operations import (
    alert_state,
    api_keys,
    api_writes,
    clock_steps,
    console_links,
    console_sessions,
    console_visits,
    prunings,
    saved_views,
    troubles,
    wallet_events,
)
from storage.tables.outlook import calendar_addresses, calendar_entries, history_keys
from storage.tables.planning import changed_customers, customer_looks, planning_terms
from storage.tables.policy import policy_versions
from storage.tables.reminders import (
    contacts,
    dead_channels,
    ladders,
    notice_items,
    notices,
    part_notices,
    receipt_items,
    told_debts,
)
from storage.tables.runtime import (
    change_counters,
    chat_turns,
    floods,
    heartbeats,
    lane_claims,
    pending_overwrites,
    program_state,
    updates,
    workers,
)
from storage.tables.surveys import survey_answers, survey_invitations, surveys
from storage.tables.topics import (
    group_moves,
    group_rate_places,
    group_troubles,
    held_words,
    known_groups,
    live_queues,
    relays,
    talk_files,
)

__all__ = [
    "Instant",
    "RowId",
    "accounts",
    "agent_notices",
    "agents",
    "alert_state",
    "announced_calls",
    "api_keys",
    "api_writes",
    "bulk_changes",
    "calendar_addresses",
    "calendar_entries",
    "case_events",
    "case_items",
    "cases",
    "change_counters",
    "changed_customers",
    "chat_turns",
    "chats",
    "clock_steps",
    "consents",
    "console_links",
    "console_sessions",
    "console_visits",
    "contacts",
    "customer_looks",
    "customers",
    "day_states",
    "dead_channels",
    "deadline_messages",
    "erasures",
    "floods",
    "group_moves",
    "group_rate_places",
    "group_troubles",
    "guard_counts",
    "guard_walks",
    "heartbeats",
    "held_words",
    "history_keys",
    "hold_sums",
    "holds",
    "hooks",
    "import_blocks",
    "import_state",
    "instalments",
    "known_groups",
    "ladders",
    "lane_claims",
    "link_changes",
    "link_failures",
    "link_payloads",
    "link_requests",
    "links",
    "live_queues",
    "locked_readings",
    "locked_records",
    "metadata",
    "notice_items",
    "notices",
    "outgoing_events",
    "overlooked",
    "part_notices",
    "payments",
    "pending_overwrites",
    "plan_answers",
    "plan_debts",
    "plan_parts",
    "planning_terms",
    "plans",
    "policy_versions",
    "program_state",
    "prunings",
    "ratings",
    "receipt_items",
    "relays",
    "saved_views",
    "survey_answers",
    "survey_invitations",
    "surveys",
    "talk_files",
    "told_debts",
    "troubles",
    "unwritten_evenings",
    "update_claims",
    "updates",
    "wallet_events",
    "workers",
]
