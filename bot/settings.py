"""Configuration: from the environment, `.env` and `duebot.toml`, in this order of precedence.

A wrong value is reported in one line with the setting, what was expected and how to fix it. No error or output contains
a secret's value.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, SecretStr, ValidationError, create_model, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from bot.rules.channels import CHANNELS, Channel
from bot.rules.operations.event_signatures import secrets_of
from bot.rules.operations.hook_addresses import Allowed, parse_allowed
from bot.rules.operations.retention import DEFAULT_DAYS, LEAST_DAYS, MOST_DAYS
from bot.rules.runtime.secret_strength import LEAST_LENGTH, is_weak
from bot.setting_urls import check_channel_url, check_web_address
from bot.text_files import read_text

Role = Literal["all", "bot", "sender", "web"]

TELEGRAM_PLAIN_RATE = 30  # messages per second over all chats; above this, Telegram charges Stars for each message
TELEGRAM_PAID_RATE = 1000
TOML_FILE = Path("duebot.toml")
PREFIX = "DUEBOT_"
STRONG = (
    f"expected at least {LEAST_LENGTH} characters that nobody can guess, no words and no years; "
    "`openssl rand -hex 32` makes some"
)

_PUBLIC_URL = re.compile(r"https://[!-;=?-~]{1,500}")


class WrongSettings(ValueError):
    """The settings cannot be used; the message has one line for each wrong setting."""


def _web_address(value: str) -> str:
    if value and not value.startswith(("https://", "http://")):
        raise ValueError("expected an address such as https://example.org")
    return value.rstrip("/")


def _safe_address(value: str) -> str:
    """The address of a server that gets secrets: unencrypted only on this machine."""
    if value:
        check_web_address(value)
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
SafeAddress = Annotated[str, AfterValidator(_safe_address)]


class _TomlFile(TomlConfigSettingsSource):
    """`duebot.toml`; every fault of the file is reported in one line."""

    def _read_file(self, file_path: object) -> dict[str, object]:
        return _toml_tables()


def _toml_tables() -> dict[str, object]:
    """The contents of `duebot.toml`; raises `WrongSettings`."""
    try:
        return tomllib.loads(read_text(TOML_FILE))
    except RecursionError:
        why = 'not TOML: lists or tables are nested too deeply; expected lines such as brand = "Acorn Wallet"'
    except UnicodeDecodeError as error:
        why = f"byte {error.start + 1} is not UTF-8; expected a text file saved as UTF-8"
    except ValueError as error:
        why = f"not TOML: {error}"
    except OSError as error:
        why = f"it cannot be read: {error.strerror or error}"
    raise WrongSettings(f"{TOML_FILE}: {why}")


def _channel_url(channel: Channel, value: SecretStr | None) -> SecretStr | None:
    if value is not None:
        check_channel_url(channel, value.get_secret_value())
    return value


def _channel_field(channel: Channel) -> Any:
    return Annotated[SecretStr | None, AfterValidator(partial(_channel_url, channel))], None


if TYPE_CHECKING:
    _ChannelSettings = BaseSettings
else:  # one setting for each channel that needs one: `url_of` returns it
    _ChannelSettings = create_model(
        "_ChannelSettings", __base__=BaseSettings, **{c.setting: _channel_field(c) for c in CHANNELS if c.setting}
    )


class Settings(_ChannelSettings):
    """All settings; the names are the contract's, without their prefix."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", toml_file=TOML_FILE, extra="ignore", env_ignore_empty=True
    )

    token: SecretStr | None = None
    telegram_api: SafeAddress = "https://api.telegram.org"
    database_url: SecretStr = SecretStr("sqlite:///duebot.db")
    policy: str = "humane"
    agent_chat: int | None = None  # the last one if several are given: it takes new topics
    agent_chats: tuple[int, ...] = ()  # all of them; read from agent_chat, not a separate setting
    replies: str = ""  # a file of canned replies for agents; without it, those that come with duebot
    learn: str = ""  # a folder of the wallet's own lessons, besides those that come with duebot
    surveys: str = ""  # a folder of survey files that supervisors start in their chat
    phrases: str = ""  # a file of the wallet's own phrases, besides those that come with duebot
    guard_words: str = ""  # a file of words that agents are asked about, besides those that come with duebot
    listen: str = "127.0.0.1:8080"
    public_url: WebAddress = ""
    webhook_secret: SecretStr | None = None
    api_key: SecretStr | None = None
    events_secret: SecretStr | None = None
    hook_hosts: str = ""  # hosts that events may go to although they are not public, or without https
    send_rate: float = TELEGRAM_PLAIN_RATE
    paid_broadcast: bool = False
    keep_days: int = DEFAULT_DAYS  # how long records are kept that nothing needs
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
        return init_settings, env_settings, dotenv_settings, _TomlFile(settings_cls)

    @field_validator("token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            number, colon, secret = value.get_secret_value().partition(":")
            if not (number.isdecimal() and colon and secret.strip() == secret and secret and "/" not in secret):
                raise ValueError("expected a bot token from @BotFather, digits:letters")
        return value

    @field_validator("agent_chat", mode="before")
    @classmethod
    def _agent_chat(cls, value: object) -> int | None:
        chats = _chat_ids(value)
        return chats[-1] if chats else None

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
            try:
                link = value.format(instalment_id="I", customer_id="C")
            except (AttributeError, KeyError, IndexError, ValueError):
                raise ValueError(
                    "expected a link with no other braces than {instalment_id} and {customer_id}"
                ) from None
            check_web_address(link, with_query=True)
        return value

    @field_validator("brand")
    @classmethod
    def _brand(cls, value: str) -> str:
        if not 0 < len(value.strip()) <= 64 or not value.isprintable():
            raise ValueError("expected a name of 1 to 64 printable characters")
        return value.strip()

    @field_validator("keep_days")
    @classmethod
    def _keep_days(cls, value: int) -> int:
        if not LEAST_DAYS <= value <= MOST_DAYS:
            raise ValueError(f"expected {LEAST_DAYS} to {MOST_DAYS} days, not {value}")
        return value

    @field_validator("api_key")
    @classmethod
    def _api_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and is_weak(value.get_secret_value()):
            raise ValueError(STRONG)
        return value

    @field_validator("events_secret")
    @classmethod
    def _events_secret(cls, value: SecretStr | None) -> SecretStr | None:
        """One secret, or several while they are exchanged."""
        if value is not None and any(map(is_weak, secrets_of(value.get_secret_value()))):
            raise ValueError(STRONG)
        return value

    @field_validator("hook_hosts")
    @classmethod
    def _hook_hosts(cls, value: str) -> str:
        parse_allowed(value)
        return value

    @model_validator(mode="before")
    @classmethod
    def _agent_chats(cls, given: Mapping[str, object]) -> Mapping[str, object]:
        try:
            chats = _chat_ids(given.get("agent_chat"))
        except ValueError:
            chats = ()  # agent_chat reports what is wrong
        return {**given, "agent_chats": chats}

    @model_validator(mode="after")
    def _together(self) -> Settings:
        most = TELEGRAM_PAID_RATE if self.paid_broadcast else TELEGRAM_PLAIN_RATE
        if not 0 < self.send_rate <= most:
            hint = "" if self.paid_broadcast else ", or DUEBOT_PAID_BROADCAST=true for Telegram's paid rate"
            raise ValueError(f"DUEBOT_SEND_RATE: expected more than 0 and at most {most} messages a second{hint}")
        if self.public_url:
            if not _PUBLIC_URL.fullmatch(self.public_url):
                raise ValueError(
                    "DUEBOT_PUBLIC_URL: expected an https:// address in ASCII, Telegram delivers to no other"
                )
            try:
                check_web_address(self.public_url)
            except ValueError as wrong:
                raise ValueError(f"DUEBOT_PUBLIC_URL: {wrong}") from None
            if self.webhook_secret is not None:
                _check_webhook_secret(self.webhook_secret.get_secret_value())
        return self

    def url_of(self, channel: Channel) -> SecretStr | None:
        """The channel's URL; None if it is not set up, or needs none."""
        return getattr(self, channel.setting) if channel.setting else None

    @property
    def host_and_port(self) -> tuple[str, int]:
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def events_secrets(self) -> tuple[str, ...]:
        return secrets_of(self.events_secret.get_secret_value()) if self.events_secret else ()

    @property
    def hooks_allowed(self) -> Allowed:
        return parse_allowed(self.hook_hosts)

    @property
    def bot_token(self) -> str:
        """The token; raises `WrongSettings` if there is none."""
        if self.token is None:
            raise WrongSettings("DUEBOT_TOKEN: needed; @BotFather gives one")
        return self.token.get_secret_value()

    @property
    def bot_id(self) -> int | None:
        """The bot's id at Telegram, which is the first part of its token and no secret; None without a token."""
        return int(self.token.get_secret_value().partition(":")[0]) if self.token is not None else None


def _check_webhook_secret(secret: str) -> None:
    """A secret that Telegram accepts and nobody can guess: with it, one could speak as any customer or agent."""
    if len(secret) > 256 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret):
        raise ValueError("DUEBOT_WEBHOOK_SECRET: expected at most 256 of the characters A-Z a-z 0-9 _ -")
    if is_weak(secret):
        raise ValueError(f"DUEBOT_WEBHOOK_SECRET: {STRONG}, or leave it out and duebot makes one")


def _chat_ids(value: object) -> tuple[int, ...]:
    """The ids of groups, separated by commas if there are several; each once."""
    if value is None or value == "":
        return ()
    parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else [value]
    try:
        chats = [int(str(part)) for part in parts]
    except (TypeError, ValueError):
        chats = [0]
    if any(chat >= 0 for chat in chats):
        raise ValueError(
            "expected a group's id, which is negative such as -1001234567890, or several with commas between them, "
            f"not {str(value)[:100]}"
        )
    return tuple(dict.fromkeys(chats))


def load_settings(**overrides: Any) -> Settings:
    """Reads the settings; raises `WrongSettings` with one line for each wrong setting."""
    try:
        _refuse_unknown_keys()
        return Settings(**overrides)
    except ValidationError as error:
        raise WrongSettings("\n".join(_line(e) for e in error.errors(include_input=False, include_url=False))) from None
    except UnicodeDecodeError as error:
        raise WrongSettings(f".env: byte {error.start + 1} is not UTF-8; expected a text file saved as UTF-8") from None
    except OSError as error:
        raise WrongSettings(f"{error.filename or '.env'}: it cannot be read: {error.strerror or error}") from None


def setting_names() -> frozenset[str]:
    """All settings, by their names in `duebot.toml`."""
    return frozenset(Settings.model_fields) - {"agent_chats"}


def _refuse_unknown_keys() -> None:
    """A misspelt key in `duebot.toml` would be a setting that silently does nothing."""
    if not TOML_FILE.is_file():
        return
    known = setting_names()
    for key in _toml_tables():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(sorted(known))}"
            raise WrongSettings(f"{TOML_FILE}: there is no setting {key[:40]!r}{hint}")


_EXPECTED = {
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_parsing": "expected a number",
    "bool_parsing": "expected true or false",
    "bool_type": "expected true or false",
    "string_type": "expected text, in quotes",
}
"""What a value of another type should have been, by pydantic's name of the fault."""


def _line(error: Any) -> str:
    """One fault of one setting, without the value, which may be a secret."""
    message = _EXPECTED.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    return f"DUEBOT_{str(error['loc'][0]).upper()}: {message}" if error["loc"] else message
