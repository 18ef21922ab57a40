"""The first schema: every table of the beginning, written out, so that later changes never reach back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OUTSTANDING = "CASE WHEN status IN ('paid', 'waived') OR paid >= amount_due THEN 0 ELSE amount_due - paid END"


def upgrade() -> None:
    _facts()
    _people()
    _notices()
    _cases()
    _contacts()
    _program()


def _where(condition: str) -> dict[str, Any]:
    """What makes an index a partial one, on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _facts() -> None:
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("time_zone", sa.Text()),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("segment", sa.Text()),
        sa.Column("vulnerable", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("facts_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT),
        sa.Column("stopped_at", INSTANT),
        sa.Column("forgotten_at", INSTANT),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customers"),
    )
    op.create_index("ix_customers_phone", "customers", ["phone"])
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("credit_limit", sa.BigInteger()),
        sa.Column("facts_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_accounts_customer_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_accounts"),
    )
    op.create_index("ix_accounts_customer_id", "accounts", ["customer_id"])
    op.create_table(
        "instalments",
        sa.Column("instalment_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("amount_due", sa.BigInteger(), nullable=False),
        sa.Column("amount_paid", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("paid", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("principal", sa.BigInteger()),
        sa.Column("interest", sa.BigInteger()),
        sa.Column("fees", sa.BigInteger()),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("facts_at", INSTANT, nullable=False),
        sa.Column("amount_paid_at", INSTANT, nullable=False),
        sa.Column("outstanding", sa.BigInteger(), sa.Computed(OUTSTANDING, persisted=True)),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="fk_instalments_account_id"),
        sa.PrimaryKeyConstraint("instalment_id", name="pk_instalments"),
    )
    op.create_index("ix_instalments_account_id", "instalments", ["account_id"])
    op.create_index("ix_instalments_unsettled", "instalments", ["due_date"], **_where("outstanding > 0"))
    op.create_table(
        "payments",
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("instalment_id", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("in_amount_paid", sa.Boolean(), nullable=False),
        sa.Column("facts_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalments.instalment_id"], name="fk_payments_instalment_id"),
        sa.PrimaryKeyConstraint("payment_id", name="pk_payments"),
    )
    op.create_index("ix_payments_instalment_id", "payments", ["instalment_id"])


def _people() -> None:
    op.create_table(
        "chats",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("client_language", sa.Text()),
        sa.Column("chosen_language", sa.Text()),
        sa.Column("last_words", sa.Text()),
        sa.Column("last_words_at", INSTANT),
        sa.PrimaryKeyConstraint("user_id", name="pk_chats"),
    )
    op.create_table(
        "links",
        sa.Column("link_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_links_customer_id"),
        sa.PrimaryKeyConstraint("link_id", name="pk_links"),
    )
    op.create_index("uq_links_customer", "links", ["customer_id"], unique=True, **_where("ended_at IS NULL"))
    op.create_index("uq_links_user", "links", ["user_id"], unique=True, **_where("ended_at IS NULL"))
    op.create_table(
        "link_payloads",
        sa.Column("payload_hash", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.Column("used_by", sa.BigInteger()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_link_payloads_customer_id"),
        sa.PrimaryKeyConstraint("payload_hash", name="pk_link_payloads"),
    )
    op.create_table(
        "link_failures",
        sa.Column("failure_id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("failure_id", name="pk_link_failures"),
    )
    op.create_index("ix_link_failures_user_id_at", "link_failures", ["user_id", "at"])
    op.create_table(
        "link_requests",
        sa.Column("request_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_user_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT),
        sa.Column("agreed", sa.Boolean()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_link_requests_customer_id"),
        sa.PrimaryKeyConstraint("request_id", name="pk_link_requests"),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("send_after", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_at", INSTANT),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("channel_since", INSTANT),
        sa.Column("given_up", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("reference", sa.Text()),
        sa.Column("ended_at", INSTANT),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_notices_customer_id"),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notices"),
    )
    op.create_index("ix_notices_customer_id_ended_at", "notices", ["customer_id", "ended_at"])
    op.create_index("ix_notices_state_send_after", "notices", ["state", "send_after"])
    op.create_index(
        "uq_notices_open", "notices", ["customer_id"], unique=True, **_where("state IN ('planned', 'claimed')")
    )
    op.create_table(
        "notice_items",
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("instalment_id", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalments.instalment_id"], name="fk_notice_items_instalment_id"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.notice_id"], name="fk_notice_items_notice_id"),
        sa.PrimaryKeyConstraint("notice_id", "instalment_id", "step_id", name="pk_notice_items"),
    )
    op.create_index(
        "ix_notice_items_instalment_id_step_id_due_date", "notice_items", ["instalment_id", "step_id", "due_date"]
    )
    op.create_table(
        "dead_channels",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_dead_channels_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "channel", name="pk_dead_channels"),
    )
    op.create_table(
        "ladders",
        sa.Column("instalment_id", sa.Text(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalments.instalment_id"], name="fk_ladders_instalment_id"),
        sa.PrimaryKeyConstraint("instalment_id", "due_date", name="pk_ladders"),
    )
    op.create_index("ix_ladders_policy_version", "ladders", ["policy_version"])
    op.create_table(
        "policy_versions",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("first_used_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_policy_versions"),
    )
    op.create_table(
        "holds",
        sa.Column("hold_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("instalment_id", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("set_by", sa.BigInteger()),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_why", sa.Text()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_holds_customer_id"),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalments.instalment_id"], name="fk_holds_instalment_id"),
        sa.PrimaryKeyConstraint("hold_id", name="pk_holds"),
    )
    op.create_index("ix_holds_standing", "holds", ["customer_id"], **_where("ended_at IS NULL"))
    op.create_table(
        "day_states",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_day_states_customer_id"),
        sa.PrimaryKeyConstraint("day", "customer_id", name="pk_day_states"),
    )


def _cases() -> None:
    op.create_table(
        "agents",
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("languages", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="agent", nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT),
        sa.PrimaryKeyConstraint("telegram_id", name="pk_agents"),
    )
    op.create_table(
        "cases",
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text()),
        sa.Column("policy_version", sa.Text()),
        sa.Column("due_since", sa.Date()),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger()),
        sa.Column("claimed_at", INSTANT),
        sa.Column("closed_at", INSTANT),
        sa.Column("outcome", sa.Text()),
        sa.Column("topic", sa.Text(), server_default="none", nullable=False),
        sa.Column("topic_at", INSTANT),
        sa.Column("chat_id", sa.BigInteger()),
        sa.Column("thread_id", sa.BigInteger()),
        sa.Column("card_id", sa.BigInteger()),
        sa.Column("card_stale", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_cases_customer_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["agents.telegram_id"], name="fk_cases_owner_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_cases"),
    )
    op.create_index("ix_cases_chat_id_thread_id", "cases", ["chat_id", "thread_id"])
    op.create_index("ix_cases_customer_id", "cases", ["customer_id"])
    op.create_index("ix_cases_state_opened_at", "cases", ["state", "opened_at"])
    op.create_index("uq_cases_open", "cases", ["customer_id"], unique=True, **_where("state <> 'closed'"))
    op.create_table(
        "case_items",
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("instalment_id", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_case_items_case_id"),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalments.instalment_id"], name="fk_case_items_instalment_id"),
        sa.PrimaryKeyConstraint("case_id", "instalment_id", "step_id", name="pk_case_items"),
    )
    op.create_index(
        "ix_case_items_instalment_id_step_id_due_date", "case_items", ["instalment_id", "step_id", "due_date"]
    )
    op.create_table(
        "case_events",
        sa.Column("event_id", ROW_ID, nullable=False),
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("body", sa.Text()),
        sa.Column("to_tell", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_case_events_case_id"),
        sa.PrimaryKeyConstraint("event_id", name="pk_case_events"),
    )
    op.create_index("ix_case_events_case_id", "case_events", ["case_id"])
    op.create_index("ix_case_events_to_tell", "case_events", ["case_id"], **_where("to_tell"))
    op.create_table(
        "relays",
        sa.Column("relay_id", ROW_ID, nullable=False),
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_chat", sa.BigInteger(), nullable=False),
        sa.Column("source_message", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reply_to", sa.BigInteger()),
        sa.Column("content", sa.Text()),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_at", INSTANT),
        sa.Column("reason", sa.Text()),
        sa.Column("target_chat", sa.BigInteger()),
        sa.Column("target_message", sa.BigInteger()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_relays_case_id"),
        sa.PrimaryKeyConstraint("relay_id", name="pk_relays"),
        sa.UniqueConstraint(
            "source_chat", "source_message", "revision", name="uq_relays_source_chat_source_message_revision"
        ),
    )
    op.create_index("ix_relays_case_id_relay_id", "relays", ["case_id", "relay_id"])
    op.create_index("ix_relays_undone", "relays", ["case_id"], **_where("state IN ('waiting', 'attempted')"))


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("contact_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("notice_id", ROW_ID),
        sa.Column("case_id", ROW_ID),
        sa.Column("reference", sa.Text()),
        sa.Column("body", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_contacts_case_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_contacts_customer_id"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.notice_id"], name="fk_contacts_notice_id"),
        sa.PrimaryKeyConstraint("contact_id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_customer_id_at", "contacts", ["customer_id", "at"])
    op.create_index("ix_contacts_notice_id", "contacts", ["notice_id"])


def _program() -> None:
    op.create_table(
        "updates",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("update_id", name="pk_updates"),
    )
    op.create_index("ix_updates_state_update_id", "updates", ["state", "update_id"])
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )
