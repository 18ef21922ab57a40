"""Asking an agent, and nobody else, about words that have not left; and their answer: a reason to send them, or not."""

from __future__ import annotations

from telegram import Update

from bot.channels import Accepted
from bot.channels.rate_limiter import Priority
from bot.views.topics import held_words as views
from bot.work.cases import casework
from bot.work.cases.case_cards import agent_language
from bot.work.topics import held_words
from bot.work.topics.held_words import Asked, Kept
from handlers.agent.permissions import Act, CaseAct, in_open_case
from handlers.context import Context, answer, answer_press
from handlers.registry import agent_command, agent_press
from locales import translator

NOTICED = "🤔"  # on the message, for everybody: there is something to look at


async def ask(act: Act, asked: Asked) -> None:
    """In private, with a sign on the message in the topic. Who has never opened the bot is told in the topic only that
    there is something to look at."""
    parts = act.context.parts
    message = views.asked(act.t, asked.held_id, asked.case_id, asked.found)
    told = await parts.channel.deliver(str(act.agent.telegram_id), message, priority=Priority.INTERACTIVE)
    if not isinstance(told, Accepted):
        await act.toast(views.look_in_private(act.t))
    elif parts.groups is not None:
        await parts.groups.at(act.message.chat_id).react(act.message.message_id, NOTICED)


async def unsign(context: Context, source: tuple[int, int] | None) -> None:
    """Takes the sign from a message whose author has answered."""
    groups = context.parts.groups
    if groups is not None and source is not None and source[0] in groups and source[1] > 0:
        await groups.at(source[0]).react(source[1], "")


@agent_command("anyway")
@in_open_case
async def anyway(act: CaseAct) -> None:
    """`/anyway REASON`: sends the last words about which they were asked, or those to which this replies."""
    parts, reason = act.context.parts, act.after_command
    about = act.message.reply_to_message
    message = about.message_id if about is not None and about.forum_topic_created is None else None
    held_id = await held_words.last_asked(parts.db, act.on, act.agent, message)
    if held_id is None or not reason:
        await act.answer(views.waits_no_more(act.t) if reason else views.anyway_usage(act.t))
        return
    done = await held_words.send_anyway(parts.db, held_id, act.agent, reason, parts.clock.now())
    parts.desk_has_work.set()
    await unsign(act.context, await held_words.source_of(parts.db, held_id))
    if isinstance(done, Kept):
        await act.answer(views.kept(act.t, done.at, done.zone))
    elif done is None:
        await act.answer(views.waits_no_more(act.t))


@agent_press(r"words:send:(?P<held>[0-9]{1,15}):(?P<reason>true|agreed|asked)")
async def send(update: Update, context: Context) -> None:
    """A reason was pressed, in private."""
    query, match, parts = update.callback_query, context.match, context.parts
    await answer_press(update)
    if query is None or match is None or (agent := await casework.agent_of(parts.db, query.from_user.id)) is None:
        return
    t, held_id = translator(agent_language([agent])), int(match["held"])
    reason = views.reason_in_words(t, match["reason"])
    done = await held_words.send_anyway(parts.db, held_id, agent, reason, parts.clock.now())
    parts.desk_has_work.set()
    if done is not None:
        await unsign(context, await held_words.source_of(parts.db, held_id))
    if isinstance(done, Kept):
        await answer(context, query.from_user.id, views.kept(t, done.at, done.zone))
    elif done is not None and done.result == "on_its_way":
        await answer(context, query.from_user.id, views.sent_anyway(t, done.case_id))
    else:
        await answer(context, query.from_user.id, views.waits_no_more(t))


@agent_press(r"words:drop:(?P<held>[0-9]{1,15})")
async def drop(update: Update, context: Context) -> None:
    query, match, parts = update.callback_query, context.match, context.parts
    await answer_press(update)
    if query is None or match is None or (agent := await casework.agent_of(parts.db, query.from_user.id)) is None:
        return
    t = translator(agent_language([agent]))
    done = await held_words.drop(parts.db, int(match["held"]), agent)
    if done:
        await unsign(context, await held_words.source_of(parts.db, int(match["held"])))
    await answer(context, query.from_user.id, views.dropped(t) if done else views.waits_no_more(t))
