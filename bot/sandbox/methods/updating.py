"""Methods by which updates come, buttons are answered, and the bot signs off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from telegram.constants import CallbackQueryLimit, WebhookLimit

from bot.sandbox.errors import bad_request
from bot.sandbox.methods.registry import method
from bot.sandbox.params import Params
from bot.sandbox.updates import DEFAULT_UPDATES, Webhook

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@method("getMe")
def get_me(telegram: LocalTelegram, params: Params) -> Raw:
    able = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    return {**telegram.bot, **able, "can_connect_to_business": False, "has_main_web_app": False}


@method("getUpdates")
async def get_updates(telegram: LocalTelegram, params: Params) -> list[Raw]:
    telegram.updates.allow(_kinds(params))
    offset, limit = params.integer("offset", 0) or 0, params.integer("limit", 100) or 100
    return await telegram.updates.poll(offset, limit, float(params.integer("timeout", 0) or 0))


@method("setWebhook")
def set_webhook(telegram: LocalTelegram, params: Params) -> bool:
    url = params.text("url")
    if not url:
        return delete_webhook(telegram, params) is True
    _check_webhook_url(url)
    secret = params.text("secret_token")
    if len(secret) > WebhookLimit.MAX_SECRET_TOKEN_LENGTH:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    telegram.updates.allow(_kinds(params))
    if params.flag("drop_pending_updates"):
        telegram.updates.drop_pending()
    telegram.updates.webhook = Webhook(url, secret, params.integer("max_connections", 40) or 40)
    telegram.updates.bell.ring()
    return True


@method("deleteWebhook")
def delete_webhook(telegram: LocalTelegram, params: Params) -> bool:
    if params.flag("drop_pending_updates"):
        telegram.updates.drop_pending()
    telegram.updates.webhook = None
    telegram.updates.bell.ring()
    return True


@method("getWebhookInfo")
def get_webhook_info(telegram: LocalTelegram, params: Params) -> Raw:
    updates = telegram.updates
    info: Raw = {"url": "", "has_custom_certificate": False, "pending_update_count": len(updates.pending)}
    if updates.webhook is not None:
        info |= {"url": updates.webhook.url, "max_connections": updates.webhook.max_connections}
        if updates.webhook.last_error is not None:
            info["last_error_date"], info["last_error_message"] = updates.webhook.last_error
    if updates.allowed != DEFAULT_UPDATES:
        info["allowed_updates"] = sorted(updates.allowed)
    return info


@method("answerCallbackQuery")
def answer_callback_query(telegram: LocalTelegram, params: Params) -> bool:
    text = params.text("text")
    if len(text) > CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    query = telegram.queries.answerable(params.text("callback_query_id"), telegram.now())
    if query is None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    query.answer = {"query_id": query.query_id, "text": text, "show_alert": params.flag("show_alert")}
    if params.has("url"):
        query.answer["url"] = params.text("url")
    telegram.people[query.user_id].answered(query.answer)
    return True


@method("logOut", "close")
def sign_off(telegram: LocalTelegram, params: Params) -> bool:
    return True


def _kinds(params: Params) -> list[str] | None:
    kinds = params.json("allowed_updates")
    if kinds is None:
        return None
    if not isinstance(kinds, list):
        raise bad_request("can't parse allowed updates: expected an Array of String")
    return [str(kind) for kind in kinds]


def _check_webhook_url(url: str) -> None:
    """https only, as Telegram wants it; plain http is taken for this machine, for a bot under test."""
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not parts.hostname:
        raise bad_request("invalid webhook URL specified")
