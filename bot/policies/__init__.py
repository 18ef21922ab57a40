"""The policies and packs that come with duebot, and how a policy is loaded by name or from a file, with its packs.
`bot.rules.policy.policy` and `bot.rules.policy.packs` check their contents.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bot.rules.policy.packs import Pack, read_pack, with_packs
from bot.rules.policy.policy import KNOWN_PACKS, Fault, Policy, PolicyFaulty, read_policy
from bot.text_files import read_text

_SUFFIX = ".toml"
_PACKS = "packs"


class PolicyNotFound(LookupError):
    """There is neither a shipped policy with that name nor a file at that path; the message lists the shipped ones."""


def shipped() -> list[str]:
    """The names of the policies that come with duebot."""
    return sorted(_named(files(__name__)))


def shipped_packs() -> list[str]:
    """The names of the packs that come with duebot."""
    return sorted(_named(files(__name__).joinpath(_PACKS)))


def load_policy(name_or_path: str, today: date | None = None) -> Policy:
    """Loads a shipped policy by name, else the file at that path, as it is `today` under its packs (None: under all
    their rules, expired or not; `Policy.as_of` changes the day).

    A pack is a shipped one, or a file `packs/NAME.toml` beside the policy's file, which replaces a shipped one with the
    same name. Raises `PolicyNotFound`, or `PolicyFaulty` with every fault of the first faulty file.
    """
    if name_or_path in shipped():
        source = name_or_path + _SUFFIX
        text = files(__name__).joinpath(source).read_text(encoding="utf-8")
    else:
        source, text = name_or_path, _text(name_or_path)
    return read_draft(text, name_or_path, source, today)


def read_draft(text: str, instead_of: str, source: str, today: date | None = None) -> Policy:
    """A policy's text as `load_policy` would load it if it were in the place of that policy: a shipped name, or a
    path. `source` is its name in errors. Raises `PolicyFaulty`."""
    packs = _named(files(__name__).joinpath(_PACKS))
    if instead_of not in shipped():
        packs = {**packs, **_named(Path(instead_of).parent / _PACKS)}
    known = [*KNOWN_PACKS, *sorted(name for name in packs if name not in KNOWN_PACKS)]
    policy = read_policy(text, source, known)
    return with_packs(policy, _packs(policy, packs)).as_of(today)


def load_pack(name: str) -> Pack:
    """One shipped pack, by name."""
    return _pack(name, files(__name__).joinpath(_PACKS, name + _SUFFIX))


def _packs(policy: Policy, there: Mapping[str, Traversable]) -> dict[str, Pack]:
    """The packs that a policy and its segments name."""
    wanted = dict.fromkeys(name for own in (policy, *policy.segments.values()) for name in own.packs)
    return {name: _pack(name, there[name]) for name in wanted}


def _pack(name: str, file: Traversable) -> Pack:
    source = f"{_PACKS}/{name}{_SUFFIX}"
    return read_pack(_text(str(file)) if isinstance(file, Path) else file.read_text(encoding="utf-8"), source)


def _named(folder: Traversable) -> dict[str, Traversable]:
    """The TOML files of a folder by name; none if there is no such folder."""
    if not folder.is_dir():
        return {}
    return {entry.name.removesuffix(_SUFFIX): entry for entry in folder.iterdir() if entry.name.endswith(_SUFFIX)}


def _text(path: str) -> str:
    try:
        return read_text(path)
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} is not UTF-8; expected a text file saved as UTF-8"
        raise PolicyFaulty(path, [Fault(None, "", message)]) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        near = difflib.get_close_matches(path, shipped(), 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise PolicyNotFound(
            f"no policy {path[:200]!r}: {reason}; expected a policy file, or one of the shipped {', '.join(shipped())}"
            f"{meant}"
        ) from error
