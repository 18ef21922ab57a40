"""What is stored about a customer, for how long, and how to be forgotten, in plain words. It says the same as
`docs/operate.md` and must stay as true.
"""

from __future__ import annotations

from bot.message import Message
from bot.views.lines import at_least, clipped
from bot.views.menu import button
from locales import Html, Translator


def privacy(t: Translator, brand: str, kept_days: int, records_days: int | None = None) -> Message:
    """`kept_days` is how long messages are kept after everything they are about is settled; `records_days` is how long
    rules require records to be kept, at least, None if none does."""
    brand = clipped(brand, 60)
    kept = (
        t("<b>What I keep</b>"),
        t(
            "• What {brand} told me: your name, language, time zone, phone and e-mail, your accounts, and what is due "
            "and paid.",
            brand=brand,
        ),
        t("• Which Telegram account is yours."),
        t("• What I write to you, and what you write to me or press."),
        t("• That you sent a picture or a voice message, but not what is in it; the person you talk to gets that."),
        t("The people who help you can see this. Other customers can’t."),
    )
    length = (
        t("<b>For how long</b>"),
        t("Until you ask to be forgotten."),
        t(
            "Messages, and what you pressed, are removed {length} after all that they are about is settled.",
            length=_length(t, kept_days),
        ),
        *_records(t, records_days),
    )
    forgotten = (
        t("<b>How to be forgotten</b>"),
        t(
            "Ask a person here. They erase your name, phone, e-mail, this link and all words. Amounts, dates and what "
            "was sent when stay, without your name."
        ),
        t("What is in this chat you can delete in Telegram yourself."),
    )
    text = "\n\n".join("\n".join(part) for part in (kept, length, forgotten))
    return Message(text, ((button(t, "agent"),), (button(t, "settings"),)))


def _length(t: Translator, days: int) -> Html:
    years, rest = divmod(days, 365)
    return t.plural("{n} year", "{n} years", years) if years and not rest else at_least(t, days)


def _records(t: Translator, days: int | None) -> tuple[Html, ...]:
    if days is None:
        return ()
    length = at_least(t, days)
    return (
        t("The rules where you live ask for records of what was sent to be kept for at least {length}.", length=length),
    )
