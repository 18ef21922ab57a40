"""Whether somebody has no money, work or health to pay from. It is no hard time if
only one payment is too much, or if a page fails."""

from __future__ import annotations

from bot.rules.customers.cues.wording import chinese, english, looked_for

_MONEY = "money cash funds income job work means savings salary earnings food penny cent dime"
_FAMILY = "husband wife mother father son daughter brother sister dad partner baby parents? child"

_SAID = looked_for(
    english(
        """
        (lost|losing|lose|quit|without)( my| his| her| a| the| our| both){0,2} (jobs?|work|income|business|house|home|contract|shop|everything)
        (no|without any|zero) ({money}|more money|pay ?check)
        laid ?-?off|let me go|jobless|between jobs|looking for (a )?(job|work)
        (got|been|was|were|am|being|get|just)( \\w+)? (fired|sacked|let go|made redundant|dismissed|furloughed|retrenched|evicted)
        (redundan|unemploy|furlough|bankrupt|insolven|homeless|evict|foreclos|repossess|divorc|funeral|widow|struggl|surviv)\\w*
        out of (work|a job|money|cash|pocket|funds)
        (not|no longer|hardly|barely) (have|got|having) _ ({money}|anything left)
        (have|got|has|there is) (no|zero|nothing|not a) _ ({money}|left)
        money is (gone|tight|short|a problem|(really|very|so|too) (tight|short))
        (short|tight|low) (of|on) (money|cash|funds)
        {cannot}( even| ever| really| possibly| just| still| now| simply| keep| be| able| to){0,4} {pay}
        (i am|we are|totally|flat|completely|so|really|just|very|pretty) (broke|skint|penniless|poor|destitute)
        ^(im )?(broke|skint|penniless)
        hardship
        hard (times?|month|year|week|situation|for me|right now|at the moment|to pay|to make)
        times are (hard|tough|bad|difficult)
        (tough|rough|difficult|bad|terrible|awful) (time|times|month|year|patch|situation|period|spell|position|circumstances)
        (very|really|so|too|extremely) (hard|tough|difficult) _ (now|moment|lately|time|me|us)
        (money|financial|financially|cash|cash ?flow|finances?) _ {trouble}
        {trouble} with( my)? (money|cash|finances|rent|bills)
        (sick leave|sick pay|surgery|operation|cancer|illness|leukemia|tumou?r|stroke|heart attack|accident|crash|burn ?out|maternity|treatment|dialysis|covid)
        (hospital|chemo|disab|injur|diagnos|depress|pregnan|medical)\\w*
        {was_ill}( very| so| really| too| seriously)? (sick|ill|unwell)
        (cut|reduced|slashed|lowered|halved|docked|froze|delayed|withheld)( \\w+){0,2} {wage}
        {wage}( \\w+){0,4} (cut|reduced|late|delayed|stopped|gone|halved|suspended|dropped|frozen|slashed|not come|not been paid|not paid)
        (boss|employer|company|work)( \\w+){0,2} (not paid|not pay|not paying|not been paying|stopped paying|closed|shut|went under|folded)
        (has not|have not|did not) paid (me|us|my salary)
        (not|never) (been|got|gotten|get) paid
        {business} _ {failed}
        (no|few|losing|not enough) (customers|clients|orders|sales|shifts|hours|gigs)
        (on|living off|living on|live on|rely on)( \\w+)? (benefits|welfare|universal credit|food stamps|social security|a pension)
        food ?banks?|ends meet|hand to mouth|(salary|paycheck) to (salary|paycheck)|choos\\w+ between
        {family} _ (died|passed away|left me|lost)
        drown\\w* in|too (many|much) (debts?|loans?|bills?)|(so|deep)( much)?( in)? debts?|cannot keep up
        behind (on|with) (everything|rent|my bills|bills)
        nothing (coming in|left|in (the|my) (bank|account))
        (house|home|flat|apartment|room|roof|kitchen)( has| was| is| just| got){0,2} (burned|burnt|collapsed|destroyed|on fire|under water)
        (contract|lease|benefits?)( was| is| has| were){0,2} (not (been )?(renewed|extended)|ended|expired|terminated)
        (dollars?|bucks?|quid|pounds?|euros?|yuan|cents?|pennies|nothing|money|\\d) to my name|(on|to|onto) zero ?-?hours?|zero ?-?hours? contract
        account is empty|barely (eat|buy|afford|enough|get|make|feed)|flood(ed|s)?|fire destroyed|robbed|burgled
        """,
        {
            "money": _MONEY,
            "family": _FAMILY,
            "cannot": "cannot can\\snot could\\snot can\\sbarely can\\shardly can\\sno\\slonger unable\\sto not\\sable\\sto"
            " not\\smanage\\sto no\\sway\\si\\s(can|could) no\\sway\\sto impossible\\s(for\\sme\\s)?to incapable\\sof not\\spossible\\sto",
            "pay": "pay afford repay keep\\sup cope manage eat buy feed meet cover come\\sup find get\\sby survive scrape settle"
            " make\\s(the|this|my|it|any|a|ends) paying",
            "trouble": "problems? troubles? difficult\\w* issues? hardship crisis stress strain worries bad mess ruin\\w* dire struggl\\w*",
            "was_ill": "am been got getting was is fell are",
            "wage": "(my\\s)?(hours|pay|salary|shifts|income|benefits|pension)",
            "business": "business shop store restaurant company firm cafe factory stall farm",
            "failed": "closed failed shut collapsed down slow bad bankrupt under burned burnt dead losing folded failing dying gone quiet",
        },
    ),
    chinese(
        """
        (没有?|无|缺)(晒|咗|什么|多余的?|一分|半毛|半分|那么多|这么多|足够的?|闲|现|余)?(钱|现金)(?!包|袋)
        (一|1)(分|毛)钱?(都|也)?(没|拿不)|身无分文|穷(得|死|啊|光|了|困|人)|(好|很|太)穷|月光|钱(都)?(花光|用光|用完|花完|没了|不够)|不够钱
        (还|付|交|拿|凑|给|掏|负担|承担|支付|吃|养|偿还|周转|缴)(也|都|款|钱)?(实在|真的|根本)?不(起|上(?!班|去|来|线|征信)|出|到钱|下去)
        还不[了到](?!款?系统)
        (没有?|无)(法|办法|能力|力)再?(还|付|交|偿还|支付|负担)|无力(偿?还|支付|负担)|没有?(能力|本事)还
        失了?业|下岗|待业|裁员|被裁|(被|给|遭|让)(公司|老板|单位|人)?(辞|炒|开除|资遣|解雇|优化|遣散|劝退|裁)
        (丢|没有?|没有?了|失去|找不到|不见)了?(份|个|稳定的?|固定的?|一份)?(工作|活干|饭碗|工(?!号|资)|事做|班上)
        工作(也|都|又)?(没了|丢了|没有了|不稳定)|没有?活(干|接|做)|没有?班上|找工作|不能(上班|工作|干活)|上不了班|干不了活
        (没有?|没了|失去|断)(了|任何|什么|固定|稳定|经济)?的?(收入|进账|生活来源|经济来源)
        收入(没了|没有|断了|减|少|降|不稳|锐减|归零|中断|骤减)
        (工资|薪|奖金|工钱)…(没发|没有发|拖欠|减|降|还没|不发|发不出|少了|停|没下来|没到|被扣|砍)
        (不发|没发|没有发|发不出|拖欠|欠|减|降|停|扣)(我|了|着)?的?(工资|薪|工钱)|无薪|停薪|停工|停业|停产|没有?粮出
        破产|倒闭|(店|公司|厂|摊|馆|老板|单位|企业|铺)…(倒了|关门|关了|收了|垮|跑路|没了|黄了|亏)
        生意…(不好|失败|差|亏|难|惨|淡|没|黄|做不下去|不行|垮)|亏(本|光|了|钱|损|空)|赔(光|本|钱)|投资失败|被骗…(光|积蓄|万)
        住了?院|生了?(病|重病|大病)|得了?…癌|病(了|倒|重)|(重|大|急|慢性|绝)病|癌|肿瘤|手术|开刀|医药费|医疗费|看病|治病
        车祸|受了?伤|工伤|骨折|残疾|瘫痪|怀孕|坐月子|生小?孩子?|抑郁|透析|化疗|中风|(在|进)医院
        困难|困境|拮据|窘迫|难处|难关|难熬|(资金|手头|经济|预算)…紧(?!急)|紧张
        (手头|手上|手里|最近|日子)(有点|很|比较|都|太|真的|实在|非常|蛮|好)?(紧|难|不宽裕|不方便|吃紧|难过|不好过)(?!急)
        周转(不|困|有|出)|走投无路|山穷水尽|揭不开锅|捉襟见肘|入不敷出|度日如年|倾家荡产|家徒四壁|一贫如洗
        吃饭都|饭都(吃不|没)|没有?饭吃|吃不(起|上)饭|吃土
        (欠|背|负)(了|着|下)?(一|很多|好多|太多|一堆|一屁股|不少|到处|一身)…债|到处都?(欠|借)|负债|以(贷|卡)养(贷|卡)|债务(太|缠|压)
        离了?婚|{family}…(去世|过世|走了|离世|没了|往生|住院|死了|出事)|(亲人|家人|家里)…(去世|过世|出了?事|变故|离世)|丧事|丧葬
        家里(出|有)了?(点|大)?(事|变故)|遭了?灾|水灾|火灾|地震|洪水|低保|低收入户|中低收|日子…(不好过|难过|过不下去)|过不下去
        生活…(艰难|很难|不下去|困苦|过不|成问题)|压力(好|很|太|真的|非常)(大|重)|积蓄
        """,
        {"family": "老公 老婆 丈夫 妻子 父亲 母亲 爸爸? 妈妈? 爷爷 奶奶 孩子 家人 亲人 先生 太太 爸妈 儿子 女儿"},
    ),
)
_NOT_MEANT = looked_for(
    english(
        """
        (not|never|no longer)( \\w+)? (struggling|broke|unemployed|hard|difficult|poor|bankrupt|sick|ill)
        no (financial )?(problem|trouble|difficulty|hardship)s?
        (did not|have not|not) (lose|lost)( my| a| the)? (job|work|income)
        (not|no|without)( have| having| got)?( any| a)? (money|cash|financial) (problems?|troubles?|worries|issues?)
        not that i cannot|can afford|(found|got|have) a new job
        (cannot|can not) be (right|true|correct|real)
        what (if|happens if) i (cannot|can not|do not|miss|pay|am)
        without (being|getting|going) (late|charged|fees?)
        """
    ),
    chinese(
        "没有?(什么)?困难|不困难|不(缺钱|差钱|是没有?钱|紧张)|不是(还不起|不还)|找到新?工作|(?<!没)有钱(了|还)|(^|[ ,，。我])有钱|没有?(失业|被裁)"
    ),
)
_TOO_MUCH_AT_ONCE = looked_for(
    english(
        """
        (all at once|in one go|at one time|all in one|in full|everything at once|the whole (thing|amount|lot|sum)|full amount|all of it)
        (it all|whole amount|full payment|all together|one time|lump sum|that much (in|a|each|every|per)|one payment|a single payment|at a time)
        """
    ),
    chinese("一次性?…(还|付|交|清|拿|结)|一下子|一口气|全部还清|全额|每个?月…(那么多|这么多)"),
)
_PAGE_FAILS = looked_for(
    english(
        "{page} _ (not|error|broken|fails?|failed|declined|down|stuck|blank|expired|rejected|nothing|wrong|invalid)\nerror|declined",
        {"page": "link button page app site website card qr code screen"},
    ),
    chinese("链接|按钮|页面|系统|网络|报错|出错|打不开|点不|(支付|付款)失败|二维码|维护|闪退"),
)
_HARD_ALL_THE_SAME = looked_for(
    english(
        "(job|unemployed|redundan\\w*|laid off|fired|sick|ill|hospital|cancer|divorc\\w*|broke|bankrupt\\w*|no (money|income|job))"
    ),
    chinese("失业|裁员|没有?钱|住院|生病|没有?(工作|收入)|破产|困难|倒闭"),
)


def is_hardship(said: str) -> bool:
    """Whether the folded words tell of a hard time."""
    if _SAID.search(said) is None:
        return False
    if _TOO_MUCH_AT_ONCE.search(said) or _PAGE_FAILS.search(said):
        return _HARD_ALL_THE_SAME.search(said) is not None
    return True


def is_no_hardship(said: str) -> bool:
    """Whether they say that there is none."""
    return _NOT_MEANT.search(said) is not None
