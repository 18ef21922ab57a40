"""The demo's guide in English and Chinese, step by step, and what the wallet's buttons do.

A step is ticked off by what has happened in the local Telegram and the wallet, not by a press.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.cli.demo_wallet import ZONE, Wallet
from bot.sandbox import Action, Group, Guide, Message, Person, Point, Step, Text
from bot.views.menu import BY_NAME
from locales import Translator

XIAOMINGS, ANNAS = "I1", "I3"  # the instalments that the story is about
BALANCES = ("2,680.50", "912.30")


@dataclass(frozen=True, slots=True)
class Scene:
    """Whom the story is about."""

    wallet: Wallet
    xiaoming: Person
    anna: Person
    mei: Person
    group: Group


def guide(scene: Scene) -> Guide:
    """The steps, in an order that shows each part of the program once."""
    his = f"phone-{scene.xiaoming.user_id}"
    balance, pay = (BY_NAME[name].label(Translator("zh-Hans")) for name in ("balance", "pay"))
    return Guide(
        [
            Step(
                {
                    "en": f"小明 and Anna have just opened their wallet's link. Press “{balance}” (Balance) on 小明's "
                    "phone.",
                    "zh": f"小明和 Anna 刚打开钱包发来的链接。在小明的手机上点“{balance}”。",
                },
                lambda: any(amount in said for said in _words(scene.xiaoming, scene.anna) for amount in BALANCES),
                lambda: Point(his, button=balance, write="/balance"),
            ),
            Step(
                {
                    "en": "Let a day pass: “+1 day”. It is 小明's due day, and at nine he is reminded.",
                    "zh": "让时间走起来：点“+1 天”。到了还款日，早上九点小明收到提醒。",
                },
                lambda: _was_reminded_on_the_due_day(scene),
                lambda: Point(control="time-plus-1d"),
            ),
            Step(
                {
                    "en": "He doesn't pay. “+3 days”, twice: five days late, his case waits in the agents' group.",
                    "zh": "他没有还款。点两次“+3 天”：逾期五天，客服群里就有他的工单在等。",
                },
                lambda: any("#1" in message.text for message in _by_the_bot(scene.group.general)),
                lambda: Point(control="time-plus-3d"),
            ),
            Step(
                {
                    "en": "You are Mei now, an agent. Take the case: “Next case for me”, or /next, in General. It "
                    "gets its topic.",
                    "zh": "现在您是客服 Mei。在“综合”里点“Next case for me”，或发送 /next，接手这位客户，"
                    "话题随即打开。",
                },
                lambda: bool(scene.group.topics),
                lambda: Point("group", button="Next case for me", write="/next"),
            ),
            Step(
                {
                    "en": "Open the case's topic and write to 小明. He reads it on his phone.",
                    "zh": "打开话题，给小明写一句话，他的手机上马上就能看到。",
                },
                lambda: _passed_on(scene.group.messages, scene.xiaoming.inbox),
                lambda: Point("group", write="小明，您好！需要帮忙吗？", topic=_first_topic(scene)),
            ),
            Step(
                {
                    "en": "Answer as 小明, in your own words. They arrive in the topic.",
                    "zh": "用小明的手机回一句话，话题里就能看到。",
                },
                lambda: _passed_on(scene.xiaoming.messages, _by_the_bot(scene.group.messages)),
                lambda: Point(his, write="谢谢，周五发工资就还。"),
            ),
            Step(
                {
                    "en": "Some things are for Mei's eyes only: send /reveal in the topic. Nobody else in the group "
                    "sees the answer.",
                    "zh": "有些内容只给 Mei 看：在话题里发送 /reveal，群里其他人看不到回答。",
                },
                lambda: any(
                    _digits(scene.xiaoming.phone or "?") in _digits(said.text) for said in scene.group.messages
                ),
                lambda: Point("group", write="/reveal", topic=_first_topic(scene)),
            ),
            Step(
                {
                    "en": f"Payday. Press “{pay}” (Pay) on 小明's phone and pay in the wallet: the receipt arrives, "
                    "and the case closes.",
                    "zh": f"发工资了。在小明的手机上点“{pay}”，在钱包里还款：回执马上送到，话题自动关闭。",
                },
                lambda: not scene.wallet.left(XIAOMINGS),
                lambda: Point(his, button=pay, write="/pay"),
            ),
            Step(
                {
                    "en": "And somebody who can't be reached? Block the bot on Anna's phone: her case waits in "
                    "General.",
                    "zh": "联系不上的人呢？在 Anna 的手机上屏蔽机器人：她的工单会出现在“综合”里。",
                },
                lambda: scene.anna.blocked,
                lambda: None if scene.anna.blocked else Point(f"phone-{scene.anna.user_id}", control="block"),
            ),
        ]
    )


def actions(wallet: Wallet) -> list[Action]:
    """The wallet's buttons."""
    return [
        Action(
            {"en": "小明 pays CNY 860.00", "zh": "小明还款 CNY 860.00"},
            _payment(wallet, XIAOMINGS, "CNY", Decimal("860.00")),
        ),
        Action(
            {"en": "Anna pays SGD 100.00", "zh": "Anna 还款 SGD 100.00"},
            _payment(wallet, ANNAS, "SGD", Decimal("100.00")),
        ),
    ]


def _payment(wallet: Wallet, instalment_id: str, currency: str, at_most: Decimal) -> Callable[[], Awaitable[Text]]:
    async def pay() -> Text:
        amount = await wallet.receive(instalment_id, at_most)
        if not amount:
            return {"en": "Nothing is left to pay there.", "zh": "这一笔已经还清了。"}
        return {"en": f"The wallet has received {currency} {amount}.", "zh": f"钱包已收到 {currency} {amount}。"}

    return pay


# --- What has happened -----------------------------------------------------------------------------------------------


def _words(*people: Person) -> list[str]:
    return [message.text for person in people for message in person.inbox]


def _by_the_bot(messages: list[Message]) -> list[Message]:
    return [message for message in messages if message.from_bot and not message.is_service]


def _was_reminded_on_the_due_day(scene: Scene) -> bool:
    due = scene.wallet.due(XIAOMINGS)
    days = (datetime.fromtimestamp(message.date, UTC).astimezone(ZoneInfo(ZONE)) for message in scene.xiaoming.inbox)
    return any(day.date() == due for day in days)


def _first_topic(scene: Scene) -> int | None:
    return scene.group.topics[0].thread_id if scene.group.topics else None


def _passed_on(said: list[Message], heard: list[Message]) -> bool:
    """Whether something that a person said, other than a command, was heard on the other side."""
    words = {message.text for message in said if not message.from_bot and message.text and message.text[0] != "/"}
    return any(word in message.text for message in heard for word in words)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
