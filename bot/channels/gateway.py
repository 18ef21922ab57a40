"""SMS and push as channels: a text to a phone number, or to an id of a push service, through a gateway.

The gateway is an `https://` one that takes a JSON POST (`gateway_http`), or any service of Apprise (`gateway_apprise`).
Here is what both share: which addresses are valid, and the text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol
from uuid import uuid4

import phonenumbers

from bot.channels import Envelope, Outcome, Refused
from bot.channels.email_content import text as whole_text
from bot.channels.gateway_http import HttpGateway
from bot.channels.sms_text import sms_text
from bot.message import Message
from bot.rules.channels import BY_PHONE
from bot.setting_urls import check_gateway_url

TIMEOUT_S = 12.0
"""For one message as a whole; who claims a notice must hold the claim for longer."""
MOST_CHARS = 512


class Gateway(Protocol):
    """A service that sends a text to an address, `at_once` of them at a time; `title` is empty if the channel has no
    title."""

    at_once: int

    async def send(self, to: str, title: str, text: str, envelope: Envelope) -> Outcome: ...


class GatewayChannel:
    """Sends through the gateway at `url`. The address is a phone number with its country code if the channel `name`
    uses phone numbers, else the service's id of the person."""

    def __init__(self, name: str, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self.name = name
        self._for_numbers = name in BY_PHONE
        check_gateway_url(url, for_numbers=self._for_numbers)
        self._gateway = _gateway(url, timeout_s)
        self.at_once = self._gateway.at_once

    async def deliver(self, address: str, message: Message, *, reference: str = "", language: str = "en") -> Outcome:
        """Sends a message. Accepted contains the gateway's own id for it, else the `reference`."""
        return await self.send_notice(address, Envelope(message, reference=reference, language=language))

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        """Sends a notice. Accepted means that the gateway took it, not that a phone showed it."""
        address = address.strip()
        if not address:
            return Refused(True, "no_address")
        to = phone_number(address) if self._for_numbers else _token(address)
        if to is None:
            return Refused(True, "bad_address")
        if not envelope.reference:
            envelope = replace(envelope, reference=uuid4().hex)
        if self._for_numbers:
            return await self._gateway.send(to, "", sms_text(envelope.message), envelope)
        return await self._gateway.send(to, envelope.headline, whole_text(envelope.message).strip(), envelope)


def _gateway(url: str, timeout_s: float) -> Gateway:
    if url.lower().startswith(("https://", "http://")):
        return HttpGateway(url, timeout_s)
    from bot.channels.gateway_apprise import AppriseGateway  # loads a hundred services, so only if one is set up

    return AppriseGateway(url, timeout_s)


def phone_number(address: str) -> str | None:
    """A number in E.164, such as +886912345678; None if it is not valid."""
    try:
        number = phonenumbers.parse(address, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _token(address: str) -> str | None:
    return address if len(address) <= MOST_CHARS and address.isprintable() else None
