"""Whether we write to somebody else than the customer, who may have that number now."""

from __future__ import annotations

from bot.rules.customers.cues.wording import chinese, english, looked_for

_SAID = looked_for(
    english(
        """
        wrong (number|person|guy|man|woman|human|lady|customer|recipient|people|phone|contact|girl|boy|dude)
        not( the| that| this)? (person|him|her|guy|owner of|one you|right person|who you)
        ^(this is|i am) not {name}( speaking)?$
        never heard of (him|her|them|this person|that (name|person))
        (nobody|no one|no body)( here)? (by|with|called|named)
        (old|previous|former|last) owner
        (new|just got this|got a new|recently got this) (number|sim|phone number)
        just got this (number|sim|phone)
        number (belongs|is someone|changed hands)
        (he|she|they) (does not|do not|no longer) (live|use|have|own)
        (he|she) (has )?(passed away|died|is dead)
        """,
        {
            "name": r"(?!(fair|right|correct|true|mine|me|ok|okay|good|helpful|funny|sure|able|it|real|late|done|working"
            r"|possible|new|clear|enough|easy|happy|paying|going|overdue|home|here|there|spam|legal|nice|cool|acceptable"
            r"|normal|interested|ready|available|well|rich|broke|english|chinese|a|the|my|for|in|on|at|to)\b)[a-z]{2,20}"
        },
    ),
    chinese(
        """
        (找|打|发|认|搞|弄|send|寄|联系|催|加)错(人|号|电话|对象|了$|了吧|了人)
        (不是|并非|非)我?(本人|这个人|他|她|机主|此人|你们?要?找的|当事人)
        查无此人|没有?这个?人|不认识(这个?人|他|她|此人|你们?说的)|(这|这个|此)人?我?不认识
        你们?要?找的人?(不是我|我不认识)
        (号码?|电话|手机号?|门号)…(新(办|买|换|号)|刚(办|换|买|申请)|以前是|之前是|换人|是别人的|不是他|不是她|已经换|原来是)
        (新|刚)(换|办|买|申请|拿到?)(的|了)?(这个?|此)?(号|电话|手机号|门号)
        机主(换|不是)|(他|她)已经?(去世|过世|死了|不在了|走了|往生|不用这个)|(他|她)(不在了|去世|过世)
        我是(他|她)的?(老婆|老公|妈|爸|儿子|女儿|朋友|家人|同事|室友|姐|妹|哥|弟|太太|先生)
        """
    ),
)
_NOT_MEANT = looked_for(
    english("wrong (amount|sum|balance|bill|date|day|account|price)"),
    chinese("是我本人|我就是"),
)


def is_wrong_person(said: str) -> bool:
    """Whether the folded words say so."""
    return _SAID.search(said) is not None and _NOT_MEANT.search(said) is None
