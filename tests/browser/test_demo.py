"""The demo's two minutes, in a real browser against the real program: what its story promises is what happens."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.stage import (
    ANNA,
    CHROMIUM_MISSING,
    SHOWS_WITHIN_S,
    XIAOMING,
    Visitor,
    chromium,
    chromium_path,
    demo,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=SHOWS_WITHIN_S * 1000)


@pytest.fixture
def browser() -> Iterator[Browser]:
    if chromium_path() is None:
        # A first visitor's machine need not have a browser; where everything is to be tested, it must.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(CHROMIUM_MISSING)
    with chromium() as browser:
        yield browser


def test_the_demos_story_comes_true(browser: Browser) -> None:
    with demo() as url:
        visitor = Visitor(browser, url, 1280, 860)
        both_were_greeted_and_told_what_is_coming_up(visitor)
        balance_is_a_press_away(visitor)
        each_is_reminded_on_the_due_day_and_the_day_after(visitor)
        five_days_overdue_opens_a_case(visitor)
        agent_and_customer_talk(visitor)
        who_blocks_the_bot_becomes_a_case(visitor)
        a_payment_closes_the_case(visitor)
        assert visitor.complaints == []
        assert visitor.calls_outside == []
        visitor.leave()


def test_on_a_narrow_screen_a_tab_shows_one_chat_at_a_time(browser: Browser) -> None:
    with demo() as url:
        visitor = Visitor(browser, url, 390, 844)
        for tab in (XIAOMING, ANNA):
            visitor.press(f"tab-{tab}")
            for phone in (XIAOMING, ANNA):
                expect(visitor.at(phone)).to_be_visible(visible=phone == tab)
        visitor.write(ANNA, "/balance")
        expect(visitor.at(ANNA)).to_contain_text("912.30")
        visitor.page.get_by_role("tab", name="Agents").click()
        expect(visitor.at("group")).to_be_visible()
        expect(visitor.at(ANNA)).to_be_hidden()
        too_wide = visitor.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert too_wide <= 0, f"the page is {too_wide} pixels wider than the screen"
        the_page_speaks_chinese(visitor)
        assert visitor.complaints == []
        assert visitor.calls_outside == []
        visitor.leave()


def both_were_greeted_and_told_what_is_coming_up(visitor: Visitor) -> None:
    expect(visitor.at(XIAOMING)).to_contain_text("王小明，您好")
    expect(visitor.at(ANNA)).to_contain_text("Hello Anna Lee")
    expect(visitor.at(XIAOMING)).to_contain_text("还款日")
    expect(visitor.at(ANNA)).to_contain_text("in 3 days")


def balance_is_a_press_away(visitor: Visitor) -> None:
    visitor.press_key(XIAOMING, "待还金额")
    expect(visitor.at(XIAOMING)).to_contain_text("2,680.50")
    visitor.press_key(ANNA, "Balance")
    expect(visitor.at(ANNA)).to_contain_text("912.30")


def each_is_reminded_on_the_due_day_and_the_day_after(visitor: Visitor) -> None:
    visitor.move("1d")
    visitor.move("1d")
    expect(visitor.at(XIAOMING)).to_contain_text("是还款日")
    visitor.move("1d")
    expect(visitor.at(XIAOMING)).to_contain_text("1天前")
    expect(visitor.at(ANNA)).to_contain_text("is due today")
    visitor.move("1d")
    expect(visitor.at(ANNA)).to_contain_text("1 day ago")


def five_days_overdue_opens_a_case(visitor: Visitor) -> None:
    visitor.move("3d")
    expect(visitor.topic("#1 ·")).to_be_visible()
    visitor.write("group", "/next")
    visitor.press_key("group", "Open the case")
    for known in ("Case #1", "5 days", "860.00", "after-1 · Telegram"):
        expect(visitor.at("group").get_by_role("log")).to_contain_text(known)


def agent_and_customer_talk(visitor: Visitor) -> None:
    visitor.write("group", "您好，我是 Mei。需要帮忙吗？")
    expect(visitor.at(XIAOMING)).to_contain_text("需要帮忙吗？")
    visitor.write(XIAOMING, "谢谢，周五发工资就还。")
    expect(visitor.at("group").get_by_role("log")).to_contain_text("周五发工资就还")


def who_blocks_the_bot_becomes_a_case(visitor: Visitor) -> None:
    visitor.at(ANNA).get_by_test_id("block").click()
    visitor.open_topic("#2 ·")
    case = visitor.at("group").get_by_role("log")
    expect(case).to_contain_text("cannot be reached")
    expect(case).to_contain_text("blocked the bot")


def a_payment_closes_the_case(visitor: Visitor) -> None:
    visitor.act(0)
    expect(visitor.page.get_by_text("The wallet has received CNY 860.00.")).to_be_visible()
    visitor.open_topic("#1 ·")
    expect(visitor.at("group")).to_contain_text("Everything overdue has been paid.")
    expect(visitor.at("group")).to_contain_text("This topic is closed.")


def the_page_speaks_chinese(visitor: Visitor) -> None:
    visitor.press("language")
    expect(visitor.at("story")).to_contain_text("两位客户")
    expect(visitor.at("action-0")).to_have_text(re.compile("还款"))
