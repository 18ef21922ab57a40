"""Builds a mail: its headers, and a text part and an HTML part with the same content.

Every value from elsewhere is put on one line before it gets into a header. `email_html` writes the HTML.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from urllib.parse import quote

from bot.channels import Envelope, links
from bot.channels.email_html import page
from bot.message import Message
from locales import clean


@dataclass(frozen=True, slots=True)
class Post:
    """Who writes to whom and when; `unsubscribe` is the address for requests to stop."""

    sender: str
    brand: str
    recipient: str
    message_id: str
    at: datetime
    unsubscribe: str


class _Policy(EmailPolicy):
    """Does not fold headers that programs read: the library would encode an address that is longer than a line."""

    _WHOLE = frozenset({"message-id", "list-unsubscribe"})

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in self._WHOLE:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


# 7 bits, so that no server has to re-encode it.
_MAIL = _Policy(linesep="\r\n", cte_type="7bit", raise_on_defect=False)


def compose(post: Post, envelope: Envelope) -> bytes:
    """A whole mail in its transmitted form."""
    mail = EmailMessage(policy=_MAIL)
    mail["From"] = Address(clean(post.brand), addr_spec=post.sender)
    mail["To"] = Address(addr_spec=post.recipient)
    mail["Subject"] = envelope.headline
    mail["Date"] = post.at
    mail["Message-ID"] = post.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = _ways_to_stop(post.unsubscribe, envelope.unsubscribe)
    if envelope.unsubscribe:
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    mail.set_content(_sendable(text(envelope.message)))
    mail.add_alternative(_sendable(page(envelope)), subtype="html")
    mail["Content-Language"] = envelope.language  # last, because the content parts would take such headers over
    return mail.as_bytes()


def message_id(reference: str, recipient: str, sender: str) -> str:
    """The same for the same reference and recipient; a new one each time without a reference."""
    seed = f"{reference}\n{recipient}" if reference else uuid.uuid4().hex
    return f"<{hashlib.sha256(seed.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"


def text(message: Message) -> str:
    """The words without markup, each link on its own line below them."""
    below = [f"{button.label}: {button.url}" for button in links(message)]
    return "\n\n".join([message.plain().strip(), *below]) + "\n"


def _ways_to_stop(address: str, url: str) -> str:
    by_mail = f"<mailto:{quote(address, safe='@')}?subject=unsubscribe>"
    return f"<{url}>, {by_mail}" if url else by_mail


def _sendable(words: str) -> str:
    """A lone surrogate, which a person's text may contain, cannot be encoded in UTF-8: it becomes a question mark."""
    return words.encode("utf-8", "replace").decode()
