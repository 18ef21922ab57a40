"""A channel is registered once, and everything that needs it has it."""

from __future__ import annotations

from pathlib import Path
from pkgutil import iter_modules

from bot.rules.channels import CHANNELS, FROM_WALLET, NAMES
from bot.settings import Settings
from bot.views import channels
from bot.views.channels import WORDS
from bot.work.reminders.channel_setup import maker
from locales import LANGUAGES, translator
from storage.schema import customers


def test_every_channel_has_its_words_and_is_made_by_something() -> None:
    assert tuple(WORDS) == NAMES
    for channel in CHANNELS:
        assert not channel.setting or callable(maker(channel.name))


def test_what_a_channel_is_called_is_told_apart_in_every_language() -> None:
    for t in map(translator, LANGUAGES):
        assert len({words.name(t) for words in WORDS.values()}) == len(NAMES)


def test_no_file_of_words_is_of_no_channel() -> None:
    files = {module.name for module in iter_modules(channels.__path__)} - {"words"}
    assert files == set(NAMES)


def test_every_channel_is_set_up_by_a_setting_that_there_is() -> None:
    assert {channel.setting for channel in CHANNELS if channel.setting} <= set(Settings.model_fields)


def test_the_wallet_says_addresses_of_email_and_sms_only() -> None:
    assert [channel.name for channel in CHANNELS if channel.from_wallet] == ["email", "sms"]


def test_addresses_are_columns_that_the_wallets_files_have() -> None:
    assert {channel.address for channel in FROM_WALLET} <= {column.name for column in customers.columns}


def test_an_operator_can_read_how_each_is_set_up() -> None:
    told = (Path(__file__).parents[2] / "docs" / "operate.md").read_text("utf-8")
    assert not [c.name for c in CHANNELS if c.setting and f"DUEBOT_{c.setting.upper()}" not in told]
