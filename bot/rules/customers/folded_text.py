"""Free text in one form: whichever script, spelling, dialect or mood it was typed in.

Full-width letters, capitals, Traditional characters, Taiwanese and Cantonese words, contractions, texting slang and
stretched letters all become one plain form, so that phrases and cues are written once. The result is only compared,
never shown. The time that it takes grows with the length of the text.
"""

from __future__ import annotations

import re
from functools import cache

from opencc import OpenCC

from bot.rules.customers.plain_text import plain

MOST_CHARS = 4096  # a Telegram message has no more
HAN = "\u3400-\u9fff"

# In Traditional characters: what becomes another word once they are simplified.
_BEFORE = {"係咪": "是不是", "係": "是", "爭": "欠", "仲": "还"}
# Words of Taiwan, Hong Kong and of polite speech, as the mainland's plain ones. Longer ones come first.
_SAME = {
    "唔该": "谢谢",
    "唔使": "不用",
    "唔": "不",
    "冇": "没有",
    "咗": "了",
    "嘅": "的",
    "佢": "他",
    "哋": "们",
    "畀": "给",
    "俾": "给",
    "喺边": "在哪",
    "边度": "哪里",
    "点样": "怎么",
    "点解": "为什么",
    "点还": "怎么还",
    "点计": "怎么算",
    "几多": "多少",
    "睇": "看",
    "搵": "找",
    "揾": "找",
    "嘢": "东西",
    "听日": "明天",
    "琴日": "昨天",
    "寻日": "昨天",
    "而家": "现在",
    "依家": "现在",
    "出粮": "发工资",
    "领薪水": "发工资",
    "发薪水": "发工资",
    "发薪": "发工资",
    "薪水": "工资",
    "薪资": "工资",
    "人工费": "手续费",
    "简讯": "短信",
    "讯息": "消息",
    "信息": "消息",
    "资讯": "消息",
    "短信": "消息",
    "帐": "账",
    "汇款": "转账",
    "连结": "链接",
    "行事历": "日历",
    "缴费": "还款",
    "缴款": "还款",
    "缴钱": "还钱",
    "缴": "还",
    "礼拜": "周",
    "星期": "周",
    "几时": "什么时候",
    "啲": "些",
    "啱啱": "刚刚",
    "啱": "对",
    "喇": "了",
    "嚟": "来",
    "呢笔": "这笔",
    "呢个": "这个",
    "廿": "二十",
    "卅": "三十",
    "您": "你",
    "妳": "你",
    "倾": "聊",
    "传": "发",
    "资料": "消息",
    "联络": "联系",
    "倒埋": "倒闭",
    "执笠": "倒闭",
    "执了": "倒闭了",
    "炒鱿鱼": "开除",
    "炒了": "开除了",
    "工作": "工作",
    "机台": "机器",
}
# Cantonese 點還 asks how to pay; 三點還, 晚點還 say when.
_NOT_AFTER = "(?<![0-9一二两三四五六七八九十半几早晚快慢迟有])"
_SAME_PATTERN = re.compile(
    "|".join(
        (_NOT_AFTER if word in ("点还", "点计") else "") + re.escape(word)
        for word in sorted(_SAME, key=len, reverse=True)
    )
)

# What people type for it, word for word.
SHORT_FOR = {
    "u": "you",
    "ur": "your",
    "r": "are",
    "pls": "please",
    "plz": "please",
    "n": "and",
    "y": "why",
    "im": "i am",
    "cant": "cannot",
    "wont": "will not",
    "dont": "do not",
    "doesnt": "does not",
    "didnt": "did not",
    "ive": "i have",
    "havent": "have not",
    "hasnt": "has not",
    "isnt": "is not",
    "arent": "are not",
    "wasnt": "was not",
    "couldnt": "could not",
    "wouldnt": "would not",
    "shouldnt": "should not",
    "aint": "is not",
    "youre": "you are",
    "youve": "you have",
    "thats": "that is",
    "whats": "what is",
    "whens": "when is",
    "wheres": "where is",
    "hows": "how is",
    "its": "it is",
    "theres": "there is",
    "whos": "who is",
    "weve": "we have",
    "theyre": "they are",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "have to",
    "lemme": "let me",
    "gimme": "give me",
    "dunno": "do not know",
    "cos": "because",
    "coz": "because",
    "cuz": "because",
    "bc": "because",
    "abt": "about",
    "installment": "instalment",
    "installments": "instalments",
    "instalments": "instalments",
    "recognise": "recognize",
    "msg": "message",
    "msgs": "messages",
    "txt": "text",
    "txts": "texts",
    "thx": "thanks",
    "ty": "thanks",
    "thankyou": "thank you",
    "tmr": "tomorrow",
    "tmrw": "tomorrow",
    "tomoz": "tomorrow",
    "wk": "week",
    "acct": "account",
    "amt": "amount",
    "bal": "balance",
    "wages": "salary",
    "wage": "salary",
    "paycheck": "salary",
    "paycheque": "salary",
    "notif": "notification",
    "notifs": "notifications",
    "rn": "right now",
    "asap": "soon",
    "alot": "a lot",
    "neednt": "need not",
    "id": "i would",
    "hes": "he is",
    "shes": "she is",
    "mum": "mother",
    "mom": "mother",
}
_APOSTROPHE = re.compile(r"(?<=[a-z])['’‘`´](?=[a-z])")
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_SPELT_OUT = re.compile(r"(?<![a-z])[a-z](?:[ .*_-][a-z]){3,}(?![a-z])")  # 's t o p'
_LATIN_WORD = re.compile(r"[a-z]+")
_SHORT_WILL = re.compile(r"\b(i|you|we|he|she|they|it)['’]ll\b")
_SHORT_WOULD = re.compile(r"\b(i|you|we|he|she|they)['’]d\b")


@cache
def _simplifying() -> OpenCC:
    return OpenCC("t2s")


def folded(text: str) -> str:
    """The first `MOST_CHARS` of a text in its one form: small letters, simplified characters, single spaces."""
    said = plain(text[:MOST_CHARS]).casefold()
    if not said.isascii():
        for word, same in _BEFORE.items():
            said = said.replace(word, same)
        said = _SAME_PATTERN.sub(lambda found: _SAME[found[0]], _simplifying().convert(said))
    said = _SHORT_WOULD.sub(r"\1 would", _SHORT_WILL.sub(r"\1 will", said))
    said = _SPELT_OUT.sub(lambda found: "".join(filter(str.isalpha, found[0])), " ".join(said.split()))
    said = _STRETCHED.sub(r"\1", _APOSTROPHE.sub("", said))
    return " ".join(plain_words(said).split())


def plain_words(said: str) -> str:
    """What is typed for other words, as those: 'dont' is 'do not'."""
    return _LATIN_WORD.sub(lambda found: SHORT_FOR.get(found[0], found[0]), said)
