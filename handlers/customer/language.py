"""`/language`: the language in which the bot writes from now on."""

from __future__ import annotations

from dataclasses import replace

from bot.rules.customers.asked_language import asked_language
from bot.rules.customers.intents import Intent
from bot.views.customers import language as views
from bot.work.customers.customer_activity import choose_language
from handlers.context import answer
from handlers.customer.linking import show_commands
from handlers.customer.speakers import Talk, for_anybody
from handlers.registry import customer_command, customer_intent, customer_press
from locales import LANGUAGES, translator
from locales.languages import SPOKEN

ASKED_AS = {language: spoken.asked_as for language, spoken in SPOKEN.items()}


@customer_command("language")
@for_anybody
async def ask(talk: Talk) -> None:
    await answer(talk.context, talk.speaker.user_id, views.choose_language(talk.t, talk.t.language))


@customer_intent(Intent.LANGUAGE)
@for_anybody
async def understand(talk: Talk) -> None:
    """Who names a language gets it; else they are asked which."""
    message = talk.update.effective_message
    language = asked_language((message and message.text) or "", ASKED_AS)
    if language is None or language == talk.t.language:
        await answer(talk.context, talk.speaker.user_id, views.choose_language(talk.t, talk.t.language))
    else:
        await _write_in(talk, language)


@customer_press(r"language:(?P<language>[A-Za-z-]+)")
@for_anybody
async def choose(talk: Talk) -> None:
    assert talk.context.match is not None
    language = talk.context.match["language"]
    if language not in LANGUAGES:
        await answer(talk.context, talk.speaker.user_id, views.choose_language(talk.t, talk.t.language))
        return
    await _write_in(talk, language)


async def _write_in(talk: Talk, language: str) -> None:
    await choose_language(talk.context.parts.db, talk.speaker, language)
    t = translator(language)
    before = talk.speaker.language
    await answer(talk.context, talk.speaker.user_id, views.language_set(t, before if before != language else None))
    await show_commands(talk.context, replace(talk.speaker, language=language), t)
