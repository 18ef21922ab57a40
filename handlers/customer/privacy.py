"""`/privacy`: what is stored about the customer, a copy of it, being forgotten, and consent to a prediction."""

from __future__ import annotations

from bot.channels.telegram import Priority, send_document
from bot.rules.customers.intents import Intent
from bot.views.customers import privacy as views
from bot.views.customers.button_owners import OWNER, marked
from bot.views.customers.privacy import Stored
from bot.work.facts import privacy
from bot.work.facts.forgetting import forget
from bot.work.facts.privacy import Privacy
from bot.work.reminders import usual_hours
from handlers.context import answer
from handlers.customer.speakers import CustomerTalk, for_customers, for_its_owner, reply
from handlers.registry import customer_command, customer_intent, customer_press

COPY_NAME = "duebot-copy.json"


async def _privacy(talk: CustomerTalk) -> Privacy:
    parts = talk.context.parts
    policy, keep_days = parts.policies.current, parts.settings.keep_days
    return await privacy.privacy_of(parts.db, policy, keep_days, talk.customer_id, parts.clock.now())


async def _show(talk: CustomerTalk) -> None:
    privacy = await _privacy(talk)
    held = privacy.held
    own = (("name", bool(privacy.facts.customer.name)), ("phone", held.phone), ("email", held.email))
    stored = Stored(
        tuple(word for word, known in own if known),
        privacy.facts.customer.zone,
        held.linked,
        held.messages,
        held.oldest,
        held.cases,
        held.agreements,
        privacy.predicted_since,
        privacy.facts.customer.wishes.foreseen_hour,
    )
    await reply(
        talk, views.privacy(talk.t, talk.context.parts.settings.brand, stored, privacy.kept.days, privacy.records)
    )


@customer_intent(Intent.PRIVACY)
@customer_command("privacy")
@for_customers
async def show(talk: CustomerTalk) -> None:
    await _show(talk)


@customer_press("privacy:copy" + OWNER)
@for_its_owner(_show)
async def send_copy(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    file = await privacy.copy_of(parts.db, talk.customer_id, parts.clock.now())
    message = marked(views.beside_copy(talk.t), talk.customer_id)
    bot, user_id = talk.context.bot, talk.speaker.user_id
    await send_document(bot, user_id, file, COPY_NAME, message, priority=Priority.INTERACTIVE)


@customer_press("privacy:erase" + OWNER)
@for_its_owner(_show)
async def ask_to_erase(talk: CustomerTalk) -> None:
    privacy = await _privacy(talk)
    until = privacy.keep.through if privacy.keep is not None else None
    brand = talk.context.parts.settings.brand
    await reply(talk, views.before_forgetting(talk.t, brand, privacy.facts.unsettled, until))


@customer_press("privacy:erase:yes" + OWNER)
@for_its_owner(_show)
async def erase(talk: CustomerTalk) -> None:
    """After the second press. The erased bytes are overwritten within the hour: nobody waits for that here."""
    parts = talk.context.parts
    keep = (await _privacy(talk)).keep
    await forget(parts.db, talk.customer_id, parts.clock.now(), keep, overwrite=False)
    parts.desk_has_work.set()
    await answer(talk.context, talk.speaker.user_id, views.forgotten(talk.t, parts.settings.brand))


@customer_press("privacy:predict" + OWNER)
@for_its_owner(_show)
async def ask_for_prediction(talk: CustomerTalk) -> None:
    await reply(talk, views.ask_for_prediction(talk.t))


@customer_press("privacy:predict:(?P<answer>yes|no)" + OWNER)
@for_its_owner(_show)
async def predict(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    assert talk.context.match is not None
    agreed = talk.context.match["answer"] == "yes"
    await usual_hours.agree(parts.db, parts.policies.current, talk.customer_id, agreed, parts.clock.now())
    await _show(talk)
