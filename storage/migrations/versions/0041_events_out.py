# ruff: noqa: S608 - the statements are made of names that are written here
"""Events out: hooks, and triggers that write what each of them gets. They are written out as they were made by this
step; a later step makes others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
NEEDS = "0021"  # the triggers only add rows to a table that older programs do not know

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hooks",
        sa.Column("hook_id", ROW_ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text()),
        sa.Column("older_secret", sa.Text()),
        sa.Column("older_until", INSTANT),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("delivered_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("hook_id", name="pk_hooks"),
        sa.UniqueConstraint("url", name="uq_hooks_url"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outgoing_events",
        sa.Column("event_number", ROW_ID, nullable=False),
        sa.Column("hook_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("waits_since", INSTANT, nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("event_number", name="pk_outgoing_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outgoing_events_customer_id_hook_id", "outgoing_events", ["customer_id", "hook_id"])
    waits, ended = sa.text("state = 'waiting'"), sa.text("ended_at IS NOT NULL")
    due = ["hook_id", "next_at", "event_number"]
    op.create_index("ix_outgoing_events_due", "outgoing_events", due, sqlite_where=waits, postgresql_where=waits)
    op.create_index(
        "ix_outgoing_events_ended", "outgoing_events", ["state", "ended_at"], sqlite_where=ended, postgresql_where=ended
    )
    for statement in statements(op.get_bind().dialect.name):
        op.execute(sa.text(statement))


class Told(NamedTuple):
    """A kind of event: a row of `table` is inserted, or one of the columns in `changes` changes, and `when` is true."""

    kind: str
    table: str
    at: str
    when: str = ""
    changes: tuple[str, ...] = ()
    says: tuple[str | tuple[str, str], ...] = ()


PROMISED = ("hold_id", "instalment_id", "until", "amount", "currency", "case_id")
ENDS = "OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL"
PARTS = "FROM plan_parts WHERE plan_parts.plan_id = NEW.plan_id"
HAS_ENDED = "{row}.state = 'closed' AND {row}.outcome IS NOT NULL"
NOT_LEFT = "'held_back', 'claim_lost'"  # the message was taken back before it left

TOLD = (
    Told("promise.made", "holds", "set_at", "NEW.kind = 'promise'", says=PROMISED),
    *(
        Told(
            f"promise.{how}",
            "holds",
            "ended_at",
            f"NEW.kind = 'promise' AND NEW.ended_why = '{how}' AND {ENDS}",
            ("ended_at",),
            PROMISED,
        )
        for how in ("kept", "broken")
    ),
    Told(
        "plan.agreed",
        "plans",
        "decided_at",
        "NEW.state = 'agreed' AND OLD.state <> 'agreed'",
        ("state",),
        (
            "plan_id",
            ("amount", f"(SELECT CAST(sum(plan_parts.amount) AS bigint) {PARTS})"),
            "currency",
            ("parts", f"(SELECT count(*) {PARTS})"),
            ("until", f"(SELECT max(plan_parts.due_date) {PARTS})"),
            "case_id",
        ),
    ),
    Told(
        "plan.ended",
        "plans",
        "ended_at",
        "OLD.state = 'agreed' AND NEW.state <> 'agreed'",
        ("state",),
        ("plan_id", ("how", "NEW.state"), "case_id"),
    ),
    Told("dispute.opened", "holds", "set_at", "NEW.kind = 'dispute'", says=("hold_id", "instalment_id", "case_id")),
    Told(
        "dispute.closed",
        "holds",
        "ended_at",
        f"NEW.kind = 'dispute' AND {ENDS}",
        ("ended_at",),
        ("hold_id", "instalment_id", ("how", "NEW.ended_why"), "case_id"),
    ),
    Told("case.opened", "cases", "opened_at", says=("case_id", "reason")),
    Told(
        "case.claimed",
        "cases",
        "claimed_at",
        "NEW.state = 'claimed' AND (OLD.state <> 'claimed' OR OLD.owner_id <> NEW.owner_id)",
        ("state", "owner_id"),
        ("case_id", "reason"),
    ),
    # A case may be closed first, and its outcome be found then.
    Told(
        "case.closed",
        "cases",
        "closed_at",
        f"{HAS_ENDED.format(row='NEW')} AND NOT ({HAS_ENDED.format(row='OLD')})",
        ("state", "outcome"),
        ("case_id", "reason", "outcome"),
    ),
    Told("customer.linked", "links", "linked_at", says=("link_id", "way")),
    Told("customer.unreachable", "dead_channels", "since", says=("channel", "reason")),
    Told(
        "customer.unreachable",
        "cases",
        "opened_at",
        "NEW.reason = 'unreachable'",
        says=(("channel", "CAST(NULL AS text)"), "reason"),
    ),
    Told(
        "customer.stopped",
        "customers",
        "stopped_at",
        "OLD.stopped_at IS NULL AND NEW.stopped_at IS NOT NULL",
        ("stopped_at",),
    ),
    Told("customer.distressed", "holds", "set_at", "NEW.kind = 'distress'"),
    Told(
        "notice.accepted",
        "notices",
        "ended_at",
        "NEW.state = 'accepted' AND OLD.state <> 'accepted'",
        ("state",),
        ("notice_id", "kind", "channel"),
    ),
    Told(
        "notice.refused",
        "contacts",
        "at",
        "NEW.notice_id IS NOT NULL AND NEW.state = 'refused' AND OLD.state <> 'refused'"
        f" AND NEW.reason NOT IN ({NOT_LEFT})",
        ("state",),
        ("notice_id", "kind", "channel", "reason"),
    ),
    # That they answered, and never what: of answers only figures are told.
    Told(
        "survey.answered",
        "survey_invitations",
        "done_at",
        "OLD.done_at IS NULL AND NEW.done_at IS NOT NULL",
        ("done_at",),
        (("survey", "(SELECT surveys.name FROM surveys WHERE surveys.survey_id = NEW.survey_id)"),),
    ),
)


def statements(dialect: str) -> Iterator[str]:
    for told in TOLD:
        name = f"tell_{told.kind.replace('.', '_')}_of_{told.table}"
        happens = f"UPDATE OF {', '.join(told.changes)}" if told.changes else "INSERT"
        when = f" WHEN ({told.when})" if told.when else ""
        if dialect == "sqlite":
            yield (
                f"CREATE TRIGGER {name} AFTER {happens} ON {told.table}{when}"
                f" BEGIN {_writing(told, 'json_object')}; END"
            )
            continue
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" {_writing(told, 'json_build_object')}; RETURN NULL; END $$"
        )
        yield (f"CREATE TRIGGER {name} AFTER {happens} ON {told.table} FOR EACH ROW{when} EXECUTE FUNCTION {name}()")


def _writing(told: Told, make_object: str) -> str:
    pairs = [(each, f"NEW.{each}") if isinstance(each, str) else each for each in told.says]
    body = ", ".join(f"'{name}', {expression}" for name, expression in pairs)
    wants = f"hooks.events = '*' OR ',' || hooks.events || ',' LIKE '%,{told.kind},%'"
    return (
        "INSERT INTO outgoing_events"
        " (hook_id, kind, customer_id, at, body, state, waits_since, next_at, tries)"
        f" SELECT hooks.hook_id, '{told.kind}', NEW.customer_id, NEW.{told.at},"
        f" CAST({make_object}({body}) AS text), 'waiting', NEW.{told.at}, NEW.{told.at}, 0"
        f" FROM hooks WHERE hooks.ended_at IS NULL AND ({wants})"
    )
