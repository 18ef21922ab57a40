"""Who acts in the agents' group, and on which case: the first step of every handler for agents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram import Message, Update

from bot.channels import Accepted
from bot.channels.rate_limiter import Priority
from bot.message import Message as View
from bot.rules.cases.case import Case
from bot.rules.cases.who_may import MayNot
from bot.views.cases import desk as views
from bot.views.cases import desk_duty
from bot.views.cases.bulk_changes import done_before
from bot.views.topics import talk as words_about
from bot.work.cases.casework import acted_before, open_desktop
from handlers.context import Context, answer, answer_press
from handlers.registry import Handler
from locales import Translator, translator
from storage.cases.agents import Agent


@dataclass(frozen=True, slots=True)
class Act:
    """One message of an agent in their group; `case` is the topic's case, if it has one."""

    update: Update
    context: Context
    message: Message
    agent: Agent
    case: Case | None
    t: Translator
    pressed: str = ""  # the command of a button, in place of a written one

    @property
    def after_command(self) -> str:
        """The words after the command."""
        return " ".join((self.pressed or self.message.text or "").split()[1:])

    @property
    def source(self) -> tuple[int, int]:
        """What this comes from, as a chat and a message; a press has none, and counts with its update's number."""
        return self.message.chat_id, -self.update.update_id if self.pressed else self.message.message_id

    async def answer(self, view: View) -> None:
        """Answers in the same topic. What is said after `/take` on a button is a notice over the chat."""
        if self.pressed.startswith("/take"):
            await self.toast(view)
        else:
            await _answer(self.context, self.message, view)

    async def answer_soon(self, view: View) -> None:
        """Answers in the same topic; where the group would keep the agent waiting, in their own chat, if they have
        one."""
        channel = self.context.parts.channel
        if not self.pressed and not channel.is_free(self.message.chat_id):
            said = await channel.deliver(str(self.agent.telegram_id), view, priority=Priority.INTERACTIVE)
            if isinstance(said, Accepted):
                return
        await self.answer(view)

    async def toast(self, view: View) -> None:
        """Says something to the person who pressed a button or wrote a command, and to nobody else; where Telegram
        cannot do that, who wrote a command is answered in the topic."""
        if self.pressed:
            self.context.press_answered = True
            await answer_press(self.update, view.plain())
        elif not await self.whisper(view):
            await _answer(self.context, self.message, view)

    async def whisper(self, view: View) -> bool:
        """Shows something to the agent alone, in the topic; False if that is not possible."""
        thread_id, channel = topic_of(self.message), self.context.parts.channel
        return await channel.whisper(self.message.chat_id, self.agent.telegram_id, view, thread_id=thread_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAct(Act):
    """The same in the topic of an open case."""

    on: Case

    async def refuse(self, why: MayNot) -> None:
        """Says why they may not act on this case."""
        if why.reason == "not_yours":
            await self.toast(views.not_yours(self.t, why.owner_name))
        elif why.reason in ("away", "full", "unfit"):
            await self.toast(desk_duty.may_not_take(self.t, why))
        else:
            await self.toast(views.no_open_case(self.t))


ACTS: dict[Handler, Callable[[Act], Awaitable[None]]] = {}
"""What each handler for agents does once it is known who acts: a button does the same."""


def for_agents(do: Callable[[Act], Awaitable[None]], *, refuse: bool = True) -> Handler:
    """A handler for agents; others are told that it is for agents (`refuse`), or get no answer."""

    async def handle(update: Update, context: Context) -> None:
        message, user = update.effective_message, update.effective_user
        if message is None or user is None:
            return
        parts = context.parts
        about = message.reply_to_message.message_id if message.reply_to_message else None
        desk = await open_desktop(parts.db, user.id, message.chat_id, topic_of(message), about)
        t = translator(desk.language)
        if message.sender_chat is not None and not message.is_automatic_forward:
            if update.edited_message is None and (refuse or desk.case is not None):
                await _answer(context, message, words_about.anonymous(t))
            return
        if desk.agent is not None:
            await do(Act(update, context, message, desk.agent, desk.case, t))
        elif refuse and not user.is_bot:
            await _answer(context, message, views.agents_only(t, user.id))

    ACTS[handle] = do
    return handle


async def _answer(context: Context, message: Message, view: View) -> None:
    await answer(context, message.chat_id, view, thread_id=topic_of(message), reply_to=message.message_id)


def in_open_case(do: Callable[[CaseAct], Awaitable[None]], *, once: bool = False) -> Handler:
    """A command for the topic of an open case."""

    async def act(act: Act) -> None:
        if once and await acted_before(act.context.parts.db):
            await act.answer(done_before(act.t))
        elif act.case is None:
            await act.answer(views.not_a_case(act.t))
        elif not act.case.is_open:
            await act.answer(views.no_open_case(act.t))
        else:
            await do(
                CaseAct(act.update, act.context, act.message, act.agent, act.case, act.t, act.pressed, on=act.case)
            )

    return for_agents(act)


def once_in_open_case(do: Callable[[CaseAct], Awaitable[None]]) -> Handler:
    """The same for what an update does once: handled again after a kill, it says that it was done, and not that it
    cannot be done any more."""
    return in_open_case(do, once=True)


def topic_of(message: Message) -> int | None:
    """The topic of a message; a reply in the general topic has a thread id that is not a topic's."""
    return message.message_thread_id if message.is_topic_message else None
