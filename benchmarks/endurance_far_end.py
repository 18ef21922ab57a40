"""The far end of the channels: a local Telegram that fails at random in every way and at every method, and an SMTP
server that refuses a tenth of the addresses. Both store everything that arrives, and when."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.clock import Clock
from bot.sandbox import Faults, LocalTelegram
from bot.sandbox.faults import Fault

TOKEN = "123456789:AAH-endurance_0x0x0x0x0x0x0x0x0x0x"
LATENCY_S = (0.02, 0.08)
TIMES_OUT_S = 12.0  # longer than the program waits for an answer
SLOW_S = (0.3, 3.0)

KINDS = ("429", "5xx", "dropped before", "dropped after", "timed out")
SHARES = {"429": 0.003, "5xx": 0.006, "dropped before": 0.004, "dropped after": 0.004, "timed out": 0.0004}
SLOW_SHARE = 0.01
LONG_FLOODS = 0.05  # of the flood waits take
LONG_FLOOD_S = 15
BAD_ADDRESSES = 10  # one in so many is refused


@dataclass(slots=True)
class Arrival:
    """One call of a Bot API method: when it arrived by both clocks, from which life, and what became of it."""

    at_s: float
    at: datetime
    life: int
    method: str
    chat_id: int | None
    fault: str
    message_id: int | None = None  # of the message that it made
    text: str = ""
    ended_s: float = 0.0  # when it was carried out or refused
    code: int = 0  # of the error; 200 where there was none
    retry_after_s: float = 0.0

    @property
    def is_write(self) -> bool:
        """Whether Telegram counts it against the bot's limits: messages, and what changes a chat."""
        written = ("send", "copy", "forward", "edit", "create", "close", "reopen", "pin")
        return self.chat_id is not None and self.method.startswith(written) and self.method != "sendChatAction"


class FarTelegram(LocalTelegram):
    """`life` says which life of the program runs."""

    def __init__(self, clock: Clock, chance: Random, life: Callable[[], int]) -> None:
        super().__init__(clock=clock, token=TOKEN)
        self.life = life
        self.arrivals: list[Arrival] = []
        self.faults: _RandomFaults = _RandomFaults(self, chance)
        self._under_way: dict[asyncio.Task[Any] | None, Arrival] = {}

    def arrived(self, method: str, chat_id: int | None, fault: str) -> None:
        call = Arrival(time.monotonic(), self.clock.now(), self.life(), method, chat_id, fault)
        self.arrivals.append(call)
        if fault != "dropped before":  # nothing becomes of that
            self._under_way[asyncio.current_task()] = call

    def record(self, method: str, params: dict[str, Any], response: dict[str, Any]) -> None:
        call = self._under_way.pop(asyncio.current_task())
        call.ended_s, call.code = time.monotonic(), int(response.get("error_code", 200))
        result = response.get("result")
        if isinstance(result, dict) and "message_id" in result and not method.startswith("edit"):
            call.message_id, call.text = int(result["message_id"]), str(result.get("text", ""))
        call.retry_after_s = float(response.get("parameters", {}).get("retry_after", 0.0))


class _RandomFaults(Faults):
    """Every call takes some time. Of each method every other of the first calls fails, in each way once; after that any
    call may."""

    def __init__(self, telegram: FarTelegram, chance: Random) -> None:
        super().__init__()
        self.on = True
        self.injected: Counter[tuple[str, str]] = Counter()
        self.calls: Counter[str] = Counter()
        self._telegram, self._chance = telegram, chance

    def take(self, method: str, chat_id: int | None) -> Fault:
        self.calls[method] += 1
        kind = self._kind(method) if self.on else ""
        self._telegram.arrived(method, chat_id, kind)
        if kind:
            self.injected[method, kind] += 1
        return self._fault(method, kind)

    def _kind(self, method: str) -> str:
        turn, even = divmod(self.calls[method], 2)
        if even and turn < len(KINDS):
            return KINDS[turn]
        draw = self._chance.random()
        for kind, share in SHARES.items():
            if draw < share:
                return kind
            draw -= share
        return ""

    def _fault(self, method: str, kind: str) -> Fault:
        chance = self._chance
        latency = SLOW_S if self.on and chance.random() < SLOW_SHARE else LATENCY_S
        fault = Fault(method, delay_s=chance.uniform(*latency))
        if kind == "429":
            fault.retry_after = LONG_FLOOD_S if chance.random() < LONG_FLOODS else chance.randint(1, 2)
        elif kind == "5xx":
            fault.status = chance.choice((500, 502, 503))
        elif kind == "dropped before":
            fault.drop = "before"
        elif kind == "dropped after":
            fault.drop = "after"
        elif kind == "timed out":
            fault.delay_s = TIMES_OUT_S
        return fault


@dataclass(slots=True)
class Mail:
    """A mail that was taken, although perhaps no answer was given."""

    at: datetime
    life: int
    recipient: str
    message_id: str


@dataclass
class FarMail:
    """An SMTP server. The same tenth of the addresses is refused for good always; a few others fail for now."""

    clock: Clock
    chance: Random
    life: Callable[[], int]
    on: bool = True
    mails: list[Mail] = field(default_factory=list)
    refused: int = 0
    failed: int = 0
    port: int = 0

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, hostname="mail.example"), "127.0.0.1")
        self.port = int(server.sockets[0].getsockname()[1])
        try:
            yield
        finally:
            server.close()

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _opts: Any) -> str:
        if is_bad(address):
            self.refused += 1
            return "550 5.1.1 No such user here"
        if self._fails(0.01):
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self._fails(0.005):
            return "452 4.3.1 Insufficient system storage"
        assert isinstance(envelope.content, bytes)
        head = envelope.content.partition(b"\r\n\r\n")[0].decode()
        name = next(line for line in head.split("\r\n") if line.lower().startswith("message-id:")).partition(":")[2]
        for address in envelope.rcpt_tos:
            self.mails.append(Mail(self.clock.now(), self.life(), address, name.strip()))
        if self._fails(0.005) and server.transport is not None:
            server.transport.close()
        return "250 OK"

    def _fails(self, share: float) -> bool:
        failing = self.on and self.chance.random() < share
        self.failed += failing
        return failing


def is_bad(address: str) -> bool:
    """Whether the server refuses an address: every tenth, the same ones always."""
    return zlib.crc32(address.encode()) % BAD_ADDRESSES == 0
