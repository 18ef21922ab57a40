"""The texts of the demo's page in English and Chinese, and what the wallet's buttons do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal

from bot.cli.demo_wallet import Wallet
from bot.sandbox import Action, Text

STORY: tuple[Text, ...] = (
    {
        "en": "Two customers opened their wallet's one-time link; each was greeted in their own language and reminded "
        "of what is coming up. Press “Balance” on a phone, or write anything.",
        "zh": "两位客户打开了钱包发来的一次性链接，各自用自己的语言收到问候和到期前提醒。"
        "在手机上点“待还金额”，或者随便写点什么。",
    },
    {
        "en": "Press “+1 day” twice: it is the due day, and 小明 was reminded at nine. Press it twice more: each has "
        "been reminded on the due day and the day after.",
        "zh": "点两次“+1 天”：还款日当天九点，小明收到提醒。再点两次：两位客户都在到期当天和第二天收到了提醒。",
    },
    {
        "en": "Press “+3 days”: 小明 is five days overdue, and his case opens in the agents' group with all that is "
        "known. Write /next in General as Mei, open the case's topic and answer there.",
        "zh": "点“+3 天”：小明逾期五天，客服群里为他开了一个话题，已知情况都在里面。"
        "以 Mei 的身份在“综合”里发送 /next，再到话题里回复。",
    },
    {
        "en": "The answer is on 小明's phone. Write back there, and it stands in the topic. Then block the bot on "
        "Anna's phone: who cannot be reached becomes a case, and it says why.",
        "zh": "小明的手机上看得到回复；在那里回话，话题里也看得到。"
        "再到 Anna 的手机上屏蔽机器人：联系不上的客户也会成为一个话题，并写明原因。",
    },
    {
        "en": "Press “小明 pays CNY 860.00”: the wallet receives it, and his case says so and closes.",
        "zh": "点“小明还款 CNY 860.00”：钱包收到还款，他的话题里写明已还清，随即关闭。",
    },
)


def actions(wallet: Wallet) -> list[Action]:
    """The wallet's buttons, in the order of the story."""
    return [
        Action(
            {"en": "小明 pays CNY 860.00", "zh": "小明还款 CNY 860.00"},
            _payment(wallet, "I1", "CNY", Decimal("860.00")),
        ),
        Action(
            {"en": "Anna pays SGD 100.00", "zh": "Anna 还款 SGD 100.00"},
            _payment(wallet, "I3", "SGD", Decimal("100.00")),
        ),
        Action({"en": "Anna pays the rest", "zh": "Anna 还清余款"}, _payment(wallet, "I3", "SGD")),
    ]


def _payment(
    wallet: Wallet, instalment_id: str, currency: str, at_most: Decimal | None = None
) -> Callable[[], Awaitable[Text]]:
    async def pay() -> Text:
        amount = await wallet.receive(instalment_id, at_most)
        if not amount:
            return {"en": "Nothing is left to pay there.", "zh": "这一笔已经还清了。"}
        return {"en": f"The wallet has received {currency} {amount}.", "zh": f"钱包已收到 {currency} {amount}。"}

    return pay
