"""Chat members as the Bot API shows them."""

from __future__ import annotations

from typing import Any

Raw = dict[str, Any]

RIGHTS = {
    "can_manage_chat": True,
    "can_delete_messages": True,
    "can_manage_video_chats": False,
    "can_restrict_members": False,
    "can_promote_members": False,
    "can_change_info": True,
    "can_invite_users": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_pin_messages": True,
    "can_manage_topics": True,
}


def owner(user: Raw) -> Raw:
    return {"status": "creator", "user": user, "is_anonymous": False}


def administrator(user: Raw, rights: dict[str, bool]) -> Raw:
    return {"status": "administrator", "user": user, "can_be_edited": False, "is_anonymous": False, **rights}


def member(user: Raw) -> Raw:
    return {"status": "member", "user": user}


def left(user: Raw) -> Raw:
    return {"status": "left", "user": user}


def kicked(user: Raw) -> Raw:
    return {"status": "kicked", "user": user, "until_date": 0}
