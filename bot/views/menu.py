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
    "pay": (
        "pay",
        "pay now",
        "how to pay",
        "去还款",
        "怎么还款",
        "前往付款",
        "怎麼付款",
        "付款",
        "支付",
        "缴费",
        "繳費",
    ),
    "promise": (
        *("promise", "promise to pay", "choose a day", "choose a day to pay", "选一天还款", "選一天付款"),
        *("承诺还款", "承諾付款", "约定还款", "約定付款", "晚几天还", "晚幾天付"),
    ),
    "plan": (
        *("plan", "my plan", "payment plan", "instalment plan", "pay in parts", "分期", "分期还款", "分期付款"),
        *("我的分期", "分期计划", "分期計畫", "分期計劃"),
    ),
    "call": (
        *("call me", "call back", "callback", "call me at a time that suits me", "回电", "回電", "给我回电", "請回電"),
        *("打电话给我", "打電話給我", "预约回电", "預約回電"),
    ),
    "dispute": (
        *("dispute", "not right", "something’s not right", "something's not right", "账单有误", "帳單有誤"),
        *("有异议", "有異議", "金额不对", "金額不對"),
    ),
    "agent": (
        *("agent", "person", "human", "talk to a person", "support", "人工", "客服", "人工客服", "转人工", "轉人工"),
        *("找人工", "真人", "真人客服", "找客服", "联系人工客服", "找真人客服", "联系客服", "聯絡客服"),
    ),
    "language": ("language", "languages", "语言", "語言", "切换语言", "切換語言", "english", "中文"),
    "policy": ("policy", "rules", "our rules", "提醒规则", "提醒規則", "规则", "規則", "收费规则", "收費規則"),
    "settings": ("settings", "设置", "設定"),
    "privacy": ("privacy", "隐私", "隱私", "隐私政策", "隱私權", "隱私政策"),
    "help": ("help", "?", "？", "帮助", "幫助", "说明", "說明", "怎么用", "怎麼用"),
    "stop": (
        *(
            "stop",
            "unsubscribe",
            "no more reminders",
            "turn reminders off",
            "停止",
            "停止提醒",
            "关闭提醒",
            "關閉提醒",
            "退订",
            "退訂",
        ),
        *("取消提醒",),
    ),
    "resume": ("resume", "reminders on", "turn reminders on", "恢复提醒", "恢復提醒", "开启提醒", "開啟提醒"),
}


def command_list(t: Translator) -> tuple[tuple[str, str], ...]:
    """What a customer's menu of commands shows; `/start` is not in it, Telegram offers that by itself."""
    return (
        ("balance", t.plain("Your balance and what is due")),
        ("due", t.plain("Your due dates")),
        ("pay", t.plain("Ways to pay")),
        ("promise", t.plain("Choose a day to pay by")),
        ("plan", t.plain("Your plan to pay in parts")),
        ("dispute", t.plain("Say that something isn’t right")),
        ("agent", t.plain("Talk to a person")),
        ("policy", t.plain("When I write, and what being late costs")),
        ("settings", t.plain("Your settings")),
        ("language", t.plain("Change the language")),
        ("privacy", t.plain("What I keep, and how to be forgotten")),
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
        ("say", t.plain("Send a ready reply")),
        ("release", t.plain("Return this case to the queue")),
        ("transfer", t.plain("Give this case to a colleague")),
        ("snooze", t.plain("Let this case rest until a day")),
        ("away", t.plain("Get no cases for a while")),
        ("back", t.plain("Get cases again")),
        ("promise", t.plain("Note what the customer will pay by when")),
        ("plan", t.plain("Propose a plan of several parts")),
        ("hold", t.plain("Let reminders rest for some days")),
        ("dispute", t.plain("Note that an instalment is not right")),
        ("done", t.plain("Close this case with an outcome")),
        ("reveal", t.plain("Phone and e-mail, to you in private")),
        ("call", t.plain("Note what came of a call")),
        ("stats", t.plain("The desk’s figures (supervisors)")),
        ("bulk", t.plain("Move or hold many cases (supervisors)")),
    )


def menu_buttons(t: Translator) -> Rows:
    """The rows that most messages to a customer end with."""
    return (
        (Button(t.plain("Balance"), "balance"), Button(t.plain("Due dates"), "due")),
        (person_button(t),),
        (Button(t.plain("Language"), "language"), Button(t.plain("Help"), "help")),
    )


def ways_out(t: Translator) -> Rows:
    """What can be done about something that is due."""
    return ((Button(t.plain("Pay"), "pay"), promise_button(t)), (dispute_button(t),))


def promise_button(t: Translator) -> Button:
    return Button(t.plain("Choose a day to pay"), "promise")


def plan_button(t: Translator) -> Button:
    return Button(t.plain("Pay in parts"), "plan")


def dispute_button(t: Translator) -> Button:
    return Button(t.plain("Something’s not right"), "dispute")


def person_button(t: Translator) -> Button:
    return Button(t.plain("Talk to a person"), "agent")


def settings_button(t: Translator) -> Button:
    return Button(t.plain("Settings"), "settings")


def privacy_button(t: Translator) -> Button:
    return Button(t.plain("Privacy"), "privacy")


def help_message(t: Translator, brand: str) -> Message:
    """What the bot is for and how to use it: every command, also as a button."""
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
    more = (
        (plan_button(t),),
        (Button(t.plain("Our rules"), "policy"), settings_button(t)),
        (privacy_button(t), Button(t.plain("Turn reminders off"), "stop")),
    )
    return Message("\n\n".join(parts), (*menu_buttons(t), *ways_out(t), *more))


def action_words() -> dict[str, str]:
    """Plain words, lower-cased, and the action each stands for: what people type who look for no command."""
    return {word: action for action, words in _WORDS.items() for word in words}
