"""The policies that stand: the one that begins ladders now, and earlier versions whose ladders were begun."""

from __future__ import annotations

from dataclasses import dataclass

from bot.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """`current` says what may leave and when; how far somebody has come is told by the version that began it."""

    current: Policy
    earlier: tuple[Policy, ...] = ()

    def version(self, version: str, segment: str | None) -> Policy:
        """The policy of this version for customers of a segment; the current one where the version is not known."""
        for policy in self.earlier:
            if policy.version == version:
                return policy.for_segment(segment)
        return self.current.for_segment(segment)
