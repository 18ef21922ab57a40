"""What is watched: the troubles that supervisors are told of, the clock, how far old rows were removed; keys of
the HTTP API, and what was written with them; who is in the console."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from storage.runtime.partial_index_types import State
from storage.tables.base import Instant, RowId, metadata

troubles = Table(
    "troubles",
    metadata,
    Column("trouble_id", RowId, primary_key=True),
    Column("kind", Text, nullable=False),  # this and the next four: `TroubleKey`
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("day", Date),
    Column("since", Instant),  # seen in every round since then; none: not seen now
    Column("told_at", Instant),  # when supervisors last heard of it
)

alert_state = Table(
    "alert_state",
    metadata,
    Column("state_id", Integer, primary_key=True, autoincrement=False),  # one row
    Column("alarmed", Boolean, nullable=False),  # supervisors believe that something is wrong
    Column("not_before", Instant),  # the earliest instant of the next message
    Column("unheard", Text),  # why no supervisor could be told
    Column("unheard_since", Instant),
)

clock_steps = Table(
    "clock_steps",
    metadata,
    Column("step_id", RowId, primary_key=True),
    Column("noticed_at", Instant, nullable=False),
    Column("back_by_s", BigInteger, nullable=False),  # by how many seconds the clock was set back
)

prunings = Table(
    "prunings",
    metadata,
    Column("subject", Text, primary_key=True),  # a `Subject` of bot.rules.operations.retention
    Column("before", Date, nullable=False),  # the walk at hand removes what is older than this day (UTC)
    Column("walked_to", BigInteger),  # rows up to this id were looked at in it; NULL: it is done
    Column("removed", BigInteger, nullable=False),  # rows that it removed so far
    Column("finished_at", Instant),  # when a walk was last done
    Column("kept_from", Date),  # rows of earlier days may be missing; NULL: nothing was ever removed
)

api_writes = Table(
    "api_writes",
    metadata,
    # What was written with an `Idempotency-Key`, so that it is written once; kept for a day.
    Column("caller", Text, nullable=False),  # the name of the key
    Column("idempotency_key", Text, nullable=False),
    Column("digest", Text, nullable=False),  # SHA-256 of the request, in hex
    Column("begun_at", Instant, nullable=False, index=True),
    Column("counts", Text),  # what became of it, as JSON; NULL: under way, or cut off
    PrimaryKeyConstraint("caller", "idempotency_key"),
)

wallet_events = Table(
    "wallet_events",
    metadata,
    # Events from the wallet, written down before they are answered; each is applied once.
    Column("event_number", RowId, primary_key=True),
    Column("event_id", Text, nullable=False, unique=True),  # the sender's own: `webhook-id`
    Column("type", Text, nullable=False),
    Column("received_at", Instant, nullable=False, index=True),
    Column("state", State, nullable=False),  # waiting, applied, refused
    Column("customer_id", Text),  # whose it is, where it says so: the body may have their name and number
    Column("body", Text),  # gone once it is applied
    Column("try_at", Instant),  # of one that waits
    Column("reason", Text),  # why it could not be applied
    Column("ended_at", Instant),
    Index(
        "ix_wallet_events_waiting",
        "try_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index(
        "ix_wallet_events_customer",
        "customer_id",
        sqlite_where=text("customer_id IS NOT NULL"),
        postgresql_where=text("customer_id IS NOT NULL"),
    ),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", RowId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),  # SHA-256 in hex; the key itself is not stored
    Column("scopes", Text, nullable=False),  # comma-separated
    Column("made_at", Instant, nullable=False),
    Column("last_used_at", Instant),  # to the minute
    Column("revoked_at", Instant),
    Column("agent_id", BigInteger),  # of a desk key: the agent as whom it works
    Index(
        "uq_api_keys_name",
        "name",
        unique=True,
        sqlite_where=text("revoked_at IS NULL"),
        postgresql_where=text("revoked_at IS NULL"),
    ),
)

console_links = Table(
    "console_links",
    metadata,
    # The way into the console that the bot last sent to an agent; gone once it was used.
    Column("agent_id", ForeignKey("agents.telegram_id"), primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False, unique=True),  # SHA-256, in hex
    Column("ends_at", Instant, nullable=False),
)

console_sessions = Table(
    "console_sessions",
    metadata,
    # Who was in the console, from when to when: kept as the record of sign-ins.
    Column("session_id", RowId, primary_key=True),
    Column("agent_id", ForeignKey("agents.telegram_id"), nullable=False, index=True),
    Column("digest", Text, nullable=False, unique=True),  # SHA-256 of the cookie, in hex
    Column("begun_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False, index=True),
    Column("ended_at", Instant),  # ended before that
    Column("ended_why", Text),  # signed_out, removed, passkey_removed
    Column("passkey", Text),  # the name of the passkey by which it began; NULL: by a link
    Column("passkey_id", RowId),  # its number, also after it was removed
)

passkeys = Table(
    "passkeys",
    metadata,
    # With which agents sign in to the console: the public half of each. A removed one is deleted.
    Column("passkey_id", RowId, primary_key=True),
    Column("credential_id", Text, nullable=False, unique=True),  # base64url
    Column("agent_id", ForeignKey("agents.telegram_id"), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),  # a COSE key, as CBOR
    Column("sign_count", BigInteger, nullable=False),  # what the authenticator said last
    Column("name", Text, nullable=False),  # the agent's
    Column("added_at", Instant, nullable=False),
    Column("used_at", Instant),
    sqlite_autoincrement=True,  # a number is given once: an older page removes what it shows, or nothing
)

passkey_challenges = Table(
    "passkey_challenges",
    metadata,
    # What an authenticator has to sign, once. It is kept for minutes, used or not, so that beginnings are counted.
    Column("challenge", Text, primary_key=True),  # 32 random bytes, base64url
    Column("session_id", ForeignKey("console_sessions.session_id")),  # in which one is added; NULL: to sign in
    Column("asked_from", Text, nullable=False),  # the address or network; empty: this machine
    Column("ends_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
)

passkey_events = Table(
    "passkey_events",
    metadata,
    Column("event_id", RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),  # a `PasskeyEvent` of bot.rules.operations.passkeys
    Column("agent_id", ForeignKey("agents.telegram_id"), nullable=False),  # whose passkey
    Column("name", Text, nullable=False),
    Column("by_id", ForeignKey("agents.telegram_id")),  # who did it; NULL: an operator, or nobody
    Column("to_tell", Boolean, nullable=False),  # its agent is still to be told in private
)

operation_events = Table(
    "operation_events",
    metadata,
    # What was done about agents, auditors, keys and hooks, and who read refused rows: for the audit log.
    Column("event_id", RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),  # an `OperationKind` of bot.rules.operations.audit_log
    Column("actor_id", ForeignKey("agents.telegram_id")),  # NULL: an operator
    Column("subject", Text, nullable=False),  # the name of an agent, a key, a file; a hook's host
    Column("detail", Text, nullable=False),  # the role, the scopes, the kinds of events
)

saved_views = Table(
    "saved_views",
    metadata,
    # Lists of the console that agents keep. Nothing that was searched for is in it.
    Column("agent_id", ForeignKey("agents.telegram_id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("filters", Text, nullable=False),  # as in the list's address
    PrimaryKeyConstraint("agent_id", "name"),
)

console_visits = Table(
    "console_visits",
    metadata,
    # Who looks at which case in the console: written again and again while they do.
    Column("session_id", ForeignKey("console_sessions.session_id"), nullable=False),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False),
    Column("seen_at", Instant, nullable=False),
    PrimaryKeyConstraint("session_id", "case_id"),
    Index(None, "case_id"),
)
