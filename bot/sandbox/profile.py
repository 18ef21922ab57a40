"""The bot's own face: commands by scope and language, name, descriptions, menu button."""

from __future__ import annotations

from typing import Any

Raw = dict[str, Any]
ScopeKey = tuple[str, int, int, str]


class Profile:
    def __init__(self, name: str) -> None:
        self._default_name = name
        self._commands: dict[ScopeKey, list[Raw]] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self.menu_buttons: dict[int, Raw] = {}

    def set_commands(self, scope: Raw, language: str, commands: list[Raw]) -> None:
        self._commands[_key(scope, language)] = commands

    def delete_commands(self, scope: Raw, language: str) -> None:
        self._commands.pop(_key(scope, language), None)

    def commands(self, scope: Raw, language: str) -> list[Raw]:
        """Exactly what was set for that scope and language."""
        return list(self._commands.get(_key(scope, language), []))

    def menu_for(self, user_id: int, language: str, chat_id: int | None = None, *, admin: bool = False) -> list[Raw]:
        """What a person's menu shows: the narrowest scope that has commands, their language before none."""
        for scope in _scopes(user_id, chat_id, admin):
            for code in (language.partition("-")[0], ""):
                if commands := self._commands.get(_key(scope, code)):
                    return list(commands)
        return []

    def set_text(self, what: str, language: str, text: str) -> None:
        """`what` is `name`, `description` or `short_description`; an empty text removes it."""
        if text:
            self._texts[what, language] = text
        else:
            self._texts.pop((what, language), None)

    def text(self, what: str, language: str) -> str:
        fallback = self._default_name if what == "name" else ""
        return self._texts.get((what, language)) or self._texts.get((what, "")) or fallback


def _scopes(user_id: int, chat_id: int | None, admin: bool) -> list[Raw]:
    if chat_id is None:
        return [{"type": "chat", "chat_id": user_id}, {"type": "all_private_chats"}, {"type": "default"}]
    scopes: list[Raw] = [{"type": "chat_member", "chat_id": chat_id, "user_id": user_id}]
    if admin:
        scopes.append({"type": "chat_administrators", "chat_id": chat_id})
    scopes.append({"type": "chat", "chat_id": chat_id})
    if admin:
        scopes.append({"type": "all_chat_administrators"})
    return [*scopes, {"type": "all_group_chats"}, {"type": "default"}]


def _key(scope: Raw, language: str) -> ScopeKey:
    return str(scope.get("type", "default")), int(scope.get("chat_id", 0)), int(scope.get("user_id", 0)), language
