"""The demo's minute, in a real browser against the real program: what its guide promises is what happens."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Demo, start_over
from tests.browser.stage import ANNA, MEI, XIAOMING, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.in_one_process("demo")]

TAKEN = re.compile(r"\bdone\b")
NAMELESS = re.compile(r"^\s*- (button|link|textbox|combobox|tab|spinbutton|checkbox|option)(:|$| \[)", re.MULTILINE)
OUT_OF_REACH = """() => [...document.querySelectorAll("button, a, input, select, textarea, summary")]
    .filter((control) => control.offsetParent !== null && !control.closest(".tools") && control.tabIndex >= 0)
    .filter((control) => {
        const { left, right, width } = control.getBoundingClientRect();
        return width && (left < 0 || right > innerWidth);
    })
    .map((control) => control.outerHTML)"""
CUT_OFF = """() => [...document.querySelectorAll("button, .label, .clock, h2")]
    .filter((one) => one.offsetParent !== null && !one.closest(".topics"))
    .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML)"""
LANGUAGES = """(pane) => [...new Set([...document.querySelectorAll(`[data-testid="${pane}"] .theirs .text`)]
    .map((text) => text.lang))]"""


def test_the_demos_guide_leads_through_the_story_and_starts_over(shown: Demo) -> None:
    visitor = shown.visit(1280, 860)
    both_were_greeted_and_told_what_is_coming_up(visitor)
    take_step(visitor, 1)
    expect(visitor.at(XIAOMING)).to_contain_text("2,680.50")
    take_step(visitor, 2)
    expect(visitor.at(XIAOMING)).to_contain_text("是还款日")
    take_step(visitor, 3, presses=2)
    expect(visitor.at("group")).to_contain_text("1 case is waiting")
    agent_and_customer_talk(visitor)
    take_step(visitor, 7)
    expect(visitor.at("group")).to_contain_text("+8613800000001")
    expect(visitor.at("group")).to_contain_text("only Mei sees this")
    a_payment_in_the_wallet_closes_the_case(visitor)
    who_blocks_the_bot_becomes_a_case(visitor)
    expect(visitor.at("story-text")).to_contain_text("nobody went overdue silently")
    what_other_systems_are_told_is_listed(visitor)
    every_control_has_a_name(visitor)
    assert visitor.complaints == []
    assert visitor.calls_outside == []
    it_survives_a_reload_and_starts_over(visitor)
    shown.is_new = True
    visitor.leave()


def what_other_systems_are_told_is_listed(visitor: Visitor) -> None:
    visitor.press("told")
    for kind in ("customer.linked", "notice.accepted", "case.claimed", "case.closed", "customer.unreachable"):
        expect(visitor.at("told-list")).to_contain_text(kind)
    visitor.press("told")
    expect(visitor.at("told-list")).to_be_hidden()


def test_on_a_narrow_screen_everything_is_within_reach(shown: Demo) -> None:
    visitor = shown.visit(390, 844)
    for tab in (XIAOMING, ANNA, MEI):
        visitor.press(f"tab-{tab}")
        for phone in (XIAOMING, ANNA, MEI):
            expect(visitor.at(phone)).to_be_visible(visible=phone == tab)
    visitor.press(f"tab-{ANNA}")
    visitor.write(ANNA, "/balance")
    expect(visitor.at(ANNA)).to_contain_text("912.30")
    an_old_messages_answer_comes_into_view(visitor)
    a_part_is_paid_in_the_wallet(visitor)
    nothing_is_out_of_reach(visitor)
    visitor.move("1d")
    visitor.act(1)
    expect(visitor.page.get_by_text("The wallet has received SGD 100.00.")).to_be_visible()
    visitor.page.get_by_role("tab", name="Agents").click()
    expect(visitor.at("group")).to_be_visible()
    expect(visitor.at(ANNA)).to_be_hidden()
    the_page_speaks_chinese(visitor)
    nothing_is_out_of_reach(visitor)
    assert visitor.page.evaluate(LANGUAGES, XIAOMING) == ["zh-Hans"]
    assert visitor.page.evaluate(LANGUAGES, ANNA) == ["en"]
    assert visitor.complaints == []
    assert visitor.calls_outside == []
    visitor.leave()


def take_step(visitor: Visitor, number: int, presses: int = 1) -> None:
    step = visitor.at(f"story-step-{number}")
    expect(step).to_have_attribute("aria-current", "step")
    for _ in range(presses):
        visitor.press_what_is_shown()
    expect(step).to_have_class(TAKEN)


def both_were_greeted_and_told_what_is_coming_up(visitor: Visitor) -> None:
    expect(visitor.at(XIAOMING)).to_contain_text("王小明，您好")
    expect(visitor.at(ANNA)).to_contain_text("Hello Anna Lee")
    expect(visitor.at(XIAOMING)).to_contain_text("还款日")
    expect(visitor.at(ANNA)).to_contain_text("in 3 days")


def agent_and_customer_talk(visitor: Visitor) -> None:
    take_step(visitor, 4)
    visitor.open_topic("#1 ·")
    case = visitor.at("group").get_by_role("log")
    for known in ("Case #1", "6 days", "860.00", "1 day overdue · Telegram"):
        expect(case).to_contain_text(known)
    take_step(visitor, 5)
    expect(visitor.at(XIAOMING)).to_contain_text("需要帮忙吗？")
    take_step(visitor, 6)
    expect(case.get_by_text("谢谢，周五发工资就还。", exact=True)).to_be_in_viewport()


def a_payment_in_the_wallet_closes_the_case(visitor: Visitor) -> None:
    take_step(visitor, 8, presses=2)
    expect(visitor.at("wallet-said")).to_have_text("已还 ¥860.00")
    visitor.press("wallet-back")
    expect(visitor.at("wallet-page")).to_have_count(0)
    expect(visitor.at(XIAOMING).get_by_role("log").get_by_text("还款已到账")).to_be_in_viewport()
    expect(visitor.at("group")).to_contain_text("Everything overdue has been paid.")
    expect(visitor.at("group")).to_contain_text("This topic is closed.")


def who_blocks_the_bot_becomes_a_case(visitor: Visitor) -> None:
    take_step(visitor, 9)
    visitor.move("1d")
    visitor.open_topic("General")
    expect(visitor.at("group")).to_contain_text("cannot be reached")
    visitor.write("group", "/open 2")
    visitor.open_topic("#2 ·")
    case = visitor.at("group").get_by_role("log")
    expect(case).to_contain_text("cannot be reached")
    expect(case).to_contain_text("blocked the bot")
    visitor.move("1d")  # cases that wait hold up nobody


def it_survives_a_reload_and_starts_over(visitor: Visitor) -> None:
    visitor.page.reload()
    expect(visitor.at("story-step-9")).to_have_class(TAKEN)
    start_over(visitor)
    both_were_greeted_and_told_what_is_coming_up(visitor)
    expect(visitor.at("group")).not_to_contain_text("#1 ·")


def an_old_messages_answer_comes_into_view(visitor: Visitor) -> None:
    chat = visitor.at(ANNA).get_by_role("log")
    chat.get_by_role("button", name="Due dates", exact=True).first.click()
    expect(chat.get_by_text("Your due dates")).to_be_in_viewport()
    number = chat.locator(".row").filter(has_text="Other ways").last.get_attribute("data-testid") or ""
    visitor.press_key(ANNA, "Other ways")
    ways = visitor.at(ANNA).get_by_test_id(number).get_by_role("button", name="Something’s not right", exact=True)
    expect(ways).to_be_in_viewport()


def a_part_is_paid_in_the_wallet(visitor: Visitor) -> None:
    visitor.at(ANNA).get_by_role("log").get_by_role("link", name="Pay", exact=True).last.click()
    expect(visitor.at("wallet-left")).to_have_text("SGD 240.00", use_inner_text=True)
    visitor.press("wallet-part")
    visitor.at("wallet-amount").fill("40")
    every_control_has_a_name(visitor)
    visitor.press("wallet-pay-part")
    expect(visitor.at("wallet-said")).to_have_text("Paid: SGD 40.00")
    expect(visitor.at("wallet-left")).to_contain_text("SGD 200.00")
    visitor.press("wallet-back")


def nothing_is_out_of_reach(visitor: Visitor) -> None:
    too_wide = visitor.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert too_wide <= 0, f"the page is {too_wide} pixels wider than the screen"
    assert visitor.page.evaluate(OUT_OF_REACH) == []
    assert visitor.page.evaluate(CUT_OFF) == []
    every_control_has_a_name(visitor)


def every_control_has_a_name(visitor: Visitor) -> None:
    told = visitor.page.locator("body").aria_snapshot()
    assert NAMELESS.findall(told) == [], told


def the_page_speaks_chinese(visitor: Visitor) -> None:
    visitor.press("language")
    visitor.press("story-all")
    expect(visitor.at("story")).to_contain_text("小明和 Anna")
    expect(visitor.at("action-0")).to_have_text(re.compile("还款"))
