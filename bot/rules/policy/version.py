"""A policy's version: identifies its content. `archive` stores versions and reads them again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal

from bot.rules.facts.money import Money
from bot.rules.languages import NEEDED
from bot.rules.policy.packs_terms import Pack
from bot.rules.policy.plan_terms import Plans
from bot.rules.policy.sending_hours import SendingHours
from bot.rules.policy.terms import LANGUAGES, Charges, Choices, Guarantee, Policy, Step

# Fields that are not content: they follow from the content and the day, are the text that the content was read from,
# or do not affect customers.
_NO_CONTENT = frozenset({"version", "desk", "applied", "silenced_by", "untightened", "source", "text"})

# Terms that were added since versions were first stored, each with the value that a file without it means: such a file
# keeps its version.
_ADDED = (("plans", None), ("hints", True), ("choices", {"least": [], "more": [], "pause_days": 0}))


def versioned(policy: Policy) -> Policy:
    """The policy, not yet tightened for any day, and its segments, with the version of its content.

    A version depends on content, not spelling: comments, spaces, order of keys and "9:00" for "09:00" change nothing.
    """
    assert policy.untightened is None
    version = hashlib.sha256(json.dumps(_plain(policy), sort_keys=True).encode()).hexdigest()[:12]
    segments = {name: replace(segment, version=version) for name, segment in policy.segments.items()}
    return replace(policy, version=version, segments=segments)


def _plain(value: object) -> object:
    if isinstance(value, Policy):
        names = [name for name in value.__dataclass_fields__ if name not in _NO_CONTENT]
        rules = {"applied": _plain(value.applied)} if value.applied else {}
        terms = {name: _plain(getattr(value, name)) for name in names}
        if value.languages == LANGUAGES:  # a language that is registered later makes no new version
            terms["languages"] = list(NEEDED)
        return {name: term for name, term in terms.items() if (name, term) not in _ADDED} | rules
    if isinstance(value, Pack):
        return {
            "name": value.name,
            "jurisdiction": value.jurisdiction,
            "rules": [_plain(asdict(r)) for r in value.rules],
        }
    if isinstance(value, Money):
        return [value.amount, value.currency]
    if isinstance(value, SendingHours | Step | Guarantee | Choices):
        return {name: _plain(inner) for name, inner in asdict(value).items()}
    if isinstance(value, Plans):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Charges):
        said = ["in_reminders"] if value.in_reminders else []  # versions of before stay as they were
        return [_plain(value.late_fee), _plain(value.daily_rate), _plain(value.cap), *said]
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int | None) else str(value)
