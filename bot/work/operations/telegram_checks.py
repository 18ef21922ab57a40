"""The part of a check that asks Telegram: about the token, where updates go, and the agents' group."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.channels import Refused
from bot.channels.telegram_checks import AgentGroup, TelegramChecks, Webhook
from bot.settings import Settings
from bot.work.operations.findings import Finding, bad, doubtful, good

WEBHOOK_PATH = "/telegram/webhook"
RECENTLY = timedelta(hours=1)
MANY_WAITING = 100  # updates waiting at Telegram: a running program leaves almost none


async def examine_telegram(settings: Settings, telegram: TelegramChecks, now: datetime) -> list[Finding]:
    """What Telegram says. If the token is refused nothing more is asked, because every answer would be the same."""
    name = await telegram.name()
    if isinstance(name, Refused):
        return [_no_answer("telegram", name)]
    findings = [good("telegram", f"the token is that of @{name}")]
    webhook = await telegram.webhook()
    if isinstance(webhook, Refused):
        findings.append(_no_answer("webhook", webhook))
    else:
        findings += _examine_webhook(settings, webhook, now)
    for chat_id in settings.agent_chats:
        findings += _examine_group(await telegram.group(chat_id))
    return findings


def _no_answer(what: str, refused: Refused) -> Finding:
    if refused.reason == "unauthorized":
        return bad(what, "Telegram refuses the token", "set DUEBOT_TOKEN to the one that @BotFather shows")
    words = f"Telegram gave no answer ({refused.reason})" + (f": {refused.detail}" if refused.detail else "")
    return bad(what, words, "make sure that this machine reaches the address in DUEBOT_TELEGRAM_API")


def _examine_webhook(settings: Settings, webhook: Webhook, now: datetime) -> Iterator[Finding]:
    wanted = settings.public_url + WEBHOOK_PATH if settings.public_url else ""
    start = "start the program, which sets it: `duebot run`"
    if webhook.url == wanted:
        yield good("webhook", f"updates come to {wanted}" if wanted else "updates come by long polling")
    elif not webhook.url:
        yield doubtful("webhook", f"updates do not come to {wanted} yet", start)
    elif not wanted:
        words = f"updates go to {webhook.shown}, while the settings say long polling"
        yield doubtful(
            "webhook", words, "if another program has the same token, give it one of its own; else start this"
        )
    else:
        yield bad(
            "webhook", f"updates go elsewhere, to {webhook.shown}", "see that no other program has the same token"
        )
    if webhook.url and webhook.failed_at is not None and now - webhook.failed_at < RECENTLY:
        words = f"Telegram could not deliver at {webhook.failed_at:%H:%M} UTC: {webhook.failure}"
        yield doubtful("webhook", words, "make sure that DUEBOT_PUBLIC_URL reaches the program from outside")
    if webhook.waiting > MANY_WAITING:
        words = f"{webhook.waiting} updates wait at Telegram"
        yield doubtful("webhook", words, "make sure that the program runs and takes them: `duebot run`")


def _examine_group(group: AgentGroup | Refused) -> Iterator[Finding]:
    what = "agents' group"
    if isinstance(group, Refused):
        yield _group_refused(what, group)
        return
    if not group.is_forum:
        words = f"{group.title!r} has no topics, so cases are told apart by answers to their cards"
        yield doubtful(what, words, "turn on Topics in the group's settings, and make the bot an administrator")
        return
    if not group.is_administrator:
        words = f"the bot is not an administrator of {group.title!r}, so it hears nothing there"
        yield bad(what, words, "make the bot an administrator with the right to manage topics")
    elif not group.can_manage_topics:
        yield bad(what, f"the bot may not manage topics in {group.title!r}", "give it the right 'Manage topics'")
    else:
        yield good(what, f"{group.title!r} has topics, and the bot may manage them")
    if group.is_administrator and not group.can_pin:
        words = f"the bot may not pin messages in {group.title!r}, so the cards of cases are not pinned"
        yield doubtful(what, words, "give it the right 'Pin messages', if they should be")


def _group_refused(what: str, refused: Refused) -> Finding:
    if refused.reason == "migrated":
        words = "the group has a new id; the old one is followed, as long as this database knows of the new"
        return doubtful(what, words, f"set DUEBOT_AGENT_CHAT to {refused.detail}")
    if refused.reason in ("group_gone", "no_rights"):
        words = f"the bot is not in the group of DUEBOT_AGENT_CHAT ({refused.detail or refused.reason})"
        return bad(what, words, "add the bot to the group, or fix the id; a supergroup's begins with -100")
    return _no_answer(what, refused)
