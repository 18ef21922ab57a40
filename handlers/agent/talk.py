"""Talking in a case's topic: messages to the customer, and internal notes."""

from __future__ import annotations

from dataclasses import replace

from telegram import Message

from bot.channels.telegram_relay import kept, kept_edit
from bot.channels.telegram_talk_files import file_of
from bot.rules.cases.case import Case
from bot.rules.topics.note_detection import Meant, likely_command, meant_for
from bot.views.cases import desk as views
from bot.views.cases import desk_duty
from bot.views.topics import talk as words_about
from bot.work.topics import held_words, talk
from bot.work.topics.held_words import Asked
from bot.work.topics.talk import Said
from handlers.agent.held_words import ask, unsign
from handlers.agent.permissions import Act, for_agents
from handlers.registry import AGENTS, agent_command
from storage.topics.relays import NewMessage


async def _new(act: Act) -> None:
    """Any message in a case's topic goes to the customer, except internal ones."""
    if act.case is None:
        await _without_case(act)
        return
    meant = _meant(act.message)
    if meant.whom == "customer" and _answers_a_note(act.message):
        await act.answer(words_about.answer_to_note(act.t))
    elif meant.whom == "customer":
        kind, content = kept(act.message)
        reply_to = answered_by(act.message)
        words = NewMessage(kind, content, source_of(act.message), reply_to, album=act.message.media_group_id)
        await _say(act, act.case, replace(words, file=file_of(act.message)))
    else:
        await _stay_inside(act, meant)


async def _edited(act: Act) -> None:
    """An edit of a message that the customer got is passed on too. A message that is turned into a note stays internal,
    if it was not sent yet."""
    if act.case is None or not act.case.is_open:
        return
    meant = _meant(act.message)
    if meant.whom != "customer":
        await _stay_inside(act, meant)
        return
    edit, source = kept_edit(act.message), source_of(act.message)
    if edit is None:
        return
    if await held_words.waits_for_answer(act.context.parts.db, source):  # it has not left: this is what they mean
        words = NewMessage(*kept(act.message), source, answered_by(act.message), album=act.message.media_group_id)
        await unsign(act.context, source)
    else:
        words = NewMessage(*edit, source, revision=act.update.update_id)
    await _say(act, act.case, replace(words, file=file_of(act.message)))


async def _say(act: Act, case: Case, words: NewMessage) -> None:
    """Sends an agent's words, or asks them first about what is in them."""
    parts, text = act.context.parts, act.message.text or act.message.caption or ""
    now = parts.clock.now()
    said = await held_words.say_checked(parts.db, parts.screening, case, act.agent, words, text, now)
    parts.desk_has_work.set()
    if isinstance(said, Asked):
        await ask(act, said)
    else:
        await tell(act, said)


async def _without_case(act: Act) -> None:
    """A topic that agents opened for themselves, or General: nothing is passed on. A command for a case gets an
    explanation."""
    meant = _meant(act.message)
    if meant.whom == "note" or (meant.whom == "command" and act.message.is_topic_message):
        await act.answer(views.not_a_case(act.t))


async def _stay_inside(act: Act, meant: Meant) -> None:
    """A note is kept without an answer: its author sees it in the topic. If a message was perhaps meant as a note, its
    author is told."""
    assert act.case is not None
    parts, message, case = act.context.parts, act.message, act.case
    now, source, album = parts.clock.now(), source_of(message), message.media_group_id
    if meant.whom != "note":
        inside = await talk.hold_back(parts.db, case, source, album, now)
        hidden = meant.whom == "hidden_note"
        likely = likely_command(message.text or message.caption or "", AGENTS.commands)
        view = words_about.hidden_note(act.t) if hidden else views.unknown_command(act.t, likely)
        await act.toast(view if inside else words_about.sent_before(act.t))
        return
    if not case.is_open:
        await act.answer(views.no_open_case(act.t))
        return
    text = meant.text or words_about.media_words(act.t, message.caption is not None)
    if not text:
        await act.answer(views.note_usage(act.t))
        return
    if not await talk.keep_note(parts.db, case, act.agent, text, source, now, album=album):
        await act.answer(words_about.sent_before(act.t))


async def tell(act: Act, said: Said) -> None:
    """Says what was not sent to the customer; a message that was sent needs no answer."""
    if said.result == "held_back":
        await act.toast(views.held_back(act.t, said.owner))
    elif said.result == "may_not" and said.why is not None:
        may_not = (
            desk_duty.not_sent_while_away(act.t)
            if said.why.reason == "away"
            else desk_duty.may_not_take(act.t, said.why)
        )
        await act.toast(may_not)
    elif said.result == "closed":
        await act.toast(views.closed_topic(act.t))
    elif said.result == "never_sent":
        await act.toast(words_about.edit_of_unsent(act.t))


def source_of(message: Message) -> tuple[int, int]:
    return message.chat_id, message.message_id


def _meant(message: Message) -> Meant:
    return meant_for(message.text or message.caption or "")


def answered_by(message: Message) -> int | None:
    """The message that this one replies to. Every message in a topic counts as a reply to the topic's first message."""
    answered = message.reply_to_message
    return answered.message_id if answered and answered.forum_topic_created is None else None


def _answers_a_note(message: Message) -> bool:
    """Whether it replies to a note or a command: then it may be internal too."""
    answered = message.reply_to_message
    if answered is None or answered.from_user is None or answered.from_user.is_bot:
        return False
    return _meant(answered).whom == "note"


async def _mistyped(act: Act) -> None:
    """What looks like one of our commands, outside of topics."""
    if likely := likely_command(act.message.text or "", AGENTS.commands):
        await act.answer(views.mistyped_command(act.t, likely))


mistyped = for_agents(_mistyped, refuse=False)
new = agent_command("note")(for_agents(_new, refuse=False))
edited = for_agents(_edited, refuse=False)
