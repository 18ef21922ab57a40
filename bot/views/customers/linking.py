"""Linking a Telegram account to a wallet's customer. These texts reveal nothing about anybody."""

from __future__ import annotations

from datetime import date

from bot.message import Button, Message
from bot.views.customers.link_news import that_wasnt_me
from bot.views.lines import clipped
from bot.views.menu import menu_buttons
from locales import Translator


def how_to_link(t: Translator, brand: str) -> Message:
    """To an account without a link: the two ways to link."""
    parts = (
        t("Hello! I help customers of {brand}, but I don’t know who you are yet.", brand=brand),
        t("There are two ways to link your account:"),
        t("• In {brand}, ask for the Telegram link and tap it. It works once, within 24 hours.", brand=brand),
        t("• Or share your own phone number with the button below, the one you use with {brand}.", brand=brand),
    )
    return Message("\n\n".join(parts), ask_contact=_share_label(t))


def linked(t: Translator, customer_name: str, brand: str, link_id: int = 0) -> Message:
    """The link is made: a greeting, what can be done here, and what to do if it is somebody else's account."""
    name = clipped(customer_name, 60)
    hello = t("Hello {name}, good to have you here.", name=name) if name else t("Hello, good to have you here.")
    parts = (
        hello,
        t("This chat is now linked to your {brand} account.", brand=brand),
        t("I’ll write before each due date, and you can ask me any time."),
        t("Is this not your account? Then press “Not my account”."),
    )
    return Message("\n\n".join(parts), (*menu_buttons(t), (not_mine_button(t, link_id),)))


def not_mine_button(t: Translator, link_id: int) -> Button:
    return Button(t.plain("Not my account"), f"notme:{link_id}")


def not_mine(t: Translator, brand: str, link_id: int) -> Message:
    """Asks whether this chat's link should end."""
    parts = (
        t(
            "This ends the link between this chat and the {brand} account: I’ll write nothing about it here.",
            brand=brand,
        ),
        t("Is it somebody else’s account, or should it end for another reason?"),
    )
    row = (Button(t.plain("Yes, end it"), f"notme:yes:{link_id}"), Button(t.plain("No"), "notme:no"))
    return Message("\n\n".join(parts), (row,))


def not_mine_done(t: Translator, brand: str, back: bool) -> Message:
    """It ended; `back`: this chat has its earlier link again."""
    parts = [t("Done. This chat is no longer linked to that {brand} account.", brand=brand)]
    if back:
        parts.append(t("It’s linked to the account from before again."))
    return Message("\n\n".join(parts), menu_buttons(t) if back else ())


def taken_back(t: Translator, brand: str) -> Message:
    """To the earlier account: the link is back here."""
    parts = (
        t("Thank you. This chat is linked to your {brand} account again, and the other one no longer is.", brand=brand),
        t("If somebody else had it, please tell {brand}’s customer service as well.", brand=brand),
    )
    return Message("\n\n".join(parts), menu_buttons(t))


def disputed(t: Translator, brand: str) -> Message:
    """To the earlier account, which was linked by a phone number only: a person looks into it."""
    parts = (
        t("Thanks for letting us know. {brand} itself gave out the new link, so it stays for now.", brand=brand),
        t("A person will look into it. If this is your account, please tell {brand}’s customer service.", brand=brand),
    )
    return Message("\n\n".join(parts))


def question_over(t: Translator) -> Message:
    """A button of a question that was answered, is too old, or no longer applies."""
    return Message(t("This has been answered already, or is too long ago. Nothing has changed now."))


def nothing_changed(t: Translator) -> Message:
    return Message(t("Nothing has changed; this chat stays linked."), menu_buttons(t))


def switch_question(
    t: Translator, brand: str, request_id: int, name: str, since: date, *, has_case: bool, has_agreement: bool
) -> Message:
    """To an account that opened another customer's link: which link there is now (`name` is masked here), what ends
    with a yes, and when to say no."""
    masked = masked_name(name)
    now = (
        t(
            "This chat has been linked to the {brand} account of {name} since {day}.",
            brand=brand,
            name=masked,
            day=t.date(since),
        )
        if masked
        else t("This chat has been linked to a {brand} account since {day}.", brand=brand, day=t.date(since))
    )
    ends = [t("• I’ll no longer write here before its due dates.")]
    if has_case:
        ends.append(t("• Your conversation about it with a person no longer comes here."))
    if has_agreement:
        ends.append(t("• What you agreed stays agreed, but I can’t remind you of it here."))
    parts = (
        now,
        t("The link you opened is for a different account. If you say yes, this ends:"),
        "\n".join(ends),
        t(
            "<b>Say yes only if somebody at {brand} or your own app gave you this link. If another person sent it, say "
            "No.</b>",
            brand=brand,
        ),
    )
    row = (
        Button(t.plain("Yes, change the link"), f"link:yes:{request_id}"),
        Button(t.plain("No"), f"link:no:{request_id}"),
    )
    return Message("\n\n".join(parts), (row,))


def masked_name(name: str) -> str:
    """The first letter of each word, enough to recognise the name: A••• L•••."""
    return " ".join(f"{word[0]}•••" for word in clipped(name, 60).split()[:4] if word[0].isalnum())


def already_linked(t: Translator, brand: str) -> Message:
    """The same account was linked before."""
    return Message(t("This chat is already linked to your {brand} account.", brand=brand), menu_buttons(t))


def payload_refused(t: Translator) -> Message:
    """A link that is unknown, too old or used: one text for all three, so that nobody can find out which."""
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
        t("If there’s none within a day, the wallet’s customer service can end the other link for you."),
    )
    return Message("\n\n".join(parts), drop_keyboard=True)


def wallet_only(t: Translator) -> Message:
    """A phone number alone is not enough here."""
    parts = (
        t("This account can’t be linked by its phone number."),
        t("Instead, you can open the wallet, ask for the Telegram link there and tap it."),
    )
    return Message("\n\n".join(parts), drop_keyboard=True)


def consent_request(t: Translator, request_id: int) -> Message:
    """To the first: someone asks to take the link over."""
    parts = (
        t("Someone has asked to link your wallet account to a different Telegram account."),
        t("If you agree, I’ll no longer write about it here, and the other account sees its balance and due dates."),
        t("If that’s you, press “Yes, that’s me” and the link moves there. If not, press “No” and nothing changes."),
    )
    row = (Button(t.plain("Yes, that’s me"), f"link:yes:{request_id}"), Button(t.plain("No"), f"link:no:{request_id}"))
    return Message("\n\n".join(parts), (row,))


def consent_granted(t: Translator) -> Message:
    """To the account that asked: it is linked now."""
    return Message(t("The other account said yes. This chat is now linked to your wallet account."), menu_buttons(t))


def consent_refused(t: Translator) -> Message:
    """To the account that asked: nothing changes."""
    parts = (
        t("The other account said no, so this chat isn’t linked."),
        t("If the wallet account is yours, the wallet’s customer service can end the other link for you."),
        t("After that, ask for a new Telegram link in the wallet and tap it."),
    )
    return Message("\n\n".join(parts))


def consent_noted(t: Translator, agreed: bool, link_id: int = 0) -> Message:
    """To the first account: the result of its answer."""
    if agreed:
        parts = (
            t("Thank you. Your wallet account is now linked to the other Telegram account, and no longer to this one."),
            t("If that wasn’t you, press “That wasn’t me”."),
        )
        return Message("\n\n".join(parts), ((that_wasnt_me(t, link_id),),))
    return Message(t("Thank you. Nothing has changed; this chat stays linked."), menu_buttons(t))


def _share_label(t: Translator) -> str:
    return t.plain("Share my phone number")


def button_of_another(t: Translator) -> str:
    """Over the chat, at a press on a button that was made for the customer for whom this chat spoke before."""
    return t.plain("That button was for the account linked here before. Nothing has changed.")
