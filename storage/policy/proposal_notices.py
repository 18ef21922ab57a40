"""Private messages about proposed policies that are still to be sent. A message is kept until its reader got it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, delete, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.policy.proposals import Proposal
from storage.policy.policy_proposals import as_proposal, proposals
from storage.runtime.engine import insert
from storage.runtime.prepared import prepared
from storage.schema import agents, policy_proposals, proposal_notices


@dataclass(frozen=True, slots=True)
class ProposalNotice:
    """One message to a supervisor: that a proposal waits, or (to who proposed it) how it was decided. `changed_lines`
    is how many it adds or removes, None if that was not counted."""

    agent_id: int
    proposal: Proposal
    changed_lines: int | None


async def keep_waiting(conn: AsyncConnection, changed_lines: int | None) -> None:
    """All supervisors but who proposed it are to be told of the proposal that waits."""
    others = and_(
        agents.c.telegram_id != policy_proposals.c.proposed_by,
        agents.c.role == "supervisor",
        agents.c.removed_at.is_(None),
    )
    lines = literal(changed_lines, proposal_notices.c.changed_lines.type)
    told = select(policy_proposals.c.proposal_id, agents.c.telegram_id, lines).join_from(
        policy_proposals, agents, others
    )
    names = ["proposal_id", "agent_id", "changed_lines"]
    open_one = policy_proposals.c.state == "open"
    await conn.execute(insert(conn, proposal_notices).from_select(names, told.where(open_one)))


async def keep_decided(conn: AsyncConnection, proposal: Proposal, *, to_tell: bool) -> None:
    """Nobody is told any more that it waits; `to_tell`: who proposed it is to be told how it was decided."""
    await conn.execute(delete(proposal_notices).where(proposal_notices.c.proposal_id == proposal.proposal_id))
    if to_tell:
        row = {"proposal_id": proposal.proposal_id, "agent_id": proposal.proposed_by}
        await conn.execute(insert(conn, proposal_notices).values(**row))


async def untold(conn: AsyncConnection) -> list[ProposalNotice]:
    """All messages that are still to be sent, oldest proposal first."""
    rows = (await conn.execute(_untold())).all()
    return [ProposalNotice(row.agent_id, as_proposal(row), row.changed_lines) for row in rows]


@prepared
def _untold() -> Select[*tuple[Any, ...]]:
    same = proposal_notices.c.proposal_id == policy_proposals.c.proposal_id
    query = proposals().join(proposal_notices, same).add_columns(proposal_notices)
    return query.order_by(policy_proposals.c.proposal_id, proposal_notices.c.agent_id)


async def told(conn: AsyncConnection, notice: ProposalNotice) -> None:
    """Stores that a message was sent, or can never be."""
    key = (proposal_notices.c.proposal_id, proposal_notices.c.agent_id)
    which = (key[0] == notice.proposal.proposal_id, key[1] == notice.agent_id)
    await conn.execute(delete(proposal_notices).where(*which))
