"""E-mail as a channel: one SMTP conversation for each message, with the outcome as a value.

`email_content` builds a mail, `email_refusals` says what a server's refusals mean. Replies and bounces that arrive
later are not read.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from bot.channels import NOT_LEFT, Accepted, Envelope, Outcome, Refused
from bot.channels.email_content import Post, compose, message_id
from bot.channels.email_refusals import Stage, refusal
from bot.clock import Clock
from bot.message import Message
from bot.setting_urls import LOOPBACK, check_smtp_url

TIMEOUT_S = 12.0
"""For one message as a whole; who claims a notice must hold the claim for longer."""
MOST_AT_ONCE = 8
"""Connections at a time: many servers turn away a client that opens more than ten."""
SMTPS_PORT, SUBMISSION_PORT, RELAY_PORT = 465, 587, 25

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")
_LOCAL_CHARS, _ADDRESS_CHARS = 64, 254  # RFC 5321, 4.5.3.1


def make(url: str, brand: str, clock: Clock) -> EmailChannel:
    """The channel for its setting."""
    return EmailChannel(url, brand, clock)


class EmailChannel:
    """Mails from the address in the SMTP URL (`?from=`, else its user), with the name `brand`.

    `smtps://` is encrypted from the start, `smtp://` by STARTTLS: nothing is sent unencrypted to another machine,
    whatever the server offers. `?unsubscribe=` is the address for List-Unsubscribe, else the sender's own.
    """

    name = "email"
    at_once = MOST_AT_ONCE

    def __init__(self, smtp_url: str, brand: str, clock: Clock, *, timeout_s: float = TIMEOUT_S) -> None:
        check_smtp_url(smtp_url)
        self._server = _server(smtp_url)
        self._sender, self._unsubscribe = _own_addresses(smtp_url)
        self._brand = brand
        self._clock = clock
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def deliver(
        self,
        address: str,
        message: Message,
        *,
        subject: str = "",
        reference: str = "",
        language: str = "en",
        unsubscribe: str = "",
    ) -> Outcome:
        """Sends a mail. Accepted contains its Message-ID, which is the same for the same `reference` and address."""
        return await self.send_notice(address, Envelope(message, subject, reference, language, unsubscribe))

    async def send_notice(self, address: str, envelope: Envelope) -> Outcome:
        """Sends a notice as a mail. Accepted means that a server took it, not that it reached a mailbox."""
        if not address.strip():
            return Refused(True, "no_address")
        recipient = mailbox(address)
        if recipient is None:
            return Refused(True, "bad_address")
        name = message_id(envelope.reference, recipient, self._sender)
        post = Post(self._sender, self._brand, recipient, name, self._clock.now(), self._unsubscribe)
        return await self._hand_over(post, compose(post, envelope), envelope.may_leave)

    async def check(self, within_s: float) -> Refused | None:
        """Whether the server answers, encrypts and accepts the login, without sending a mail; None if it does."""
        conversation = self._conversation()
        try:
            async with asyncio.timeout(within_s), conversation.logged_in() as smtp:
                await smtp.noop()
        except (aiosmtplib.SMTPException, OSError) as error:
            if conversation.stage is not Stage.DONE:
                return refusal(conversation.stage, error)
        return None

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made for the first mail, as it reads all certificates of the machine."""
        return ssl.create_default_context()

    @property
    def is_encrypted(self) -> bool:
        """Whether a conversation is always encrypted; otherwise only if a server on this machine offers it."""
        return self._server.tls or not self._server.may_be_plain

    def _conversation(self) -> _Conversation:
        # The sender's domain, because finding this machine's own name can take longer than sending.
        return _Conversation(self._server, self._tls, self._sender.rpartition("@")[2])

    async def _hand_over(self, post: Post, mail: bytes, may_leave: Callable[[], Awaitable[bool]]) -> Outcome:
        conversation = self._conversation()
        try:
            async with asyncio.timeout(self._timeout_s), self._slots:
                if not await may_leave():
                    return NOT_LEFT
                await conversation.send(post, mail)
        except (aiosmtplib.SMTPException, OSError) as error:
            if conversation.stage is not Stage.DONE:
                return refusal(conversation.stage, error)
        return Accepted(post.message_id)


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    tls: bool
    user: str | None = field(repr=False)
    password: str = field(repr=False)

    @property
    def may_be_plain(self) -> bool:
        """Whether mails and passwords may be sent unencrypted."""
        return self.host in LOOPBACK


@dataclass(slots=True)
class _Conversation:
    """A conversation with a server, to which we are `our_name`; `stage` says how far it came."""

    server: _Server
    tls: ssl.SSLContext
    our_name: str
    stage: Stage = Stage.CONNECT

    @asynccontextmanager
    async def logged_in(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """Encrypted as required, and logged in; at the end it quits politely."""
        smtp = self._client()
        try:
            await smtp.connect()
            await self._encrypt(smtp)
            await self._log_in(smtp)
            yield smtp
            self.stage = Stage.DONE
            with contextlib.suppress(aiosmtplib.SMTPException):
                await smtp.quit(timeout=1)  # a courtesy: the server has the mail already
        finally:
            smtp.close()

    async def send(self, post: Post, mail: bytes) -> None:
        """Sends one mail."""
        async with self.logged_in() as smtp:
            self.stage = Stage.SENDER
            await smtp.mail(post.sender)
            self.stage = Stage.RECIPIENT
            await smtp.rcpt(post.recipient)
            self.stage = Stage.CONTENT
            await smtp.data(mail)

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.server.host,
            port=self.server.port,
            local_hostname=self.our_name,
            use_tls=self.server.tls,
            start_tls=None if self.server.may_be_plain and not self.server.tls else False,
            tls_context=self.tls,
            timeout=None,  # the whole conversation has one
        )

    async def _encrypt(self, smtp: aiosmtplib.SMTP) -> None:
        """Mails contain amounts: they are sent to another machine encrypted or not at all. An attacker who removes
        STARTTLS from the server's answer gets nothing."""
        if not self.server.tls and not self.server.may_be_plain:
            self.stage = Stage.ENCRYPTION
            await smtp.starttls()

    async def _log_in(self, smtp: aiosmtplib.SMTP) -> None:
        self.stage = Stage.LOGIN
        if self.server.user is not None:
            await smtp.login(self.server.user, self.server.password)


def mailbox(address: str) -> str | None:
    """An address in SMTP's form, its domain in ASCII; None if it is not an address."""
    local, at, domain = address.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        return None
    whole = f"{local}@{domain}"
    fits = len(local) <= _LOCAL_CHARS and len(whole) <= _ADDRESS_CHARS
    return whole if at and fits and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) else None


def _server(smtp_url: str) -> _Server:
    parts = urlsplit(smtp_url)
    tls = parts.scheme == "smtps"
    plain_port = RELAY_PORT if parts.username is None else SUBMISSION_PORT
    return _Server(
        host=parts.hostname or "",
        port=parts.port or (SMTPS_PORT if tls else plain_port),
        tls=tls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or ""),
    )


def _own_addresses(smtp_url: str) -> tuple[str, str]:
    """The sender, and the address for requests to stop. If the URL has neither a sender nor a user that is an address,
    the sender is made from the user and the server."""
    parts = urlsplit(smtp_url)
    given = parse_qs(parts.query.replace("+", "%2B"))
    user = unquote(parts.username or "")
    sender = given.get("from", [user if mailbox(user) else f"{_local_part(user)}@{_domain(parts.hostname or '')}"])[0]
    return sender, given.get("unsubscribe", [sender])[0]


def _local_part(user: str) -> str:
    return user if _LOCAL.fullmatch(user) else "duebot"


def _domain(host: str) -> str:
    if ":" in host:
        return f"[IPv6:{host}]"
    return f"[{host}]" if host.rpartition(".")[2].isdecimal() else host
