"""An authenticator in Python, which signs whatever a test wants it to sign."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256

PRESENT, VERIFIED, ATTESTED = 1, 4, 64
ORIGIN = "https://desk.example.org"


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Authenticator:
    """One passkey, for one site. Its count grows by one with each signature."""

    origin: str = ORIGIN
    host: str = "desk.example.org"
    flags: int = PRESENT | VERIFIED
    counts: int = 0
    user: str = ""
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, asked: Any, **client: Any) -> str:
        """What `navigator.credentials.create` gives, as JSON."""
        self.user = asked["publicKey"]["user"]["id"]
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + public
        said = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + attested}
        client_data = self._client("webauthn.create", asked, client)
        return self._json({"clientDataJSON": text(client_data), "attestationObject": text(cbor.encode(said))})

    def sign(self, asked: Any, **client: Any) -> str:
        """What `navigator.credentials.get` gives, as JSON."""
        self.counts += 1
        data, client_data = self._data(), self._client("webauthn.get", asked, client)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        said = {"clientDataJSON": client_data, "authenticatorData": data, "signature": signature}
        return self._json({**{name: text(raw) for name, raw in said.items()}, "userHandle": self.user})

    def _client(self, kind: str, asked: Any, client: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": asked["publicKey"]["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps({**said, **client}).encode()

    def _data(self, more: int = 0) -> bytes:
        host = hashlib.sha256(self.host.encode()).digest()
        return host + bytes([self.flags | more]) + self.counts.to_bytes(4, "big")

    def _json(self, response: dict[str, str]) -> str:
        number = text(self.credential)
        return json.dumps({"id": number, "rawId": number, "type": "public-key", "response": response})
