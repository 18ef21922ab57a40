"""Acknowledgements: short polite replies such as OK or 好的, which nobody needs to answer.

They neither wake a case that rests until a day nor wait for an answer. Everything else does, above all a question mark.
A text is read once, from its end, so any text is judged quickly.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from bot.rules.customers.plain_text import plain

# Whole messages; several of them in a row, such as "ok thanks", count too.
_ENGLISH = """ok, okay, okey, okie, k, kk, okk, okok, fine, alright, all right, sure, great, good, perfect, cool, nice
thanks, thank you, thank you very much, thank you so much, many thanks, thanks a lot, thanks so much, thx, ty, cheers
got it, i see, noted, understood, will do, yep, yup, roger, no problem, np, bye, bye bye, goodbye, see you"""
_CHINESE = """好, 好的, 好滴, 好哒, 好噠, 好吧, 好啊, 好呀, 好啦, 好喔, 好哦, 好嘞, 好咧, 好的呢, 好嘅, 行, 行的, 行吧
可以, 可以的, 没问题, 沒問題, 没事, 沒事, 嗯, 嗯嗯, 恩, 恩恩, 哦, 噢, 喔, 得, ok的, ok啊, ok啦, ok了
知道了, 我知道了, 明白, 明白了, 了解, 了解了, 瞭解, 收到, 收到了, 懂了, 清楚了, 晓得了, 曉得了
谢谢, 謝謝, 谢谢你, 謝謝你, 谢谢您, 謝謝您, 谢谢啦, 謝謝啦, 谢了, 謝了, 感谢, 感謝, 多谢, 多謝, 非常感谢, 非常感謝
十分感谢, 十分感謝, 感恩, 辛苦, 辛苦了, 您辛苦了, 你辛苦了, 麻烦了, 麻煩了, 唔该, 唔該, 再见, 再見, 拜拜"""
SMALL = frozenset(re.split(r", |\n", f"{_ENGLISH}\n{_CHINESE}"))
SIGNS = frozenset("👍👌🙏🤝👏🙌💪✅✔☑🆗🙂😊😀😃😄😁😆😉😇🥰😘🤗☺❤♥♡💕💖💗🧡💛💚💙💜🌹🌸💐🎉👋🤙🫡🫶🙇")
_LONGEST = 60  # a longer message has something to say
_BETWEEN = re.compile(r"[\s,.!~、，。！～…·;；:：\-—'\"“”‘’「」()（）]+")
_LATIN = re.compile(r"[a-z]+")


def is_small(text: str) -> bool:
    """Whether this is only an acknowledgement: nothing but the words below and friendly emoji."""
    text = text.strip()
    if len(text) > _LONGEST:
        return False
    said = plain(text).casefold().strip()
    if not said or len(said) > _LONGEST:
        return False
    return _all_small([part for part in _BETWEEN.split(_without_signs(said)) if part])


def _all_small(parts: Sequence[str]) -> bool:
    """Whether the parts are acknowledgements only; no part at all (only emoji) counts too."""
    small_from = {len(parts)}  # from these parts on everything is small, computed from the end
    for at in reversed(range(len(parts))):
        phrase = any(" ".join(parts[at:end]) in SMALL for end in small_from)
        if phrase or (at + 1 in small_from and _runs_together(parts[at])):
            small_from.add(at)
    return 0 in small_from


def _runs_together(part: str) -> bool:
    """Chinese has no spaces: 好的谢谢 is two acknowledgements. English has: okthanks is none."""
    small_from = {len(part)}
    for at in reversed(range(len(part))):
        ends = {len(part)} if _LATIN.fullmatch(part, at) else small_from
        if any(part[at:end] in SMALL for end in ends):
            small_from.add(at)
    return 0 in small_from and not _LATIN.fullmatch(part)


def _without_signs(said: str) -> str:
    """Without friendly emoji, and the characters that join or colour them. Angry and sad ones stay, because they say
    something."""
    return "".join(" " if c in SIGNS or unicodedata.category(c) in ("Cf", "Mn", "Sk") else c for c in said)
