"""`/survey`: a supervisor starts surveys, reads what was answered and ends them, in private. To anybody else it is an
unknown command, and its buttons do nothing."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from telegram import Update
from telegram.constants import ChatType

from bot.channels import Refused
from bot.channels.telegram import Priority, send_photo
from bot.message import Message
from bot.rules.policy.sending_hours import zones
from bot.views.operations import surveys as views
from bot.work.cases.case_cards import agent_language
from bot.work.operations.charts import drawn
from bot.work.operations.desk_statistics import supervisor
from bot.work.operations.survey_results import NoFigure, bars
from bot.work.reminders import survey_desk, surveys
from bot.work.reminders.survey_desk import EVERYBODY, TENTH, SurveyFile
from bot.work.reminders.surveys import NobodyToAsk, SurveyExists, Whom
from handlers.context import Context, answer, answer_press, log
from handlers.customer.free_text import say as words
from handlers.registry import Handler, agent_press
from locales import Translator, translator

Do = Callable[[Context, int, Translator, re.Match[str]], Awaitable[Message]]


async def survey_in_private(update: Update, context: Context) -> None:
    """`/survey`: what there is."""
    message, user = update.effective_message, update.effective_user
    if message is None or user is None or message.chat.type != ChatType.PRIVATE:
        return
    who = await supervisor(context.parts.db, user.id)
    if who is None:
        await words(update, context)
    else:
        await answer(context, user.id, await _overview(context, translator(agent_language([who]))))


def _for_supervisors(do: Do) -> Handler:
    """A press in a supervisor's own chat; of anybody else's nothing is done."""

    async def handle(update: Update, context: Context) -> None:
        await answer_press(update)
        user, chat = update.effective_user, update.effective_chat
        if user is None or chat is None or chat.id != user.id or context.match is None:
            return
        if (who := await supervisor(context.parts.db, user.id)) is not None:
            t = translator(agent_language([who]))
            await answer(context, user.id, await do(context, user.id, t, context.match))

    return handle


async def _overview(context: Context, t: Translator) -> Message:
    parts = context.parts
    found = await survey_desk.overview(parts.db, parts.settings.surveys)
    now = parts.clock.now()
    started = [(survey.survey_id, survey.name, survey.ends_at <= now) for survey in found.started]
    files = [(file.key, file.survey.name if file.survey else file.file, file.fault) for file in found.files]
    return views.overview(t, started, files)


async def _all(context: Context, _user_id: int, t: Translator, _match: re.Match[str]) -> Message:
    return await _overview(context, t)


async def _choose_whom(context: Context, _user_id: int, t: Translator, match: re.Match[str]) -> Message:
    file = _file(context, match)
    if file is None or file.survey is None:
        return views.gone(t)
    segments = sorted(context.parts.policies.current.segments)
    choices = [(EVERYBODY, Whom()), (TENTH, Whom(share=0.1)), *((survey_desk.key_of(s), Whom(s)) for s in segments)]
    worded = [(key, views.whom_words(t, whom.segment, whom.share)) for key, whom in choices]
    return views.for_whom(t, file.key, file.survey.name, worded)


async def _ask(context: Context, _user_id: int, t: Translator, match: re.Match[str]) -> Message:
    file, whom = _file(context, match), _whom(context, match)
    if file is None or file.survey is None or whom is None:
        return views.gone(t)
    words_for = views.whom_words(t, whom.segment, whom.share)
    survey = file.survey
    return views.sure(t, file.key, match["whom"], survey.name, words_for, len(survey.questions), survey.days)


async def _start(context: Context, user_id: int, t: Translator, match: re.Match[str]) -> Message:
    """If it was started already, by another press or before a kill, it is shown."""
    parts, file, whom = context.parts, _file(context, match), _whom(context, match)
    if file is None or file.survey is None or whom is None:
        return views.gone(t)
    try:
        done = await surveys.start(parts.db, parts.policies.current, file.text, file.file, whom, parts.clock.now())
    except NobodyToAsk:
        return views.nobody(t)
    except SurveyExists:
        return await _results(context, user_id, t, file.survey.name)
    return views.started(t, file.survey.name, done.planned, done.invited - done.planned)


async def _show(context: Context, user_id: int, t: Translator, match: re.Match[str]) -> Message:
    survey = await survey_desk.survey_of(context.parts.db, int(match["survey"]))
    return views.gone(t) if survey is None else await _results(context, user_id, t, survey.name)


async def _results(context: Context, user_id: int, t: Translator, name: str) -> Message:
    """Sends the figures, after the chart of the first question that has any."""
    parts = context.parts
    found = await surveys.results(parts.db, name)
    await _send_chart(context, user_id, found)
    not_asked = [(why, n) for why, n in sorted(found.outcomes.items()) if why != "asked"]
    results = views.SurveyResults(
        found.stored.survey_id,
        name,
        until=found.stored.ends_at,
        over=found.stored.ends_at <= parts.clock.now(),
        asked=found.asked,
        answered=found.answered,
        finished=found.finished,
        not_asked=not_asked,
        figures=tuple(zip(found.survey.questions, found.figures, strict=True)),
    )
    return views.results(t, results, zones(parts.policies.current.desk.time_zone)[0])


async def _send_chart(context: Context, user_id: int, found: surveys.Results) -> None:
    try:
        picture = await drawn(translator("en"), bars(found))
    except NoFigure:
        return
    if picture is not None:
        outcome = await send_photo(context.bot, user_id, picture, found.stored.name, priority=Priority.DESK)
        if isinstance(outcome, Refused):
            log.info("a picture was not sent", reason=outcome.reason)


async def _stop(context: Context, _user_id: int, t: Translator, match: re.Match[str]) -> Message:
    survey = await survey_desk.survey_of(context.parts.db, int(match["survey"]))
    if survey is None:
        return views.gone(t)
    if not match["sure"]:
        return views.sure_to_end(t, survey.survey_id, survey.name)
    await surveys.end(context.parts.db, survey.name, context.parts.clock.now())
    return views.ended(t, survey.name)


def _file(context: Context, match: re.Match[str]) -> SurveyFile | None:
    return survey_desk.file_of(context.parts.settings.surveys, match["file"])


def _whom(context: Context, match: re.Match[str]) -> Whom | None:
    return survey_desk.whom_of(match["whom"], context.parts.policies.current.segments)


_FILE, _WHOM = "(?P<file>[0-9a-f]{12})", "(?P<whom>all|tenth|[0-9a-f]{12})"
for _pattern, _do in (
    ("surveys:all", _all),
    (f"surveys:file:{_FILE}", _choose_whom),
    (f"surveys:whom:{_FILE}:{_WHOM}", _ask),
    (f"surveys:start:{_FILE}:{_WHOM}", _start),
    (r"surveys:show:(?P<survey>[0-9]{1,12})", _show),
    (r"surveys:stop:(?P<survey>[0-9]{1,12})(?P<sure>:sure)?", _stop),
):
    agent_press(_pattern)(_for_supervisors(_do))
