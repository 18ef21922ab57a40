"""Why an evening was not written down, as supervisors read it."""

from __future__ import annotations

from bot.rules.guarantee.unwritten_evenings import (
    LONGEST_AGO_DAYS,
    Cause,
    NotRun,
    NotRunSince,
    Removed,
    WhyNotLater,
    moment,
)
from locales import Translator


def unwritten_words(t: Translator, cause: Cause) -> str:
    """A cause that is not known here is said as it was written down."""
    if isinstance(cause, NotRun):
        since, until = moment(cause.since), moment(cause.until)
        said = t.plain("the program did not run from {since} to {until}", since=since, until=until)
        return t.plain("{one}; {other}", one=said, other=_why_not_later(t, cause.why))
    if isinstance(cause, NotRunSince):
        return t.plain("the program has not run since {when}", when=moment(cause.since))
    if isinstance(cause, Removed):
        return t.plain("records from before {day} were removed as too old", day=str(cause.before))
    return cause.text


def _why_not_later(t: Translator, why: WhyNotLater) -> str:
    """Why it could not be computed afterwards."""
    return {
        "too_long_ago": t.plain("that is more than {n} days ago", n=LONGEST_AGO_DAYS),
        "facts_changed": t.plain("facts have changed since"),
        "policy_changed": t.plain("the policy is another one since"),
    }[why]
