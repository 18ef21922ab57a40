"""Archive: a policy's version as one text that can be stored and read again exactly. Where it is stored is not known
here.

It contains the text of the policy file and of its packs, so that years later everything can be read, comments and
sources included.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import PurePath

from bot.rules.policy.packs_apply import with_packs
from bot.rules.policy.packs_file import read_pack
from bot.rules.policy.packs_terms import Pack
from bot.rules.policy.policy_file import read_policy
from bot.rules.policy.terms import KNOWN_PACKS, Policy


class NotAPolicyVersion(ValueError):
    """The text was not made by `policy_to_json`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A version as it is stored, and when it came into force first. `source` is what `policy_to_json` made."""

    version: str
    name: str
    source: str
    first_used_at: datetime


def policy_to_json(policy: Policy) -> str:
    """The files of a policy that was read from a file, as a JSON object; the same on every day."""
    base = policy.untightened or policy
    packs = sorted(_all_packs(base).items())
    kept = {
        "name": PurePath(base.source).name,
        "text": base.text,
        "packs": {name: pack.text for name, pack in packs},
    }
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=64)
def policy_from_json(text: str) -> Policy:
    """The stored policy, with the same version, not yet `as_of` any day. It is read once, since each page about a
    customer needs the same ones. Raises `NotAPolicyVersion`, or `PolicyFaulty` if a newer duebot cannot read what an
    older one wrote."""
    try:
        kept = json.loads(text)
        name, policy_text, packs = kept["name"], kept["text"], dict(kept["packs"])
    except (ValueError, KeyError, TypeError) as error:
        raise _not_kept(text) from error
    if not all(isinstance(part, str) for part in (name, policy_text, *packs, *packs.values())):
        raise _not_kept(text)
    policy = read_policy(policy_text, name, (*KNOWN_PACKS, *packs))
    if not packs:
        return policy
    return with_packs(policy, {pack: read_pack(pack_text, f"{pack}.toml") for pack, pack_text in packs.items()})


def files_in(text: str) -> dict[str, str]:
    """The texts of a stored version: "policy", and each pack as "packs/NAME.toml". Raises `NotAPolicyVersion`."""
    try:
        kept = json.loads(text)
        packs = {f"packs/{name}.toml": str(pack) for name, pack in dict(kept["packs"]).items()}
        return {"policy": str(kept["text"]), **packs}
    except (ValueError, KeyError, TypeError) as error:
        raise _not_kept(text) from error


def _not_kept(text: str) -> NotAPolicyVersion:
    return NotAPolicyVersion(f"{text[:60]!r} given, expected an object with name, text and packs")


def _all_packs(policy: Policy) -> dict[str, Pack]:
    return {pack.name: pack for own in (policy, *policy.segments.values()) for pack in own.applied}
