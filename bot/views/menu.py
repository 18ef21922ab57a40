"""The menu: the commands by name, the buttons under most messages, and the plain words that do the same."""

from __future__ import annotations

from bot.message import Button, Message
from locales import Translator, escape

Rows = tuple[tuple[Button, ...], ...]

_WORDS = {
    "balance": ("balance", "my balance", "how much", "余额", "餘額", "查余额", "查餘額", "我的余额", "我的餘額"),
    "due": (
        *("due", "due date", "due dates", "when", "到期", "到期日", "账单", "帳單", "还款日", "還款日", "付款日"),
        *("还款", "還款", "我的账单", "我的帳單"),
    ),
    "agent": (
        *("agent", "person", "human", "talk to a person", "support", "人工", "客服", "人工客服", "转人工", "轉人工"),
        *("找人工", "真人", "真人客服", "找客服", "联系人工客服", "找真人客服", "联系客服", "聯絡客服"),
    ),
    "language": ("language", "languages", "语言", "語言", "切换语言", "切換語言", "english", "中文"),
    "help": ("help", "?", "？", "帮助", "幫助", "说明", "說明", "怎么用", "怎麼用"),
    "stop": (
        *("stop", "unsubscribe", "no more reminders", "停止", "停止提醒", "关闭提醒", "關閉提醒", "退订", "退訂"),
        *("取消提醒",),
    ),
    "resume": ("resume", "reminders on", "恢复提醒", "恢復提醒", "开启提醒", "開啟提醒"),
}


def command_list(t: Translator) -> tuple[tuple[str, str], ...]:
    """What a customer's menu of commands shows; `/start` is not in it, Telegram offers that by itself."""
    return (
        ("balance", t.plain("Your balance and what is due")),
        ("due", t.plain("Your due dates")),
        ("agent", t.plain("Talk to a person")),
        ("language", t.plain("Change the language")),
        ("help", t.plain("What I can do")),
        ("stop", t.plain("Turn reminders off")),
    )


def agent_command_list(t: Translator) -> tuple[tuple[str, str], ...]:
    """What the menu in the agents' group shows."""
    return (
        ("queue", t.plain("What is waiting, most urgent first")),
        ("next", t.plain("Take the most urgent case")),
        ("take", t.plain("Take this case")),
        ("note", t.plain("Write a note that stays inside")),
        ("release", t.plain("Return this case to the queue")),
        ("done", t.plain("Close this case with an outcome")),
    )


def menu_buttons(t: Translator) -> Rows:
    """The rows that most messages to a customer end with."""
    return (
        (Button(t.plain("Balance"), "balance"), Button(t.plain("Due dates"), "due")),
        (Button(t.plain("Talk to a person"), "agent"), Button(t.plain("Language"), "language")),
    )


def help_message(t: Translator, brand: str) -> Message:
    """What the bot is for and how to use it."""
    commands = "\n".join(f"/{name} – {escape(text)}" for name, text in command_list(t))
    parts = (
        t(
            "I let you know before payments to {brand} are due, and I can bring in a person whenever you’d like one.",
            brand=brand,
        ),
        commands,
        t("You can also use the buttons below, or just type a word like “balance”."),
        t("I’m an automated assistant. When a person joins this chat, you’ll be told."),
    )
    return Message("\n\n".join(parts), menu_buttons(t))


def action_words() -> dict[str, str]:
    """Plain words, lower-cased, and the action each stands for: what people type who look for no command."""
    return {word: action for action, words in _WORDS.items() for word in words}
