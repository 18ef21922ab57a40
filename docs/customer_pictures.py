"""Makes the pictures of `docs/customers.md` from the running demo: `python -m docs.customer_pictures`, from the
project's folder.

Each is what a customer sees after the last thing they did: the same program, the same presses. They are small:
two messages.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.stage import ANNA, CHROMIUM_MISSING, XIAOMING, Visitor, chromium, chromium_path, demo

FOLDER = Path(__file__).with_name("pictures") / "customers"
SIZE = (390, 1600)  # high enough for the longest answer
MARGIN = 4
PLAIN = """() => {
    const plain = new CSSStyleSheet();
    plain.replaceSync("* { background-image: none !important; box-shadow: none !important; }"
        + " [role=log] { background: #e3e8df !important; }");
    document.adoptedStyleSheets = [plain];  // shadows and colours that run take most of a picture's room
}"""
LARGEST_BYTES = 100_000


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    if chromium_path() is None:
        sys.exit(CHROMIUM_MISSING)
    with chromium() as browser, demo() as url:
        visitor = Visitor(browser, url, *SIZE)
        for step in ("1d", "3d"):  # Anna is a day late
            visitor.move(step)
        visitor.press(f"tab-{ANNA}")
        visitor.page.evaluate(PLAIN)
        _anna(visitor)
        visitor.press(f"tab-{XIAOMING}")
        _xiaoming(visitor)
        visitor.leave()


def _anna(visitor: Visitor) -> None:
    _say(visitor, "/fees", "What is owed, and what being late costs")
    _take(visitor, "fees")
    _say(visitor, "/plan", "How much could you put aside each month")
    _say(visitor, "80 a month", "On which day of the month")
    _press(visitor, "25", "Here is what fits")
    _take(visitor, "plan")
    _press(visitor, "Never mind", "forgotten your answers")
    _say(visitor, "/promise 120 in 5 days", "Shall I note")
    _press(visitor, "Yes, on", "Thank you. You’ll pay")
    _take(visitor, "promise")
    _press(visitor, "Cancel my promise", "cancelled")
    _say(visitor, "/dispute", "Which one")
    _press(visitor, "Card:", "A person will answer you by")
    _take(visitor, "dispute")
    _say(visitor, "/history", "What was between us")
    _take(visitor, "history")
    _say(visitor, "/settings", "Your settings")
    _take(visitor, "settings")
    _say(visitor, "/privacy", "What I keep, and why")
    _take(visitor, "privacy")


def _xiaoming(visitor: Visitor) -> None:
    _say(visitor, "分期", "每月能拿出多少", pane=XIAOMING)
    _say(visitor, "每月三百块", "每月几号发工资", pane=XIAOMING)
    _say(visitor, "月底", "合适的方案", pane=XIAOMING)
    _take(visitor, "plan-zh", pane=XIAOMING)


def _say(visitor: Visitor, words: str, heard: str, pane: str = ANNA) -> None:
    visitor.write(pane, words)
    _hears(visitor, heard, pane)


def _press(visitor: Visitor, label: str, heard: str, pane: str = ANNA) -> None:
    """The newest button whose label begins so."""
    keys = visitor.at(pane).get_by_role("log").get_by_role("button", name=label)
    keys.last.click()
    _hears(visitor, heard, pane)


def _hears(visitor: Visitor, words: str, pane: str) -> None:
    expect(visitor.at(pane).get_by_role("log").locator(".row.theirs").last).to_contain_text(words)


def _take(visitor: Visitor, name: str, pane: str = ANNA) -> None:
    """The last two messages."""
    visitor.page.mouse.move(0, 0)
    visitor.page.evaluate("document.activeElement.blur()")
    visitor.page.wait_for_timeout(500)  # for transitions to end
    rows = visitor.at(pane).get_by_role("log").locator(".row")
    boxes = [box for row in rows.all()[-2:] if (box := row.bounding_box()) is not None]
    top, left = min(box["y"] for box in boxes), min(box["x"] for box in boxes)
    bottom = max(box["y"] + box["height"] for box in boxes)
    right = max(box["x"] + box["width"] for box in boxes)
    clip = {"x": left - MARGIN, "y": top - MARGIN, "width": right - left + 2 * MARGIN}
    path = FOLDER / f"{name}.png"
    visitor.page.screenshot(clip={**clip, "height": bottom - top + 2 * MARGIN}, path=path)
    size = path.stat().st_size
    assert size <= LARGEST_BYTES, f"{path} has {size} bytes; these pictures have at most {LARGEST_BYTES}"
    print(f"{path.relative_to(Path.cwd())}: {size // 1000} KB")


if __name__ == "__main__":
    main()
