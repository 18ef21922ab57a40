# ruff: noqa: S608 - the statements are made of names that are written here
"""Triggers that write the events that hooks get.

They are what SQL offers for "in the same transaction, no matter who writes": a handler, a round of planning, a command.
Each says in one line which change of which table it is about, and what the event tells. Without a hook that wants it
no row is written. The rows name no person and no words: ids, sums, days, states. `bot.rules.operations.outgoing_events`
makes of them what is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import DDL, event

from storage.tables.base import metadata


@dataclass(frozen=True, slots=True)
class Told:
    """A kind of event: it happens when a row of `table` is inserted, or (`changes`) one of these columns changes, and
    `when` is true of it. `at` is the column with its time, `says` are its fields, a column or (name, expression).
    `many`: rows are inserted by the thousand, so PostgreSQL is asked once a statement; then there is no `when`."""

    kind: str
    table: str
    at: str
    when: str = ""
    changes: tuple[str, ...] = ()
    says: tuple[str | tuple[str, str], ...] = ()
    many: bool = False

    @property
    def trigger(self) -> str:
        return f"tell_{self.kind.replace('.', '_')}_of_{self.table}"


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
    Told("case.opened", "cases", "opened_at", says=("case_id", "reason"), many=True),
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
    """What makes the triggers; a function of PostgreSQL's comes before its trigger."""
    for told in TOLD:
        happens = f"UPDATE OF {', '.join(told.changes)}" if told.changes else "INSERT"
        when = f" WHEN ({told.when})" if told.when else ""
        if dialect == "sqlite":
            yield (
                f"CREATE TRIGGER {told.trigger} AFTER {happens} ON {told.table}{when}"
                f" BEGIN {_writing(told, 'json_object')}; END"
            )
            continue
        row, each = (
            ("made", "REFERENCING NEW TABLE AS made FOR EACH STATEMENT") if told.many else ("NEW", "FOR EACH ROW")
        )
        yield (
            f"CREATE OR REPLACE FUNCTION {told.trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" {_writing(told, 'json_build_object', row)}; RETURN NULL; END $$"
        )
        yield (
            f"CREATE TRIGGER {told.trigger} AFTER {happens} ON {told.table} {each}{when}"
            f" EXECUTE FUNCTION {told.trigger}()"
        )


def _writing(told: Told, make_object: str, row: str = "NEW") -> str:
    """The INSERT: a row for each hook that wants the event. `row` is what happened: one row, or the table of them."""
    pairs = [(each, f"{row}.{each}") if isinstance(each, str) else each for each in told.says]
    body = ", ".join(f"'{name}', {expression}" for name, expression in pairs)
    wants = f"hooks.events = '*' OR ',' || hooks.events || ',' LIKE '%,{told.kind},%'"
    return (
        "INSERT INTO outgoing_events"
        " (hook_id, kind, customer_id, at, body, state, waits_since, next_at, tries)"
        f" SELECT hooks.hook_id, '{told.kind}', {row}.customer_id, {row}.{told.at},"
        f" CAST({make_object}({body}) AS text), 'waiting', {row}.{told.at}, {row}.{told.at}, 0"
        f" FROM hooks{'' if row == 'NEW' else f', {row}'} WHERE hooks.ended_at IS NULL AND ({wants})"
    )


for _dialect in ("sqlite", "postgresql"):
    for _statement in statements(_dialect):
        _ddl = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        event.listen(metadata, "after_create", _ddl.execute_if(dialect=_dialect))
