"""Makes the README's pictures from the running demo: `python -m docs.pictures`, from the project's folder.

What they show is played, not drawn: the same program, the same presses, with the dates of the day they are made on.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.stage import ANNA, CHROMIUM_MISSING, XIAOMING, Visitor, chromium, chromium_path, demo

FOLDER = Path(__file__).with_name("pictures")
WIDE = (1440, 960)
NARROW = (390, 844)
LARGEST_BYTES = 400_000


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    if chromium_path() is None:
        sys.exit(CHROMIUM_MISSING)
    with chromium() as browser, demo() as url:
        visitor = Visitor(browser, url, *WIDE)
        _play(visitor)
        _take(visitor, "demo.png")
        visitor.leave()
        _console(browser, url)
        _phone(browser, url)
        _figures(browser, url)


def _play(visitor: Visitor) -> None:
    """To the moment when both were reminded, and an agent and a customer are talking."""
    visitor.press_key(ANNA, "Balance")
    expect(visitor.at(ANNA)).to_contain_text("912.30")
    visitor.move("1d")
    for _ in range(2):
        visitor.move("3d")
    visitor.write("group", "/next")
    visitor.open_topic("#1 ·")
    _talk(visitor, "group", "小明，您好！看到这期还没有到账，是遇到什么困难了吗？", heard_at=XIAOMING)
    _talk(visitor, XIAOMING, "谢谢关心，工资晚了几天，周五到。可以先还一半吗？", heard_at="group")
    visitor.write("group", "/reveal")
    expect(visitor.at("group").get_by_role("log")).to_contain_text("You may call now")
    visitor.page.mouse.move(0, 0)
    visitor.page.evaluate("document.activeElement.blur()")


def _talk(visitor: Visitor, pane: str, text: str, heard_at: str) -> None:
    visitor.write(pane, text)
    expect(visitor.at(heard_at).get_by_role("log")).to_contain_text(text)


def _console(browser: Browser, url: str) -> None:
    """The same case in the desk's console, with a file chosen, and the form for a promise open."""
    page = _signed_in(browser, url, 960)
    page.get_by_role("link", name="Mine").click()
    page.locator("[data-row]").first.click()
    expect(page.locator("#log")).to_contain_text("周五到。可以先还一半吗")
    page.locator("#attach").set_input_files(
        {"name": "还款方式.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    expect(page.get_by_role("button", name="Remove")).to_be_visible()
    page.locator("#reply").fill("可以的。各种还款方式都在附件里。")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    _save(page, "console.png")
    page.close()


def _figures(browser: Browser, url: str) -> None:
    """Some ten days later: the console's first page of figures."""
    visitor = Visitor(browser, url, *NARROW)
    for _ in range(2):
        visitor.move("3d")
    visitor.leave()
    page = _signed_in(browser, url, 1000)
    page.goto(f"{page.url.partition('/console')[0]}/console/figures?days=30&by=day")
    _save(page, "figures.png")
    page.close()


def _signed_in(browser: Browser, url: str, height: int) -> Page:
    page = browser.new_page(viewport={"width": WIDE[0], "height": height}, locale="en-GB")
    page.goto(f"{url}/local/console")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("#rows")
    return page


def _phone(browser: Browser, url: str) -> None:
    """The same moment on a phone's width: Anna pays, and is thanked."""
    visitor = Visitor(browser, url, *NARROW)
    visitor.press(f"tab-{ANNA}")
    visitor.at(ANNA).get_by_role("log").get_by_role("link", name="Pay", exact=True).last.click()
    visitor.press("wallet-pay")
    expect(visitor.at(ANNA).get_by_role("log")).to_contain_text("Thank you")
    expect(visitor.at("wallet-said")).to_contain_text("Paid")
    visitor.page.mouse.move(0, 0)
    _take(visitor, "phone.png")
    visitor.leave()


def _take(visitor: Visitor, name: str) -> None:
    _save(visitor.page, name)


def _save(page: Page, name: str) -> None:
    page.wait_for_timeout(500)  # for transitions to end
    path = FOLDER / name
    page.screenshot(path=path)
    size = path.stat().st_size
    assert size <= LARGEST_BYTES, f"{path} has {size} bytes; the README's pictures have at most {LARGEST_BYTES}"
    print(f"{path.relative_to(Path.cwd())}: {size // 1000} KB")


if __name__ == "__main__":
    main()
