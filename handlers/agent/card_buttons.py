"""The buttons of a case's card: each does what its command does, for those who may use the command."""

from __future__ import annotations

from telegram import Message as TelegramMessage
from telegram import Update

from bot.channels import Refused
from bot.rules.cases.who_may import why_not
from bot.views.cases import card_buttons as buttons
from bot.views.cases import desk as views
from bot.views.cases.card import keyboard
from bot.work.cases import casework
from bot.work.cases.case_cards import read_card
from handlers.agent.permissions import ACTS, CaseAct, topic_of
from handlers.context import Context, answer_press
from handlers.registry import AGENTS, agent_press
from locales import translator

# Those that cards and their menus have; a button can be forged, and does no more than the written command.
COMMANDS = ("say", "promise", "plan", "hold", "reveal", "calling", "call", "done", "take", "release", "snooze")
MORE_COMMANDS = ("dispute", "transfer", "later")


@agent_press(r"do:(?P<case>[0-9]{1,15}):(?P<command>/(?P<name>[a-z]{1,10})(?: .*)?)")
async def do(update: Update, context: Context) -> None:
    """A button that acts."""
    act, match = await _pressed(update, context), context.match
    if act is None or match is None or match["name"] not in (*COMMANDS, *MORE_COMMANDS):
        return
    await ACTS[AGENTS.commands[match["name"]]](act)
    if not context.press_answered:
        await answer_press(update)
    await casework.renew_card(context.parts.db, act.on)  # it shows its own buttons again
    context.parts.desk_has_work.set()


@agent_press(rf"menu:(?P<case>[0-9]{{1,15}}):(?P<menu>card|{'|'.join(buttons.MENUS)})")
async def show(update: Update, context: Context) -> None:
    """A button that shows others."""
    act, match, parts = await _pressed(update, context), context.match, context.parts
    if act is None or match is None or parts.groups is None:
        return
    if (why := why_not(act.on, act.agent)) is not None:
        await act.refuse(why)
        return
    if match["menu"] == "card":
        rows = keyboard(act.t, await read_card(parts.db, act.on, parts.clock.now(), parts.policies.current))
    else:
        names = [name for name in await casework.colleagues(parts.db, act.agent) if name != act.on.owner_name]
        replies = list(parts.replies.current().replies)
        rows = buttons.menu_buttons(act.t, act.on, match["menu"], replies, names)
    outcome = await parts.groups.at(act.message.chat_id).show_buttons(act.message.message_id, rows)
    if isinstance(outcome, Refused):
        await casework.renew_card(parts.db, act.on)
        parts.desk_has_work.set()
    await answer_press(update)


async def _pressed(update: Update, context: Context) -> CaseAct | None:
    """Who pressed, on which case. Somebody in the group who is no agent, and a button of another case, are told so."""
    query, match = update.callback_query, context.match
    if query is None or match is None or not isinstance(query.message, TelegramMessage):
        await answer_press(update)
        return None
    message, parts = query.message, context.parts
    seat = await casework.open_desktop(
        parts.db, query.from_user.id, message.chat_id, topic_of(message), message.message_id
    )
    t = translator(seat.language)
    if seat.agent is None:
        await answer_press(update, views.agents_only(t, query.from_user.id).plain())
        return None
    if seat.case is None or not seat.case.is_open or str(seat.case.case_id) != match["case"]:
        await answer_press(update, views.no_open_case(t).plain())
        return None
    command = match.groupdict().get("command") or "/menu"
    return CaseAct(update, context, message, seat.agent, seat.case, t, command, on=seat.case)
