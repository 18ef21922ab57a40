"""What the console and the bot say of passkeys."""

from __future__ import annotations

from bot.message import Message
from bot.rules.operations.passkeys import MOST_PASSKEYS, NoSite, PasskeyEvent
from bot.views.lines import clipped
from locales import Html, Translator


def no_site(t: Translator, site: NoSite) -> Html:
    """Why the console cannot have passkeys, for those who can change it."""
    if site.why == "no_name":
        return t("Passkeys need an address with a domain name. The console is at {address}.", address=site.address)
    return t(
        "Passkeys need an https address, or http://localhost on the machine itself. The console is at {address}.",
        address=site.address,
    )


def not_done(t: Translator, why: str) -> Html:
    """Why no passkey was added, removed, or let in."""
    known = {
        "over": t("Nothing was done: that took too long. Please try again."),
        "forged": t("Nothing was done: what the browser sent doesn’t match. Please try again."),
        "too_many": t("Nothing was done: there were too many requests just now. Please wait five minutes."),
        "by_passkey": t("To add a passkey, sign in with a link: write /console to the bot in private."),
        "most": t.plural(
            "Nothing was done: you have {n} passkey already. Please remove it first.",
            "Nothing was done: you have {n} passkeys already. Please remove one first.",
            MOST_PASSKEYS,
        ),
        "no_name": t("Please give the passkey a name, such as “my laptop”."),
        "again": t("Nothing was done: this passkey was added before."),
        "gone": t("There is no such passkey any more."),
    }
    return known[why]


def done(t: Translator, said: str) -> Html:
    """What was just done; empty for what nobody can do."""
    known = {
        "added": t("The passkey is added. The bot tells you so in Telegram, too."),
        "removed": t("The passkey is removed. Nobody can sign in with it any more."),
    }
    return known.get(said, Html(""))


def told(t: Translator, kind: PasskeyEvent, name: str, by: str, when: str) -> Message:
    """To an agent in private: what happened to a passkey of theirs. It is how a thief is noticed."""
    about = {"name": clipped(name, 60), "when": when}
    if kind == "added":
        head = t("A passkey, “{name}”, was added to your account in the console {when}.", **about)
        ask = t("If this was not you, please remove it there (/console opens it), and tell a supervisor.")
    elif kind == "removed":
        by = clipped(by, 60)
        gone = t("{by} removed your passkey “{name}” {when}.", by=by, **about)
        head = gone if by else t("An operator removed your passkey “{name}” {when}.", **about)
        ask = t("You can no longer sign in to the console with it. /console gives you a link.")
    else:
        head = t("Your passkey “{name}” was refused {when}: somebody seems to have a copy of it.", **about)
        ask = t("Please remove it in the console (/console opens it), tell a supervisor, and add a new one.")
    return Message(f"{head}\n\n{ask}")


def in_audit_log(t: Translator, kind: str, whose: str, name: str, by: str, *, is_own: bool) -> Html:
    """One entry of the audit log; `by` is who removed it, empty for an operator. Two agents may have one name."""
    about = {"whose": whose, "name": name}
    if kind == "added":
        return t("{whose} added the passkey “{name}”.", **about)
    if kind == "refused":
        return t("The passkey “{name}” of {whose} was refused: somebody seems to have a copy of it.", **about)
    if is_own:
        return t("{whose} removed their passkey “{name}”.", **about)
    if by:
        return t("{by} removed the passkey “{name}” of {whose}.", by=by, **about)
    return t("The passkey “{name}” of {whose} was removed by an operator, or with its agent.", **about)
