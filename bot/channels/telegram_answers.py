"""Which parts of the Bot API's answers are read: as few as we need, so that nothing else in them can cause errors.

The library parses whole messages, chats and members, and fails if a newer server drops or renames a field that we never
use. By then the message has been sent. So an answer is cut to the needed fields before the library sees it; an
unreadable field is replaced by a marker.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from telegram.error import NetworkError

UNKNOWN_ID = 0
"""The id of a message that was sent, where the answer does not tell its id."""
LONGEST_WAIT_S = 24 * 3600
"""A longer flood wait is not believed."""

_LARGEST_ID = 2**53
_LATEST = 2**32  # an instant in Unix seconds
_SERVER_ERROR, _FIRST_ERROR, _LAST_ERROR = 500, 300, 599


class Unreadable(NetworkError):
    """The call was done, but the needed part of the answer cannot be read."""


# --- An answer as a whole --------------------------------------------------------------------------------------------


def parsed(payload: bytes) -> dict[str, Any] | None:
    """An answer of the Bot API: `ok`, and a result or an error's description; None if it is something else, such as a
    gateway's page."""
    try:
        answer = json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and answer.keys() & {"ok", "result", "description"} else None


def plain(status: int, answer: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
    """The HTTP status and the answer in a form that the library can read: a refusal has an error's status, a
    description in words, and numeric parameters. None if it is unclear whether the call was done."""
    if status < _FIRST_ERROR:
        if answer.get("ok", "result" in answer):
            return status, {"ok": True, "result": answer.get("result")}
        if "ok" not in answer:
            return None
        status = _status(answer.get("error_code"))
    description = answer.get("description")
    parameters = answer.get("parameters")
    known = _parameters(parameters) if isinstance(parameters, dict) else {}
    said = {"ok": False, "description": description if isinstance(description, str) else ""}
    return status, said | ({"parameters": known} if known else {})


def _status(error_code: object) -> int:
    code = whole_number(error_code)
    return code if code is not None and _FIRST_ERROR <= code <= _LAST_ERROR else _SERVER_ERROR


def _parameters(given: dict[str, Any]) -> dict[str, int]:
    new_chat, wait_s = whole_number(given.get("migrate_to_chat_id")), whole_number(given.get("retry_after"))
    known = {"migrate_to_chat_id": new_chat} if new_chat is not None and new_chat < 0 else {}
    return known | ({"retry_after": min(wait_s, LONGEST_WAIT_S)} if wait_s is not None and wait_s > 0 else {})


def whole_number(value: object) -> int | None:
    """A number from an answer, also in quotes; fractions are rounded up."""
    if isinstance(value, str) and value.isascii() and len(value) <= len(str(_LARGEST_ID)):
        value = int(value) if value.removeprefix("-").isdecimal() else None
    if isinstance(value, float) and math.isfinite(value):
        value = math.ceil(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_ID else None


# --- The results of calls --------------------------------------------------------------------------------------------


def needed(endpoint: str, result: Any) -> Any:
    """The result of a call, cut to what is needed. Raises `Unreadable` if that is missing."""
    read = _RESULTS.get(endpoint)
    return result if read is None else read(result)


def _message(result: Any) -> dict[str, Any]:
    alone = whole_number(result.get("ephemeral_message_id")) if isinstance(result, dict) else None
    only_for_one = {"ephemeral_message_id": alone} if alone else {}
    return {"message_id": _message_id(result), "date": 0, "chat": {"id": 0, "type": "private"}, **only_for_one}


def _with_file(result: Any) -> dict[str, Any]:
    """A message, and how to fetch the photo, in its largest size, or the document that it has; without them where that
    cannot be read."""
    known = result if isinstance(result, dict) else {}
    sizes = known.get("photo")
    photo = _file(sizes[-1]) if isinstance(sizes, list) and sizes else {}
    document = _file(known.get("document"))
    found = {"photo": [{**photo, "width": 0, "height": 0}]} if photo else {"document": document} if document else {}
    return _message(result) | found


def _file(given: Any) -> dict[str, Any]:
    file_id = given.get("file_id") if isinstance(given, dict) else None
    if not isinstance(file_id, str) or not file_id:
        return {}
    size = whole_number(given.get("file_size"))
    return {"file_id": file_id, "file_unique_id": file_id, **({"file_size": size} if size else {})}


def _message_id(result: Any) -> int:
    number = whole_number(result.get("message_id")) if isinstance(result, dict) else None
    return number if number is not None and number > 0 else UNKNOWN_ID


def _album(result: Any) -> list[dict[str, Any]]:
    return [_message(part) for part in result] if isinstance(result, list) else []


def _topic(result: Any) -> dict[str, Any]:
    number = whole_number(result.get("message_thread_id")) if isinstance(result, dict) else None
    if number is None or number <= 0:
        raise Unreadable("a topic was made, and the answer does not say which")
    return {"message_thread_id": number, "name": "", "icon_color": 0}


def _me(result: Any) -> dict[str, Any]:
    known = result if isinstance(result, dict) else {}
    number, username = whole_number(known.get("id")), known.get("username")
    if number is None or not (isinstance(username, str) and username):
        raise Unreadable("the answer does not say who the bot is")
    return {"id": number, "is_bot": True, "first_name": _text(known.get("first_name")), "username": username}


def _webhook(result: Any) -> dict[str, Any]:
    known = result if isinstance(result, dict) else {}
    failed_at, waiting = whole_number(known.get("last_error_date")), whole_number(known.get("pending_update_count"))
    return {
        "url": _text(known.get("url")),
        "has_custom_certificate": False,
        "pending_update_count": waiting or 0,
        "last_error_date": failed_at if failed_at is not None and 0 < failed_at < _LATEST else None,
        "last_error_message": _text(known.get("last_error_message")),
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


_RESULTS: dict[str, Callable[[Any], Any]] = {
    "sendMessage": _message,
    "sendPhoto": _with_file,
    "sendDocument": _with_file,
    "sendMediaGroup": _album,
    "copyMessage": lambda result: {"message_id": _message_id(result)},
    # These return the message, which only says that the call was done.
    "editMessageText": lambda _: True,
    "editMessageCaption": lambda _: True,
    "editMessageMedia": lambda _: True,
    "editMessageReplyMarkup": lambda _: True,
    "createForumTopic": _topic,
    "getMe": _me,
    "getWebhookInfo": _webhook,
}
