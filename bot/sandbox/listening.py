"""How tests listen to a person's phone: what the bot says there, and its answers to pressed buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.message_waits import Ear, Wanted, matches
from bot.sandbox.messages import Message

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]


class Listener:
    """Somebody with a phone; `Person` adds what they do on it."""

    def __init__(self, telegram: LocalTelegram, ear: Ear) -> None:
        self._telegram = telegram
        self._ear = ear
        self.answers: list[Raw] = []
        self._heard_answers = 0

    async def hears(self, wanted: Wanted, timeout: float = 20.0) -> Message:  # noqa: ASYNC109
        """Waits for a bot message not heard yet (or edited since) that contains or matches `wanted`."""
        return await self._ear.hears(wanted, timeout)

    async def hears_nothing(self, for_s: float = 0.3) -> None:
        """Fails when the bot says anything since the last thing heard, said or pressed, or within `for_s`."""
        await self._ear.hears_nothing(for_s)

    async def hears_answer(self, wanted: Wanted = "", timeout: float = 20.0) -> Raw:  # noqa: ASYNC109
        """Waits for the next answer to a pressed button: `text` and `show_alert` as the phone shows them."""
        telegram = self._telegram
        end = telegram.real_time() + timeout
        while True:
            while self._heard_answers < len(self.answers):
                self._heard_answers += 1
                answer = self.answers[self._heard_answers - 1]
                if matches(wanted, str(answer.get("text", ""))):
                    return answer
            if not await telegram.bell.wait(end - telegram.real_time()):
                raise AssertionError(f"{self._ear.name} got no answer like {wanted!r}; there were {self.answers}")

    def attend(self, seq: int) -> None:
        self._ear.attend(seq)

    def answered(self, answer: Raw) -> None:
        """The bot answered a button this person pressed."""
        self.answers.append(answer)
        self._telegram.changed()
