"""A link has changed: messages to the account that lost one, and to the customer by e-mail or SMS. Neither contains a
name or an amount, because the reader may be somebody else by now.
"""

from __future__ import annotations

from bot.message import Button, Message
from locales import Html, Translator


def to_account(t: Translator, brand: str, kind: str, link_id: int | None) -> Message:
    """In the chat whose link ended (or is back), what happened; `kind` is one of `storage.customers.link_changes`."""
    if kind == "restored":
        return Message(t("This chat is linked to your {brand} account again.", brand=brand))
    if kind == "taken_over":
        parts = (
            t(
                "Your {brand} account is now linked to another Telegram account, so I won’t write about it here any "
                "more.",
                brand=brand,
            ),
            t("If that wasn’t you, press “That wasn’t me”."),
        )
        return Message("\n\n".join(parts), ((that_wasnt_me(t, link_id or 0),),))
    if kind == "taken_back":
        text = t(
            "The account that was linked before says that the link isn’t yours, so this chat is no longer linked to "
            "the {brand} account.",
            brand=brand,
        )
        return Message(f"{text}\n\n{_ask_service(t, brand)}")
    return Message(f"{_ended(t, brand)}\n\n{_ask_service(t, brand)}")


def that_wasnt_me(t: Translator, link_id: int) -> Button:
    return Button(t.plain("That wasn’t me"), f"notme:yes:{link_id}")


def elsewhere(t: Translator, brand: str, kind: str) -> Message:
    """By e-mail or SMS. Its first line is the mail's subject."""
    if kind in ("taken_over", "again"):
        what = t("Your {brand} account is now linked to a different Telegram account.", brand=brand)
    elif kind == "by_number":
        what = t("Your {brand} account is now linked to a Telegram account, by its phone number.", brand=brand)
    else:
        what = t("Your {brand} account is no longer linked to Telegram.", brand=brand)
    return Message(f"{what}\n\n{_ask_service(t, brand)}")


def _ended(t: Translator, brand: str) -> Html:
    return t(
        "This chat is no longer linked to a {brand} account, so I won’t write about it here any more.", brand=brand
    )


def _ask_service(t: Translator, brand: str) -> Html:
    return t("If that isn’t right, please tell {brand}’s customer service.", brand=brand)
