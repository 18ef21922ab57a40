"""Any service of Apprise as a gateway: its URL with the address in it, and only yes or no as its answer.

`{to}` in the URL marks the place of the address; SMS needs it:

    twilio://AccountSid:AuthToken@FromNumber/{to}     vonage://Key:Secret@FromNumber/{to}
    clicksend://User:Pass@{to}                        sns://AccessKey/SecretKey/Region/{to}

Without it (push only) the address is added as one more target at the end of the path, as in `pover://user@token` and
`ntfys://host`; a target that is in the URL already would get everyone's messages too.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import quote

import apprise
import requests

from bot.channels import NOT_LEFT, Accepted, Envelope, Outcome, Refused

MOST_AT_ONCE = 8
ANSWER_BYTES = 2**20
"""Of a service's answer no more is read: a longer one, or one that unpacks to more, is a failure."""
_READ_BYTES = 16384

# Apprise logs addresses and URLs, and its HTTP library logs paths, which contain tokens too.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class _Bounded(requests.adapters.HTTPAdapter):
    """Limits the size of answers, and follows no redirects, with which messages and tokens might be sent unencrypted.

    Apprise reads whole answers, and has no setting for either; it is the only part of the program that uses `requests`.
    """

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().send(*args, **{**kwargs, "stream": True})
        body = bytearray()
        for chunk in response.iter_content(_READ_BYTES):
            body += chunk
            if len(body) > ANSWER_BYTES:
                response.close()
                raise requests.ConnectionError("the answer is too long")
        response._content, response._content_consumed = bytes(body), True
        response.headers.pop("Location", None)
        return response


requests.sessions.HTTPAdapter = _Bounded  # type: ignore[attr-defined]


class AppriseGateway:
    """One service of Apprise; `timeout_s` limits the time for one message."""

    at_once = MOST_AT_ONCE

    def __init__(self, url: str, timeout_s: float) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def send(self, to: str, title: str, text: str, envelope: Envelope) -> Outcome:
        """Sends one message. Apprise does not say why a message was refused, or whether a retry may help."""
        sending: asyncio.Future[bool | None] | None = None
        try:
            async with asyncio.timeout(self._timeout_s), _Slot(self._slots) as slot:
                if not await envelope.may_leave():
                    return NOT_LEFT
                service = apprise.Apprise()
                if not service.add(addressed(self._url, to)):
                    return Refused(False, "rejected", detail="Apprise takes no such URL with an address in it")
                notify = partial(service.notify, body=text, title=title, body_format=apprise.NotifyFormat.TEXT)
                try:
                    sending = _in_a_thread(notify)
                except RuntimeError:
                    return Refused(False, "network", detail="this machine has no thread left to send in")
                slot.is_kept_until(sending)
                taken = await asyncio.shield(sending)
        except TimeoutError:
            in_doubt = sending is not None
            return Refused(False, "in_doubt" if in_doubt else "network", detail="the service did not answer in time")
        return Accepted(envelope.reference) if taken else Refused(False, "rejected", detail="Apprise says no")


class _Slot:
    """One of the slots, which is given back at the end; or later, as a thread goes on when its time is up."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots = slots
        self._is_kept = False

    async def __aenter__(self) -> _Slot:
        await self._slots.acquire()
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self._is_kept:
            self._slots.release()

    def is_kept_until(self, sent: asyncio.Future[bool | None]) -> None:
        self._is_kept = True
        sent.add_done_callback(lambda _: self._slots.release())


def _in_a_thread(notify: Callable[[], bool | None]) -> asyncio.Future[bool | None]:
    """Sends in a thread of its own, for which the program's end does not wait. The threads that all of the program
    shares also look up Telegram's address, and a service that does not answer would keep all of them."""
    loop = asyncio.get_running_loop()
    sent: asyncio.Future[bool | None] = loop.create_future()

    def run() -> None:
        try:
            taken = notify()
        except Exception:
            taken = False
        with suppress(RuntimeError):  # the program has ended
            loop.call_soon_threadsafe(sent.set_result, taken)

    threading.Thread(target=run, name="apprise", daemon=True).start()
    return sent


def addressed(url: str, to: str) -> str:
    """The URL with the address in it, escaped so that nothing in it is read as part of the URL."""
    target = quote(to, safe="")
    if "{to}" in url:
        return url.replace("{to}", target)
    path, mark, query = url.partition("?")
    return f"{path.rstrip('/')}/{target}{mark}{query}"
