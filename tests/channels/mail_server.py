"""A real SMTP server (aiosmtpd) in the test's own loop, which answers each command as the test says."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

DROP, HANG = "drop", "hang"
"""Instead of an answer: the connection ends, or nothing comes."""


@dataclass
class MailServer:
    """`answers` maps MAIL, RCPT and DATA to what is answered; `login` is the one that is let in."""

    answers: dict[str, str] = field(default_factory=dict)
    login: tuple[bytes, bytes] | None = None
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    greeting: str = ""  # said instead of the server's own, and then the connection ends
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    connections: int = 0
    _server: asyncio.Server | None = None
    _protocols: list[SMTP] = field(default_factory=list)

    async def start(self, implicit_tls: bool = False) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._greeter if self.greeting else lambda: self._protocol(implicit_tls),
            self.host,
            ssl=self.tls if implicit_tls else None,
        )

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for protocol in self._protocols:
            if protocol.transport is not None and not protocol.transport.is_closing():
                protocol.transport.abort()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def mail(self) -> EmailMessage:
        (only,) = self.mails
        return only

    def _protocol(self, implicit_tls: bool) -> SMTP:
        self.connections += 1
        protocol = SMTP(
            self,
            hostname="mail.example",
            tls_context=None if implicit_tls else self.tls,
            authenticator=self._authenticate if self.login else None,
            auth_require_tls=False,
        )
        self._protocols.append(protocol)
        return protocol

    def _greeter(self) -> asyncio.Protocol:
        greeting = self.greeting

        class Greeter(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                writer = cast(asyncio.Transport, transport)
                writer.write(f"{greeting}\r\n".encode())
                writer.close()

        return Greeter()

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, given: Any) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == self.login, handled=False)

    async def _answer(self, server: SMTP, command: str) -> str:
        answer = self.answers.get(command, "250 OK")
        if answer == DROP:
            server.transport.abort()
        if answer == HANG:
            await asyncio.Event().wait()
        return answer

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: Any) -> str:
        self.sessions.append(session)
        envelope.mail_from = address
        return await self._answer(server, "MAIL")

    async def handle_RCPT(self, server: SMTP, _session: Session, envelope: Envelope, address: str, _opts: Any) -> str:
        envelope.rcpt_tos.append(address)
        return await self._answer(server, "RCPT")

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.recipients += envelope.rcpt_tos
        content = cast(bytes, envelope.content)
        self.raw.append(content)
        self.mails.append(cast(EmailMessage, message_from_bytes(content, policy=policy.default)))
        return await self._answer(server, "DATA")
