"""Who may say that something happened: signatures, their time, and secrets that are being exchanged."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.operations.event_signatures import TOLERANCE, Signed, WrongSignature, secrets_of, verified

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
AT = str(int(NOW.timestamp()))
PLAIN, CODED = "kT3vQ9xLm2Zp7RbW5yHd8NcJ_-f4", "whsec_" + base64.b64encode(b"0123456789abcdefghijklmn").decode()
BODY = '{"type": "付款"}'.encode()


def standard(secret: str, event_id: str = "msg_1", at: str = AT, body: bytes = BODY) -> dict[str, str]:
    """Signed by the scheme's text alone."""
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    said = hmac.new(key, f"{event_id}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(said).decode()
    return {"webhook-id": event_id, "webhook-timestamp": at, "webhook-signature": signature}


def older(secret: str, at: str = AT, body: bytes = BODY) -> dict[str, str]:
    said = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"x-duebot-signature": f"t={at},v1={said}"}


@pytest.mark.parametrize("secret", [PLAIN, CODED])
def test_both_schemes_with_either_secret_while_they_are_exchanged(secret: str) -> None:
    assert verified(standard(secret), BODY, (PLAIN, CODED), NOW) == Signed("msg_1")
    assert verified(older(secret), BODY, (PLAIN, CODED), NOW).is_older
    for headers in (standard(secret), older(secret)):
        with pytest.raises(WrongSignature):
            verified(headers, BODY, tuple({PLAIN, CODED} - {secret}), NOW)
        with pytest.raises(WrongSignature):
            verified(headers, BODY, (), NOW)


def test_one_of_several_signatures_is_enough() -> None:
    headers = standard(PLAIN, event_id="~" * 255)
    ours = headers["webhook-signature"]
    for others in ("v1,AAAA {}", "v1a,zzz {}", "nonsense {}", "v1,%% {}", "{} v2,abc", "é {}", "v1,AAAA " * 15 + "{}"):
        assert verified(headers | {"webhook-signature": others.format(ours)}, BODY, (PLAIN,), NOW)
    for none in ("v1,AAAA " * 16 + ours, ours.replace("v1,", "v2,"), ours.replace("v1,", ""), f"{ours}=", f"{ours},"):
        with pytest.raises(WrongSignature):
            verified(headers | {"webhook-signature": none}, BODY, (PLAIN,), NOW)


@pytest.mark.parametrize("make", [standard, older])
def test_only_within_five_minutes(make: object) -> None:
    for away in (TOLERANCE, -TOLERANCE):
        assert verified(make(PLAIN), BODY, (PLAIN,), NOW + away)  # type: ignore[operator]
        with pytest.raises(WrongSignature, match="more than 5 minutes"):
            verified(make(PLAIN), BODY, (PLAIN,), NOW + away + away / 300)  # type: ignore[operator]


def test_the_hour_of_the_machine_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Taipei")
    time.tzset()
    try:
        assert verified(standard(PLAIN), BODY, (PLAIN,), NOW) == Signed("msg_1")
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("make", [standard, older])
def test_nothing_of_it_may_be_changed(make: object) -> None:
    headers = make(PLAIN)  # type: ignore[operator]
    with pytest.raises(WrongSignature):
        verified(headers, BODY + b" ", (PLAIN,), NOW)
    for name, value in headers.items():
        with pytest.raises(WrongSignature):
            verified(headers | {name: value[:-1]}, BODY, (PLAIN,), NOW)
        with pytest.raises(WrongSignature):
            verified(headers | {name: ""}, BODY, (PLAIN,), NOW)


def test_what_is_no_signature_at_all() -> None:
    hex_of_64, whole = "ab" * 32, standard(PLAIN)
    expected_all = "expected the headers webhook-id, webhook-timestamp and webhook-signature"
    expected_id = "webhook-id: expected 1 to 255 visible ASCII characters"
    expected_older = "X-Duebot-Signature: expected t=<unix seconds>,v1=<hex of the HMAC-SHA256>"
    older_seconds, away = "t of X-Duebot-Signature", f"is more than 5 minutes away; it is {AT} here"
    for headers, why in (
        ({}, expected_all),
        ({"webhook-timestamp": AT}, expected_all),
        ({"x-duebot-signature": ""}, expected_all),
        ({"webhook-signature": whole["webhook-signature"]}, expected_id),
        (whole | {"webhook-id": "a\nb"}, expected_id),
        (standard(PLAIN, event_id="x" * 256), expected_id),
        ({"webhook-id": "msg_1"}, "webhook-timestamp: expected Unix seconds"),
        (standard(PLAIN, at="1e9"), "webhook-timestamp: expected Unix seconds"),
        (standard(PLAIN, at="9" * 13), "webhook-timestamp: expected Unix seconds"),
        (standard(PLAIN, at="9" * 12), f"webhook-timestamp {away}"),
        ({"webhook-id": "msg_1", "webhook-timestamp": AT}, "webhook-signature is by none of the secrets"),
        (standard(CODED), "webhook-signature is by none of the secrets"),
        ({"x-duebot-signature": f"t={AT}"}, expected_older),
        ({"x-duebot-signature": f"t={AT},v1={'z' * 64}"}, expected_older),
        ({"x-duebot-signature": f"t={'9' * 12},v1={hex_of_64}"}, f"{older_seconds} {away}"),
        ({"x-duebot-signature": f"t={AT},v1={hex_of_64}"}, "X-Duebot-Signature is by none of the secrets"),
    ):
        with pytest.raises(WrongSignature) as error:
            verified(headers, BODY, (PLAIN,), NOW)
        assert str(error.value) == why, headers
    with pytest.raises(WrongSignature, match="^the body is not UTF-8$"):
        verified(standard(PLAIN, body=b"\xff"), b"\xff", (PLAIN,), NOW)


@given(
    st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()), st.binary()
)
def test_nobody_else_is_taken_for_the_wallet(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(WrongSignature):
        verified(headers, body, (PLAIN, CODED), NOW)


def test_secrets_of_a_setting() -> None:
    assert secrets_of("a") == ("a",)
    assert secrets_of(" a,b  c ") == ("a", "b", "c")
    assert secrets_of(" ") == ()
    assert timedelta(minutes=5) == TOLERANCE  # said in the contract
