"""A database of an earlier release has the same history after its migration, and queries find the fields of events."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import Connection, select

from bot.rules.cases.case_events import Called, CardNotPinned, CardPinned, Note, Revealed
from bot.rules.cases.case_events_agreements import Disputed
from bot.rules.cases.event_codec import Event, decode, encode
from storage.cases.event_rows import event_row, field
from storage.runtime import migration_steps
from storage.runtime.engine import Database
from storage.runtime.migrate import upgrade
from storage.schema import case_events, cases
from tests.rules.cases.released_events import DAY, RELEASED, TEXT
from tests.work.lives import ANNA, add
from tests.work.lives import customer as knows

AT = datetime(2026, 3, 1, tzinfo=UTC)
NOT_YET = ("named", '{"weight": 57}')  # what 0010 makes of a number; nobody wrote it before
WRITTEN = [(k, body, event) for k, bodies in RELEASED.items() for body, event in bodies if (k, body) != NOT_YET]


def _run_to_0009(connection: Connection) -> None:
    config = migration_steps._config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0009")


async def test_what_was_written_before_is_read_the_same_after_the_migration(empty: str) -> None:
    db = Database(empty)
    db.make()
    async with db.write() as conn:
        await conn.run_sync(_run_to_0009)
    await knows(db, AT)
    await add(db, cases, case_id=1, customer_id=ANNA, reason="asked", state="waiting", opened_at=AT, due_at=AT)
    for kind, body, _ in [*WRITTEN, ("claimed", None, None), ("words", None, None), ("of_another_world", "so", None)]:
        await add(db, case_events, case_id=1, at=AT, kind=kind, body=body, to_tell=kind == "words")
    await upgrade(db)

    async with db.read() as conn:
        rows = (await conn.execute(select(case_events).order_by(case_events.c.event_id))).all()
    await db.close()
    migrated, rest = rows[: len(WRITTEN)], rows[len(WRITTEN) :]
    for row, (kind, body, event) in zip(migrated, WRITTEN, strict=True):
        assert decode(row.kind, row.body) == event, (kind, body, row.body)
        assert row.kind == event.kind
        assert isinstance(json.loads(row.body), dict)
    assert [(row.kind, row.body) for row in rest] == [("claimed", None), ("words", None), ("of_another_world", "so")]
    assert next(row.body for row in rows if row.kind == "used") == encode(RELEASED["used"][0][1])


@pytest.mark.parametrize(
    ("named", "event"),
    [
        ("2026-03-09 (I1)", Disputed("I1", DAY)),
        ("Card, 2026-03-09 (I1)", Disputed("I1", DAY, "Card")),
        ("Card, gold (2), 2026-03-09 (I (1), 2)", Disputed("I (1), 2", DAY, "Card, gold (2)")),
        ("some words", None),
    ],
)
def test_a_dispute_gets_the_id_out_of_what_was_written(named: str, event: Disputed | None) -> None:
    step = importlib.import_module("storage.migrations.versions.0013_disputes_by_id")
    body = step._by_id(json.dumps({"instalment": named}))
    assert body == (encode(event) if event else None)


@pytest.mark.parametrize(
    ("name", "events", "event", "found"),
    [
        ("result", (Called,), Called("reached", TEXT), "reached"),
        ("note", (Called,), Called("reached"), None),
        ("shown", (Revealed,), Revealed(()), "[]"),
        ("card", (CardPinned, CardNotPinned), CardNotPinned(2**62), str(2**62)),
        ("card", (CardPinned, CardNotPinned), CardPinned(5), "5"),
        ("card", (CardPinned,), CardNotPinned(5), None),
        ("text", (Note,), Note(TEXT), TEXT),
    ],
)
async def test_a_query_finds_a_field(
    db: Database, name: str, events: tuple[type[Event], ...], event: Event, found: str | None
) -> None:
    await knows(db, AT)
    await add(db, cases, case_id=1, customer_id=ANNA, reason="asked", state="waiting", opened_at=AT, due_at=AT)
    await add(db, case_events, **event_row(1, event, AT))
    await add(db, case_events, case_id=1, at=AT, kind="of_another_world", body="no { JSON")
    async with db.read() as conn:
        assert (await conn.execute(select(field(name, *events)).order_by(case_events.c.event_id))).scalars().all() == [
            found,
            None,
        ]


def test_a_field_that_an_event_has_not_is_refused() -> None:
    with pytest.raises(AssertionError, match="Called has no outcome"):
        field("outcome", Called)
