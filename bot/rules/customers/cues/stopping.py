"""Whether reminders are to stop, or to come again. 'Please don't stop my card' is neither."""

from __future__ import annotations

import re

from bot.rules.customers.cues.wording import chinese, english, looked_for

_MESSAGE = (
    "mess?ag\\w* text\\w* remind\\w* notif\\w* sms\\w* mails?\\w* email\\w* alerts? contact\\w* call calling calls spam\\w*"
    " bother\\w* harr?ass\\w* writ\\w* send\\w* ping\\w* pester\\w* annoy\\w* nag\\w* bug bugging disturb\\w* dms? notices? updates?"
)
_CLASSES = {
    "message": _MESSAGE,
    "news": "mess?ag\\w* text\\w* remind\\w* notif\\w* sms\\w* emails? alerts? spam notices? updates?",
    "contact": "message text contact remind write send call bother notify email ping spam disturb annoy harass pester nag bug dm"
    " sms messaging texting sending contacting reminding calling bothering",
    "filler": "with of all any the these those your this that from sending getting giving being doing me my daily stupid damn"
    " bloody fucking constant automatic more and always it already every day everyday you please",
    "about": "to in for get getting receive receiving have see seeing hear any more your these those this the you be being from of"
    " such daily all further anymore that",
    "a_word": "please just ok okay can\\syou could\\syou will\\syou now so i\\ssaid hey no reply and",
}

_WHOLE = re.compile(
    "(?:{a_word} ){0,3}(?:".replace("{a_word}", f"(?:{'|'.join(_CLASSES['a_word'].split())})")
    + "stop|halt|quit|cease|end|unsubscribe|optout|opt out|mute|unsub|remove me|cancel all|stop ?all|silence|enough|go away"
    "|get lost|shut up|shut it|leave me|leave me alone|f\\w*ck off|piss off|bugger off|that is enough|no more|stop the bot|t|td)"
    "(?: (?:please|now|it|this|that|already|stop|thanks|thank you|ok|immediately|all|everything|me|today|forever|bot))*"
    "|停|停止|停了?吧|停下来?|快停|请停止|td|t|退|退订|回t|n|取消订阅|拒收|勿扰|免打扰|滚(?:开|蛋|远点)?|闭嘴|够了|收声|别吵|静音|屏蔽"
    "|拉黑|不要了|别了|停停停?|打住|住手|走开|封锁|黑名单"
)
_WITHOUT_AN_END = re.compile(r"\bnone?[- ]?stop\b")  # 'none' is what the spelling makes of it
_SAID = looked_for(
    english(
        """
        {end}( {filler}){0,4} (?!by){message}
        (do not|never|no need to|not to|please not|you need not)( ever| you| dare| please| even| keep){0,2} {contact}
        (not|never|no longer) (want|need|wish|like|care|interested|ask|asked|agree)( {about}){0,6} ({news}|contacted|contact|calls?|called|hear from|bothered)
        (not|never|no longer) want to hear (from|of|anything)
        no more ({news}|contact|calls?|of this|of these)
        (leave|let) me (alone|be|in peace)
        get off my (phone|back|case)
        go away|get lost|fuck off|piss off
        (take|remove|delete|drop|strike|get|scrub) (me|my number|my name|this number|my phone) (off|from|out of)
        (turn|switch|shut) _ off
        unsub\\w*
        opt(ing)? ?-?(me )?out
        lose my number
        (you are|you keep|keep|are you|constantly|this is|been) (harass|spam|pester|hound|bombard)\\w*
        (i will|i am going to) block you|block(ing)? you
        (too many|so many|sick of|tired of|fed up with|enough of|hate) _ {news}
        """,
        {**_CLASSES, "end": "stop quit cease halt discontinue end enough cancel pause kill block mute silence disable"},
    ),
    chinese(
        """
        {never}{still}{0,5}{send}(?!票|货|工资|钱|过程)
        {never}再?烦(?!恼|心)
        {end}{of}{0,4}{news}
        {news}(功能)?(都|全部?|给我|帮我|请|可以|能|能不能|麻烦)?(关|停|取消|退订|去掉|不要|别发|免了)
        把?我(的号码?|的电话|的手机号?)?从?(名单|列表|群发|通讯录|系统)(里|中)?(删|移除|移出|去掉|拉黑|剔除)
        把?我(从…)?(移出|移除|踢出|剔除|删出)…(名单|列表|群|系统)
        拉黑|退订|取消订阅|不想再?收|不要再?收|拒收
        烦不烦|(很|太|好)烦(?!恼|心)|烦死|烦人
        """,
        {
            "never": "别 不要 勿 不用 不必 不准 不许 请勿 莫 甭 少 不需要 无需 不想让? 不希望 不愿意? 可以不 禁止 拒绝 能不能不 没必要 不想",
            "still": "你们 你 再 给我 一直 老是 老 天天 每天 总是? 继续 来 在 都 向我 对我 跟我 往我 整天 这样 随便 乱 每次"
            " 不停地? 反复 收到 接到 看到 被 你们的 这些 这种 任何 那么 这么 地 的 提醒 频繁 收 受",
            "send": "发 送 寄 提醒 通知 催 联系 找我 烦我 烦人 骚扰 打扰 打电话 打来 打给 打过来 吵 推送 消息 send sms text"
            " message 推播 刷屏 轰炸 提我",
            "end": "停止? 取消 关闭 关掉 关了 停掉 屏蔽 退订 去掉 暂停 解除 拒收 终止 关 结束 中止",
            "of": "一下 所有 全部 这个 这些 你们的? 每天的? 你的 对我的? 再 给我 我的? 自动 还款 账单 推送 服务 接收 发送 发 的",
            "news": "提醒 通知 消息 订阅 发送 推送 骚扰 推播 打扰 催收 催款 sms",
        },
    ),
)
_NOT_MEANT = looked_for(
    english(
        """
        (do not|never|not|please not|without|cannot|did not)( \\w+){0,2} (stop|unsubscribe|turn off|opt out|cancel|mute|end|switch off|disable|pause)
        (did not|do not) (mean|want|ask|wish|intend) _ (stop|unsubscribe|opt out|turn off|cancel)
        (stop|cancel|pause|end)( the| my| this| that| your| taking| charging| adding){0,3} {not_a_message}(?!( \\w+){0,3} {news})
        (will|would|do|does) (you|it|this|they)( all| ever)? (stop|end|quit)( \\w+){1,4} (if|once|when|after|as soon as) (i|we|it)
        stop by (tomorrow|today|later|your|the|at|someday|office|on|after)
        why ((did|have|has|do|does) )?(you|it|they|this|the|my|{news})( (?!not\\b|never\\b)\\w+){0,2} (stop|stopped)
        (?<!not )(?<!never )(reminders|notifications|messages|notices|updates|alerts|boss|employer|company|landlord|work) (have |has |had )?(just )?stopped
        undo|resubscribe\\w*|back on|by mistake
        """,
        {
            "news": _CLASSES["news"],
            "not_a_message": "auto-?debit autopay auto-?pay debit debits direct\\sdebit standing\\sorder interest fees? charges?"
            " penalt(y|ies) card account order transfer payments? plan subscription\\sfee",
        },
    ),
    chinese(
        """
        (别|不要|不用|没有?|不会|不想|误|不小心|按错)(再|给我|了|把|点了?|帮我|就)?(停|退订|关|取消|屏蔽|拉黑)
        取消(退订|停止)|撤销|恢复
        ^(你们)?(为什么|怎么)(没有?|不|还不)再?给?我?(发|提醒|通知)
        """
    ),
)
_AGAIN = looked_for(
    english(
        """
        (turn|switch|put|set) _ (back )?on(?= again| please| now|$)
        (turn|switch) on _ {news}
        {resume} _ {news}
        (start|begin|go back to) _ ({news}|sending)
        re-?subscribe\\w*|opt(ing)?( me)?( back)? in
        (?<!un)subscribe( me)?( again)?(?=$)
        undo( the)? (stop|unsubscribe|opt out)
        (?<!not )(?<!never )(remind|message|text|notify|write|send) _ again
        (?<!not )(want|like|need|miss) _ {news}( \\w+){0,2} (again|back)
        (not mean|by mistake|by accident|accidentally|mistakenly) _ (to )?(stop|unsubscrib\\w*|turn\\w* off|opt\\w* out|mute\\w*)
        (stopp?ed|unsubscrib\\w*|turned _ off|opted out|muted) _ (by mistake|by accident|accidentally)
        """,
        {
            "news": _CLASSES["news"],
            "resume": "resume restart re-?enable reactivate continue enable activate restore unmute keep\\s(on\\s)?(sending|reminding)",
        },
    ),
    chinese(
        """
        (恢复|重新|重启|再次|继续|重开)(给我|帮我|请|开始|接收|开启|打开|收到|发送?|为我|我的|对我|收){0,3}{news}
        (开启|打开|开通|启用|开返|开回|开)(我的|一下|回|还款|所有){0,2}{news}
        {news}(帮我|给我|请|再|重新)?(打开|开启|恢复|开)
        (取消|撤销)(退订|停止|屏蔽|静音)
        (误|不小心|按错|点错|手滑)…(停|退订|关|取消)
        (?<![别不要])再(给我)?(发|提醒)(给)?我(吧|啦|一下|了)?$
        可以(再|继续)(给我)?(发|提醒)
        """,
        {"news": "提醒 通知 消息 订阅 推送 发"},
    ),
)
_NOT_AGAIN = looked_for(
    english(
        "(do not|never|not|stop|no) _ {contact}",
        {
            "contact": "remind message text notify write send start resume contact reminders messages texts notifications"
        },
    ),
    chinese(
        "{never}{again}{0,4}(发|提醒|通知|推送|收|恢复|打开|开)",
        {
            "never": "别 不要 勿 不用 不必 不想 停止 不需要",
            "again": "你们 再 给我 继续 重新 一直 天天 老是 老 总",
        },
    ),
)
_NEVER_AGAIN = looked_for(
    english(
        "(do not|never|no need to|not to)( ever| please| dare)? ({contact})( \\w+){0,3} again"
        "\nwhy _ (you|it|they) _ ({contact})( \\w+){0,3} again",
        {"contact": "remind message text notify write send start resume contact begin restart enable"},
    ),
    chinese("{never}再(开始|恢复|继续|重新|打开|开|发|提)", {"never": "别 不要 勿 不用 不必 不想 不需要 无需"}),
)


def is_stop(said: str) -> bool:
    """Whether the folded words ask that nothing more is sent."""
    said = _WITHOUT_AN_END.sub("many", said)
    words = " ".join(re.findall(r"\w+", said))
    return _WHOLE.fullmatch(words) is not None or _SAID.search(said) is not None


def is_no_stop(said: str) -> bool:
    """Whether they say that something is not to be stopped."""
    return _NOT_MEANT.search(said) is not None


def is_never_again(said: str) -> bool:
    """Whether they say that reminders are not to come again."""
    return _NEVER_AGAIN.search(said) is not None


def is_again(said: str) -> bool:
    """Whether they ask for reminders again."""
    return _AGAIN.search(said) is not None and _NOT_AGAIN.search(said) is None
