"""`/stop` and its way back: no more reminders, and reminders again."""

from __future__ import annotations

from bot.views.customers import stopping as views
from bot.work.customers.customer_activity import stop_reminders
from handlers.context import answer
from handlers.customer.speaking import CustomerTalk, Talk, for_customers
from handlers.registry import customer_command, customer_press


@customer_command("stop")
@for_customers
async def stop(talk: CustomerTalk) -> None:
    await stop_reminding(talk)


async def stop_reminding(talk: Talk) -> None:
    """The same for a customer who said it to an agent, too."""
    parts, customer_id = talk.context.parts, talk.speaker.customer_id
    assert customer_id is not None, "only who is linked has reminders"
    await stop_reminders(parts.db, customer_id, parts.clock.now())
    parts.desk_has_work.set()
    await answer(talk.context, talk.speaker.user_id, views.stopped(talk.t))


@customer_press("resume", noted=True)
@for_customers
async def resume(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    await stop_reminders(parts.db, talk.customer_id, None)
    parts.desk_has_work.set()
    await answer(talk.context, talk.speaker.user_id, views.resumed(talk.t))
