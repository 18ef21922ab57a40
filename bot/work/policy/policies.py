"""The policies in force: the one that starts new ladders, and earlier versions with ladders that are not finished."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.rules.policy.policy import Policy, policy_from_json, policy_to_json
from storage.policy import policy_versions
from storage.runtime.engine import Database


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
    async with db.write() as conn:
        await policy_versions.keep(conn, policy.version, policy.name, policy_to_json(policy), now)
        sources = await policy_versions.unfinished(conn, policy.version)
    return PolicyBook(policy, tuple(policy_from_json(source) for source in sources)).as_of(now)


class PoliciesInForce:
    """The present book, shared by all parts of a process. `configured` is the policy as the operator set it."""

    def __init__(self, configured: Policy, now: datetime) -> None:
        self.configured = configured
        self.book = PolicyBook(configured).as_of(now)

    def renew(self, now: datetime) -> None:
        """For a new day, on which a pack's rules may begin or end."""
        self.book = self.book.as_of(now)

    async def reopen(self, db: Database, now: datetime) -> PolicyBook:
        """The same, with the earlier versions that the database has now."""
        self.book = await open_book(db, self.configured, now)
        return self.book
