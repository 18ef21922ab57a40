"""Whether an event comes from the wallet: signatures of the Standard Webhooks scheme, and of the older header. And the
signatures of events that go out.

Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature` (https://www.standardwebhooks.com). Older:
`X-Duebot-Signature: t=<unix>,v1=<hex hmac-sha256 of "t.body">`. A secret `whsec_…` is base64, any other is its own
bytes. While secrets are exchanged several are valid, and a signature by any of them is enough.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook

TOLERANCE = timedelta(minutes=5)
MOST_SIGNATURES = 16
STANDARD = ("webhook-id", "webhook-timestamp", "webhook-signature")
BASE64 = "whsec_"
_ID = re.compile(r"[!-~]{1,255}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_OLDER = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-fA-F]{64})")


class WrongSignature(Exception):
    """The event cannot be taken; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Signed:
    """An event that is the wallet's. `event_id` is what it is known by; `is_older`: by the older header, where a second
    one with the same id is a replay and not a repetition."""

    event_id: str
    is_older: bool = False


def secrets_of(setting: str) -> tuple[str, ...]:
    """The secrets in a setting, separated by commas or spaces."""
    return tuple(re.split(r"[,\s]+", setting.strip())) if setting.strip() else ()


def verified(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> Signed:
    """The event that these headers (names in small letters) and the body are; raises `WrongSignature`."""
    event_id, seconds, signatures = (headers.get(name, "") for name in STANDARD)
    if event_id or signatures:
        return _standard(event_id, seconds, signatures, body, secrets, now)
    if older := headers.get("x-duebot-signature"):
        return _older(older, body, secrets, now)
    raise WrongSignature("expected the headers webhook-id, webhook-timestamp and webhook-signature")


def signed(event_id: str, at: datetime, body: str, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of an event that goes out: a signature by each of these secrets, one of which the receiver knows."""
    signatures = [Webhook(_key(secret)).sign(event_id, at, body) for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _standard(
    event_id: str, seconds: str, signatures: str, body: bytes, secrets: Sequence[str], now: datetime
) -> Signed:
    if not _ID.fullmatch(event_id):
        raise WrongSignature("webhook-id: expected 1 to 255 visible ASCII characters")
    at = _in_time(seconds, "webhook-timestamp", now)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise WrongSignature("the body is not UTF-8") from None
    given = signatures.split()[:MOST_SIGNATURES]
    for secret in secrets:
        ours = Webhook(_key(secret)).sign(event_id, at, text).encode()
        if any(hmac.compare_digest(each.encode(), ours) for each in given):
            return Signed(event_id)
    raise WrongSignature("webhook-signature is by none of the secrets")


def _older(header: str, body: bytes, secrets: Sequence[str], now: datetime) -> Signed:
    found = _OLDER.fullmatch(header.strip())
    if found is None:
        raise WrongSignature("X-Duebot-Signature: expected t=<unix seconds>,v1=<hex of the HMAC-SHA256>")
    _in_time(found[1], "t of X-Duebot-Signature", now)
    given = bytes.fromhex(found[2])
    for secret in secrets:
        ours = hmac.new(secret.encode(), found[1].encode() + b"." + body, hashlib.sha256).digest()
        if hmac.compare_digest(given, ours):
            return Signed(f"older-{ours.hex()}", is_older=True)
    raise WrongSignature("X-Duebot-Signature is by none of the secrets")


def _in_time(seconds: str, what: str, now: datetime) -> datetime:
    if not _SECONDS.fullmatch(seconds):
        raise WrongSignature(f"{what}: expected Unix seconds")
    if abs(int(seconds) - now.timestamp()) > TOLERANCE.total_seconds():
        raise WrongSignature(f"{what} is more than 5 minutes away; it is {int(now.timestamp())} here")
    return datetime.fromtimestamp(int(seconds), UTC)


def _key(secret: str) -> bytes:
    if secret.startswith(BASE64):
        try:
            return base64.b64decode(secret.removeprefix(BASE64) + "==") or secret.encode()
        except binascii.Error:
            pass
    return secret.encode()
