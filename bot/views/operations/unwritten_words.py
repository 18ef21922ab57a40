"""Why an evening was not written down, as supervisors read it. `bot.work.guarantee.guarantee_history` writes the causes
in English, as they are evidence."""

from __future__ import annotations

import re

from locales import Translator

AT = r"(\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?)"
NOT_RUN = re.compile(rf"the program did not run from {AT} to {AT}, and (.+)")
NOT_SINCE = re.compile(rf"the program has not run since {AT}")
REMOVED = re.compile(rf"what was written down before {AT} was removed, as it is kept no longer")


def unwritten_words(t: Translator, cause: str) -> str:
    """A cause that is not known here is said as it was written down."""
    if found := NOT_RUN.fullmatch(cause):
        since, until, why = found.groups()
        said = t.plain("the program did not run from {since} to {until}", since=since, until=until)
        return t.plain("{one}; {other}", one=said, other=_why_not_later(t, why))
    if found := NOT_SINCE.fullmatch(cause):
        return t.plain("the program has not run since {when}", when=found[1])
    if found := REMOVED.fullmatch(cause):
        return t.plain("records from before {day} were removed as too old", day=found[1])
    return cause


def _why_not_later(t: Translator, why: str) -> str:
    """Why it could not be made up for afterwards."""
    if found := re.fullmatch(r"that is more than (\d+) days ago", why):
        return t.plain("that is more than {n} days ago", n=found[1])
    known = {
        "facts have changed since": t.plain("facts have changed since"),
        "the policy is another one since": t.plain("the policy is another one since"),
    }
    return known.get(why, why)
