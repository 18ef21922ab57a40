"""Sue, whom some of these tests make a supervisor."""

from __future__ import annotations

import pytest

from bot.sandbox import LocalTelegram, Person
from tests.conversations.conftest import World


@pytest.fixture
def sue(telegram: LocalTelegram, world: World) -> Person:
    """A supervisor to be; she is one once a test says so."""
    person = telegram.person(3003, "Sue", "en")
    world.group.add(person)
    return person
