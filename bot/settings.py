"""Configuration: from the environment, `.env` and `duebot.toml`, in this order of precedence.

A wrong value is one line that names the setting, what was expected and how to mend it; a secret's value is in no
error and no output.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

Role = Literal["all", "bot", "sender", "web"]

TELEGRAM_PLAIN_RATE = 30  # messages a second over all chats; beyond it Telegram takes Stars for each message
TELEGRAM_PAID_RATE = 1000
TOML_FILE = Path("duebot.toml")


class WrongSettings(ValueError):
    """The settings cannot be used; the message is one line a setting, each naming it."""


def _web_address(value: str) -> str:
    if value and not value.startswith(("https://", "http://")):
        raise ValueError("expected an address such as https://example.org")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]


class Settings(BaseSettings):
    """All that can be set; the names are the contract's, without their prefix."""

    model_config = SettingsConfigDict(
        env_prefix="DUEBOT_", env_file=".env", toml_file=TOML_FILE, extra="ignore", env_ignore_empty=True
    )

    token: SecretStr | None = None
    telegram_api: WebAddress = "https://api.telegram.org"
    database_url: SecretStr = SecretStr("sqlite:///duebot.db")
    policy: str = "humane"
    agent_chat: int | None = None
    listen: str = "127.0.0.1:8080"
    public_url: WebAddress = ""
    webhook_secret: SecretStr | None = None
    send_rate: float = TELEGRAM_PLAIN_RATE
    paid_broadcast: bool = False
    pay_url: str = ""
    brand: str = "Wallet"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            number, colon, secret = value.get_secret_value().partition(":")
            if not (number.isdecimal() and colon and secret.strip() == secret and secret and "/" not in secret):
                raise ValueError("expected a bot token from @BotFather, digits:letters")
        return value

    @field_validator("agent_chat")
    @classmethod
    def _agent_chat(cls, value: int | None) -> int | None:
        if value is not None and value >= 0:
            raise ValueError(f"expected a group's id, which is negative such as -1001234567890, not {value}")
        return value

    @field_validator("listen")
    @classmethod
    def _listen(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if not (host and colon and port.isdecimal() and int(port) <= 65535):
            raise ValueError(f"expected host:port such as 127.0.0.1:8080, not {value!r}")
        return value

    @field_validator("pay_url")
    @classmethod
    def _pay_url(cls, value: str) -> str:
        if value:
            _web_address(value)
            try:
                value.format(instalment_id="I", customer_id="C")
            except (KeyError, IndexError, ValueError):
                raise ValueError(
                    "expected a link with no other braces than {instalment_id} and {customer_id}"
                ) from None
        return value

    @field_validator("brand")
    @classmethod
    def _brand(cls, value: str) -> str:
        if not 0 < len(value.strip()) <= 64 or not value.isprintable():
            raise ValueError("expected a name of 1 to 64 printable characters")
        return value.strip()

    @model_validator(mode="after")
    def _together(self) -> Settings:
        most = TELEGRAM_PAID_RATE if self.paid_broadcast else TELEGRAM_PLAIN_RATE
        if not 0 < self.send_rate <= most:
            hint = "" if self.paid_broadcast else ", or DUEBOT_PAID_BROADCAST=true for Telegram's paid rate"
            raise ValueError(f"DUEBOT_SEND_RATE: expected more than 0 and at most {most} messages a second{hint}")
        if self.public_url:
            if not self.public_url.startswith("https://"):
                raise ValueError("DUEBOT_PUBLIC_URL: expected an https:// address, Telegram delivers to no other")
            secret = self.webhook_secret.get_secret_value() if self.webhook_secret else ""
            if not 1 <= len(secret) <= 256 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret):
                raise ValueError(
                    "DUEBOT_WEBHOOK_SECRET: needed with DUEBOT_PUBLIC_URL, 1 to 256 of the characters A-Z a-z 0-9 _ -"
                )
        return self

    @property
    def host_and_port(self) -> tuple[str, int]:
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def bot_token(self) -> str:
        """The token, where one is needed; raises `WrongSettings` without one."""
        if self.token is None:
            raise WrongSettings("DUEBOT_TOKEN: needed; @BotFather gives one")
        return self.token.get_secret_value()


def load_settings(**overrides: Any) -> Settings:
    """Reads the settings; raises `WrongSettings` with one line for each that is wrong."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise WrongSettings("\n".join(_line(e) for e in error.errors(include_input=False, include_url=False))) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSettings(f"{TOML_FILE}: not TOML: {error}") from None


def _line(error: Any) -> str:
    """One fault of one setting, without the value: it may be a secret."""
    message = error["msg"].removeprefix("Value error, ")
    return f"DUEBOT_{str(error['loc'][0]).upper()}: {message}" if error["loc"] else message
