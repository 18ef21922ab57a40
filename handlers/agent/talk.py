"""Talking in a case's topic: words to the customer, notes that stay inside."""

from __future__ import annotations

from bot.channels.telegram_relay import kept, kept_edit
from bot.views import desk as views
from bot.work import casework
from handlers.agent.acting import Act, CaseAct, for_agents, in_open_case


@in_open_case
async def note(act: CaseAct) -> None:
    """`/note TEXT` is kept in the case's history, and goes nowhere else."""
    parts = act.context.parts
    text = (act.message.text or "").partition(" ")[2].strip()
    if not text:
        await act.answer(views.note_usage(act.t))
        return
    await casework.keep_note(parts.db, act.on, act.agent, text, parts.clock.now())
    await act.answer(views.note_kept(act.t))


async def _say(act: Act) -> None:
    """Any other message in a case's topic goes to the customer."""
    if act.case is None:
        return  # a topic that agents opened for themselves
    parts, message = act.context.parts, act.message
    kind, content = kept(message)
    answered = message.reply_to_message
    # Every message of a topic counts as a reply to the service message that opened it.
    reply_to = answered.message_id if answered and answered.forum_topic_created is None else None
    source = (message.chat_id, message.message_id)
    said = await casework.say(
        parts.db, act.case, act.agent, kind, source, parts.clock.now(), content=content, reply_to=reply_to
    )
    parts.desk_has_work.set()
    if said.result == "held_back":
        await act.answer(views.held_back(act.t, said.owner))
    elif said.result == "closed":
        await act.answer(views.closed_topic(act.t))


async def _edit(act: Act) -> None:
    """What the customer has got is edited there too; what they have not is none of theirs."""
    if act.case is None or act.case.state == "closed" or act.case.owner_id != act.agent.telegram_id:
        return
    parts, message = act.context.parts, act.message
    kind, content = kept_edit(message)
    source = (message.chat_id, message.message_id)
    await casework.say(
        parts.db,
        act.case,
        act.agent,
        kind,
        source,
        parts.clock.now(),
        content=content,
        revision=act.update.update_id,
    )
    parts.desk_has_work.set()


async def _unknown(act: Act) -> None:
    """A mistyped command is not for the customer's eyes."""
    if act.case is not None:
        await act.answer(views.unknown_command(act.t))


say = for_agents(_say, refuse=False)
edit = for_agents(_edit, refuse=False)
unknown_command = for_agents(_unknown, refuse=False)
