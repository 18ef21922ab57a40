"""What an SMTP server's refusals mean: aiosmtplib's errors as `Refused`, each with a stable reason.

A server's words are never kept, because most of them repeat the address. Its codes are enough.
"""

from __future__ import annotations

import re
from enum import StrEnum

import aiosmtplib

from bot.channels import Refused

PERMANENT = 500


class Stage(StrEnum):
    """How far a conversation has come."""

    CONNECT = "connecting"
    ENCRYPTION = "encryption"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"
    DONE = "done"


_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_AUTHENTICATION = frozenset({530, 534, 535, 538})  # RFC 4954, 6
_SHUTTING_DOWN = 421
_NO_SUCH_MAILBOX = frozenset({550, 551, 553})
# RFC 3463: 5.1 is about addresses, 5.1.7 and 5.1.8 about the sender's; 5.7 is about policy, such as a relay that is
# closed to us. A server may use them although the recipient's address is right.
_ABOUT_US = ("5.1.7", "5.1.8", "5.7.")


def refusal(stage: Stage, error: Exception) -> Refused:
    """The value for an error in a conversation that had reached `stage`."""
    if stage is Stage.ENCRYPTION and not isinstance(error, (OSError, aiosmtplib.SMTPServerDisconnected)):
        if isinstance(error, aiosmtplib.SMTPResponseException) and error.code == _SHUTTING_DOWN:
            return _by_code(stage, error)
        return Refused(False, "no_encryption", detail="the server offers no STARTTLS, and nothing is sent in the clear")
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 400:
        return _by_code(stage, error)
    if stage is Stage.CONTENT:
        return Refused(False, "in_doubt", detail=f"the connection ended after the {stage} was sent")
    if stage is Stage.LOGIN and not isinstance(error, OSError):
        return Refused(False, "unauthorized", detail="the server offers no login that is safe to use")
    return Refused(False, "network", detail=f"{type(error).__name__} at {stage}")


def _by_code(stage: Stage, error: aiosmtplib.SMTPResponseException) -> Refused:
    found = _ENHANCED.match(error.message)
    enhanced = found[0] if found else ""
    detail = " ".join(part for part in (str(error.code), enhanced, f"at {stage}") if part)
    if error.code < PERMANENT:
        return Refused(False, "deferred", detail=detail)
    if stage is Stage.LOGIN or error.code in _AUTHENTICATION:
        return Refused(False, "unauthorized", detail=detail)
    if stage is Stage.CONNECT or isinstance(error, aiosmtplib.SMTPHeloError):
        return Refused(False, "server_error", detail=detail)
    if stage is Stage.RECIPIENT and _is_about_mailbox(error.code, enhanced):
        return Refused(True, "bounced", detail=detail)
    return Refused(True, "rejected", detail=detail)


def _is_about_mailbox(code: int, enhanced: str) -> bool:
    return (code in _NO_SUCH_MAILBOX or enhanced.startswith("5.1.")) and not enhanced.startswith(_ABOUT_US)
