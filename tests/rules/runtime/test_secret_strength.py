"""A secret that a person made up is refused; a generated one is accepted."""

from __future__ import annotations

import string
import time
from base64 import urlsafe_b64encode
from math import log2
from random import Random

import pytest

from bot.rules.runtime.secret_strength import LEAST_BITS, LEAST_LENGTH, bits, is_weak


@pytest.mark.parametrize(
    "secret",
    [
        *("webhook2026", "webhook2026webhook2026webhook2026", "my-telegram-webhook-secret-2026", "a" * 64),
        *("abcdefghijklmnopqrstuvwxyz", "123456789012345678901234567890", "qwertyuiopasdfghjklzxcvbnm"),
        *("correcthorsebatterystaple", "duebot-production-webhook-secret", "password-password-password", "0" * 256),
        *("changeme-changeme-changeme", "AcornWalletWebhookSecret2026", "abcabcabcabcabcabcabcabcabc", "x2" * 20),
        *("", "q7RkB0_x2Vn-9TfLw4Zs8Hd", "WEBHOOK-SECRET-WEBHOOK-SECRET", "hunter2-hunter2-hunter2-hunter2"),
        *("CorrectHorseBatteryStaple2024", "thequickbrownfoxjumpsoverthelazydog", "w3bh00k-s3cr3t-4c0rn-w4ll3t"),
        *("to-be-or-not-to-be-that-is-the-question", "MyTelegramBotWebhookSecret1", "P4ssw0rd_P4ssw0rd_T0ken_2026"),
    ],
)
def test_what_people_invent_is_weak(secret: str) -> None:
    assert is_weak(secret)


ALPHABETS = (string.ascii_letters + string.digits + "_-", string.ascii_letters)


def made(random: Random, alphabet: str, length: int) -> str:
    return "".join(random.choice(alphabet) for _ in range(length))


HAN = "".join(chr(0x4E00 + n) for n in range(40))  # forty signs, none of them twice


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        *(("", 0), ("q", 4.7), ("7", 3.3), ("42", 6.6), ("_", 3), ("ñ", 4.7)),
        *(("cat", 4.7), ("plum", 12), ("plums", 12), ("plumsy", 24)),  # five letters in a row are a word
        *(("ſecret", 2), ("to\u212aen", 2)),  # its capital is S, its small letter is k
        *(("token", 2), ("t0ken", 2), ("tokenwallet", 4), ("opensesame", 2), ("trustno1", 2)),
        *(("2026", 6), ("token2026", 8), ("2026-1999", 6 + 3 + 6), ("12026", 5 * 3.3), ("2126", 4 * 3.3)),
        *(("qwertyui", 2), ("qwerty", 2), ("qwer", 2), ("uiop", 2), ("poiuytre", 2), ("rewq", 2), ("iop", 4.7)),
        *(("aaaa", 4.7 + log2(2) / 2), ("catcat_", 4.7 + log2(4) / 2 + 3), ("catcat", 4.7 + log2(4) / 2)),
        *((2 * HAN, 40 * 4.7 + log2(41) / 2 + log2(73) / 2), ("catCAT", 4.7 + log2(4) / 2)),
        ("ßcatcat", 2 * 4.7 + log2(5) / 2),
        ("cat_cat-cat", 4.7 + 3 + 3 + log2(5) / 2 + log2(9) / 2),
        ("opensesame-plum-plum-token", 2 + 12 + 3 + log2(7) / 2 + 2),
    ],
)
def test_how_many_bits_it_takes_to_guess_it(secret: str, expected: float) -> None:
    assert bits(secret) == pytest.approx(expected)


def test_what_is_longer_than_telegram_takes_counts_no_more() -> None:
    signs = "".join(chr(0x4E00 + n) for n in range(257))
    assert bits(signs[:255]) < bits(signs[:256]) == bits(signs)


def test_just_enough_is_not_weak() -> None:
    assert bits("harvesting_plumsylike-token") == LEAST_BITS
    assert not is_weak("harvesting_plumsylike-token")


@pytest.mark.parametrize("length", [32, 64, 256])
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_what_a_program_makes_is_strong(alphabet: str, length: int) -> None:
    random = Random(length)
    assert not [secret for secret in (made(random, alphabet, length) for _ in range(40)) if is_weak(secret)]


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_of_the_shortest_that_can_be_hardly_any_is_refused(alphabet: str) -> None:
    """By chance some letters look like words: that happens to one in thousands, which is then made again."""
    random = Random(LEAST_LENGTH)
    weak = [secret for secret in (made(random, alphabet, LEAST_LENGTH) for _ in range(250)) if is_weak(secret)]
    assert len(weak) <= 1


def test_what_openssl_and_duebot_make_is_far_from_weak() -> None:
    """By what the error says (`openssl rand -hex 32`), and by what links are made with: no luck is needed."""
    random = Random(32)
    for _ in range(40):
        assert not is_weak(random.randbytes(16).hex())
        assert bits(random.randbytes(32).hex()) > 2 * LEAST_BITS
        assert bits(urlsafe_b64encode(random.randbytes(32)).decode().rstrip("=")) > 1.5 * LEAST_BITS


def test_a_long_one_takes_no_time() -> None:
    begun = time.process_time()
    bits("ab" * 100_000)
    assert time.process_time() - begun < 1
