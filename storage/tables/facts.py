"""What the wallet says: customers, accounts, instalments, payments; and what is to be deleted of the forgotten."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    false,
    text,
)

from storage.runtime.partial_index_types import Left
from storage.tables.base import Instant, RowId, metadata

customers = Table(
    "customers",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("language", Text),  # BCP 47, the wallet's word
    Column("time_zone", Text),  # IANA, the wallet's word
    Column("zone", Text, nullable=False),  # the time zone in use, or the possible zones joined by '|'
    Column("phone", Text),  # E.164
    Column("email", Text),
    Column("segment", Text),
    Column("vulnerable", Boolean, nullable=False, server_default=false()),
    Column("facts_at", Instant, nullable=False),
    Column("seen_at", Instant),  # the last sign of life: pressed, wrote, sent something
    Column("stopped_at", Instant),  # /stop: no reminders since
    Column("forgotten_at", Instant),
    Column("import_block_id", BigInteger),  # the unchanged piece of a file in which the wallet said this last
    # What they chose themselves with /settings (bot.rules.facts.wishes).
    Column("chosen_zone", Text),  # IANA; it is in `zone` as long as it is here
    Column("remind_hour", Integer),
    Column("channel_order", Text),  # the channels that they want, joined by commas
    Column("how_often", Text),  # fewer, more
    Column("paused_until", Date),
    # Of somebody forgotten: the wallet itself sees to what was due until then.
    Column("taken_over_through", Date),
    # The last setting that they chose, what it is and what it was before: the same press again says the same.
    Column("last_choice", Text),
    Column("taken_over_by", Text),  # who noted that the wallet sees to it, and when
    Column("taken_over_at", Instant),
    Column("foreseen_hour", Integer),  # when they usually read; only with their consent
    Index(None, "phone"),
    Index(None, "zone", "customer_id"),  # the guard walks zone by zone
    Index(
        None,
        "forgotten_at",
        sqlite_where=text("forgotten_at IS NOT NULL"),
        postgresql_where=text("forgotten_at IS NOT NULL"),
    ),
)

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False, index=True),
    Column("product", Text, nullable=False, server_default=""),
    Column("currency", Text, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("credit_limit", BigInteger),
    Column("facts_at", Instant, nullable=False),
    Column("import_block_id", BigInteger),
)

instalments = Table(
    "instalments",
    metadata,
    Column("instalment_id", Text, primary_key=True),
    Column("account_id", ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("due_date", Date, nullable=False),
    Column("amount_due", BigInteger, nullable=False),
    Column("amount_paid", BigInteger, nullable=False, server_default="0"),  # what the wallet's file said
    Column("paid", BigInteger, nullable=False, server_default="0"),  # that, and the payments on top of it
    Column("principal", BigInteger),
    Column("interest", BigInteger),
    Column("fees", BigInteger),
    Column("status", Text, nullable=False, server_default="open"),
    Column("facts_at", Instant, nullable=False),
    Column("amount_paid_at", Instant, nullable=False),  # when the file's word on what is paid last changed
    Column(
        "outstanding",
        Left,
        Computed(
            "CASE WHEN status IN ('paid', 'waived') OR paid >= amount_due THEN 0 ELSE amount_due - paid END",
            persisted=True,
        ),
    ),
    Column("amount_paid_as_of", Instant),  # when the wallet said that word, where its file tells
    Column("amount_paid_is_first", Boolean, nullable=False, server_default=false()),  # no other word came before it
    Column("import_block_id", BigInteger),
    Column("other_paid_as_of", Instant),  # when the wallet last said another sum, before it said this one
    Index(
        "ix_instalments_unsettled",
        "due_date",
        sqlite_where=text("outstanding > 0"),
        postgresql_where=text("outstanding > 0"),
    ),
)

payments = Table(
    "payments",
    metadata,
    Column("payment_id", Text, primary_key=True),
    Column("instalment_id", ForeignKey("instalments.instalment_id"), nullable=False, index=True),
    Column("paid_on", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),  # negative: a reversal
    Column("in_amount_paid", Boolean, nullable=False),  # already counted in the file's amount_paid, so not on top of it
    Column("facts_at", Instant, nullable=False),
    Column("to_word", Text, nullable=False, server_default="after"),  # bot.rules.facts.paid: before, with, after
    Column("as_of", Instant),  # when the wallet first said it, where its file tells
    Column("import_block_id", BigInteger),
)

import_blocks = Table(
    "import_blocks",
    metadata,
    # Some hundred lines that follow each other in an import file, all of which are in the database as they are in the
    # file. Rows point at the block in which the wallet said them last (`import_block_id`).
    Column("block_id", RowId, primary_key=True),
    Column("digest", LargeBinary, unique=True),  # of the lines; gone once one of the rows has changed
    Column("members", Integer, nullable=False),  # how many rows point here; the block is deleted with the last
    # When the wallet last repeated the whole block. For its rows it replaces `facts_at`, so that none is written.
    Column("confirmed_at", Instant),
    Column("as_of", Instant),  # the newest `as_of` of its rows, where the file tells
    sqlite_autoincrement=True,
)

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", RowId, primary_key=True),
    # A topic of a forgotten customer's case, or else one message about them. Gone once Telegram has deleted it.
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger),
    Column("message_id", BigInteger),
    Column("case_id", ForeignKey("cases.case_id")),
    Column("asked_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),  # later Telegram deletes it no more
    Column("tried_at", Instant),
    Column("reason", Text),  # why it was refused
    Index(None, "chat_id"),
)

locked_records = Table(
    "locked_records",
    metadata,
    # What was written to or by a forgotten customer and the law requires: nothing but storage.facts.locked_records may
    # read it. Each row goes by itself after its day.
    Column("record_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("channel", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("kept_through", Date, nullable=False, index=True),
    Column("packs", Text, nullable=False),  # whose rules ask for it
)

locked_readings = Table(
    "locked_readings",
    metadata,
    # Who reads locked records says why; it goes with the last record of the customer.
    Column("reading_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("because", Text, nullable=False),
    Column("records", Integer, nullable=False),
)

import_state = Table(
    "import_state",
    metadata,
    Column("state_id", Integer, primary_key=True, autoincrement=False),  # one row
    Column("unfinished_since", Instant),  # when the import began that is on its way, or was cut off
    Column("wallet_spoke_at", Instant),  # the newest instant of which the wallet has said how debts were
)

import_files = Table(
    "import_files",
    metadata,
    Column("import_file_id", RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("ended_at", Instant),  # none: it is on its way, or was cut off
    Column("agent_id", ForeignKey("agents.telegram_id")),  # who imported it in the console; none: `duebot import`
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("header", Text, nullable=False),  # JSON: the file's own names of its columns
    Column("rows", BigInteger, nullable=False, server_default="0"),
    Column("refused", BigInteger, nullable=False, server_default="0"),
    Column("error", Text),
)

refused_rows = Table(
    "refused_rows",
    metadata,
    # For a month, so that somebody can mend them; less if their customer is forgotten.
    Column("refused_row_id", RowId, primary_key=True),
    Column("import_file_id", ForeignKey("import_files.import_file_id"), nullable=False),
    Column("customer_id", Text),  # where the row names one, who need not be known
    Column("line", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("cells", Text, nullable=False),  # JSON, as they were given
    Index(None, "import_file_id"),
    Index(None, "customer_id"),
)
