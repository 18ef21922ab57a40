"""Policies that supervisors propose in the console, and what another supervisor decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.policy.proposals import Proposal, ProposalState
from storage.runtime.engine import insert
from storage.runtime.prepared import prepared
from storage.schema import agents, policy_proposals

_proposers, _deciders = agents.alias("proposers"), agents.alias("deciders")


async def add(conn: AsyncConnection, proposed: Proposal) -> bool:
    """Stores an open proposal; False if there is one already."""
    row = {
        "version": proposed.version,
        "name": proposed.name,
        "source": proposed.source,
        "operators": proposed.operators,
        "replaces": proposed.replaces,
        "why": proposed.why,
        "proposed_by": proposed.proposed_by,
        "proposed_at": proposed.proposed_at,
        "state": "open",
        "waits": True,
    }
    return (await conn.execute(insert(conn, policy_proposals).values(**row).on_conflict_do_nothing())).rowcount > 0


async def open_one(conn: AsyncConnection, *, lock: bool = False) -> Proposal | None:
    """The one that waits for a decision; with `lock` nobody else decides before the transaction ends."""
    query = proposals().where(policy_proposals.c.state == "open")
    row = (await conn.execute(query.with_for_update(of=policy_proposals) if lock else query)).first()
    return as_proposal(row) if row is not None else None


async def decide(
    conn: AsyncConnection, proposal_id: int, state: ProposalState, by: int, now: datetime, reason: str
) -> None:
    deciding = update(policy_proposals).where(policy_proposals.c.proposal_id == proposal_id)
    await conn.execute(deciding.values(state=state, decided_by=by, decided_at=now, reason=reason or None, waits=None))


async def last_approved(conn: AsyncConnection) -> Proposal | None:
    row = (await conn.execute(_last_approved())).first()
    return as_proposal(row) if row is not None else None


@prepared
def _last_approved() -> Select[*tuple[Any, ...]]:
    query = proposals().where(policy_proposals.c.state == "approved")
    return query.order_by(policy_proposals.c.proposal_id.desc()).limit(1)


async def decided(conn: AsyncConnection, most: int) -> Sequence[Proposal]:
    """Those that were decided, the newest first."""
    query = proposals().where(policy_proposals.c.state != "open")
    rows = (await conn.execute(query.order_by(policy_proposals.c.proposal_id.desc()).limit(most))).all()
    return [as_proposal(row) for row in rows]


def proposals() -> Select[*tuple[Any, ...]]:
    """All of them, with the names of who proposed and who decided; `as_proposal` reads the rows."""
    return (
        select(policy_proposals, _proposers.c.name.label("proposer"), _deciders.c.name.label("decider"))
        .join(_proposers, _proposers.c.telegram_id == policy_proposals.c.proposed_by)
        .outerjoin(_deciders, _deciders.c.telegram_id == policy_proposals.c.decided_by)
    )


def as_proposal(row: Row[Any]) -> Proposal:
    """The proposal in a row of `proposals()`."""
    return Proposal(
        version=row.version,
        name=row.name,
        source=row.source,
        operators=row.operators,
        replaces=row.replaces,
        why=row.why,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        proposal_id=row.proposal_id,
        proposer=row.proposer,
        state=row.state,
        decided_at=row.decided_at,
        decider=row.decider or "",
        reason=row.reason or "",
    )
