"""Ratings: the question to the customer how the talk went, and the replies to their answer."""

from __future__ import annotations

from bot.message import Button, Message
from bot.views.menu import button
from locales import Translator

WORST = 1


def question(t: Translator, case_id: int) -> Message:
    """Asks how it went, as a separate message."""
    return Message(_question(t), _scores(t, case_id))


def with_question(t: Translator, message: Message, case_id: int) -> Message:
    """A good-bye that asks how it went; the question's buttons replace the message's own."""
    return Message(f"{message.text}\n\n{_question(t)}", (*_scores(t, case_id), (button(t, "agent"),)))


def thanks(t: Translator) -> Message:
    """A score was given: a comment is welcome but not needed."""
    return Message(t("Thank you. If you’d like to say why, just write it here now."))


def words_kept(t: Translator) -> Message:
    """A comment came with a score. Nobody answers comments, so it says how to get an answer."""
    parts = (
        t("Thank you, we’ve kept that with your answer."),
        t("Nobody will reply to it. If you need something, a person can help."),
    )
    return Message("\n".join(parts), ((button(t, "agent"),),))


def over(t: Translator) -> Message:
    """A press on a question that is not this customer's, or is over."""
    return Message(t("This question is closed, but thank you."))


def _question(t: Translator) -> str:
    return t("How did we do?")


def _scores(t: Translator, case_id: int) -> tuple[tuple[Button, ...], ...]:
    """One row, from the worst to the best; short words, so that all five fit on a phone."""
    labels = (t.plain("Bad"), t.plain("Poor"), t.plain("OK"), t.plain("Good"), t.plain("Great"))
    return (tuple(Button(label, f"rate:{case_id}:{score}") for score, label in enumerate(labels, start=WORST)),)
