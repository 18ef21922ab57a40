"""Who speaks, and the answer to unknown people: the first step of every handler for customers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram import Update
from telegram.constants import ChatType

from bot.channels.telegram_relay import forwarded_from
from bot.message import Message
from bot.rules.facts.customer_facts import CustomerFacts
from bot.views.customers import linking as linking_views
from bot.views.customers import own_words as own_words_views
from bot.views.customers.button_owners import mark_of, marked
from bot.work.customers.customer_activity import (
    Activity,
    Speaker,
    facts_to_show,
    look_up,
    record_activity,
    spoke_for_others,
)
from bot.work.customers.own_words import is_wrong_person
from handlers.context import Context, answer, answer_press
from handlers.registry import CUSTOMERS, Handler
from locales import Translator, translator


@dataclass(frozen=True, slots=True)
class Talk:
    """One update from a private chat."""

    update: Update
    context: Context
    speaker: Speaker
    t: Translator


@dataclass(frozen=True, slots=True)
class CustomerTalk(Talk):
    """The same from a linked customer."""

    customer_id: str


Press = Callable[[CustomerTalk], Awaitable[None]]
Showing = Callable[[CustomerTalk, CustomerFacts], Awaitable[None]]


def for_anybody(do: Callable[[Talk], Awaitable[None]]) -> Handler:
    """A handler for anybody who writes in private, linked or not. Presses in a group are ignored."""

    async def handle(update: Update, context: Context) -> None:
        talk = await listen(update, context)
        if talk is not None:
            await do(talk)

    return handle


def for_customers(do: Press, *, to_anybody: bool = False, shows_facts: bool = False) -> Handler:
    """A handler for linked customers; others are told how to link, and nothing about anybody. Neither is somebody
    whose chat is linked and who said that they are not the customer."""

    async def handle(update: Update, context: Context) -> None:
        talk = await listen(update, context, shows_facts=shows_facts)
        if talk is None:
            return
        if talk.speaker.customer_id is None:
            await _say_how_to_link(talk)
            return
        linked = CustomerTalk(talk.update, talk.context, talk.speaker, talk.t, talk.speaker.customer_id)
        await (do if to_anybody or not await _is_wrong_person(linked) else _nothing)(linked)

    return handle


def for_customers_who_see(do: Showing) -> Handler:
    """The same for an answer that shows what they owe: the facts are read with the first look at who speaks."""

    async def show(talk: CustomerTalk) -> None:
        facts = talk.speaker.facts
        await do(talk, await facts_to_show(talk.context.parts.db, talk.customer_id) if facts is None else facts)

    return for_customers(show, shows_facts=True)


async def _is_wrong_person(talk: CustomerTalk) -> bool:
    return talk.speaker.has_dead_channel and await is_wrong_person(talk.context.parts.db, talk.customer_id)


def for_who_has_the_chat(do: Press) -> Handler:
    """The same for what shows nothing of the customer's: also for somebody who said that they are not the customer."""
    return for_customers(do, to_anybody=True)


async def _nothing(talk: CustomerTalk) -> None:
    """They said that they are somebody else: nothing of the customer's is shown to them."""
    await answer(talk.context, talk.speaker.user_id, own_words_views.not_yours(talk.t))


def for_its_owner(otherwise: Press) -> Callable[[Press], Handler]:
    """A handler for a button that acts for the customer it was made for. If the chat belongs to another customer by
    now, nothing is done: they are told so, and `otherwise` shows the present state."""

    def handler(do: Press) -> Handler:
        async def handle(update: Update, context: Context) -> None:
            talk = await listen(update, context, acknowledge=False)
            if talk is None or talk.speaker.customer_id is None:
                await answer_press(update)
                if talk is not None:
                    await _say_how_to_link(talk)
                return
            linked = CustomerTalk(talk.update, talk.context, talk.speaker, talk.t, talk.speaker.customer_id)
            if await _is_wrong_person(linked):
                await answer_press(update)
                await _nothing(linked)
                return
            theirs = await _is_for(linked)
            await answer_press(update, "" if theirs else linking_views.button_of_another(talk.t))
            await (do if theirs else otherwise)(linked)

        return handle

    return handler


async def _is_for(talk: CustomerTalk) -> bool:
    """Whether the pressed button was made for this customer. A button of an earlier release, without a mark, was made
    for them if their chat never belonged to another customer."""
    owner = talk.context.match["owner"] if talk.context.match else None
    if owner is not None:
        return bool(owner == mark_of(talk.customer_id))
    return not await spoke_for_others(talk.context.parts.db, talk.speaker.user_id, talk.customer_id)


async def reply(talk: CustomerTalk, message: Message) -> None:
    """Answers a customer; the message's buttons work only for them."""
    await answer(talk.context, talk.speaker.user_id, marked(message, talk.customer_id))


async def _say_how_to_link(talk: Talk) -> None:
    await answer(
        talk.context, talk.speaker.user_id, linking_views.how_to_link(talk.t, talk.context.parts.settings.brand)
    )


async def listen(
    update: Update, context: Context, *, acknowledge: bool = True, shows_facts: bool = False
) -> Talk | None:
    """Acknowledges a press (unless its answer depends on the speaker), writes down the sign of life and finds the
    speaker, with the facts that the answer shows; None outside a private chat. `shows_facts`: that is all the answer
    does, so the sign of life may be written down after it."""
    if context.talk is not None:
        return context.talk  # several handlers may answer one update; it is noted once
    if acknowledge:
        await answer_press(update)
    chat, user = update.effective_chat, update.effective_user
    if user is None or chat is None or chat.type != ChatType.PRIVATE or user.id != chat.id:
        return None
    parts = context.parts
    kind, body = _what(update)
    activity = Activity(
        user.id, user.language_code, kind, parts.clock.now(), body, _used(kind, body), shows_facts, update.update_id
    )
    if shows_facts:
        speaker, left = await look_up(parts.db, activity)
        context.afterwards += () if left is None else (left,)
    else:
        speaker = await record_activity(parts.db, activity)
    context.talk = Talk(update, context, speaker, translator(speaker.language))
    return context.talk


def _used(kind: str, body: str | None) -> str:
    """The command behind a press or a command, such as /pay, if agents are told about its use; otherwise empty."""
    if kind not in ("press", "command") or not body:
        return ""
    name = body.removeprefix("/").partition("@")[0].casefold()
    return f"/{name}" if name in CUSTOMERS.noted else ""


def _what(update: Update) -> tuple[str, str | None]:
    """What the person did, as the evidence names it. A payload is not kept, because it is a secret."""
    if update.callback_query is not None:
        return "press", update.callback_query.data
    message = update.effective_message
    if message is None or message.contact is not None:
        return "media", None
    if forwarded_from(message) is not None:
        return "forwarded", None  # the words are somebody else's
    if message.text is None:
        return "media", message.caption
    if message.text.startswith("/"):
        return "command", message.text.split()[0]
    return "word", message.text
