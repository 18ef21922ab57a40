"""What a customer writes that is no command: what they mean is done, all else goes to the person they talk to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from telegram import Message, Update
from telegram.ext.filters import StatusUpdate

from bot.channels.telegram_relay import forwarded_from
from bot.rules.customers.acknowledgements import is_small
from bot.rules.customers.greetings import asks_what_it_does, is_greeting
from bot.rules.customers.intents import Intent
from bot.rules.customers.understanding import Understood, understand
from bot.views.cases import talk_with_agent as views
from bot.views.cases.desk_help import for_the_group, help_in_private
from bot.views.customers import understanding as understanding_views
from bot.views.customers.linking import how_to_link
from bot.views.customers.own_words import greeting
from bot.views.menu import action_words, help_message
from bot.views.topics.talk import forwarded
from bot.work.cases.case_cards import agent_language, language_at_the_desk
from bot.work.cases.casework import agent_of
from bot.work.customers.opt_out import stop_reminders
from bot.work.customers.talk_with_agent import answers_closed_case, keep_words, talks_with_person
from handlers.context import Context, answer
from handlers.customer import instalment_plans, ratings, surveys, talk_with_agent
from handlers.customer.relays import pass_edit_on, pass_on
from handlers.customer.speakers import Talk, for_customers, listen
from handlers.registry import AGENTS, CUSTOMERS
from locales import translator

HEARD_BESIDE_A_PERSON = frozenset({Intent.DISTRESS, Intent.STOP})
"""What is acted on even while a person is in the conversation, and every other word is theirs."""
FROM_ANYBODY = frozenset({Intent.DISTRESS, Intent.FRAUD})
"""What is answered to somebody who is not linked, too."""
OFFERED_IN_A_HARD_TIME = frozenset({Intent.PERSON, Intent.PLAN})
"""What the answer to somebody in a hard time offers already, so that it is not said twice."""
MISSES_BEFORE_A_PERSON = 3
_COMMAND = re.compile(r"/(?P<name>[a-z0-9_]{1,32})(?:@\w+)?(?:\s|$)", re.IGNORECASE)


async def say(update: Update, context: Context) -> None:
    """A plain word for a command does what the command does, a sentence what it means. While a person is in the
    conversation every word is theirs, and the bot acts on none but danger and a stop."""
    message = update.effective_message
    assert message is not None
    to_closed = await _answers_closed_case(update, context)
    for_person = not to_closed and await _is_for_person(update, context)
    said = "" if message.forward_origin is not None else message.text or ""
    action = action_words().get(said.strip().casefold())
    if action is not None and not for_person and not to_closed:
        await CUSTOMERS.presses[action](update, context)
        return
    talk = await listen(update, context)
    if talk is None or StatusUpdate.ALL.check_update(update):
        return  # a group, or they pinned something or set a timer: nobody said anything
    if action is None:
        understood = _understood(message, context)
    else:  # a word of the bot's own means what it does, and is not guessed at
        understood = Understood((Intent.STOP,) if action == "stop" else ())
    if for_person:
        if not await pass_on(talk):
            if action is not None:
                await CUSTOMERS.presses[action](update, context)
            else:
                await _alone(talk, message, understood)
            return
        await _act(talk, [intent for intent in understood.intents if intent in HEARD_BESIDE_A_PERSON])
    elif to_closed and _needs_an_answer(message, understood):
        await _bring_back(talk, message, understood)
    else:
        await _alone(talk, message, understood)


async def _alone(talk: Talk, message: Message, understood: Understood) -> None:
    """No person is there to answer: what is meant is done, and passed on to a case that waits."""
    in_danger = Intent.DISTRESS in understood.intents
    may_answer = not in_danger and forwarded_from(message) is None
    if may_answer and (await ratings.takes_words(talk) or await instalment_plans.takes_words(talk, understood.intents)):
        return
    if may_answer and Intent.STOP not in understood.intents and await surveys.takes_words(talk):
        return
    passed = await pass_on(talk)
    if not passed and not FROM_ANYBODY & set(understood.intents) and await _helps_an_agent(talk, message):
        return
    if talk.speaker.customer_id is None and not FROM_ANYBODY & set(understood.intents):
        await answer(talk.context, talk.speaker.user_id, how_to_link(talk.t, talk.context.parts.settings.brand))
    elif understood.intents:
        linked = talk.speaker.customer_id is not None
        await _act(talk, [intent for intent in understood.intents if linked or intent in FROM_ANYBODY])
    elif passed:
        return
    elif message.text is not None and may_answer and is_small(message.text):
        await _act(talk, [Intent.THANKS])  # to an OK nobody is told that no person reads it
    elif message.text is not None and may_answer and is_greeting(message.text):
        await answer(talk.context, talk.speaker.user_id, greeting(talk.t, talk.context.parts.settings.brand))
    elif message.text is None:
        await answer(talk.context, talk.speaker.user_id, views.media_not_passed_on(talk.t))
    elif _COMMAND.match(message.text) or (may_answer and asks_what_it_does(message.text)):
        await answer(talk.context, talk.speaker.user_id, help_message(talk.t, talk.context.parts.settings.brand))
    else:
        await _ask(talk, message.text, understood.likely)


async def _helps_an_agent(talk: Talk, message: Message) -> bool:
    """Tells an agent what works in private, if they are no customer or want what works in their group only."""
    written = _COMMAND.match(message.text or "")
    command = written["name"].lower() if written is not None else ""
    if talk.speaker.customer_id is not None and command not in AGENTS.commands:
        return False
    if (agent := await agent_of(talk.context.parts.db, talk.speaker.user_id)) is None:
        return False
    t = translator(agent_language([agent]))
    told = for_the_group(t, command) if command in AGENTS.commands else help_in_private(t, agent.role)
    await answer(talk.context, talk.speaker.user_id, told)
    return True


async def _answers_closed_case(update: Update, context: Context) -> bool:
    """Whether they answer an agent whose case is closed."""
    message = update.effective_message
    assert message is not None
    answered = message.reply_to_message.message_id if message.reply_to_message else None
    return await answers_closed_case(context.parts.db, message.chat.id, answered)


def _needs_an_answer(message: Message, understood: Understood) -> bool:
    """Whether it is more than thanks, a stop or words of somebody else; who may be in danger is heard at once."""
    if understood.intents in ((Intent.THANKS,), (Intent.STOP,)) or Intent.DISTRESS in understood.intents:
        return False
    return forwarded_from(message) is None and (message.text is None or not is_small(message.text))


async def _bring_back(talk: Talk, message: Message, understood: Understood) -> None:
    """Asks for a person again, who gets what was written; the bot acts on none of it but a stop."""
    await _act(talk, [intent for intent in understood.intents if intent is Intent.STOP])
    await for_customers(partial(talk_with_agent.ask, said=message.text))(talk.update, talk.context)
    if message.text is None:
        await pass_on(talk)


def _understood(message: Message, context: Context) -> Understood:
    """What somebody else wrote, and is only forwarded, is not what the customer means."""
    said = message.text or message.caption
    if said is None or message.forward_origin is not None:
        return Understood()
    found = understand(said, context.parts.phrases.model)
    known = tuple(intent for intent in found.intents if intent in CUSTOMERS.intents)
    if _COMMAND.match(said):  # of ours it is none: a mistyped command must not stop or promise anything
        return Understood(tuple(intent for intent in known if intent is Intent.DISTRESS))
    return Understood(known, tuple(intent for intent in found.likely if intent in CUSTOMERS.intents))


async def _act(talk: Talk, intents: Sequence[Intent]) -> None:
    """Does what is meant. Somebody who may be in danger is told nothing else, but if they also ask to stop, reminders
    stop."""
    parts = talk.context.parts
    if Intent.DISTRESS in intents:
        if Intent.STOP in intents and talk.speaker.customer_id is not None:
            await stop_reminders(parts.db, talk.speaker.customer_id, parts.clock.now())
        intents = [Intent.DISTRESS]
    if Intent.HARDSHIP in intents:
        intents = [intent for intent in intents if intent not in OFFERED_IN_A_HARD_TIME]
    for intent in intents:
        await CUSTOMERS.intents[intent](talk.update, talk.context)


async def _ask(talk: Talk, text: str, likely: Sequence[Intent]) -> None:
    """Asks what was meant; the second time in a row a person is offered, the third time one is asked to come."""
    parts = talk.context.parts
    message = talk.update.effective_message
    if message is not None and (name := forwarded_from(message)) is not None:
        t = translator(await language_at_the_desk(parts.db, talk.speaker.customer_id))
        text = f"{forwarded(t, name)} «{text}»"
    misses = await keep_words(parts.db, talk.speaker.user_id, text, parts.clock.now())
    user_id, t = talk.speaker.user_id, talk.t
    if misses >= MISSES_BEFORE_A_PERSON:
        await answer(talk.context, user_id, understanding_views.person_reads(t))
        await _act(talk, [Intent.PERSON])
    elif likely:
        await answer(talk.context, user_id, understanding_views.did_you_mean(t, likely, again=misses > 1))
    elif misses > 1:
        await answer(talk.context, user_id, understanding_views.still_not_understood(t))
    else:
        await answer(talk.context, user_id, views.words_not_passed_on(t))


async def _is_for_person(update: Update, context: Context) -> bool:
    message, chat = update.effective_message, update.effective_chat
    assert message is not None and chat is not None
    answered = message.reply_to_message.message_id if message.reply_to_message else None
    parts = context.parts
    return await talks_with_person(parts.db, chat.id, answered, parts.clock.now())


async def edited(update: Update, context: Context) -> None:
    """What was passed on is edited there too."""
    talk = await listen(update, context)
    if talk is not None and update.effective_message is not None:
        await pass_edit_on(talk)
