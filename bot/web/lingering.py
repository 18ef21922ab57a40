"""The end of a connection whose client is still sending: what it sends is taken and forgotten, so that it can read the
answer.

Who sends more than it may is answered at once. A system that closes a connection on which bytes are still coming tells
the client that it broke, and the client never reads why it was refused. So only our half is closed at first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class LingeringTransport:
    """A connection's transport. `close` closes only the half that is written while `is_being_sent_to()`; the client
    closes the other, or the connection's time is over."""

    def __init__(self, transport: asyncio.Transport, is_being_sent_to: Callable[[], bool]) -> None:
        self._transport = transport
        self._is_being_sent_to = is_being_sent_to
        self.lingers = False

    def close(self) -> None:
        if self.is_closing():
            return
        if not self._is_being_sent_to() or not self._transport.can_write_eof():
            self._transport.close()
            return
        self.lingers = True
        self._transport.write_eof()
        self._transport.resume_reading()

    def is_closing(self) -> bool:
        """Whether nothing can be written any more."""
        return self.lingers or self._transport.is_closing()

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)
