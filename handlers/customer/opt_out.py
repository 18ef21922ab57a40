"""`/stop` and its way back: no more reminders, and reminders again."""

from __future__ import annotations

from bot.rules.customers.intents import Intent
from bot.views.customers import opt_out as views
from bot.work.customers.opt_out import resume_reminders, stop_reminders
from handlers.context import answer
from handlers.customer.speakers import CustomerTalk, for_customers, for_who_has_the_chat
from handlers.registry import customer_command, customer_intent, customer_press


@customer_intent(Intent.STOP)
@customer_command("stop")
@for_who_has_the_chat
async def stop(talk: CustomerTalk) -> None:
    """Also while a person is in the conversation."""
    parts = talk.context.parts
    await stop_reminders(parts.db, talk.customer_id, parts.clock.now())
    parts.desk_has_work.set()
    can_pause = parts.policies.current.choices.pause_days > 0
    await answer(talk.context, talk.speaker.user_id, views.stopped(talk.t, can_pause))


@customer_intent(Intent.RESUME)
@customer_press("resume", noted=True)
@for_customers
async def resume(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    await resume_reminders(parts.db, talk.customer_id)
    parts.desk_has_work.set()
    await answer(talk.context, talk.speaker.user_id, views.resumed(talk.t))
