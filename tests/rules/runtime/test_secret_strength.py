"""A secret that a person made up is refused, one that a program made is taken."""

from __future__ import annotations

import secrets
import string
import time

import pytest

from bot.rules.runtime.secret_strength import bits, is_weak


@pytest.mark.parametrize(
    "secret",
    [
        *("webhook2026", "webhook2026webhook2026webhook2026", "my-telegram-webhook-secret-2026", "a" * 64),
        *("abcdefghijklmnopqrstuvwxyz", "123456789012345678901234567890", "qwertyuiopasdfghjklzxcvbnm"),
        *("correcthorsebatterystaple", "duebot-production-webhook-secret", "password-password-password", "0" * 256),
        *("changeme-changeme-changeme", "AcornWalletWebhookSecret2026", "abcabcabcabcabcabcabcabcabc", "x2" * 20),
        *("", "q7RkB0_x2Vn-9TfLw4Zs8Hd", "WEBHOOK-SECRET-WEBHOOK-SECRET", "hunter2-hunter2-hunter2-hunter2"),
    ],
)
def test_what_people_invent_is_weak(secret: str) -> None:
    assert is_weak(secret)


@pytest.mark.parametrize("length", [24, 32, 64, 256])
@pytest.mark.parametrize("alphabet", [string.ascii_letters + string.digits + "_-", string.ascii_letters])
def test_what_a_program_makes_is_strong(alphabet: str, length: int) -> None:
    for _ in range(200):
        assert not is_weak("".join(secrets.choice(alphabet) for _ in range(length)))


def test_what_openssl_makes_is_strong() -> None:
    for _ in range(200):
        assert not is_weak(secrets.token_hex(16))
        assert not is_weak(secrets.token_hex(32))
        assert not is_weak(secrets.token_urlsafe(32))


def test_a_long_one_takes_no_time() -> None:
    begun = time.monotonic()
    bits("ab" * 100_000)
    assert time.monotonic() - begun < 1
