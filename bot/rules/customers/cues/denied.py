"""What rules a meaning out: 'I have not paid yet' tells of no payment, 'the amount is right' disputes nothing, 'no need
for a person' calls for none, and 'yes, this is John' is the right one."""

from __future__ import annotations

from bot.rules.customers.cues.wording import chinese, english, looked_for

_NOT_PAID = looked_for(
    english(
        """
        (not|never)( \\w+){0,2} (paid|pay|payed|settled|transferred|made|sent)
        unpaid|no payment|paid (nothing|none|zero)|did (my|his|her|our)( \\w+){1,2} (pay|settle|transfer|send)|yet to pay|still (have|need) to pay
        (if|when|once|after|unless|until|before|as soon as|in case|whether) (i|we|it|he|she|they|my|you) _ {pay}
        (get|gets|getting|got|be|am|are|being) paid
        paid (on the|every|monthly|weekly|fortnightly|someday|next|by my|me|us|leave)
        (will|would|can|could|to|should|shall|might|must)( \\w+)? (be |have |it )?(paid|payed|cleared|settled|sent)
        (have|did) i (already )?(paid|pay|miss)|i thought i (had )?(paid|payed)|how much (have|did) i|who paid
        """,
        {"pay": "pay paid pays transfer settle get got make"},
    ),
    chinese(
        """
        (还没有?|没有?|未|尚未|并未|从没|没来得及|还不|忘记?了?)有?去?{pay}(?!…(已经|明明))
        {later}我?(就|再|能|会|一定|可以|想)?先?{pay}(完|清)?(?!款日|过了)
        """,
        {
            "pay": "还 付 交 转 打款",
            "later": "如果 要是 假如 等 只要 万一 若 要 明天 会 能 某日 想 准备 打算 再 马上 怎么 如何 才 后",
        },
    ),
)
_ONLY_IF_PAID = looked_for(
    english("(if|when|once|unless|until|before|as soon as|in case|whether) (i|we)( \\w+){0,2} (paid|transferred)")
)
_PAID_ALL_THE_SAME = looked_for(
    english("(i|we|already|have|just) (just |already |have )*(paid|transferred)(?! (on the|every|monthly|someday|me))"),
    chinese(
        "(还|付|交|转|打|扣|结)(完|清|过|好|进去|进|掉|上)?了(?!吗|没|再|我|就|才|以后|之后|会)|(还|付)(过|清|完)|已经?(还|付|扣|转|交)"
    ),
)
_ASKS_WHETHER_PAID = looked_for(
    english(
        """
        ^((so|hi|hello|hey|and|but) )?(did|has|have|was|is) (i|my|the|that|it|this)( \\w+){0,3} {came}
        (tell me|know|check|see|wonder|sure) (if|whether)( \\w+){1,5} {came}
        """,
        {"came": "(pay|paid|payed)"},
    ),
    chinese(
        "(是不是|有没有|是否)(都|已经?|算|我)?(还|付|交|转)\n(?<!不是)(?<!不是已经)(还|付|交|转)(完|过|清|好)?(了|过)(吗|没有?|么)$"
    ),
)
_WISHES_TO_PAY = looked_for(
    english("(want|like|need|have) (it|this|that|them|everything|all of it) (paid|settled|cleared)"),
    chinese(
        "(打算|准备|想)(现在|今天|马上)?(还|付|交)(掉)?了$\n"
        "(?<!不)(想|要|打算|准备|希望)(现在|今天|马上|立刻|赶紧|先|早点|尽快|一次){0,2}(把|将).{1,6}(还|付|交|结)(清|完|掉|上)?了?$"
    ),
)
_ALL_RIGHT = looked_for(
    english(
        """
        (amount|bill|balance|sum|figure|total|invoice|statement|everything|numbers?|charges?|it|that|this)( \\w+){0,2} {is} {right}
        looks? {right}
        (no|not a|without|not any|not an)( \\w+)? (mistake|error|problem|issue|dispute|fault|complaint)s?
        nothing (is )?(wrong|incorrect)
        (not|nothing)( \\w+)? (wrong|incorrect|disput\\w*|saying it is wrong|complain\\w*|a mistake)
        i agree with
        """,
        {"is": "is are looks? seems? was", "right": "right correct fine ok okay good accurate true"},
    ),
    chinese(
        """
        (没有?|并没有?|(?<!是)不是|无)(在?说|讲)?(什么|账单|金额|你们?)?(什么|算|弄|搞|看|写|任何|有)?(错(?!人)|问题|误|不对|异议|争议|毛病|差错|疑问)
        (?<!不)(是|都)(对|正确|准确)的|(金额|账单|数目)(是|都)?(对(?!不|方)|正确|准确|无误)
        """
    ),
)
_WRONG_ALL_THE_SAME = looked_for(
    english(
        "but _ (wrong|mistake|error|not mine|twice)\n(is |are |looks? )?not( \\w+)? (right|correct|fine|ok|okay|accurate|true)"
    ),
    chinese("(但|可是|不过)…(错|不对|两次|重复)"),
)
_NO_PERSON = looked_for(
    english(
        """
        (do not|never|no need to|not) (want|need|wish|like|have)( to)? (talk|speak|chat|be called|see)( \\w+){0,2} {person}
        (do not|never|not) (want|need|wish|like)( any| an?| to (call|get|have|see)( an?)?)? {person}
        (no|not) need( \\w+){1,4} {person}
        no {person} (please|needed|necessary|required|thanks)
        ^i am (also |just |only |not )*a (person|human|human being|real person|bot|robot|machine)( too| as well| you know| like you)*$
        """,
        {"person": "anyone anybody someone somebody persons? people humans? agents? staff calls? real\\sperson"},
    ),
    chinese(
        "(不用|不要|不需要|不想|不必|别|无需)(再|给我|帮我|跟|和|找|转|接|叫|要|任何|说|你们){0,4}(人工|真人|客服|专员)"
    ),
)
_PERSON_ALL_THE_SAME = looked_for(
    english(
        "(but|just|(?<!not )want|(?<!not )need|give me|get me) (a|an|some)? ?(real |human |live |actual )?(person|human|agent)$"
    ),
    chinese("机器|自动|(我|只|而是)(要|想)(找|转)?(人工|真人)"),
)
# The commonest, which nine in ten people have, and those that are common in Taiwan and Hong Kong; in simplified script.
_SURNAMES = (
    "[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚"
    "谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庄施洪颜柯温游翁简詹纪连欧童卓巫涂骆] 欧阳 司徒 上官 诸葛 张简"
)
_RIGHT_PERSON = looked_for(
    english(
        """
        ^(yes|yeah|yep|yup|sure)( (this is|that is|it is|i am))( \\w+){1,3}$
        ^((hi|hello|hey) )?(i am|this is|it is|my name is) (?!(some\\w*|any\\w*|his|her|their|another|different|new|the|a|an)\\b)\\w+( (here|speaking))?$
        ^(this is|it is|i am) (me|him|her|he|she|the right (person|one))$
        (right|correct) (number|person)
        ^((hi|hello|hey) )?(?!(some|any|no|every)(one|body)\\b|(he|she|they|who|is|are|person|people|human|agent|not|new|still|am|i|it|wrong)\\b)\\w+ (here|speaking)$
        """
    ),
    chinese(
        """
        (?<!不)(?<!非)(是|系)我?本人(?!吗)|(?<!不)就是我|没有?(打|找|发|认|弄|搞)错
        ^(您好?|你好|喂|嗨)?(我|这里|这边|本人)(就?是|就?叫|姓)({surname}.{0,2}|[小老阿].)(本人|先生|小姐|女士)?$
        ^我(就?是)(你们的?)?(客户|用户|借款人|持卡人|会员)(本人)?$
        """,
        {"surname": _SURNAMES},
    ),
)
_WRONG_PERSON_ALL_THE_SAME = looked_for(
    english("not|wrong|no"), chinese("不是|(?<!没[打找发认弄搞])(?<!没有[打找发认弄搞])错")
)
_NO_PLAN = looked_for(
    english(
        """
        (not|never|no longer|no need)( really)?( want| need| like| for| to have| interested in| looking for| asking for){0,2}( {some}){0,3} {plan}
        (not|never)( really)? (want|need|wish|like)( to)? (split|pay in parts|spread)
        no {plan} (please|needed|necessary|required|thanks)
        (no|not any|have a|have other|got a) plans? to|what is (the|your|our) plan (for|today|tomorrow)
        """,
        {
            "some": "(a|an|any|the|your|to\\spay\\sby|payment|another){0,3}",
            "plan": "plans? instal?l?ments? payment\\splans?",
        },
    ),
    chinese(
        "(不想|不要|不用|不需要|无需|不必|没想|没打算|不打算|别|没说)(再|给我|帮我|要|办|做|搞|申请|用){0,2}分(期|次|开还)"
    ),
)
_NO_PROMISE = looked_for(
    english(
        """
        (will|shall|would) not( be able to| be| ever)? {pay}(?! _ (until|till|before|but))
        (cannot|can not|could not|not able to|unable to)( be able to)? {pay}( \\w+){0,3} (today|tomorrow|tonight|{day})
        not going to( be able to)? {pay}(?! _ (until|till|before|but))
        """,
        {
            "pay": "(pay|paying|settle|manage|make\\sit|have\\s(it|the\\smoney))",
            "day": "mondays?|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun|next\\sweek"
            "|this\\sweek|then|that\\sday|on\\sthe\\s\\d+(st|nd|rd|th)?",
        },
    ),
    chinese("(还|付|交)不(了|上|出|起)"),
)
_PROMISE_ALL_THE_SAME = looked_for(
    english("but|until|till|before|instead|only|then|can|will pay|will be"),
    chinese(
        "但|可以|能不能|能否|可不可|改|再|等|才|宽|晚|延|迟|推|缓|不了.{0,12}(还|付|交)(?!不)|不上.{0,12}(还|付|交)(?!不)"
    ),
)
_PLAN_ALL_THE_SAME = looked_for(
    english("but _ (plan|instal?l?ments?|parts|split)"), chinese("但…分|不要分期吗|不用分期吗")
)


def is_no_person(said: str) -> bool:
    """Whether they say that they want nobody to talk to."""
    return _NO_PERSON.search(said) is not None and _PERSON_ALL_THE_SAME.search(said) is None


def is_right_person(said: str) -> bool:
    """Whether somebody says that it is they who are meant."""
    return _RIGHT_PERSON.search(said) is not None and _WRONG_PERSON_ALL_THE_SAME.search(said) is None


def is_no_promise(said: str) -> bool:
    """Whether they say that they will not pay on the day that they name."""
    return _NO_PROMISE.search(said) is not None and _PROMISE_ALL_THE_SAME.search(said) is None


def is_no_plan(said: str) -> bool:
    """Whether they say that they do not want to pay in parts."""
    return _NO_PLAN.search(said) is not None and _PLAN_ALL_THE_SAME.search(said) is None


def is_not_paid(said: str, sentence: str) -> bool:
    """Whether nothing was paid yet; `sentence` is what was said with its days and sums marked."""
    if _ASKS_WHETHER_PAID.search(said) or _WISHES_TO_PAY.search(said):
        return True
    told = _ONLY_IF_PAID.sub(" ", said)
    return _NOT_PAID.search(sentence) is not None and _PAID_ALL_THE_SAME.search(told) is None


def is_all_right(said: str) -> bool:
    """Whether a bill is said to be right."""
    return _ALL_RIGHT.search(said) is not None and _WRONG_ALL_THE_SAME.search(said) is None
