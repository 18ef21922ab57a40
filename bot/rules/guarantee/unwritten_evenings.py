"""Why the states of an evening were not written down: each cause as a value.

As a text a cause is English, as evidence is. `bot.views.operations.unwritten_words` says it in a reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

WhyNotLater = Literal["too_long_ago", "facts_changed", "policy_changed"]
LONGEST_AGO_DAYS = 7  # an older day is not computed any more


@dataclass(frozen=True, slots=True)
class NotRun:
    """The program did not run from `since` to `until`; `why` the evening could not be computed afterwards."""

    since: datetime
    until: datetime
    why: WhyNotLater

    def __str__(self) -> str:
        return f"the program did not run from {moment(self.since)} to {moment(self.until)}, and {_WHY[self.why]}"


@dataclass(frozen=True, slots=True)
class NotRunSince:
    """The program has not run since then, so that nothing could be written down yet."""

    since: datetime

    def __str__(self) -> str:
        return f"the program has not run since {moment(self.since)}"


@dataclass(frozen=True, slots=True)
class Removed:
    """What was written down before this day was removed, because it is not kept any longer."""

    before: date

    def __str__(self) -> str:
        return f"what was written down before {self.before} was removed, as it is kept no longer"


@dataclass(frozen=True, slots=True)
class InWords:
    """A cause that is not known here, as it was written."""

    text: str

    def __str__(self) -> str:
        return self.text


Cause = NotRun | NotRunSince | Removed | InWords
_WHY: dict[WhyNotLater, str] = {
    "too_long_ago": f"that is more than {LONGEST_AGO_DAYS} days ago",
    "facts_changed": "facts have changed since",
    "policy_changed": "the policy is another one since",
}


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
