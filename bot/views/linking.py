"""Who are you: how a Telegram account and a wallet's customer come together. Nothing of anyone's is told here."""

from __future__ import annotations

from bot.message import Button, Message
from bot.views.lines import clipped
from bot.views.menu import menu_buttons
from locales import Translator


def how_to_link(t: Translator, brand: str) -> Message:
    """To someone not linked: the two ways in."""
    parts = (
        t("Hello! I help customers of {brand}, but I don’t know who you are yet.", brand=brand),
        t("There are two ways to link your account:"),
        t("• In {brand}, ask for the Telegram link and tap it. It works once, within 24 hours.", brand=brand),
        t("• Or share your own phone number with the button below, the one you use with {brand}.", brand=brand),
    )
    return Message("\n\n".join(parts), ask_contact=_share_label(t))


def linked(t: Translator, customer_name: str, brand: str) -> Message:
    """It is done: who is greeted, and what there is to do here."""
    name = clipped(customer_name, 60)
    hello = t("Hello {name}, good to have you here.", name=name) if name else t("Hello, good to have you here.")
    parts = (
        hello,
        t("This chat is now linked to your {brand} account.", brand=brand),
        t("I’ll write before each due date, and you can ask me any time."),
    )
    return Message("\n\n".join(parts), menu_buttons(t))


def already_linked(t: Translator, brand: str) -> Message:
    """The same account, linked before."""
    return Message(t("This chat is already linked to your {brand} account.", brand=brand), menu_buttons(t))


def payload_refused(t: Translator) -> Message:
    """A link that is unknown, too old or used: one text for all three, so that nobody can probe which it is."""
    return Message(
        t("This link no longer works. Each link can be used once, within 24 hours. The wallet gives you a fresh one.")
    )


def contact_not_own(t: Translator) -> Message:
    """A contact that is someone else's."""
    text = t("That’s someone else’s number. I can only link you with your own; please share it with the button below.")
    return Message(text, ask_contact=_share_label(t))


def contact_unknown(t: Translator) -> Message:
    """A number that belongs to no customer."""
    parts = (
        t("I couldn’t find this number. Perhaps the wallet has a different one for you."),
        t("Instead, you can open the wallet, ask for the Telegram link there and tap it."),
    )
    return Message("\n\n".join(parts), drop_keyboard=True)


def contact_ambiguous(t: Translator) -> Message:
    """A number that belongs to several customers."""
    parts = (
        t("This number alone doesn’t tell me which account is yours."),
        t("Instead, you can open the wallet, ask for the Telegram link there and tap it."),
    )
    return Message("\n\n".join(parts), drop_keyboard=True)


def too_many_tries(t: Translator, wait_minutes: int) -> Message:
    """Linking failed too often in a row."""
    return Message(
        t.plural(
            "That was a few tries in a row. To keep accounts safe, please try again in {n} minute.",
            "That was a few tries in a row. To keep accounts safe, please try again in {n} minutes.",
            wait_minutes,
        )
    )


def consent_asked(t: Translator) -> Message:
    """To the second Telegram account: the first is asked."""
    parts = (
        t("This wallet account is linked to another Telegram account. I’ve asked there whether it may move here."),
        t("I’ll write to you here as soon as there’s an answer."),
    )
    return Message("\n\n".join(parts), drop_keyboard=True)


def consent_request(t: Translator, request_id: int) -> Message:
    """To the first: someone asks to take the link over."""
    parts = (
        t("Someone has asked to link your wallet account to a different Telegram account."),
        t("If that’s you, press “Yes, that’s me” and the link moves there. If not, press “No” and nothing changes."),
    )
    row = (Button(t.plain("Yes, that’s me"), f"link:yes:{request_id}"), Button(t.plain("No"), f"link:no:{request_id}"))
    return Message("\n\n".join(parts), (row,))


def consent_granted(t: Translator) -> Message:
    """To the one who asked: it is linked now."""
    return Message(t("The other account said yes. This chat is now linked to your wallet account."), menu_buttons(t))


def consent_refused(t: Translator) -> Message:
    """To the one who asked: it stays as it was."""
    parts = (
        t("The other account said no, so this chat isn’t linked."),
        t("If the wallet account is yours, the wallet’s customer service can help."),
    )
    return Message("\n\n".join(parts))


def consent_noted(t: Translator, agreed: bool) -> Message:
    """To the first: what came of the answer."""
    if agreed:
        return Message(
            t("Thank you. Your wallet account is now linked to the other Telegram account, and no longer to this one.")
        )
    return Message(t("Thank you. Nothing has changed; this chat stays linked."), menu_buttons(t))


def unlinked_elsewhere(t: Translator) -> Message:
    """To the first, where it agreed in another way: linked elsewhere now."""
    parts = (
        t("Your wallet account is now linked to another Telegram account, so I won’t write about it here any more."),
        t("If that wasn’t you, please tell the wallet’s customer service."),
    )
    return Message("\n\n".join(parts))


def _share_label(t: Translator) -> str:
    return t.plain("Share my phone number")
