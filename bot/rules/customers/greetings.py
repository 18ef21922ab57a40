"""Greetings, and questions what the bot can do: both are answered as such, so neither counts as not understood."""

from __future__ import annotations

import re

from bot.rules.customers.folded_text import folded

_LONGEST = 60
_NAME = r"(?: (?:there|bot|robot|all|everyone|team|dear|sir|madam|again|guys|friend|you))*"
_GREETING = re.compile(
    rf"(?:(?:hi+|hello+|hallo|hey+|heya|hiya|howdy|yo|hola|good (?:morning|afternoon|evening|day)|morning|evening"
    rf"|how are you(?: doing)?(?: today)?|are you there|nice to meet you){_NAME}"
    r"|在[吗么]|在不在|你好|你们好|大家好|哈[喽啰罗囉]+|嗨+|嘿+|早上好|上午好|下午好|晚上好|早安|午安|晚安|早晨|早"
    r"|[啊呀哦喔吖呢])(?:(?:\s|啊|呀|哦|机器人|客服)*(?=.)|$)"
)
_ASKS = re.compile(
    r"(?:so |ok |hi |hello |hey )?(?:what (?:can|do) you do(?: for me)?|what (?:can|do) i do here"
    r"|what is this(?: bot| chat)?(?: for)?|who (?:are you|is this)|what are you|how (?:does|do) (?:this|it|you) work"
    r"|how (?:do|can) i use (?:this|you)|menu|commands|options)"
    r"|(?:你好|请问)?(?:你|这个?|你们)?(?:能|可以|会)(?:帮我)?(?:做|干)(?:些|点)?(?:什么|啥)|你是谁"
    r"|你是干(?:什么|嘛|啥)的|这是(?:什么|干什么的|啥)|(?:怎么|如何)(?:用|使用)(?:你|这个)?|有(?:什么|哪些)功能"
    r"|菜单|选单|功能"
)


def is_greeting(text: str) -> bool:
    """Whether this is a greeting and no more: hello, good morning, 你好."""
    said = _words(text)
    while said and (match := _GREETING.match(said)):
        said = said[match.end() :]
    return not said and bool(_words(text))


def asks_what_it_does(text: str) -> bool:
    """Whether they ask what the bot is for: 'what can you do', 你能做什么."""
    return _ASKS.fullmatch(_words(text)) is not None


def _words(text: str) -> str:
    if len(text) > _LONGEST:
        return ""
    return " ".join(re.findall(r"\w+", folded(text)))
