"""The phrases by which customers are understood are counted without anybody waiting for it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from bot.work.customers import phrase_book
from bot.work.customers.phrase_book import PhraseBook


async def test_phrases_are_counted_once_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    counted_in: list[int] = []

    def model() -> Any:
        counted_in.append(threading.get_ident())
        return "counted"

    monkeypatch.setattr(phrase_book, "shipped_model", model)
    book = PhraseBook()
    await book.load()
    await book.load()
    assert book.model == "counted"
    assert len(counted_in) == 1 and counted_in != [threading.get_ident()]
