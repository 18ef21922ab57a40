"""What an agent says in a case from outside its topic: words to the customer, and notes. The topic shows both.

Each function takes the agent, the case's number and the order in which it came, and returns the case as it is then, or
why it was refused.
"""

from __future__ import annotations

from datetime import datetime

from bot.channels.telegram_relay import fits, text_content
from bot.rules.cases.canned_replies import Reply
from bot.rules.cases.case import Case
from bot.rules.cases.case_events import Note, Said
from bot.rules.cases.who_may import MayNot
from bot.work.acting import Acting, Refusal
from bot.work.acting_outside import CaseAction, NotDone, acting_outside, listed, locked, refusals_are_values
from bot.work.cases.canned_replies import Filled, NotFilled, ReplyDesk, fill
from storage.cases import assignment, cases
from storage.cases.agents import Agent
from storage.customers import reachability, telegram_links
from storage.topics import relays


@refusals_are_values
async def say(action: CaseAction, text: str) -> Case:
    """Sends the agent's words to the customer; a case without an owner becomes the agent's. Words that certainly
    cannot arrive are refused. What became of the others the topic is told, and the record of contacts has it."""
    words = checked(text)
    async with acting_outside(action) as act:
        await refuse_unreachable(act)
        await act.take()
        await _keep(act, words)
    return act.case


async def refuse_unreachable(act: Acting) -> None:
    """Refuses where the customer certainly has no chat in which words can arrive."""
    conn, customer_id = act.conn, act.case.customer_id
    if await telegram_links.linked_user(conn, customer_id) is None or await reachability.is_dead(
        conn, customer_id, "telegram"
    ):
        raise Refusal(NotDone("not_reachable"))


@refusals_are_values
async def ready_words(desk: ReplyDesk, reply: Reply, agent: Agent, case_id: int, now: datetime) -> Filled | NotFilled:
    """A ready reply as the customer of this case would read it, to be said by `say`."""
    async with desk.db.read() as conn:
        case = await cases.case(conn, case_id)
    if case is None:
        raise Refusal(NotDone("no_case"))
    return await fill(desk, reply, case, agent, now)


async def _keep(act: Acting, words: str) -> None:
    conn, case_id = act.conn, act.case.case_id
    await cases.add_event(conn, case_id, Said(words), act.now, actor_id=act.agent.telegram_id, to_tell=True)
    await relays.add_from_outside(conn, case_id, "text", text_content(words), act.now, act.agent.telegram_id)
    await assignment.worked(conn, case_id, act.now, answered=True)


@refusals_are_values
async def note(action: CaseAction, text: str) -> Case:
    """Keeps a note in an open case's history; any agent may leave one."""
    words = checked(text)
    async with action.db.write() as conn:
        me = await listed(conn, action.agent)
        case = await locked(conn, action.case_id, action.order)
        if not case.is_open:
            raise Refusal(MayNot("closed"))
        await cases.add_event(conn, action.case_id, Note(words), action.now, actor_id=me.telegram_id, to_tell=True)
        if case.owner_id == me.telegram_id:
            await assignment.worked(conn, action.case_id, action.now)
        await action.order.end(conn, action.case_id)
    return case


def checked(text: str, *, caption: bool = False) -> str:
    """The words without spaces around them; refuses what cannot be one message, or a file's caption, or cannot be
    stored."""
    words = text.strip()
    if not words:
        raise Refusal(NotDone("no_text"))
    if "\0" in words or any("\ud800" <= sign <= "\udfff" for sign in words):
        raise Refusal(NotDone("not_text"))
    if not fits(words, caption=caption):
        raise Refusal(NotDone("long_caption" if caption else "long_text"))
    return words
