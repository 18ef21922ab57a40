"""The page that ends reminders from a mail: plain words, with a heading first."""

from __future__ import annotations

from dataclasses import dataclass

from locales import Translator


@dataclass(frozen=True, slots=True)
class Page:
    """`button` is the button to continue, empty if there is nothing to do."""

    heading: str
    words: tuple[str, ...]
    button: str = ""


def question(t: Translator, brand: str) -> Page:
    """Before: nothing has changed yet. Programs that scan mails come here too."""
    words = (
        t.plain("{brand} will then send you no more reminders, by e-mail or in any other way.", brand=brand),
        t.plain("If something is past its date, a person may still contact you."),
    )
    return Page(t.plain("No more reminders?"), words, t.plain("Turn reminders off"))


def done(t: Translator, brand: str) -> Page:
    """After."""
    words = (
        t.plain("{brand} will send you no more reminders.", brand=brand),
        t.plain("If something is past its date, a person may still contact you."),
        t.plain("If you’d like them again, write “reminders on” in our chat in Telegram."),
    )
    return Page(t.plain("Reminders are off"), words)


def not_ours(t: Translator, brand: str) -> Page:
    """A link that this program did not make, or that was changed."""
    words = (
        t.plain("Perhaps a part of it was lost. Please open it from the e-mail itself."),
        t.plain("You can also write /stop in our chat in Telegram, or tell {brand}’s customer service.", brand=brand),
    )
    return Page(t.plain("This link doesn’t work"), words)
