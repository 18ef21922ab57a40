"""What may be logged about an exception: its kind, and where in the code it was raised. Its message may contain a
customer's words.

This imports nothing, so every command has it; `logs` decides what is logged.
"""

from __future__ import annotations

import re
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

FRAMES = 15  # of one exception, the innermost
HERE = str(Path(__file__).resolve().parent.parent)


def guard() -> None:
    """Stops Python from printing the message of an exception that ends the program or a thread, or that nobody
    catches."""

    def ended(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None = None) -> None:
        sys.stderr.write(f"duebot: a fault of the program's own\n{kinds_of(error or kind())}\n")

    sys.excepthook = ended
    threading.excepthook = lambda hooked: ended(hooked.exc_type, hooked.exc_value)
    sys.unraisablehook = lambda hooked: ended(hooked.exc_type, hooked.exc_value)


def kinds_of(error: BaseException) -> str:
    """An exception as a traceback without messages: where it was raised, its kind, and the same for its cause."""
    lines: list[str] = []
    for link in _chain(error):
        lines.append("Traceback (kinds and places only):" if not lines else "from:")
        frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(link.__traceback__)]
        lines += [f"  {place(code.co_filename)}:{line} in {code.co_name}" for code, line in frames[-FRAMES:]]
        lines.append(kind_of(link))
    return "\n".join(lines)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and its causes, nearest first."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen and len(seen) < 6:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def kind_of(error: BaseException) -> str:
    """The class, and the number that a system or a database gives."""
    error_class = type(error)
    name = error_class.__qualname__
    if error_class.__module__ != "builtins":
        name = f"{error_class.__module__}.{name}"
    for number in ("errno", "sqlite_errorname", "sqlstate"):
        if isinstance(said := getattr(error, number, None), int | str) and re.fullmatch(r"\w{1,40}", str(said)):
            return f"{name} ({said})"
    return name


def place(path: str) -> str:
    """A file of ours by its path in the project, another file by its path in its package."""
    if path.startswith(HERE) and "site-packages" not in path:
        return path[len(HERE) + 1 :]
    return "/".join(Path(path).parts[-3:])
