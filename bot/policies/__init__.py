"""The policies that come with duebot, and how one is loaded by name or from a file. What a policy says is not judged
here but in `bot.rules.policy`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from bot.rules.policy import Fault, Policy, PolicyFaulty, read_policy

_SUFFIX = ".toml"


class PolicyNotFound(LookupError):
    """There is neither a shipped policy of that name nor a file at that path; the message names those there are."""


def shipped() -> list[str]:
    """The names of the policies that come with duebot."""
    return sorted(
        entry.name.removesuffix(_SUFFIX) for entry in files(__name__).iterdir() if entry.name.endswith(_SUFFIX)
    )


def load_policy(name_or_path: str) -> Policy:
    """Loads a shipped policy by name, else the file at that path. Raises `PolicyNotFound`, or `PolicyFaulty` with
    every fault in the file."""
    if name_or_path in shipped():
        source = name_or_path + _SUFFIX
        return read_policy(files(__name__).joinpath(source).read_text(encoding="utf-8"), source)
    return read_policy(_text(name_or_path), name_or_path)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} is no UTF-8; expected a text file saved as UTF-8"
        raise PolicyFaulty(path, [Fault(None, "", message)]) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PolicyNotFound(
            f"no policy {path[:200]!r}: {reason}; expected a policy file, or one of the shipped {', '.join(shipped())}"
        ) from error
