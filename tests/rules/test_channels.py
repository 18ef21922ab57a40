"""A channel is registered once, and everything that has to know it does."""

from __future__ import annotations

from bot.rules.channels import CHANNELS, FROM_WALLET, NAMES
from bot.settings import Settings
from bot.views.channels import WORDS
from bot.work.reminders.channel_setup import MAKERS
from storage.schema import customers


def test_every_channel_has_its_words_and_is_made_by_something() -> None:
    assert tuple(WORDS) == NAMES
    assert set(MAKERS) == {channel.name for channel in CHANNELS if channel.setting}


def test_every_channel_is_set_up_by_a_setting_that_there_is() -> None:
    assert {channel.setting for channel in CHANNELS if channel.setting} <= set(Settings.model_fields)


def test_addresses_are_columns_that_the_wallets_files_have() -> None:
    assert {channel.address for channel in FROM_WALLET} <= {column.name for column in customers.columns}
