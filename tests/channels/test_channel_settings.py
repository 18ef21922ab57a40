"""A channel's URL that cannot work stops the program with one line that names the setting and shows nothing of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import WrongSettings, load_settings

SECRET = "hush"


@pytest.fixture(autouse=True)
def no_settings_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("smtp_url", "smtp://user:hush@mail.example:587"),
        ("smtp_url", "smtps://me%40x.example:p%40%2F@mail.example"),
        ("smtp_url", "smtp://127.0.0.1:1025?from=a+b@wallet.example&unsubscribe=stop@wallet.example"),
        ("smtp_url", "smtp://[::1]:1025/"),
        ("sms_url", "https://hush@sms.example/send?x=1"),
        ("sms_url", "http://127.0.0.1:8000/"),
        ("sms_url", "http://[::1]:8000/"),
        ("sms_url", "twilio://a:hush@+12025550100/{to}"),
        ("push_url", "https://push.example"),
        ("push_url", "ntfys://push.example"),
        ("push_url", "json://127.0.0.1:8000/"),
    ],
)
def test_a_url_that_can_work_is_taken(name: str, url: str) -> None:
    value = getattr(load_settings(**{name: url}), name)
    assert value.get_secret_value() == url


@pytest.mark.parametrize(
    ("name", "url", "expected"),
    [
        ("smtp_url", "mail.example:25", "expected smtp://user:pass@host:port"),
        ("smtp_url", "http://u:hush@mail.example", "expected smtp://user:pass@host:port"),
        ("smtp_url", "smtp://u:hush@", "expected smtp://user:pass@host:port"),
        ("smtp_url", "smtp://u:hu#hush@mail.example", "expected"),
        ("smtp_url", "smtp://u:hush@mail.example:hush", "expected smtp://user:pass@host:port"),
        ("smtp_url", "smtp://u:hush@mail.example:70000", "expected smtp://user:pass@host:port"),
        ("smtp_url", "smtp://u:hush@mail.example:0", "expected smtp://user:pass@host:port"),
        ("smtp_url", "smtp://u:hush\u2100@mail.example", "expected smtp://user:pass@host:port"),
        ("smtp_url", "smtp://u:hush@mail.example\n", "expected smtp://user:pass@host:port"),
        ("smtp_url", "smtp://u:hush@mail.example/inbox", "expected nothing behind host:port but"),
        ("smtp_url", "smtp://u:hush@mail.example?hush=1", "expected nothing behind host:port but"),
        ("smtp_url", "smtp://u:hush@mail.example?from=hush", "expected one e-mail address such as"),
        ("smtp_url", "smtp://u:hush@mail.example?from=a@b.c&from=hush@b.c", "expected one e-mail address such as"),
        ("smtp_url", "smtp://u:hush@mail.example?from=a@b.c%0d%0aBcc:hush@b.c", "expected one e-mail address such as"),
        ("sms_url", "hush", "expected https://gateway.example/…"),
        ("sms_url", "https://", "expected https://gateway.example/…"),
        ("sms_url", "https://u:hush@", "expected https://host/…"),
        ("sms_url", "https://u:hush@sms.example:hush", "expected https://host/…"),
        ("sms_url", "http://u:hush@sms.example/", "http:// is for a gateway on this machine only"),
        ("push_url", "http://hush@10.0.0.1/", "http:// is for a gateway on this machine only"),
        ("sms_url", "twilio://a:hush@+12025550100/+12025550101", "expected {to} in an Apprise URL"),
        ("push_url", "pigeon://hush/x", "Apprise knows none with this scheme"),
        ("push_url", "json://hush@push.example/", "expected jsons://…"),
        ("push_url", "ntfy://hush@push.example", "expected ntfys://…"),
        ("sms_url", "json://push.example:80/{to}?hush=1", "expected jsons://…"),
        ("telegram_api", "http://hush.example", "http:// is for a server on this machine only"),
        ("telegram_api", "http://10.0.0.1:8081", "http:// is for a server on this machine only"),
        ("telegram_api", "http://127.0.0.1.hush.example", "http:// is for a server on this machine only"),
        ("telegram_api", "http://127.0.0.1@hush.example", "http:// is for a server on this machine only"),
        ("telegram_api", "https://u:hush@api.example", "no user or password"),
        ("telegram_api", "https://api.example/?hush=1", "no ? or #"),
        ("telegram_api", "https://api.example/#hush", "no ? or #"),
        ("telegram_api", "https://", "expected an address such as"),
        ("telegram_api", "https://hush example", "expected an address such as"),
        ("telegram_api", "ftp://hush.example", "expected an address such as"),
        ("telegram_api", "https://api.example:hush", "expected an address such as"),
        ("public_url", "https://u:hush@due.example", "no user or password"),
        ("public_url", "https://due.example?hush=1", "no ? or #"),
        ("public_url", "http://hush.example", "https:// address"),
        ("pay_url", "http://hush.example/{instalment_id}", "http:// is for a server on this machine only"),
        ("pay_url", "https://u:hush@pay.example/{instalment_id}", "no user or password"),
        ("pay_url", "javascript:hush", "expected an address such as"),
        ("pay_url", "https://pay.example/{customer_id.hush}", "no other braces"),
    ],
)
def test_a_url_that_cannot_work_is_one_line(name: str, url: str, expected: str) -> None:
    with pytest.raises(WrongSettings) as wrong:
        load_settings(**{name: url})
    (line,) = str(wrong.value).splitlines()
    assert line.startswith(f"DUEBOT_{name.upper()}: ")
    assert expected in line
    assert SECRET not in line


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("telegram_api", "https://api.example:8443/prefix"),
        ("telegram_api", "http://127.0.0.1:8081"),
        ("telegram_api", "http://localhost:8081"),
        ("pay_url", "https://pay.example/{customer_id}?i={instalment_id}#now"),
        ("pay_url", "http://localhost:8080/{instalment_id}"),
    ],
)
def test_an_address_that_may_be_told_secrets_is_taken(name: str, url: str) -> None:
    assert getattr(load_settings(**{name: url}), name) == url


def test_no_output_of_the_settings_shows_a_url() -> None:
    settings = load_settings(
        smtp_url="smtp://u:hush@mail.example", sms_url="https://hush@sms.example", push_url="https://hush@push.example"
    )
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUEBOT_SMTP_URL", "smtp://mail.example")
    monkeypatch.setenv("DUEBOT_SMS_URL", "https://sms.example")
    monkeypatch.setenv("DUEBOT_PUSH_URL", "")
    settings = load_settings()
    assert settings.smtp_url is not None
    assert settings.sms_url is not None
    assert settings.push_url is None
