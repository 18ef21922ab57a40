"""What agents are told about their own messages: what stayed internal, what could not be passed on, and why."""

from __future__ import annotations

from bot.message import Message
from bot.views.lines import clipped
from locales import Html, Translator


def hidden_note(t: Translator) -> Message:
    """A text with /note further down."""
    return Message(
        t("There is a /note in this text, so nothing of it was sent. Please write the note and the rest separately.")
    )


def sent_before(t: Translator) -> Message:
    """A message was turned into a note after it had been sent."""
    return Message(t("The customer had this message before you changed it, and still sees it as it was."))


def answer_to_note(t: Translator) -> Message:
    """A reply to a note, which may be internal too."""
    return Message(
        t(
            "This answers a note, so it was not sent. To send it, write it as a message of its own; to keep it, use "
            "/note."
        )
    )


def edit_of_unsent(t: Translator) -> Message:
    """An edit of a message that never went to the customer."""
    return Message(t("The customer never got this message, so the change was not sent either. Please write it again."))


def anonymous(t: Translator) -> Message:
    """An administrator who writes in the group's name."""
    return Message(
        t(
            "I can’t see who you are: you write in the group’s name, so nothing was done or sent. Please turn off "
            "“Remain anonymous” in your administrator’s rights."
        )
    )


def forwarded(t: Translator, name: str) -> str:
    """The line above what the customer forwarded, with the name of who wrote it, if it is known."""
    if name:
        return t.plain("↪️ The customer forwarded this, written by {name}:", name=clipped(name, 60))
    return t.plain("↪️ The customer forwarded this, written by somebody else:")


def edited(t: Translator) -> str:
    """The line above a text that the customer edited, if it is posted as a new message."""
    return t.plain("✏️ The customer edited a message. It now says:")


def media_words(t: Translator, captioned: bool) -> str:
    """The text of a note that has no words: there is a picture or file above it in the topic."""
    return t.plain("(a picture or file in the topic)") if captioned else ""


def not_passed_on(t: Translator, reason: str) -> Message:
    """A message of the customer could not be posted in the topic, and why."""
    known = {
        "message_gone": t("The customer wrote something and deleted it before it came here."),
        "not_copyable": t(
            "The customer sent something that Telegram lets nobody pass on, such as a quiz or paid media. They have "
            "been asked to say it otherwise."
        ),
        "too_large": t("The customer sent a file that is too large to be passed on. They have been told."),
        "too_long": t("The customer sent a text that is too long to be passed on. They have been told."),
        "case_closed": t("The customer wrote something more, after this case was closed."),
        "in_doubt": t("It’s not certain that the customer’s last words came here: Telegram gave no answer."),
    }
    return Message(
        known.get(reason) or t("The customer sent something that could not be passed on. They have been told.")
    )


def edit_undelivered(t: Translator, reason: str) -> Html:
    """An agent's change of a message did not reach the customer, and why."""
    known = {
        "not_editable": t("Your change was not made: Telegram lets this message be edited no more."),
        "message_gone": t("Your change was not made: the customer has deleted that message."),
        "too_long": t("Your change was not made: the text is too long."),
        "in_doubt": t("It’s not certain that your change was made: Telegram gave no answer."),
    }
    return known.get(reason) or t("Your change was not made, and the customer still sees the message as it was.")
