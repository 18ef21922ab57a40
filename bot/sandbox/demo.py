"""What the demo adds to the page: a time bar, a story to follow and the wallet's side as buttons.

Only the data types; the caller of the demo provides what moving time and each action do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

Text = str | Mapping[str, str]  # the same in every language, or one for each of the page's languages, "en" and "zh"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that happens on the wallet's side, such as a payment; a text it returns is shown to the reader."""

    label: Text
    run: Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Demo:
    """`move` moves the program's clock and returns when everything due by then is done."""

    move: Callable[[timedelta], Awaitable[object]]
    story: Sequence[Text] = ()
    actions: Sequence[Action] = ()
