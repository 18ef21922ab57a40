"""What authenticators are asked for and what they answer, as WebAuthn has it: a door to the library `fido2`.

It is imported when a passkey is needed: it takes a tenth of a second, and most processes never need it. All that comes
from a browser may be forged; whatever is wrong with it is `NotGenuine`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.webauthn import (
    Aaguid,
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bot.rules.operations.passkeys import CHALLENGE_LASTS, Site

MOST_ANSWER = 32 << 10  # characters of JSON
MOST_CREDENTIAL_ID = 1023  # bytes, as WebAuthn has it
ALGORITHM = 3  # the label of a COSE key
REQUIRED = UserVerificationRequirement.REQUIRED


class NotGenuine(Exception):
    """This is no answer of an authenticator to what was asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser sent, read and not yet believed. `challenge` and `credential_id` are base64url."""

    challenge: str
    credential_id: str
    response: RegistrationResponse | AuthenticationResponse


@dataclass(frozen=True, slots=True)
class Made:
    """A passkey that an authenticator made; `public_key` is a COSE key as CBOR."""

    credential_id: str
    public_key: bytes
    sign_count: int


def to_make(site: Site, brand: str, user: bytes, name: str, known: Sequence[str], challenge: str) -> dict[str, object]:
    """What a browser is to make a passkey from, for the agent with the handle `user`; not where one of `known` is."""
    options, _ = _server(site, brand).register_begin(
        PublicKeyCredentialUserEntity(name=name, id=user, display_name=name),
        [PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=_bytes(one)) for one in known],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=REQUIRED,
        challenge=_bytes(challenge),
    )
    return dict(options)


def to_sign(site: Site, brand: str, challenge: str) -> dict[str, object]:
    """What a browser is to have signed, by a passkey that its user chooses."""
    options, _ = _server(site, brand).authenticate_begin(None, REQUIRED, _bytes(challenge))
    return dict(options)


def read_made(text: str) -> Answer:
    return _read(text, RegistrationResponse)


def read_signed(text: str) -> Answer:
    return _read(text, AuthenticationResponse)


def check_made(site: Site, answer: Answer) -> Made:
    """The passkey in an answer to `to_make`; raises `NotGenuine`."""
    with _genuine():
        _must_be(not answer.response.response.client_data.cross_origin, "of a page of its own")
        made = _server(site).register_complete(_state(answer), answer.response)
        key = made.credential_data
        _must_be(key is not None, "a passkey")
        assert key is not None
        _must_be(key.public_key.get(ALGORITHM) in CoseKey.supported_algorithms(), "of a kind that was asked for")
        _must_be(_text(key.credential_id) == answer.credential_id, "of the credential that it says")
        _must_be(len(key.credential_id) <= MOST_CREDENTIAL_ID, "of a usual length")
        return Made(answer.credential_id, cbor.encode(dict(key.public_key)), made.counter)


def check_signed(site: Site, answer: Answer, public_key: bytes, user: bytes) -> int:
    """How often the authenticator says it has signed, if this passkey of the agent with the handle `user` has signed
    what was asked; raises `NotGenuine`."""
    with _genuine():
        _must_be(not answer.response.response.client_data.cross_origin, "of a page of its own")
        key = CoseKey.parse(cbor.decode(public_key))  # type: ignore[arg-type]
        known = AttestedCredentialData.create(Aaguid.NONE, _bytes(answer.credential_id), key)
        assert isinstance(answer.response, AuthenticationResponse)
        signed = answer.response.response
        _must_be(signed.user_handle == user, "of the agent whose passkey it is")
        _server(site).authenticate_complete(_state(answer), [known], answer.response)
        return signed.authenticator_data.counter


def _read(text: str, kind: type[RegistrationResponse] | type[AuthenticationResponse]) -> Answer:
    with _genuine():
        _must_be(len(text) <= MOST_ANSWER, "of a usual length")
        response = kind.from_dict(json.loads(text))
        return Answer(_text(response.response.client_data.challenge), _text(response.raw_id), response)


@contextmanager
def _genuine() -> Iterator[None]:
    """There is hardly an exception that reading something forged does not raise."""
    try:
        yield
    except NotGenuine:
        raise
    except Exception as error:
        raise NotGenuine from error


def _must_be(is_so: bool, what: str) -> None:
    if not is_so:
        raise NotGenuine(f"it is not {what}")


def _server(site: Site, brand: str = "") -> Fido2Server:
    entity = PublicKeyCredentialRpEntity(name=brand or site.host, id=site.host)
    server = Fido2Server(entity, verify_origin=lambda origin: origin == site.origin)
    server.timeout = int(CHALLENGE_LASTS.total_seconds() * 1000)  # type: ignore[assignment]
    return server


def _state(answer: Answer) -> dict[str, object]:
    """The challenge that the answer names: the caller has looked it up, and used it up."""
    return {"challenge": answer.challenge, "user_verification": REQUIRED}


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
