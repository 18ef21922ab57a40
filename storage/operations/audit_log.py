"""Reads the audit log, newest first: events of cases, changes of links, sign-ins to the console, policies,
passkeys, imports, and what was done about agents, auditors, keys and hooks.

Each source is read by its own key, downwards from where the page before ended, so that a page of a million events costs
as much as one of a hundred.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.event_codec import decode
from bot.rules.operations.audit_log import HOUSEKEEPING, IMPORTED, SIGNED_IN, Entry, Positions, Search, Source
from storage.cases.agent_changes import read_body
from storage.schema import (
    agent_changes,
    agents,
    case_events,
    cases,
    console_sessions,
    import_files,
    link_changes,
    operation_events,
    passkey_events,
    policy_proposals,
)

_deciders, _owners = agents.alias("deciders"), agents.alias("owners")
AnyRow = Row[*tuple[Any, ...]]


async def entries(conn: AsyncConnection, search: Search, after: Positions, limit: int) -> list[Entry]:
    """The newest entries of each source, at most `limit` of each, after these positions."""
    found: list[Entry] = []
    for source, (of_source, as_entry) in _SOURCES.items():
        if search.looks_into(source):
            query = of_source(search, after.get(source)).limit(limit)
            found += [as_entry(row) for row in (await conn.execute(query)).all()]
    return found


async def actors(conn: AsyncConnection) -> list[tuple[int, str]]:
    """Everybody who is or was an agent, by name: their number and name."""
    query = select(agents.c.telegram_id, agents.c.name).order_by(agents.c.name, agents.c.telegram_id)
    return [(row.telegram_id, row.name) for row in (await conn.execute(query)).all()]


def _of_cases(search: Search, after: int | None) -> Select[*tuple[Any, ...]]:
    e = case_events.c
    query = (
        select(*(e.event_id, e.at, e.kind, e.body, e.actor_id, e.case_id), cases.c.customer_id, agents.c.name)
        .join(cases, cases.c.case_id == e.case_id)
        .outerjoin(agents, agents.c.telegram_id == e.actor_id)
        .where(e.kind.not_in(HOUSEKEEPING))
    )
    if search.case_id is not None:
        query = query.where(e.case_id == search.case_id)
    if search.customer_id:
        query = query.where(cases.c.customer_id == search.customer_id)
    return _newest(_meant(query, search, e.kind, e.actor_id), e.event_id, e.at, search, after)


def _of_links(search: Search, after: int | None) -> Select[*tuple[Any, ...]]:
    change = link_changes.c
    query = select(link_changes)
    if search.customer_id:
        query = query.where(change.customer_id == search.customer_id)
    return _newest(_meant(query, search, change.kind), change.change_id, change.at, search, after)


def _of_console(search: Search, after: int | None) -> Select[*tuple[Any, ...]]:
    s = console_sessions.c
    query = select(s.session_id, s.agent_id, s.begun_at, s.ended_at, s.ended_why, s.passkey, agents.c.name).join(
        agents, agents.c.telegram_id == s.agent_id
    )
    return _newest(_meant(query, search, None, s.agent_id), s.session_id, s.begun_at, search, after)


def _meant(
    query: Select[*tuple[Any, ...]], search: Search, kind: ColumnElement[str] | None, *who: ColumnElement[int]
) -> Select[*tuple[Any, ...]]:
    """Those of the kind that is searched, and in which the agent that is searched had a part. `kind` None: all of a
    source are of one kind."""
    if search.actor_id is not None and who:
        query = query.where(or_(*(column == search.actor_id for column in who)))
    if search.kind is not None and kind is not None:
        query = query.where(kind == search.kind[1])
    return query


def _newest(
    query: Select[*tuple[Any, ...]],
    number: ColumnElement[int],
    at: ColumnElement[Any],
    search: Search,
    after: int | None,
) -> Select[*tuple[Any, ...]]:
    query = query.where(*_span(at, search))
    if after is not None:
        query = query.where(number < after)
    return query.order_by(number.desc())


def _span(at: ColumnElement[Any], search: Search) -> list[ColumnElement[bool]]:
    """What holds an instant to the days that are searched."""
    since = [at >= search.since] if search.since is not None else []
    before = [at < search.before] if search.before is not None else []
    return [true(), *since, *before]


def _case_entry(row: AnyRow) -> Entry:
    return Entry(
        "case",
        row.event_id,
        row.at,
        row.kind,
        actor_id=row.actor_id,
        actor=row.name or "",
        case_id=row.case_id,
        customer_id=row.customer_id,
        event=decode(row.kind, row.body),
    )


def _link_entry(row: AnyRow) -> Entry:
    return Entry(
        "link",
        row.change_id,
        row.at,
        row.kind,
        customer_id=row.customer_id,
        account=row.account,
        other_account=row.other_account,
        other_customer_id=row.other_customer_id or "",
    )


def _console_entry(row: AnyRow) -> Entry:
    return Entry(
        "console",
        row.session_id,
        row.begun_at,
        SIGNED_IN,
        actor_id=row.agent_id,
        actor=row.name,
        ended_at=row.ended_at,
        ended_why=row.ended_why or "",
        passkey=row.passkey or "",
    )


def _of_policies(search: Search, after: int | None) -> Select[*tuple[Any, ...]]:
    p = policy_proposals.c
    query = (
        select(policy_proposals, agents.c.name.label("proposer"), _deciders.c.name.label("decider"))
        .join(agents, agents.c.telegram_id == p.proposed_by)
        .outerjoin(_deciders, _deciders.c.telegram_id == p.decided_by)
    )
    query = _meant(query, search, p.state, p.proposed_by, p.decided_by)
    decided = and_(*_span(p.decided_at, search))
    query = query.where(or_(and_(*_span(p.proposed_at, search)), decided))
    query = query if after is None else query.where(p.proposal_id < after)
    return query.order_by(p.proposal_id.desc())


def _policy_entry(row: AnyRow) -> Entry:
    return Entry(
        "policy",
        row.proposal_id,
        row.proposed_at,
        row.state,
        actor_id=row.proposed_by,
        actor=row.proposer,
        ended_at=row.decided_at,
        version=row.version,
        decider=row.decider or "",
        why=row.why,
    )


def _of_passkeys(search: Search, after: int | None) -> Select[*tuple[Any, ...]]:
    e = passkey_events.c
    query = (
        select(passkey_events, agents.c.name.label("by"), _owners.c.name.label("whose"))
        .join(_owners, _owners.c.telegram_id == e.agent_id)
        .outerjoin(agents, agents.c.telegram_id == e.by_id)
    )
    return _newest(_meant(query, search, e.kind, e.agent_id, e.by_id), e.event_id, e.at, search, after)


def _passkey_entry(row: AnyRow) -> Entry:
    return Entry(
        "passkey",
        row.event_id,
        row.at,
        row.kind,
        actor_id=row.by_id,
        actor=row.by or "",
        passkey=row.name,
        whose=row.whose,
        is_own=row.by_id == row.agent_id,
    )


def _of_imports(search: Search, after: int | None) -> Select[*tuple[Any, ...]]:
    f = import_files.c
    query = select(import_files, agents.c.name.label("by")).outerjoin(agents, agents.c.telegram_id == f.agent_id)
    return _newest(_meant(query, search, None, f.agent_id), f.import_file_id, f.at, search, after)


def _import_entry(row: AnyRow) -> Entry:
    return Entry(
        "import",
        row.import_file_id,
        row.at,
        IMPORTED,
        actor_id=row.agent_id,
        actor=row.by or "",
        ended_at=row.ended_at,
        subject=row.name,
        detail=row.error or "",
        counts=(row.rows, row.refused),
    )


def _of_operation(search: Search, after: int | None) -> Select[*tuple[Any, ...]]:
    e = operation_events.c
    query = select(operation_events, agents.c.name.label("by")).outerjoin(agents, agents.c.telegram_id == e.actor_id)
    return _newest(_meant(query, search, e.kind, e.actor_id), e.event_id, e.at, search, after)


def _operation_entry(row: AnyRow) -> Entry:
    about = {"actor_id": row.actor_id, "actor": row.by or "", "subject": row.subject, "detail": row.detail}
    return Entry("operation", row.event_id, row.at, row.kind, **about)


def _of_agents(search: Search, after: int | None) -> Select[*tuple[Any, ...]]:
    c = agent_changes.c
    query = (
        select(agent_changes, agents.c.name.label("by"), _owners.c.name.label("whose"))
        .select_from(agent_changes)
        .join(_owners, _owners.c.telegram_id == c.agent_id)
        .outerjoin(agents, agents.c.telegram_id == c.by_id)
    )
    return _newest(_meant(query, search, c.kind, c.agent_id, c.by_id), c.change_id, c.at, search, after)


def _agent_entry(row: AnyRow) -> Entry:
    return Entry(
        "agent",
        row.change_id,
        row.at,
        row.kind,
        actor_id=row.by_id,
        actor=row.by or "",
        whose=row.whose,
        limits=read_body(row.body),
    )


_SOURCES: Mapping[
    Source, tuple[Callable[[Search, int | None], Select[*tuple[Any, ...]]], Callable[[AnyRow], Entry]]
] = {
    "case": (_of_cases, _case_entry),
    "link": (_of_links, _link_entry),
    "console": (_of_console, _console_entry),
    "policy": (_of_policies, _policy_entry),
    "passkey": (_of_passkeys, _passkey_entry),
    "import": (_of_imports, _import_entry),
    "operation": (_of_operation, _operation_entry),
    "agent": (_of_agents, _agent_entry),
}
