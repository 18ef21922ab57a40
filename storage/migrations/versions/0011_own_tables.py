"""What was in one table of names and values has tables of its own, with a column for each thing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
PARTS = ("planner", "sender", "guard", "attending", "watch")
PLACES = 20  # of a group within a minute

Row = dict[str, Any]
Mark = tuple[str, str, datetime]  # name, value, when it was written


def upgrade() -> None:
    _create_tables()
    coming_in = sa.text("kind = 'coming_in'")
    op.create_index(
        "ix_case_events_coming_in",
        "case_events",
        ["event_id"],
        sqlite_where=coming_in,
        postgresql_where=coming_in,
    )
    marks = sa.table("marks", sa.column("name", sa.Text), sa.column("value", sa.Text), sa.column("at", INSTANT))
    kept = [(row.name, row.value, row.at) for row in op.get_bind().execute(sa.select(marks).order_by(marks.c.at))]
    rows = {**_of_the_program(kept), **_of_the_watch(kept), **_of_the_desk(kept), **_of_the_group(kept)}
    for name, its in rows.items():
        if its:
            op.bulk_insert(sa.table(name, *(sa.column(column, _type_of(its, column)) for column in its[0])), its)
    op.drop_table("marks")


# --- What there was --------------------------------------------------------------------------------------------------


def _of_the_program(kept: list[Mark]) -> dict[str, list[Row]]:
    alone = {name: (value, at) for name, value, at in kept}
    secret = alone.get("secret.program")
    state = {
        "state_id": 1,
        "bot_username": alone["bot_username"][0] if "bot_username" in alone else None,
        "secret": bytes.fromhex(secret[0]) if secret else None,
        "started_at": _at(alone, "started"),
        "write_probed_at": _at(alone, "probe.write"),
    }
    beats = [{"part": part, "at": alone[f"tick.{part}"][1]} for part in PARTS if f"tick.{part}" in alone]
    if "cards_turned" in alone:
        beats.append({"part": "cards", "at": alone["cards_turned"][1]})
    counters = []
    if "facts" in alone:
        counters.append({"subject": "facts", "changes": int(alone["facts"][0]), "changed_at": alone["facts"][1]})
    imports = {"unfinished_since": _at(alone, "import_since"), "wallet_spoke_at": _at(alone, "wallet")}
    return {
        "program_state": [state] if _says_anything(state) else [],
        "heartbeats": beats,
        "change_counters": counters,
        "import_state": [{"state_id": 1, **imports}] if any(imports.values()) else [],
        "pending_overwrites": [{"erased_at": alone["overwrite"][1]}] if "overwrite" in alone else [],
    }


def _of_the_watch(kept: list[Mark]) -> dict[str, list[Row]]:
    alone = {name: (value, at) for name, value, at in kept}
    state = json.loads(alone["alarm"][0]) if "alarm" in alone else None
    unheard, unheard_since = alone.get("alarm_unheard", ("", None))
    troubles = {} if state is None else {**state["since"], **state["told"]}
    stepped = alone.get("clock_back", ("", None))
    return {
        "troubles": [
            {"trouble": its, "since": _instant(state["since"].get(its)), "told_at": _instant(state["told"].get(its))}
            for its in sorted(troubles)
            if state
        ],
        "alert_state": [
            {
                "state_id": 1,
                "alarmed": state["alarmed"],
                "not_before": _instant(state["not_before"]),
                "unheard": unheard or None,
                "unheard_since": unheard_since if unheard else None,
            }
        ]
        if state
        else [],
        "clock_steps": [{"noticed_at": stepped[1], "back_by_s": int(stepped[0])}] if stepped[0] else [],
        "unwritten_evenings": [
            {"day": date.fromisoformat(day), "cause": cause, "noted_at": at}
            for day, cause, at in _under("unwritten ", kept)
        ],
    }


def _of_the_desk(kept: list[Mark]) -> dict[str, list[Row]]:
    agents, cases = _ids("agents", "telegram_id"), _ids("cases", "case_id")
    notices = []
    for rest, value, at in _under("tell.", kept):
        agent_id, case_id, kind = rest.split(".", 2)
        if int(agent_id) in agents and int(case_id) in cases:
            what = {"agent_id": int(agent_id), "case_id": int(case_id), "kind": kind}
            notices.append({**what, "at": at, "in_topic": value == "in_topic"})
    deadlines = {"deadlines.general": "group", "deadlines.alarm": "supervisors"}
    return {
        "agent_notices": notices,
        "update_claims": [
            {"update_id": int(update_id), "case_id": int(case_id), "claimed_at": at}
            for update_id, case_id, at in _under("next.", kept)
            if int(case_id) in cases
        ],
        "bulk_changes": [row for key, value, at in _under("bulk.", kept) for row in _bulk(key, value, at, agents)],
        "deadline_messages": [{"kind": deadlines[name], "sent_at": at} for name, _, at in kept if name in deadlines],
    }


def _bulk(key: str, value: str, at: datetime, agents: set[int]) -> Iterator[Row]:
    """What waited for its press is to be asked again: what was meant was kept as it had been written."""
    asked = json.loads(value)
    if asked["by"] in agents:
        state = "done" if "done" in asked else "declined" if "declined" in asked else "over"
        do = "hold" if asked["text"].casefold().startswith("hold") else "move"
        yield {"asked_in": int(key), "asked_by": asked["by"], "asked_at": at, "state": state, "do": do, "most": 0}


def _of_the_group(kept: list[Mark]) -> dict[str, list[Row]]:
    troubles = {"agents_group": "refusal", "agents_group_rights": "rights"}
    places = []
    for chat, value, _ in _under("pace.", kept):
        taken = sorted(json.loads(value), key=datetime.fromisoformat)[-PLACES:]
        places += [{"chat": chat, "place": place, "taken_at": _instant(at)} for place, at in enumerate(taken)]
    return {
        "group_moves": [
            {"old_chat_id": int(old), "new_chat_id": int(new), "moved_at": at}
            for old, new, at in _under("group_moved.", kept)
        ],
        "known_groups": [
            {"chat_id": int(chat_id), "title": title, "seen_at": at}
            for chat_id, title, at in _under("group_seen.", kept)
            if title
        ],
        "group_troubles": [
            {"kind": troubles[name], "reason": reason, "noted_at": at}
            for name, reason, at in kept
            if name in troubles and reason
        ],
        "group_rate_places": places,
    }


def _under(prefix: str, kept: list[Mark]) -> Iterator[Mark]:
    """The marks whose names begin so, by the rest of their names."""
    return ((name.removeprefix(prefix), value, at) for name, value, at in kept if name.startswith(prefix))


def _at(alone: dict[str, tuple[str, datetime]], name: str) -> datetime | None:
    return alone[name][1] if name in alone else None


def _says_anything(row: Row) -> bool:
    return any(value is not None for name, value in row.items() if name != "state_id")


def _ids(table: str, column: str) -> set[int]:
    return set(op.get_bind().execute(sa.select(sa.column(column)).select_from(sa.table(table))).scalars())


def _instant(written: str | None) -> datetime | None:
    """As the database at hand takes it: SQLite keeps UTC without saying so."""
    if written is None:
        return None
    at = datetime.fromisoformat(written).astimezone(UTC)
    return at if op.get_bind().dialect.name == "postgresql" else at.replace(tzinfo=None)


def _type_of(rows: list[Row], column: str) -> Any:
    values = [row[column] for row in rows if row[column] is not None]
    types = {datetime: INSTANT, date: sa.Date(), bool: sa.Boolean(), int: sa.BigInteger(), bytes: sa.LargeBinary()}
    return types.get(type(values[0]), sa.Text()) if values else sa.types.NullType()


# --- The tables ------------------------------------------------------------------------------------------------------


def _create_tables() -> None:
    _create_tables_of_the_program()
    _create_tables_of_the_watch()
    _create_tables_of_the_desk()
    _create_tables_of_the_group()


def _create_tables_of_the_program() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("part", name="pk_heartbeats"),
    )
    op.create_table(
        "program_state",
        sa.Column("state_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bot_username", sa.Text()),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("started_at", INSTANT),
        sa.Column("write_probed_at", INSTANT),
        sa.PrimaryKeyConstraint("state_id", name="pk_program_state"),
    )
    op.create_table(
        "change_counters",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_change_counters"),
    )
    op.create_table(
        "pending_overwrites",
        sa.Column("overwrite_id", ROW_ID, nullable=False),
        sa.Column("erased_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("overwrite_id", name="pk_pending_overwrites"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "import_state",
        sa.Column("state_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unfinished_since", INSTANT),
        sa.Column("wallet_spoke_at", INSTANT),
        sa.PrimaryKeyConstraint("state_id", name="pk_import_state"),
    )


def _create_tables_of_the_watch() -> None:
    op.create_table(
        "troubles",
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("since", INSTANT),
        sa.Column("told_at", INSTANT),
        sa.PrimaryKeyConstraint("trouble", name="pk_troubles"),
    )
    op.create_table(
        "alert_state",
        sa.Column("state_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("alarmed", sa.Boolean(), nullable=False),
        sa.Column("not_before", INSTANT),
        sa.Column("unheard", sa.Text()),
        sa.Column("unheard_since", INSTANT),
        sa.PrimaryKeyConstraint("state_id", name="pk_alert_state"),
    )
    op.create_table(
        "clock_steps",
        sa.Column("step_id", ROW_ID, nullable=False),
        sa.Column("noticed_at", INSTANT, nullable=False),
        sa.Column("back_by_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("step_id", name="pk_clock_steps"),
    )
    op.create_table(
        "unwritten_evenings",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("noted_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_unwritten_evenings"),
    )


def _create_tables_of_the_desk() -> None:
    op.create_table(
        "agent_notices",
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("in_topic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name="pk_agent_notices"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.telegram_id"], name="fk_agent_notices_agent_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_agent_notices_case_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_agent_notices_case_id", "agent_notices", ["case_id"])
    op.create_table(
        "update_claims",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("update_id", name="pk_update_claims"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_update_claims_case_id"),
    )
    op.create_index("ix_update_claims_claimed_at", "update_claims", ["claimed_at"])
    op.create_table(
        "bulk_changes",
        sa.Column("asked_in", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("do", sa.Text(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("to_agent", sa.BigInteger()),
        sa.Column("days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("owner_id", sa.BigInteger()),
        sa.Column("waiting", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("overdue_days", sa.Integer()),
        sa.PrimaryKeyConstraint("asked_in", name="pk_bulk_changes"),
        sa.ForeignKeyConstraint(["asked_by"], ["agents.telegram_id"], name="fk_bulk_changes_asked_by"),
    )
    op.create_index("ix_bulk_changes_asked_at", "bulk_changes", ["asked_at"])
    op.create_table(
        "deadline_messages",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_deadline_messages"),
    )


def _create_tables_of_the_group() -> None:
    op.create_table(
        "group_moves",
        sa.Column("old_chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("new_chat_id", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("old_chat_id", name="pk_group_moves"),
    )
    op.create_table(
        "known_groups",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name="pk_known_groups"),
    )
    op.create_table(
        "group_troubles",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("noted_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_group_troubles"),
    )
    op.create_table(
        "group_rate_places",
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("taken_at", INSTANT),
        sa.PrimaryKeyConstraint("chat", "place", name="pk_group_rate_places"),
    )
