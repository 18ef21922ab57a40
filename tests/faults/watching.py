"""A local Telegram on which a test can act at the moment of a call: when it arrives, or when it was carried out.

Both moments are synchronous and come before the answer, so a kill at that moment always finds the program waiting for
the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.clock import SystemClock
from bot.sandbox import Faults, LocalTelegram
from bot.sandbox.faults import Fault

TOKEN = "123456789:AAH-faults_x0x0x0x0x0x0x0x0x0x0x0x0"

Moment = Literal["arrived", "taken"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the program's. `result` is there once it was carried out, and only if that was done."""

    method: str
    chat_id: int | None
    result: Any = None


@dataclass(slots=True)
class Trap:
    """What is to be done when calls of one kind come to that moment, at the `left`-th of them."""

    method: str
    moment: Moment
    left: int
    do: Callable[[], None]
    chat_id: int | None
    where: Callable[[Call], bool]
    sprung: asyncio.Event = field(default_factory=asyncio.Event)

    async def has_sprung(self, within_s: float = 60.0) -> None:
        async with asyncio.timeout(within_s):
            await self.sprung.wait()

    def fits(self, moment: Moment, call: Call) -> bool:
        mine = self.method in ("*", call.method) and self.chat_id in (None, call.chat_id)
        return mine and self.moment == moment and self.where(call)


class WatchedTelegram(LocalTelegram):
    def __init__(self) -> None:
        super().__init__(clock=SystemClock(), token=TOKEN)
        self.faults = _WatchedFaults(self)
        self.arrived: list[Call] = []
        self._traps: list[Trap] = []

    def when(
        self,
        method: str,
        do: Callable[[], None] = lambda: None,
        *,
        moment: Moment = "taken",
        number: int = 1,
        chat_id: int | None = None,
        where: Callable[[Call], bool] = lambda call: True,
    ) -> Trap:
        """Does `do` at the `number`-th such call from now on; what comes back says when it was done."""
        trap = Trap(method, moment, number, do, chat_id, where)
        self._traps.append(trap)
        return trap

    def record(self, method: str, params: dict[str, Any], response: dict[str, Any]) -> None:
        super().record(method, params, response)
        if response["ok"]:
            chat_id = params.get("chat_id")
            self.noticed("taken", Call(method, None if chat_id is None else int(chat_id), response["result"]))

    def noticed(self, moment: Moment, call: Call) -> None:
        if moment == "arrived":
            self.arrived.append(call)
        for trap in [trap for trap in self._traps if trap.fits(moment, call)]:
            trap.left -= 1
            if not trap.left:
                self._traps.remove(trap)
                trap.do()
                trap.sprung.set()


class _WatchedFaults(Faults):
    def __init__(self, telegram: WatchedTelegram) -> None:
        super().__init__()
        self._telegram = telegram

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        fault = super().take(method, chat_id)
        self._telegram.noticed("arrived", Call(method, chat_id))
        return fault

    def __str__(self) -> str:
        return ", ".join(f"{fault.method} to {fault.chat_id}" for fault in self._queue)
