"""`/reveal`: a customer's phone number and address, to the agent who has the case and nobody else. `/call`: the result
of a call.
"""

from __future__ import annotations

from bot.channels import Accepted, Outcome, Refused
from bot.channels.rate_limiter import Priority
from bot.message import Message
from bot.rules.cases.call_limits import read_call
from bot.rules.cases.contact_disclosure import CallReport
from bot.rules.cases.who_may import MayNot
from bot.views.cases import contact_disclosure as views
from bot.work.cases import contact_disclosure
from bot.work.cases.agent_notices import tell_agents
from handlers.agent.permissions import CaseAct, in_open_case
from handlers.registry import agent_command

TRIES = 3


@agent_command("reveal")
@in_open_case
async def reveal(act: CaseAct) -> None:
    """`/reveal [what for]`. Nothing about the customer is said in the topic."""
    parts, agent = act.context.parts, act.agent
    what_for = act.after_command
    found = await contact_disclosure.reveal(parts.db, parts.policies, act.on, agent, what_for, parts.clock.now())
    if isinstance(found, MayNot):
        await act.refuse(found)
        return
    if isinstance(found, contact_disclosure.TooOften):
        zone = parts.policies.current.desk.time_zone
        await act.toast(views.too_often(act.t, found.shown, found.again, zone))
        return
    message = views.revealed(act.t, found.case.case_id, found.name, found.contact)
    if await act.whisper(message):
        return
    outcome = await _in_private(act, agent.telegram_id, message)
    if isinstance(outcome, Accepted):
        await act.answer(views.sent_in_private(act.t))
        return
    await contact_disclosure.not_revealed(parts.db, act.on, agent, outcome.reason, parts.clock.now())
    await act.answer(_not_sent(act, outcome))


async def _in_private(act: CaseAct, user_id: int, message: Message) -> Outcome:
    """Writes to an agent in private; tries a few times if Telegram refuses temporarily or does not answer clearly."""
    channel = act.context.parts.channel
    for _ in range(TRIES):
        outcome = await channel.deliver(str(user_id), message, priority=Priority.INTERACTIVE)
        if isinstance(outcome, Accepted) or outcome.for_good:
            break
    return outcome


def _not_sent(act: CaseAct, outcome: Refused) -> Message:
    if outcome.address_lost or outcome.reason == "forbidden":
        return views.open_the_bot(act.t, act.context.parts.bot_username)
    return views.not_now(act.t)


@agent_command("call")
@in_open_case
async def call(act: CaseAct) -> None:
    """`/call reached|no_answer|wrong_number [note]`."""
    parts, agent = act.context.parts, act.agent
    if (read := read_call(act.after_command)) is None:
        await act.answer(views.call_usage(act.t))
        return
    came_of_it, note = read
    report = CallReport(came_of_it, note, "call {}:{}".format(*act.source))
    done = await contact_disclosure.write_call(parts.db, parts.policies, act.on, agent, report, parts.clock.now())
    if isinstance(done, MayNot):
        await act.refuse(done)
        return
    parts.desk_has_work.set()
    await act.answer(views.call_written(act.t, came_of_it, done.broke))
    if done.broke:
        await tell_agents(parts.db, parts.channel)
