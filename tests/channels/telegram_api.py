"""A Bot API that takes every call, or refuses it as a test says."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

TOKEN = "123456789:AAFq-this_is_the_secret_part_of_it"
ME = {"id": 123456789, "is_bot": True, "first_name": "Wallet", "username": "wallet_bot"}

Answer = tuple[int, dict[str, object]]


def refused(status: int, description: str, **parameters: int) -> Answer:
    answer: dict[str, object] = {"ok": False, "error_code": status, "description": description}
    return status, answer | ({"parameters": parameters} if parameters else {})


@dataclass
class Api:
    """A server that takes every call, or refuses it as the test says; `None` drops the connection."""

    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refusal: Answer | None | str = "none"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if method == "getMe":
            return web.json_response({"ok": True, "result": ME})
        self.calls.append((method, {k: str(v) for k, v in (await request.post()).items()}))
        if self.refusal is None:
            assert request.transport is not None
            request.transport.abort()
        if isinstance(self.refusal, tuple):
            status, body = self.refusal
            return web.json_response(body, status=status)
        return web.json_response({"ok": True, "result": self.result(method)})

    def result(self, method: str) -> object:
        if method == "createForumTopic":
            return {"message_thread_id": 55, "name": "n", "icon_color": 7322096}
        if method.endswith("ForumTopic") or method == "pinChatMessage":
            return True
        return {"message_id": 9, "date": 1770000000, "chat": {"id": 7, "type": "private", "first_name": "A"}}

    @property
    def call(self) -> dict[str, str]:
        assert len(self.calls) == 1
        return self.calls[0][1]
