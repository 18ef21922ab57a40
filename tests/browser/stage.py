"""The demo as a visitor sees it: the real program in its own process, and a headless Chromium.

It is for the browser tests and for the README's pictures.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, sync_playwright

# The headless shell first: it has no windows to draw, and takes a third less processor time.
CHROMIUM_NAMES = (
    *("chromium-headless-shell", "chrome-headless-shell"),
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
)
CHROMIUM_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
CHROMIUM_MISSING = (
    "no Chromium was found on the PATH (looked for "
    + ", ".join(CHROMIUM_NAMES)
    + "); install it, on Debian and Ubuntu "
    "with `apt-get install chromium fonts-noto-cjk`, on macOS with `brew install --cask chromium`"
)
STARTS_WITHIN_S = 60.0
STOPS_WITHIN_S = 10.0  # what the contract gives after SIGTERM
MOVES_WITHIN_S = 20.0  # also with cases in the group: nothing waits for Telegram's limits there
SHOWS_WITHIN_S = 20.0

XIAOMING, ANNA, MEI = "phone-2001", "phone-2002", "phone-3001"


@contextmanager
def demo() -> Iterator[str]:
    """`duebot demo` on a free port; gives the page's address. Ends it as an operator would, and minds how it ended."""
    command = [str(Path(sys.executable).with_name("duebot")), "demo"]
    with tempfile.TemporaryDirectory(prefix="duebot-visit-") as folder, Path(folder, "errors").open("w+") as errors:
        surroundings = {**os.environ, "DUEBOT_LISTEN": "127.0.0.1:0"}
        process = subprocess.Popen(  # noqa: S603
            command, cwd=folder, env=surroundings, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            yield _address(process, errors.name)
            process.send_signal(signal.SIGTERM)
            process.wait(STOPS_WITHIN_S)
        finally:
            process.kill()
            process.communicate()
        complaints = Path(errors.name).read_text()
    assert process.returncode == 0, f"after SIGTERM the demo ended with {process.returncode}:\n{complaints}"
    assert not complaints, f"the demo complained:\n{complaints}"


def _address(process: subprocess.Popen[str], errors: str) -> str:
    """What the demo's first line says; raises when it ended or said nothing in time."""
    assert process.stdout is not None
    too_late = threading.Timer(STARTS_WITHIN_S, process.kill)
    too_late.start()
    line = process.stdout.readline()
    too_late.cancel()
    said = re.search(r"http://[\d.]+:\d+", line)
    if said is None:
        process.wait(STOPS_WITHIN_S)
        raise RuntimeError(f"the demo did not start; it said {line!r} and:\n{Path(errors).read_text()}")
    return said[0]


def chromium_path() -> str | None:
    """The machine's own Chromium, else the one that Playwright installed; None where there is neither."""
    ours = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    return ours or (_playwrights() if os.access(_playwrights(), os.X_OK) else None)


@cache
def _playwrights() -> str:
    """Where Playwright installs its own, whether it is there or not."""
    with sync_playwright() as playwright:
        return str(playwright.chromium.executable_path)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium that calls nobody by itself."""
    found = chromium_path()
    assert found is not None, CHROMIUM_MISSING
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(CHROMIUM_OPTIONS))
        yield browser
        browser.close()


class Visitor:
    """Someone with the demo's page open, who also notes what the browser complains of and whom the page calls."""

    def __init__(self, browser: Browser, url: str, width: int, height: int) -> None:
        self._home = urlsplit(url).netloc
        self.complaints: list[str] = []
        self.calls_outside: list[str] = []
        self.page: Page = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB")
        self.page.set_default_timeout(SHOWS_WITHIN_S * 1000)
        self.page.context.on("request", lambda request: self._called(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None,
        )
        self.page.goto(url)

    def _called(self, url: str) -> None:
        if urlsplit(url).netloc != self._home:
            self.calls_outside.append(url)

    def at(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    def press(self, testid: str) -> None:
        self.at(testid).click()

    def press_key(self, pane: str, text: str) -> None:
        """The newest button with this text under a message."""
        self.at(pane).get_by_role("log").get_by_role("button", name=text, exact=True).last.click()

    def write(self, pane: str, text: str) -> None:
        self.at(pane).get_by_test_id("composer").fill(text)
        self.at(pane).get_by_test_id("send").click()

    def open_topic(self, name: str) -> None:
        self.topic(name).click()

    def topic(self, name: str) -> Locator:
        return self.at("group").get_by_role("navigation").get_by_role("button").filter(has_text=name)

    def move(self, by: str) -> None:
        """Presses one of the time bar's buttons and waits until time has arrived."""
        self._and_wait(self.at(f"time-plus-{by}"), "**/local/move")

    def act(self, index: int) -> None:
        """Presses one of the wallet's buttons and waits until it is done."""
        self._and_wait(self.at(f"action-{index}"), "**/local/action")

    def _and_wait(self, pressed: Locator, path: str) -> None:
        """Without the answer the page might not know yet that something is under way, and the next press is lost."""
        with self.page.expect_response(path, timeout=MOVES_WITHIN_S * 1000) as answer:
            pressed.click()
        assert answer.value.ok, answer.value.text()
        self.at_rest()

    def at_rest(self) -> None:
        """Waits until nothing is under way any more."""
        self.page.wait_for_selector("body[aria-busy=false]", timeout=MOVES_WITHIN_S * 1000)

    @property
    def pointed(self) -> Locator:
        """What the guide has put its ring around."""
        return self.page.locator(".pointed")

    def press_what_is_shown(self) -> None:
        """Follows the guide by one press: *Show me* goes there, and puts words where some are to be sent."""
        self.press("story-show")
        if (self.pointed.get_attribute("data-testid") or "").startswith(("time-plus-", "action-")):
            self._and_wait(self.pointed, "**/local/*")
        else:
            self.pointed.click()
            self.at_rest()

    def leave(self) -> None:
        self.page.close()
