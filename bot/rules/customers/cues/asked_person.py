"""Whether somebody asks for a person in so many words, also while they send the bot away."""

from __future__ import annotations

from bot.rules.customers.cues.wording import chinese, english, looked_for

_SAID = looked_for(
    english(
        """
        (want|need|get me|give me|prefer|rather have|talk to|speak to|speak with|talk with|chat with|connect me to|put me through to)( to)?( talk| speak| chat)?( to| with)?( an| a| some| the)?( real| live| actual| human)? {person}
        """,
        {
            "person": "humans? agents? person operator advisor adviser manager supervisor representative rep human\\sbeing"
        },
    ),
    chinese("(要|想|转|找|叫|换|请|给我)(一?个|跟|和|你们的?)?(找|转|见|跟|和)?(真人|人工|客服|专员|经理|主管)"),
)
_SENDS_THE_BOT_AWAY = looked_for(
    english(
        """
        (stop|shut up|no more|go away|enough of|quit)( the| this| that| with the| you)? {bot}
        {bot} _ (stop|shut up|go away|be quiet)
        """,
        {"bot": "bots? robots? machines? auto ai automatic\\s(replies|answers) computer"},
    ),
    chinese("(别|不要|停)…机器人|机器人…(走开|滚|闭嘴|停|别)"),
)


def is_person_asked(said: str) -> bool:
    """Whether the folded words ask for a person."""
    return _SAID.search(said) is not None


def sends_bot_away(said: str) -> bool:
    """Whether it is the bot that is to be quiet."""
    return _SENDS_THE_BOT_AWAY.search(said) is not None
