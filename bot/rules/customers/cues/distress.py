"""Whether somebody may be about to harm themselves. It finds too much rather than too little, but no 'dying to know'."""

from __future__ import annotations

from bot.rules.customers.cues.wording import chinese, english, looked_for

_SAID = looked_for(
    english(
        """
        (kil+|killing|hurt|hurting|harm|harming|cut|cutting|hang|hanging|shoot|drown|poison|end|ending|off) (my ?self|me self)
        (end|ending|take|taking|finish|took) (my|my own|this) li(fe|ves)
        (end|ending|finish) (it all|everything|all of it)
        want (it all )?to (end it$|end this$|be over)
        want (it all|everything|all of it|the pain|my life) to (end|stop|be over)
        (suic|sucid|suisid|unaliv)\\w*
        kms|zi ?sha|(bu|mei) ?xiang ?huo
        self ?-?harm\\w*
        {wish} _ (die|dying|dead|death)(?! (to know|battery|line|hard))
        (i|just|might as well|let me) (just |will |would |could |should )?(die|be dead)
        i (wish|want) _ (never been born|not been born|never born|not wake up|disappear|vanish)
        (never|not) wake up
        i (will|would) not be (here|around|alive) (tomorrow|any ?more|much longer|someday|for long)
        (not|no longer|never)( really)? (want|wish|like|care)( to)? {live}
        (no|what( is| was)?( the)?|any|see) (reason|point|purpose|use|will)( left)?( to| in| of| for) {live}
        nothing( left)?( to| worth) (live|living) for
        (not|never|cannot) see (the|a|any) (point|reason|purpose|future)( any ?more| now| left| in (it|this|anything|life|living))*$
        (think|thinking|thought|thoughts)( \\w+)? (about|of) ending (it|this)( all)?$
        (i|just) want out$
        (tonight|today) (it|this|everything|it all) ends|(it|this|everything|it all) ends (tonight|today)
        what if i (just )?(end|ended|ending) it
        when i am (gone|dead|no longer here)( and| you|$)
        tell my (kids|children|family|wife|husband|mum|mom|mother|son|daughter|parents|baby) (that )?(i|how much i) (love|loved|am sorry)
        (not|isnt|no longer) worth (living|it to live)
        (my )?life is (over|pointless|meaningless|worthless|done|not worth)
        better off (dead|without me|if i)
        better (dead|if i was dead|if i were dead|if i died)
        (tired|sick|done|fed up|weary) (of|with) (living|life|being alive|existing|my life)
        (give|giving|gave|given) up on (life|living|myself)
        {cannot} (live|go on|live on|keep living|keep going|carry on)(?! (without|on|holiday|vacation|to|with the app))
        {cannot} (do|take|bear|stand) (this|it|life) any ?more (i want|and want|i just want) _ (disappear|end|die|go)
        (jump|jumping) (off|from|in front|out of|into the)
        going to jump
        on (a|the) (bridge|roof|ledge)
        overdos\\w*
        (took|take|taking|swallow\\w*) _ (pills|tablets|sleeping)
        slit _ wrists?
        (goodbye|farewell) _ (world|forever|everyone|letter|the end)
        ending (it|things)( all)? (tonight|now|today|soon|someday)
        (nobody|no one|no body|none) (would|will) (even )?(miss|notice|care if i (die|died|was gone|am gone|disappear))
        suicide note
        no way out (but|except)
        only way out is (to )?(die|death|dying)
        (drive|driving|push|pushing|driven|pushed) me to (death|die|suicide|the edge)
        """,
        {
            "wish": "want wanted wish wishing going ready rather prefer better hope thinking think thought plan planning",
            "live": "live living alive exist existing life be\\salive being\\salive be\\shere be\\saround wake\\sup go\\son\\sliving"
            " going\\son go\\son (carrying|carry)\\son continue\\sliving keep\\sliving be\\sin\\sthis\\sworld",
            "cannot": "cannot can\\snot could\\snot not\\sable\\sto not\\sthink\\si\\scan",
        },
    ),
    chinese(
        """
        不(想|愿意?)(再|继续)?(活|生存|做人|存在|醒(过)?来)
        活(不下去|不了|不成|腻)
        (没法|怎么)活(下去)?(?!动)
        自(杀|sha)|轻生|寻死|寻短见?|自尽|自残|割腕|跳楼(?!价|大)|跳河|跳海|跳桥|上吊|烧炭|安眠药|喝农?药|服毒|跳下去|卧轨
        想(要)?(去)?死(?!你|机)
        (要|让我|我就|只好|干脆|不如|我)去死
        去死(好|算|吧?$|了)
        (?<![累笑气烦热冷饿困忙急吓丑难卡冻晒疼痛])死(了|掉)(算|一了|倒好)
        死了?(他|他的)?算了?
        我(要是|如果|万一)?死了?…(不用|就不|不必|是不是|还要|你们)
        死了?就(解脱|一了|好了)
        (不如|还不如|宁愿|宁可)(一|去|就)?死
        一了百了|死路一条|绝路|死给你|以死
        想不开
        结束(自己的?|我的?|这个?){0,2}(生命|性命|人生|一切)
        了(结|断)(自己|生命|此生|一生|残生|我)
        活着?(真|好|太|很|都|是)?(没有?|有什么|无|还有什么)(什么)?(意思|意义|用|盼头|必要|希望)
        活着(好|太|真|很)(累|苦|痛苦|难)
        (人生|生活|生存|生命|做人)(都|真|已经|完全)?(没有?|无|毫无|失去)(什么|了|任何)?(意思|意义|希望)
        没有?(意思|意义)做人|生无可恋|厌世
        没有?(活|生存|活着)(下去)?的?(意义|勇气|理由|动力|希望)
        遗书|遗言|永别|来世再|下辈子(再)?(还|见)
        (逼|催|害)(我|人|到|得|你们)*?(去|想)?死
        逼死
        离开(这个?|人){0,2}(世界|人世|人间)
        消失在?(这个?)?(世界|世上)
        (想|求|只想)解脱
        告别这?个?世界
        撑不(下去|住了$)(?!…(店|生意|公司))
        绝望
        """
    ),
)
_NOT_MEANT = looked_for(
    english(
        """
        d(y|i|ie)ing (to|for)
        to die for|(could|would) (kill|die) for an? (?!\\w+ to end)\\w+
        {thing} _ (die|died|dead|dying|dies|suicide)
        (kill|killing|killed|kills) (me|it|time|the|this)(?! (now|please))
        dead (tired|serious|line|slow|easy|broke|battery|phone|end|beat)(?! of)(?!.{0,80}\\b(die|dying|life|live|living|kill|suicid\\w*|myself|alive)\\b)
        (not|never|no) (going to |wanting to |thinking of )?(kill myself|die|suicidal)
        """,
        {
            "thing": "phone battery laptop car app computer screen charger sim wifi plan deal link site website page internet idea"
        },
    ),
    chinese(
        "[累热冷饿困忙急吵贵疼痒烦](得|到)要死(?!.{0,40}(活|自杀|算了|解脱|跳))|想死你|死机|死期(?!到)|(?<!想)[跑走卡爱困睡加站写背]死(?!算|了算)|(店|生意|公司|厂)…撑不"
    ),
)


def is_distress(said: str) -> bool:
    """Whether the folded words may mean that somebody does not want to live."""
    return _SAID.search(said) is not None


def is_no_distress(said: str) -> bool:
    """Whether they use such words of something else."""
    return _NOT_MEANT.search(said) is not None
