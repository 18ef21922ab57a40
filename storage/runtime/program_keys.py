"""The program's own keys, each for one purpose only, all derived from a secret that the program made.

The secret has 32 random bytes. The process that needs it first makes it, and it is stored in the database, so that all
processes share it. A derived key tells nothing about the others (HMAC-SHA256 by a label, as HKDF expands in RFC 5869).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from pydantic import SecretStr

from bot.settings import Settings
from storage.runtime.engine import Connection, Database
from storage.runtime.program_state import keep_secret
from storage.runtime.write_retry import persist

SECRET_BYTES = 32


async def key_for(conn: Connection, purpose: str) -> bytes:
    """The key for this purpose. It makes the secret if there is none yet, so the connection must be a writing one."""
    secret = await keep_secret(conn, secrets.token_bytes(SECRET_BYTES))
    return hmac.digest(secret, f"duebot 1 {purpose}\x01".encode(), hashlib.sha256)


async def with_webhook_secret(db: Database, settings: Settings) -> Settings:
    """The settings with a secret for the webhook: the operator's if one is given, else the program's own."""
    if not settings.public_url or settings.webhook_secret is not None:
        return settings

    async def made() -> bytes:
        async with db.write() as conn:
            return await key_for(conn, "telegram webhook")

    secret = base64.urlsafe_b64encode(await persist(made)).decode().rstrip("=")
    return settings.model_copy(update={"webhook_secret": SecretStr(secret)})
