"""After a customer was forgotten, nothing of them is left in the database: in no column, and in no byte of its files.

Every column is listed here with what it may have. A new column fails the first of these tests until it is listed.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Date, Table, insert, update

from bot.clock import ManualClock
from bot.work.facts.forgetting import Forgotten, forget, overwrite_pending
from storage.facts import erasures
from storage.runtime import overwriting
from storage.runtime.engine import Database
from storage.schema import Instant, case_events, import_files, metadata, surveys
from tests.work.facts.stored_bytes import held_by, in_tables
from tests.work.lives import ANNA, MEI, a_life, everything

pytestmark = pytest.mark.new_postgresql  # reads what lies in its files

# What a person may be known by, or has said, by table.
PERSONAL = {
    "case_events": {"body"},
    "chat_turns": {"chat"},
    "chats": {"user_id", "client_language", "chosen_language", "last_words"},
    "consents": {"about"},
    "contacts": {"reference", "body"},
    "customers": {
        *("name", "language", "time_zone", "zone", "phone", "email"),
        *("chosen_zone", "channel_order", "how_often", "last_choice"),
    },
    "erasures": {"chat_id", "message_id"},  # until Telegram has deleted it, two days at most
    "file_pieces": {"piece"},
    "floods": {"lane"},
    "held_words": {"source_chat", "source_message", "reply_to", "content", "album"},
    "holds": {"reason"},
    "kept_files": {"name", "digest"},
    "lane_claims": {"lane"},
    "link_changes": {"account", "other_account"},
    "link_failures": {"user_id"},
    "link_payloads": {"payload_hash", "used_by"},
    "link_requests": {"user_id", "asked_user_id"},
    "links": {"user_id"},
    "locked_readings": {"because"},
    "locked_records": {"body"},  # until no law requires it any more
    "notices": {"reference"},
    "outgoing_events": {"body", "reason"},
    "plan_answers": {"currency", "every", "amount", "payday"},
    "ratings": {"words", "message_id"},
    "refused_rows": {"reason", "cells"},
    "relays": {"source_chat", "source_message", "reply_to", "content", "target_chat", "target_message", "album"},
    "survey_answers": {"question", "answer", "words"},
    "survey_invitations": {"reason"},
    "talk_files": {"source_chat", "source_message", "file", "name", "caption"},
    "updates": {"lane", "body"},
    "wallet_events": {"body", "reason"},
}
# Numbers of rows, the wallet's own ids, sums, states, reasons and steps, agents, the agents' group, policies.
NOT_PERSONAL = {
    "accounts": {"account_id", "customer_id", "product", "currency", "balance", "credit_limit", "import_block_id"},
    "agent_notices": {"notice_id", "agent_id", "case_id", "kind", "detail"},
    "agent_absences": {"absence_id", "agent_id"},
    "agent_changes": {"change_id", "kind", "agent_id", "by_id", "body"},  # what an agent may take
    "agents": {"telegram_id", "name", "languages", "role", "shifts", "products", "segments", "most_cases"},
    "api_keys": {"key_id", "name", "digest", "scopes", "agent_id"},
    "api_writes": {"caller", "idempotency_key", "digest", "counts"},
    "announced_calls": {"customer_id", "case_id", "agent_id", "message"},
    "alert_state": {"state_id", "unheard"},
    "calendar_addresses": {"address_id", "token_hash", "link_id"},
    "calendar_entries": {"customer_id", "entry", "sequence"},
    "bulk_changes": {
        *("asked_in", "asked_by", "state", "do", "most", "to_agent", "days", "owner_id", "reason", "language"),
        "overdue_days",
    },
    "case_events": {"event_id", "case_id", "kind", "actor_id"},
    "case_items": {"case_id", "instalment_id", "step_id"},
    "cases": {
        *("case_id", "customer_id", "reason", "step_id", "policy_version", "state", "owner_id", "outcome", "topic"),
        *("chat_id", "thread_id", "card_id", "urgency", "due_kind", "due_told", "for_agent"),
    },
    "change_counters": {"subject", "changes"},
    "changed_customers": {"change_id", "customer_id"},
    "chat_turns": {"worker", "until_s"},
    "clock_steps": {"step_id", "back_by_s"},
    "consents": {"consent_id", "customer_id"},
    "console_links": {"agent_id", "digest"},
    "console_sessions": {"session_id", "agent_id", "digest", "ended_why", "passkey", "passkey_id"},
    "console_visits": {"session_id", "case_id"},
    "contacts": {
        *("contact_id", "customer_id", "channel", "direction", "kind", "state", "reason", "notice_id", "case_id"),
        "agent_id",
    },
    "customer_looks": {"customer_id"},
    "customers": {"customer_id", "segment", "import_block_id", "remind_hour", "taken_over_by", "foreseen_hour"},
    "day_states": {"customer_id", "state", "cause"},
    "deadline_messages": {"kind"},
    "dead_channels": {"customer_id", "channel", "reason"},
    "erasures": {"erasure_id", "thread_id", "case_id", "reason"},
    "floods": {"dropped"},
    "group_moves": {"old_chat_id", "new_chat_id"},
    "group_rate_places": {"chat", "place"},
    "group_troubles": {"kind", "reason"},
    "guard_counts": {"zone", "state", "so_far", "whole"},
    "guard_walks": {"zone", "walked_to", "customers", "walked"},
    "heartbeats": {"part"},
    "hold_sums": {"hold_id", "currency", "amount", "paid_before"},
    "holds": {
        *("hold_id", "customer_id", "instalment_id", "kind", "set_by", "amount", "currency", "ended_why", "case_id"),
        *("plan_id", "paid_before", "told_in", "seen_by"),
    },
    "held_words": {"held_id", "case_id", "agent_id", "kind", "revision", "found", "state", "reason"},
    "history_keys": {"number"},
    "hooks": {"hook_id", "url", "events", "token", "secret", "older_secret"},
    "import_blocks": {"block_id", "digest", "members"},  # the digest of many lines goes with any person of theirs
    "import_files": {"import_file_id", "agent_id", "name", "kind", "header", "rows", "refused", "error"},
    "refused_rows": {"refused_row_id", "import_file_id", "customer_id", "line"},
    "import_state": {"state_id"},
    "instalments": {
        *("instalment_id", "account_id", "amount_due", "amount_paid", "paid", "principal", "interest", "fees"),
        *("status", "outstanding", "import_block_id"),
    },
    "live_queues": {"chat_id", "message_id", "shows"},  # no person is on it
    "known_groups": {"chat_id", "title"},
    "ladders": {"instalment_id", "policy_version"},
    "lane_claims": {"worker"},
    "link_changes": {
        *("change_id", "customer_id", "kind", "link_id", "other_customer_id", "account_told", "elsewhere", "tries"),
    },
    "link_failures": {"failure_id"},
    "link_payloads": {"customer_id"},
    "link_requests": {
        *("request_id", "customer_id", "kind", "proof", "from_customer_id", "asked_in", "decided_in"),
    },
    "links": {"link_id", "customer_id", "way", "ended_by"},
    "locked_readings": {"reading_id", "customer_id", "records"},
    "locked_records": {"record_id", "customer_id", "channel", "direction", "kind", "packs"},
    "notice_items": {"notice_id", "instalment_id", "step_id", "policy_version"},
    "notices": {
        *("notice_id", "customer_id", "state", "policy", "policy_version", "claimed_by", "attempts", "channel"),
        *("given_up", "reason", "batch", "kind", "expected_channel", "hint"),
    },
    "operation_events": {"event_id", "kind", "actor_id", "subject", "detail"},  # of agents, keys, hooks and files
    "outgoing_events": {"event_number", "hook_id", "kind", "customer_id", "state", "tries"},
    "overlooked": {"overlooked_id", "customer_id", "what"},
    "part_notices": {"notice_id", "plan_id", "part", "step"},
    "passkeys": {"passkey_id", "credential_id", "agent_id", "public_key", "sign_count", "name"},  # an agent's
    "passkey_challenges": {"challenge", "session_id", "asked_from"},
    "passkey_events": {"event_id", "kind", "agent_id", "name", "by_id"},
    "payments": {"payment_id", "instalment_id", "amount", "to_word", "import_block_id"},
    "pending_overwrites": {"overwrite_id"},
    "plan_answers": {"customer_id", "said_in"},
    "plan_debts": {"plan_id", "instalment_id"},
    "plan_parts": {"plan_id", "part", "amount"},
    "planning_terms": {"name", "terms", "swept_to"},
    "plans": {"plan_id", "customer_id", "case_id", "currency", "state", "proposed_by", "paid_before"},
    "policy_versions": {"version", "name", "source"},
    "prunings": {"subject", "walked_to", "removed"},
    "receipt_items": {"notice_id", "instalment_id", "amount_due", "paid", "waived"},
    "survey_answers": {"survey_id", "customer_id"},
    "survey_invitations": {"survey_id", "customer_id", "notice_id", "at_question", "said_in"},
    "surveys": {"survey_id", "name", "body", "whom"},
    "policy_proposals": {
        *("proposal_id", "version", "name", "source", "operators", "replaces", "why", "proposed_by", "state"),
        *("decided_by", "reason"),
    },
    "proposal_notices": {"proposal_id", "agent_id", "changed_lines"},
    "saved_views": {"agent_id", "name", "filters"},  # an agent's own words; never what was searched for
    "file_pieces": {"kept_file_id", "number"},
    "kept_files": {"kept_file_id", "case_id", "agent_id", "kind", "media_type", "bytes", "said_as"},
    "talk_files": {"talk_file_id", "case_id", "kind", "media_type", "bytes"},
    "told_debts": {"instalment_id", "customer_id", "amount_due", "paid", "waived"},
    "program_state": {"state_id", "bot_username", "secret", "bot_id", "usable_from", "shown_in_telegram"},
    "ratings": {"case_id", "customer_id", "agent_id", "state", "score"},
    "relays": {
        *("relay_id", "case_id", "direction", "kind", "revision", "state", "claimed_by", "reason", "doubts"),
        *("sent_with", "agent_id"),
    },
    "troubles": {"trouble_id", "kind", "subject", "reason", "size"},
    "unwritten_evenings": {"cause", "why_not_later"},
    "update_claims": {"update_id", "case_id"},
    "updates": {"update_id", "state", "attempts", "error", "share", "done"},
    "wallet_events": {"event_number", "event_id", "type", "state", "customer_id"},
    "workers": {
        *("worker", "role", "joined_s", "beat_s", "alive_until_s", "counts_until_s", "ready_at_s", "paused_until_s"),
        *("slots", "wants_urgent", "wants_bulk", "session"),
    },
}
USER = 7_350_000_000_001  # a Telegram account whose number is found in a file's bytes
LATE = ("erasures", "locked_readings", "locked_records")  # emptied by Telegram, or after the law's time


def test_every_column_says_whether_it_may_hold_a_person() -> None:
    for table in metadata.sorted_tables:
        told = PERSONAL.get(table.name, set()) | NOT_PERSONAL.get(table.name, set())
        # Days, instants and yes or no are nobody's name.
        there = {c.name for c in table.columns if not isinstance(c.type, (Instant, Date, Boolean))}
        assert there == told, f"say in {Path(__file__).name} what these columns of {table.name} may hold"


async def planted(db: Database, clock: ManualClock) -> list[str]:
    """A customer with a marker in every column that may hold a person; gives the markers that are text."""
    case_id = await a_life(db, clock.now())
    markers: list[str] = []

    def filled(table: Table) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name in sorted(PERSONAL[table.name]):
            if table.c[name].type.python_type is int:
                values[name] = USER
            else:
                values[name] = f"zq{table.name}{name}qz"
                markers.append(values[name])
            if table.c[name].type.python_type is bytes:
                values[name] = values[name].encode()
        return values

    keys = {"case_id": case_id, "customer_id": ANNA}
    async with db.write() as conn:
        asked = {"name": "spring", "body": "", "whom": "everybody", "started_at": clock.now(), "ends_at": clock.now()}
        await conn.execute(insert(surveys).values(survey_id=1, **asked))
        file = {"import_file_id": 1, "name": "f.csv", "kind": "customers", "header": "[]", "at": clock.now()}
        await conn.execute(insert(import_files).values(**file))
        for table in metadata.sorted_tables:
            if table.name not in PERSONAL or table.name in LATE:
                continue
            values = filled(table)
            if table.name in ("customers", "holds", "notices", "contacts", "links"):
                if table.name == "holds":
                    row = {**keys, "kind": "hold", "set_at": clock.now(), "until": clock.now().date()}
                    await conn.execute(insert(table).values(**row, **values))
                    continue
                if table.name == "contacts":  # a message to them, of which Telegram gave the number
                    markers.remove(values.pop("reference"))
                await conn.execute(update(table).where(table.c.customer_id == ANNA).values(**values))
            elif table.name == "case_events":
                await conn.execute(
                    insert(table).values(case_id=case_id, at=clock.now(), kind="note", actor_id=900, **values)
                )
            else:
                await conn.execute(insert(table).values(**await row_of(table, values, keys, clock)))
    return markers


async def row_of(table: Table, values: dict[str, Any], keys: dict[str, Any], clock: ManualClock) -> dict[str, Any]:
    """A row with the markers and whatever else the table asks for."""
    if table.name == "floods":
        values |= {"lane": str(USER), "dropped": 1}
    if table.name == "file_pieces":
        values |= {"kept_file_id": 1, "number": 0}
    if table.name in ("held_words", "kept_files"):
        values |= {"agent_id": MEI}
    if table.name == "lane_claims":
        values |= {"lane": str(USER)}
    if table.name == "chat_turns":
        values |= {"chat": str(USER), "until_s": 1.0}
    if table.name.startswith("survey_"):
        values |= {"survey_id": 1}
    if table.name == "updates":
        values |= {"lane": str(USER), "update_id": 1, "state": "failed", "body": f"{values['body']} {USER}"}
    for column in table.columns:
        if column.name in keys:
            values[column.name] = keys[column.name]
        elif column.name not in values and not column.nullable and column.server_default is None:
            if isinstance(column.type, Instant):
                values[column.name] = clock.now()
            elif not (column.primary_key and column.type.python_type is int):
                values[column.name] = 1 if column.type.python_type is int else "x"
    return values


async def forgotten(db: Database, clock: ManualClock) -> tuple[list[str], Forgotten]:
    """The markers, and what forgetting said, once Telegram has deleted what it was asked to."""
    markers = await planted(db, clock)
    there = await everything(db)
    assert [marker for marker in markers if marker not in there] == [
        "zqchat_turnschatqz",
        "zqfloodslaneqz",
        "zqlane_claimslaneqz",
        "zqupdateslaneqz",
    ]  # real lanes instead
    done = await forget(db, ANNA, clock.now())
    async with db.write() as conn:
        await erasures.done(conn, await erasures.due(conn, clock.now(), clock.now(), 100), clock.now())
    clock.move(timedelta(hours=1))
    await overwrite_pending(db, clock.now())
    return markers, done


async def test_no_column_holds_anything_of_them(db: Database, clock: ManualClock) -> None:
    markers, done = await forgotten(db, clock)
    left = await everything(db)
    assert [marker for marker in markers if marker in left] == []
    assert str(USER) not in left
    assert done.overwritten


async def test_no_byte_of_the_files_holds_anything_of_them(sqlite_db: Database, clock: ManualClock) -> None:
    """While the program has the database open: what was erased is in no page, and in no log."""
    path = sqlite_db.path
    assert path is not None
    markers, _ = await forgotten(sqlite_db, clock)
    held = held_by(path)
    assert [marker for marker in markers if marker.encode() in held] == []
    for trace in (str(USER).encode(), USER.to_bytes(6, "big"), USER.to_bytes(8, "big"), b"hospital", b"Anna"):
        assert trace not in held, trace


async def test_postgresqls_tables_hold_no_dead_rows_of_them(postgresql_db: Database, clock: ManualClock) -> None:
    markers, _ = await forgotten(postgresql_db, clock)
    held = await in_tables(postgresql_db)
    assert [marker for marker in markers if marker.encode() in held] == []
    for trace in (str(USER).encode(), USER.to_bytes(8, "little"), b"hospital", b"Anna"):
        assert trace not in held, trace


def test_every_table_that_may_hold_a_person_is_written_again() -> None:
    assert set(PERSONAL) <= {table.name for table in overwriting.TOUCHED}


async def test_a_second_time_finds_the_events_of_later(db: Database, clock: ManualClock) -> None:
    case_id = await a_life(db, clock.now())
    await forget(db, ANNA, clock.now())
    async with db.write() as conn:
        row = {"case_id": case_id, "at": clock.now(), "kind": "note", "body": "Anna rang again"}
        await conn.execute(insert(case_events).values(**row))
    await forget(db, ANNA, clock.now())
    assert "Anna" not in await everything(db)
