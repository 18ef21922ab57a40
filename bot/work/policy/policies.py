"""The policies in force: the one that starts new ladders, and earlier versions with ladders that are not finished."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.rules.policy.policy import NotAPolicyVersion, Policy, PolicyFaulty, policy_from_json, policy_to_json
from bot.rules.policy.proposals import Proposal, digest_of_policy, is_adopted
from storage.policy import policy_proposals, policy_versions
from storage.runtime.engine import Connection, Database

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """`current` says what may be sent and when; the version that started a ladder says how far a customer has come on
    it. The packs of all versions are those in force on the book's day."""

    current: Policy
    earlier: tuple[Policy, ...] = ()

    def version(self, version: str, segment: str | None) -> Policy:
        """The policy of this version for customers of a segment; the current one if the version is not known."""
        for policy in self.earlier:
            if policy.version == version:
                return policy.for_segment(segment)
        return self.current.for_segment(segment)

    def as_of(self, now: datetime) -> PolicyBook:
        """The book for another day."""
        day = now.date()
        return PolicyBook(self.current.as_of(day), tuple(policy.as_of(day) for policy in self.earlier))


async def open_book(db: Database, policy: Policy, now: datetime) -> PolicyBook:
    """Writes down the version that is in force from now on, and finds the versions with unfinished ladders."""
    async with db.read() as conn:
        found = await policy_versions.unfinished(conn, policy.version)
    return await _book(db, policy, found, now)


async def _book(db: Database, policy: Policy, found: tuple[bool, list[str]], now: datetime) -> PolicyBook:
    is_kept, sources = found
    if not is_kept:
        async with db.write() as conn:
            await policy_versions.keep(conn, policy.version, policy.name, policy_to_json(policy), now)
    return PolicyBook(policy, tuple(policy_from_json(source) for source in sources)).as_of(now)


async def adopted(db: Database, operators: Policy, now: datetime) -> Policy:
    """The policy in force: the one that was approved in the console beside the operator's own, else that one."""
    policies = PoliciesInForce(operators, now)
    await policies.renew(db, now)
    return policies.book.current


class PoliciesInForce:
    """The present book, shared by all parts of a process. `operators` is the policy as the operator set it,
    `configured` the one in force, which may be another that was approved in the console."""

    def __init__(self, operators: Policy, now: datetime) -> None:
        self.operators = self.configured = operators
        self.book = PolicyBook(operators).as_of(now)
        self._adopted = 0  # the number of the proposal that is in force; 0: the operator's own

    async def renew(self, db: Database, now: datetime) -> None:
        """For a new day, on which a pack's rules may begin or end, and for what was approved since."""
        async with db.read() as conn:
            await self._renew(conn, now)

    async def _renew(self, conn: Connection, now: datetime) -> None:
        last = await policy_proposals.last_approved(conn)
        if last is not None and not is_adopted(last, digest_of_policy(self.operators)):
            last = None  # the operator has set another policy since
        number = last.proposal_id if last is not None else 0
        if number != self._adopted:
            self.configured = self.operators if last is None else self._read(last)
            self._adopted = number
            known = (self.book.current, *self.book.earlier)  # its reminders of today may still wait
            earlier = tuple(each for each in known if each.version != self.configured.version)
            self.book = PolicyBook(self.configured, earlier)
            _log().info("another policy is in force", version=self.configured.version, proposal=number or None)
        self.book = self.book.as_of(now)

    def _read(self, approved: Proposal) -> Policy:
        try:
            return policy_from_json(approved.source)
        except (NotAPolicyVersion, PolicyFaulty):
            said = "the approved policy cannot be read; the operator’s own is in force"
            _log().error(said, proposal=approved.proposal_id)
            return self.operators

    async def reopen(self, db: Database, now: datetime) -> PolicyBook:
        """The same, with the earlier versions that the database has now."""
        async with db.read() as conn:
            await self._renew(conn, now)
            configured = self.configured
            found = await policy_versions.unfinished(conn, configured.version)
        book = await _book(db, configured, found, now)
        if configured is self.configured:  # else another one came into force meanwhile
            self.book = book
        return self.book


def _log() -> FilteringBoundLogger:
    """Loaded where there is something to say: commands that say nothing start without it."""
    import structlog

    log: FilteringBoundLogger = structlog.get_logger()
    return log
