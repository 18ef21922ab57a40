"""The menu and plain words: what a button does, a command does, and so does its label."""

from __future__ import annotations

import pytest

from bot.views import menu
from locales import LANGUAGES, Translator, translator
from tests.views.view_facts import (
    EN,
    EVERY_LANGUAGE,
    actions,
)


@pytest.mark.parametrize("t", EVERY_LANGUAGE, ids=LANGUAGES)
def test_command_menus_are_as_telegram_takes_them(t: Translator) -> None:
    customer, agent = dict(menu.command_list(t)), dict(menu.agent_command_list(t))
    assert all(1 <= len(text) <= 256 for text in (*customer.values(), *agent.values()))


def test_the_menu_presses_what_the_commands_do() -> None:
    assert [[b.action for b in row] for row in menu.menu_buttons(EN)] == [
        ["balance", "due"],
        ["agent"],
        ["language", "help"],
    ]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_buttons_label_typed_does_what_the_button_does(tag: str) -> None:
    words = menu.action_words()
    for row in (*menu.help_message(translator(tag), "Wallet").buttons, (menu.button(translator(tag), "settings"),)):
        for button in row:
            assert words[button.label.casefold()] == button.action


def test_help_has_every_command_as_a_button() -> None:
    assert set(actions(menu.help_message(EN, "Wallet"))) | {"help"} == {name for name, _ in menu.all_commands(EN)}
    assert len(menu.command_list(EN)) == 7


def test_plain_words_are_lower_case() -> None:
    assert all(word == word.lower().strip() for word in menu.action_words())


@pytest.mark.parametrize(
    ("word", "action"),
    [
        ("余额", "balance"),
        ("餘額", "balance"),
        ("到期", "due"),
        ("人工", "agent"),
        ("客服", "agent"),
        ("幫助", "help"),
        ("语言", "language"),
        ("stop", "stop"),
        ("付款", "pay"),
        ("去还款", "pay"),
        ("选一天还款", "promise"),
        ("選一天付款", "promise"),
        ("账单有误", "dispute"),
        ("帳單有誤", "dispute"),
        ("规则", "policy"),
        ("设置", "settings"),
        ("設定", "settings"),
        ("隱私", "privacy"),
    ],
)
def test_plain_words_work_in_every_language(word: str, action: str) -> None:
    assert menu.action_words()[word] == action


@pytest.mark.parametrize("tag", [*LANGUAGES, "zh-Hant-HK"])
def test_the_text_of_a_button_that_is_typed_does_what_the_button_does(tag: str) -> None:
    t = translator(tag)
    typed = {command.name: command.label(t).lower() for command in menu.COMMANDS}
    assert {name: menu.action_words().get(words) for name, words in typed.items()} == {name: name for name in typed}
