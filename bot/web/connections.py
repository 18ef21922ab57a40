"""One connection to the HTTP side: uvicorn's, with time limits.

Each part of a request has its time limit, and an answer that the client does not read is given up. `requests` judges
what a request says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.web import limits
from bot.web.lingering import LingeringTransport
from bot.web.problems import problem

Stage = Literal["idle", "headers", "body", "answering", "lingering", "closing"]
PATIENCE_S: dict[Stage, float] = {
    "idle": limits.IDLE_S,
    "headers": limits.HEADERS_WITHIN_S,
    "body": limits.BODY_WITHIN_S,
    "answering": limits.ANSWER_WITHIN_S + 5.0,  # answering has its own, earlier limit, which sends an error
    "lingering": limits.SENT_FOR_S,
    "closing": limits.CLOSED_WITHIN_S,
}


class Connection(H11Protocol):
    """Knows its stage and since when; the acceptor, which counts connections, can end it."""

    def __init__(self, *args: Any, gone: Callable[[Connection], None], address: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address
        self.stage: Stage = "idle"
        self.since_s = self.loop.time()
        self.lost = False
        self._gone = gone
        self._lingering: LingeringTransport | None = None
        self._ends = False  # because the program does
        self._raw_bytes = 0  # of the incoming request
        self._noted_bytes = 0  # so many of them when a long body last had its time again

    @property
    def waits(self) -> bool:
        """Whether it can be ended without loss: no request beyond its headers has arrived, in whole or in part, or all
        that was asked is answered."""
        return self.stage in ("idle", "headers", "lingering")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._lingering = LingeringTransport(transport, self._is_being_sent_to)
        super().connection_made(cast(asyncio.Transport, self._lingering))
        self._now_at("idle")

    def connection_lost(self, exc: Exception | None) -> None:
        try:
            super().connection_lost(exc)
        finally:
            self.lost = True
            self._gone(self)

    def data_received(self, data: bytes) -> None:
        self._raw_bytes += len(data)
        if self._lingers():
            if self._raw_bytes > limits.MOST_SENT_BYTES:
                self.end()
            return
        if self._is_bulk():
            self._note_progress()
        elif self._raw_bytes > limits.MOST_RAW_BYTES:
            if self.cycle is not None and self.cycle.response_complete:
                self.transport.close()
                self._look()
            else:
                self.end()
            return
        try:
            super().data_received(data)
        except h11.ProtocolError:  # the client goes on sending after an error was reported
            self.end()
        self._look()

    def on_response_complete(self) -> None:
        self._raw_bytes = self._noted_bytes = 0
        self.since_s = self.loop.time()
        super().on_response_complete()
        self._look()

    def send_400_response(self, msg: str) -> None:
        """Reports an invalid request. If an answer is being sent already, that one ends."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.end()
            return
        answer = problem("bad-request")
        headers = [*answer.raw_headers, (b"connection", b"close")]
        for part in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(part) or b"")
        self.transport.close()

    def shutdown(self) -> None:
        """The program ends: the connection ends too, after its answer."""
        self._ends = True
        if self._lingers():
            self.end()
            return
        try:
            super().shutdown()
        except h11.ProtocolError:
            self.end()

    def end(self) -> None:
        """Ends it now; anything not sent yet is lost."""
        if self.transport is not None:
            self.transport.abort()

    def end_if_too_slow(self) -> None:
        self._look()
        if self.stage == "answering" and (self._is_bulk() or limits.is_long_answer(self.scope)):
            return
        if self.loop.time() - self.since_s > PATIENCE_S[self.stage]:
            self.end()

    def _lingers(self) -> bool:
        return self._lingering is not None and self._lingering.lingers

    def _is_being_sent_to(self) -> bool:
        """Whether more of the request may come, which nobody will read."""
        return not self._ends and self.conn.their_state in (h11.SEND_BODY, h11.ERROR)

    def _is_bulk(self) -> bool:
        return self.stage in ("body", "answering") and limits.is_bulk(self.scope)

    def _note_progress(self) -> None:
        """A long body has its time again with each piece of some size; a trickle has not."""
        if self.stage == "body" and self._raw_bytes - self._noted_bytes >= limits.LEAST_BULK_BYTES:
            self._noted_bytes, self.since_s = self._raw_bytes, self.loop.time()

    def _look(self) -> None:
        stage = self._stage()
        if stage != self.stage:
            self._now_at(stage)

    def _now_at(self, stage: Stage) -> None:
        self.stage, self.since_s = stage, self.loop.time()

    def _stage(self) -> Stage:
        if self._lingers():
            return "lingering"
        if self.transport is None or self.transport.is_closing():
            return "closing"
        if self.conn.their_state is h11.IDLE:
            return "headers" if self._raw_bytes else "idle"
        if self.conn.their_state is h11.SEND_BODY:
            return "body"
        return "answering"
