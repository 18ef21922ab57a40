"""One browser and one demo for all tests of this folder; each test begins with a demo that nobody has used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.stage import CHROMIUM_MISSING, SHOWS_WITHIN_S, Visitor, chromium, chromium_path, demo

expect.set_options(timeout=SHOWS_WITHIN_S * 1000)


@dataclass
class Demo:
    """A demo that runs. Who has used it and started it over says that it `is_new` again."""

    browser: Browser
    url: str
    is_new: bool = True

    def visit(self, width: int, height: int) -> Visitor:
        """Somebody on its page, which is as at the start."""
        visitor = Visitor(self.browser, self.url, width, height)
        expect(visitor.at("story-text")).to_be_visible()
        if not self.is_new:
            start_over(visitor)
            visitor.complaints.clear()  # the page says itself that it lost the server
        self.is_new = False
        return visitor


def start_over(visitor: Visitor) -> None:
    visitor.press("start-over")
    expect(visitor.at("story-step-1")).to_have_attribute("aria-current", "step")
    expect(visitor.page.locator(".tick.done")).to_have_count(0)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if chromium_path() is None:
        # A first visitor's machine need not have a browser; where everything is to be tested, it must.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(CHROMIUM_MISSING)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def shown(browser: Browser) -> Iterator[Demo]:
    with demo() as url:
        yield Demo(browser, url)
