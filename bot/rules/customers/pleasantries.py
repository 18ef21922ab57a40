"""What people put around what they want to say: a greeting before it, please and thanks after it, signs and emoji.

Without it 'hi, i want to die 😭' is the same sentence as 'i want to die'.
"""

from __future__ import annotations

import re

from bot.rules.customers.folded_text import HAN

_LEAD = re.compile(
    r"(?:hi+|hello+|hey+|(?:dear|good) (?:sir|madam|team|all|morning|afternoon|evening|day)|sir|madam|excuse me"
    r"|please|(?:i have|i have got|may i ask|just)(?: an?| one)?(?: quick)? question|quick question|so|well|ok|okay|um"
    r"|sorry(?=[,，.。!！])|亲|那个|喂|你们?好|早上好|下午好|晚上好)(?: there| team| bot| all)?[\s,，.。!！:：、~…]+"
    rf"|(?:你们?好|请问(?:一下|下)?|问一下|麻烦问一?下|不好意思|打扰了?|早上好|下午好|晚上好)(?:[\s,，.。!！:：、~…]+|(?=[{HAN}]))"
)
_TAIL = re.compile(
    r"(?:^|(?<=\W))(?:please|many thanks|thanks|thank you)(?: (?:you|so much|very much|a lot|in advance|again))*$"
    rf"|(?:^|(?<=[\W{HAN}]))(?:多?谢谢?(?:你们?|啦|了)?|感谢|麻烦(?:你们?)?了?|拜托了?|辛苦了)$"
)
_LONGEST_TAIL = 60
_MOST = 4  # of each, so that the time grows with the text only


def core(said: str) -> str:
    """The folded `said` without its frame; all of it where nothing else is there."""
    found = _unsigned(said)
    for _ in range(_MOST):
        match = _LEAD.match(found)
        if match is None or match.end() == len(found):
            break
        found = found[match.end() :]
    for _ in range(_MOST):
        match = _TAIL.search(found, max(0, len(found) - _LONGEST_TAIL))
        if match is None or not (rest := _unsigned(found[: match.start()])):
            break
        found = rest
    return found or said


def _unsigned(said: str) -> str:
    """Without spaces, signs and emoji at its end."""
    end = len(said)
    while end and not said[end - 1].isalnum():
        end -= 1
    return said[:end]
