"""Any service that Apprise knows as a gateway: its URL with the address in it, and a plain yes or no as its answer.

Where the address goes is said by `{to}` in the URL, which SMS needs:

    twilio://AccountSid:AuthToken@FromNumber/{to}     vonage://Key:Secret@FromNumber/{to}
    clicksend://User:Pass@{to}                        sns://AccessKey/SecretKey/Region/{to}

Without it (push only) the address is added as one more target at the end of the path, as `pover://user@token` and
`ntfys://host` take it; a target that stands in the URL already would get everyone's messages too.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import quote

import apprise
import requests

from bot.channels import Accepted, Envelope, Outcome, Refused

MOST_AT_ONCE = 8
ANSWER_BYTES = 2**20
"""Of a service's answer no more is read: a longer one, or one that unpacks to more, is a failure."""
_READ_BYTES = 16384

# Apprise writes addresses and URLs to its log, and the library it sends by the paths, which hold tokens too.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class _Bounded(requests.adapters.HTTPAdapter):
    """Reads no answer without a bound, and follows nobody elsewhere, where messages and tokens might go in the clear.

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
    """One service of Apprise's; `timeout_s` bounds one message as a whole."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def send(self, to: str, title: str, text: str, envelope: Envelope) -> Outcome:
        """Hands over one message. Apprise does not say why something was not taken, nor whether it ever will be."""
        left = False
        try:
            async with asyncio.timeout(self._timeout_s), self._slots:
                service = apprise.Apprise()
                if not service.add(addressed(self._url, to)):
                    return Refused(False, "rejected", detail="Apprise takes no such URL with an address in it")
                left = True
                taken = await service.async_notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT)
        except TimeoutError:
            # It sends in a thread, which goes on.
            return Refused(False, "in_doubt" if left else "network", detail="the service did not answer in time")
        return Accepted(envelope.reference) if taken else Refused(False, "rejected", detail="Apprise says no")


def addressed(url: str, to: str) -> str:
    """The URL with an address in it, in which nothing is read as a part of the URL."""
    target = quote(to, safe="")
    if "{to}" in url:
        return url.replace("{to}", target)
    path, mark, query = url.partition("?")
    return f"{path.rstrip('/')}/{target}{mark}{query}"
