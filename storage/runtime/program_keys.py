"""The program's own keys, each for one purpose only, all derived from a secret that it made itself.

The secret is 32 random bytes, made once by the process that needs it first, and kept in the database so that all
processes share it. Whoever finds one derived key knows nothing of the others (HMAC-SHA256 by a label, as HKDF expands
in RFC 5869).
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
    """The key for this purpose; makes the secret where there is none yet, so the connection has to be a writing one."""
    secret = await keep_secret(conn, secrets.token_bytes(SECRET_BYTES))
    return hmac.digest(secret, f"duebot 1 {purpose}\x01".encode(), hashlib.sha256)


async def with_webhook_secret(db: Database, settings: Settings) -> Settings:
    """The settings with a secret for the webhook: the operator's where one is given, else the program's own."""
    if not settings.public_url or settings.webhook_secret is not None:
        return settings

    async def made() -> bytes:
        async with db.write() as conn:
            return await key_for(conn, "telegram webhook")

    secret = base64.urlsafe_b64encode(await persist(made)).decode().rstrip("=")
    return settings.model_copy(update={"webhook_secret": SecretStr(secret)})
