"""Putting a policy in force from the console: a supervisor proposes it, and another one decides. Each step is one
transaction, is kept for ever, and every process sees what was approved within a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.rules.policy.policy import Policy, policy_to_json
from bot.rules.policy.proposals import MOST_WHY, Proposal, digest_of_policy, is_adopted, is_stale
from storage.cases import agents
from storage.cases.agents import Agent
from storage.policy import policy_proposals, proposal_notices
from storage.runtime.engine import Connection, Database

MOST_SHOWN = 20
Decision = Literal["approved", "refused", "withdrawn"]


@dataclass(frozen=True, slots=True)
class NotProposed:
    """Why nothing was proposed or decided: no_supervisor (who acts is none any more), no_reason, same (nothing would
    change), waits (another proposal has to be decided first), gone (this one waits no more), own (nobody approves or
    refuses what they proposed), not_own (only who proposed it takes it back), stale (the policy that it was to replace
    is not in force any more)."""

    reason: Literal["no_supervisor", "no_reason", "same", "waits", "gone", "own", "not_own", "stale"]


@dataclass(frozen=True, slots=True)
class Proposals:
    """What waits for a decision, whether it can still be approved, and what was decided lately, newest first."""

    waiting: Proposal | None
    is_stale: bool
    decided: Sequence[Proposal]


async def propose(
    db: Database,
    operators: Policy,
    draft: Policy,
    agent: Agent,
    why: str,
    now: datetime,
    *,
    changed_lines: int | None = None,
) -> NotProposed | None:
    """Proposes a draft without faults, in place of what is in force; `operators` is the policy that the operator set,
    `changed_lines` how many the draft adds or removes (None: not counted). None if it waits for another supervisor now;
    the others are to be told."""
    reason = " ".join(why.split())[:MOST_WHY]
    async with db.write() as conn:
        if not await _is_supervisor(conn, agent):
            return NotProposed("no_supervisor")
        if not reason or not reason.isprintable():
            return NotProposed("no_reason")
        own, in_force = await _digests(conn, operators)
        proposed = Proposal(
            draft.version, draft.name, policy_to_json(draft), own, in_force, reason, agent.telegram_id, now
        )
        if proposed.digest == in_force:
            return NotProposed("same")
        if not await policy_proposals.add(conn, proposed):
            return NotProposed("waits")
        await proposal_notices.keep_waiting(conn, changed_lines)
    return None


async def decide(
    db: Database, operators: Policy, proposal_id: int, decision: Decision, agent: Agent, reason: str, now: datetime
) -> NotProposed | None:
    """Approves, refuses or takes back the proposal that waits; None if that was done. If it was another who decided,
    who proposed it is to be told."""
    said = " ".join(reason.split())[:MOST_WHY]
    async with db.write() as conn:
        if not await _is_supervisor(conn, agent):
            return NotProposed("no_supervisor")
        proposal = await policy_proposals.open_one(conn, lock=True)
        if proposal is None or proposal.proposal_id != proposal_id:
            return NotProposed("gone")
        is_own = proposal.proposed_by == agent.telegram_id
        if is_own != (decision == "withdrawn"):
            return NotProposed("own" if is_own else "not_own")
        if decision == "refused" and not (said and said.isprintable()):
            return NotProposed("no_reason")
        if decision == "approved" and is_stale(proposal, *await _digests(conn, operators)):
            return NotProposed("stale")
        await policy_proposals.decide(conn, proposal_id, decision, agent.telegram_id, now, said)
        await proposal_notices.keep_decided(conn, proposal, to_tell=not is_own)
    return None


async def read_proposals(db: Database, operators: Policy) -> Proposals:
    async with db.read() as conn:
        waiting = await policy_proposals.open_one(conn)
        stale = waiting is not None and is_stale(waiting, *await _digests(conn, operators))
        return Proposals(waiting, stale, await policy_proposals.decided(conn, MOST_SHOWN))


async def _is_supervisor(conn: Connection, agent: Agent) -> bool:
    me = await agents.agent(conn, agent.telegram_id, keep=True)
    return me is not None and me.is_supervisor


async def _digests(conn: Connection, operators: Policy) -> tuple[str, str]:
    """Of the operator's own policy, and of the one in force."""
    own, last = digest_of_policy(operators), await policy_proposals.last_approved(conn)
    return own, last.digest if last is not None and is_adopted(last, own) else own
