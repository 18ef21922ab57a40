"""What the page shows, as JSON: phones, groups, messages that changed, the demo's time bar.

Only reading; what a person does on the page comes in through `web_chat`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bot.sandbox.demo import Step, Told
from bot.sandbox.groups import Group, Topic
from bot.sandbox.messages import SERVICE_KINDS, Message
from bot.sandbox.people import Person

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]

_TYPING_S = 5.0


def page_state(telegram: LocalTelegram, since: int, busy: str) -> Raw:
    """All but messages as it is now, and the messages changed after `since`."""
    messages = [
        _message(message)
        for chat in telegram.conversations()
        for message in chat.everything
        if message.seq > since and not (message.deleted and since == 0)
    ]
    return {
        "seq": telegram.seq,
        "now": telegram.now(),
        "bot": {"name": telegram.profile.text("name", ""), "username": telegram.bot["username"]},
        "phones": [_phone(telegram, person) for person in telegram.people.values() if person.on_page],
        "groups": [_group(telegram, group) for group in telegram.groups.values()],
        "answers": {person.user_id: _answer(person) for person in telegram.people.values()},
        "messages": sorted(messages, key=lambda message: int(message["seq"])),
        "demo": _demo(telegram, busy),
    }


def _demo(telegram: LocalTelegram, busy: str) -> Raw | None:
    demo = telegram.demo
    if demo is None:
        return None
    guide = demo.guide
    return {
        "busy": busy,
        "steps": [_step(step) | {"done": done} for step, done in zip(guide.steps, guide.done(), strict=True)],
        "actions": [action.label for action in demo.actions],
        "till": demo.till.address,
        "restarts": demo.restart is not None,
        "console": demo.console is not None,
        "told": None if demo.told is None else [_told(told) for told in demo.told.latest()],
    }


def _told(told: Told) -> Raw:
    return {"id": told.event_id, "kind": told.kind, "at": told.at.timestamp(), "says": dict(told.says)}


def _step(step: Step) -> Raw:
    point = step.point()
    return {"text": step.text, "point": None if point is None else asdict(point)}


def _phone(telegram: LocalTelegram, person: Person) -> Raw:
    return {
        "id": person.user_id,
        "name": person.name,
        "language": person.language_code,
        "bot": telegram.profile.text("name", person.language_code.partition("-")[0]),
        "zone": person.zone,
        "started": person.started,
        "start": f"/start {person.start_payload}".strip(),
        "blocked": person.blocked,
        "deactivated": person.deactivated,
        "has_number": person.phone is not None,
        "menu": person.menu,
        "keyboard": person.keyboard,
        "typing": _typing(telegram, person),
    }


def _group(telegram: LocalTelegram, group: Group) -> Raw:
    def menu(person: Person) -> list[Raw]:
        admin = person is group.owner
        return telegram.profile.menu_for(person.user_id, person.language_code, group.chat_id, admin=admin)

    return {
        "id": group.chat_id,
        "title": group.title,
        "zone": group.owner.zone if group.members else "UTC",
        "forum": group.is_forum,
        "members": [{"id": person.user_id, "name": person.name, "menu": menu(person)} for person in group.members],
        "topics": [_topic(topic) for topic in group.topics if not topic.deleted],
        "typing": _typing(telegram, group),
    }


def _topic(topic: Topic) -> Raw:
    return {"id": topic.thread_id, "name": topic.name, "color": f"#{topic.icon_color:06x}", "closed": topic.closed}


def _typing(telegram: LocalTelegram, owner: Person | Group) -> Raw | None:
    """In which topic the bot shows as typing, and for how many milliseconds more."""
    acting = owner.chat.acting
    if acting is None:
        return None
    left_s = acting[0] + _TYPING_S - telegram.real_time()
    wrote_since = any(message.from_bot and message.posted > acting[0] for message in owner.chat.everything[-3:])
    return {"thread": acting[1], "left_ms": int(left_s * 1000)} if left_s > 0 and not wrote_since else None


def _answer(person: Person) -> Raw:
    last = person.answers[-1] if person.answers else {}
    return {"count": len(person.answers), "text": last.get("text", ""), "alert": bool(last.get("show_alert"))}


def _message(message: Message) -> Raw:
    if message.deleted:
        return {"chat": message.chat_id, "id": message.message_id, "seq": message.seq, "gone": True}
    raw = message.raw
    shown: Raw = {
        "chat": message.chat_id,
        "id": message.message_id,
        "seq": message.seq,
        "thread": message.thread_id,
        "from": {"id": raw["from"]["id"], "name": raw["from"]["first_name"], "bot": message.from_bot},
        "date": message.date,
        "text": message.text,
        "entities": message.entities,
        "edited": message.edited,
        "reaction": message.reaction,
        "only": raw.get("receiver_user", {}).get("first_name"),
        "rows": [[_button(button) for button in row] for row in message.rows],
        "reply": _reply(message),
        "service": _service(message),
        "forwarded": raw.get("forward_origin", {}).get("sender_user", {}).get("first_name"),
    }
    return shown | _attachment(message)


def _button(button: Raw) -> Raw:
    if "url" in button:
        return {"text": button["text"], "url": button["url"]}
    return {"text": button["text"], "style": button.get("style")}


def _reply(message: Message) -> Raw | None:
    replied = message.raw.get("reply_to_message")
    if replied is None or "forum_topic_created" in replied:
        return None
    text = replied.get("text") or replied.get("caption") or "📎"
    return {"id": replied["message_id"], "name": replied["from"]["first_name"], "text": text[:120]}


def _service(message: Message) -> Raw | None:
    for kind in SERVICE_KINDS:
        if kind in message.raw:
            value = message.raw[kind]
            name = value.get("name") or value.get("first_name") if isinstance(value, dict) else None
            if isinstance(value, list):
                name = ", ".join(user["first_name"] for user in value)
            return {"kind": kind, "name": name}
    return None


def _attachment(message: Message) -> Raw:
    raw = message.raw
    shown: Raw = {}
    if message.photo:
        shown["photo"] = f"/local/file/{message.photo['file_id']}"
    if document := message.document:
        shown["document"] = {
            "name": document["file_name"],
            "size": document["file_size"],
            "url": f"/local/file/{document['file_id']}",
        }
    if "contact" in raw:
        shown["contact"] = {"name": raw["contact"]["first_name"], "phone": raw["contact"]["phone_number"]}
    if "sticker" in raw:
        shown["sticker"] = raw["sticker"].get("emoji", "🙂")
    for kind in ("voice", "location", "video", "audio", "animation", "video_note", "dice", "poll"):
        if kind in raw:
            shown["other"] = kind
    return shown
