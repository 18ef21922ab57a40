"""Where a folded sentence speaks of a day to come, a day past, or a sum: each is put as one word, whatever it says.

So 'I can pay 500 on Friday' and 'I can pay 30 tomorrow' are the same sentence when they are compared with phrases.
"""

from __future__ import annotations

import re

PAST_DAY, DAY, SUM = "pastday", "someday", "somesum"
HAN_DAY = "某日"

_WEEKDAY = r"(?:mon|tues?|wednes|thurs?|fri|satur|sun)day|mon|tues?|wed|thu(?:rs?)?|fri"
_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
)
_COUNT = r"(?:a|an|one|two|three|four|five|six|couple of|a couple of|few|a few|\d{1,3})"
_PAST = re.compile(
    rf"\b(?:yesterday|last (?:night|week|month|year|{_WEEKDAY})|this morning"
    rf"|{_COUNT} (?:days?|weeks?|hours?) (?:ago|back)|earlier (?:today|this week)|the other day)\b"
    r"|昨[天晚日]|前[天晚几]天?|上个?[周月][一二三四五六日天末底]?|今早|今天(?:早上|上午)|早就|刚刚|刚才|刚"
)
_DAY = re.compile(
    rf"\b(?:(?:on|by|until|till|til|before|this|next|coming|the) ){{0,3}}"
    rf"(?:(?:{_WEEKDAY})|tomorrow|today|tonight|(?:next|this) (?:week|month)|weekend|payday|pay day"
    rf"|end of (?:the |this )?month|month end|\d{{1,2}}(?:st|nd|rd|th)(?: of (?:{_MONTH}))?"
    rf"|(?:{_MONTH}) \d{{1,2}}(?:st|nd|rd|th)?"
    rf"|\d{{1,2}} (?:{_MONTH})|(?:in|within|another) {_COUNT} (?:more )?(?:days?|weeks?|months?)|\d{{1,2}}/\d{{1,2}})\b"
    r"|(?:下下?个?|这个?|本)?[周月](?:[一二三四五六日天](?![个年])|末|底|初|内|中)|(?:下下?|这|本)个?[周月]|今[天晚日]|明[天晚日早]"
    r"|大?后天|过[几两一二三四五\d]{1,2}[天周日]|\d{1,2}月\d{0,2}[号日]?|\d{1,2}[号日]|[一二三四五六七八九十]{1,3}[号日]|年底"
    r"|发了?工资|工资(?:到|下来|发)了?"
)
_SUM = re.compile(
    r"(?:(?:nt|hk|us|rmb)?[$€£¥]|twd|hkd|cny|usd|eur|gbp|rmb) ?\d[\d,.]{0,15}k?"
    r"|\b\d[\d,.]{0,15}k?\b(?! ?(?:times|期|次|instalments|payments|months|weeks|days))"
    r"|\d[\d,.]{0,15}(?:块|元|圆|万|千|百|刀)|[一二两三四五六七八九十百千万]{1,8}(?:块|元|圆|万|千|百)(?!年)"
)


def marked(text: str) -> str:
    """The folded `text` with `pastday`, `someday` (in Chinese 昔 某日) and `somesum` in place of what says when and how
    much."""
    text = _PAST.sub(lambda found: f" {PAST_DAY} " if found[0].isascii() else "昔", text)
    text = _DAY.sub(lambda found: f" {DAY} " if found[0].isascii() else HAN_DAY, text)
    return _SUM.sub(f" {SUM} ", text)
