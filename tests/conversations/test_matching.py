"""Of all handlers, only those are asked that may take an update: the same one takes it as if all were asked."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Bot, Update, User

from bot.work.topics.agent_groups import AgentGroups
from handlers import all_handlers
from handlers.matching import Handler, Matching

GROUP, PERSON = -1001234567890, {"id": 1001, "first_name": "Anna", "is_bot": False}


@pytest.fixture(scope="module")
def handlers() -> list[Handler]:
    return all_handlers(AgentGroups((GROUP,), lambda _chat_id: None))  # type: ignore[arg-type, return-value]


def said(text: str, command: int = 0, **more: Any) -> dict[str, Any]:
    """A message that begins with a command of so many characters."""
    entities = [{"type": "bot_command", "offset": 0, "length": command}] if command else []
    return {"message_id": 7, "date": 1, "chat": {"id": 1001, "type": "private"}, "from": PERSON, "text": text} | {
        "entities": entities,
        **more,
    }


UPDATES = {
    "words": {"message": said("when is it due?")},
    "a command": {"message": said("/balance", 8)},
    "with words": {"message": said("/promise Friday 500", 8)},
    "in capitals, to us": {"message": said("/Balance@duebot_demo_bot", 24)},
    "to another bot": {"message": said("/balance@other_bot", 18)},
    "with a comma": {"message": said("/balance,please", 8)},
    "no command": {"message": said("/balance")},
    "an unknown one": {"message": said("/nonsense", 9)},
    "later in the text": {"message": said("so /balance", entities=[{"type": "bot_command", "offset": 3, "length": 8}])},
    "edited": {"edited_message": said("/balance", 8, edit_date=2)},
    "of an agent": {"message": said("/next", 5, chat={"id": GROUP, "type": "supergroup", "is_forum": True})},
    "of a customer, in a group": {"message": said("/balance", 8, chat={"id": -5, "type": "group"})},
    "a press": {
        "callback_query": {"id": "1", "from": PERSON, "chat_instance": "1", "data": "menu", "message": said("x")}
    },
    "an unknown press": {"callback_query": {"id": "1", "from": PERSON, "chat_instance": "1", "data": "no such"}},
    "a phone number": {"message": said("") | {"contact": {"phone_number": "1", "first_name": "A", "user_id": 1001}}},
    "blocked": {
        "my_chat_member": {
            "chat": {"id": 1001, "type": "private"},
            "from": PERSON,
            "date": 1,
            "old_chat_member": {"status": "member", "user": PERSON},
            "new_chat_member": {"status": "kicked", "user": PERSON, "until_date": 0},
        }
    },
}


@pytest.mark.parametrize("what", UPDATES)
def test_the_same_handler_takes_it(what: str, handlers: list[Handler]) -> None:
    bot = Bot("123456:TEST-token")
    bot._bot_user = User(1, "duebot", True, username="duebot_demo_bot")
    update = Update.de_json({"update_id": 1, **UPDATES[what]}, bot)

    def first(asked: Any) -> Handler | None:
        return next((h for h in asked if h.check_update(update) not in (None, False)), None)

    few = Matching(handlers).of(update)
    assert first(few) is first(handlers)
    assert len(few) < len(handlers)
    assert set(few) >= {h for h in handlers if h.check_update(update) not in (None, False)}
