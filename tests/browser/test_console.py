"""The console in a real browser, against the real program: an agent at a desk, a supervisor on the way, the customer
and the group in Telegram, all with the same case."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page, expect

from bot.views.operations.figure_panels import SECTIONS
from tests.browser.conftest import Demo
from tests.browser.stage import ANNA, SHOWS_WITHIN_S, Visitor
from tests.browser.stage import MEI as MEIS_PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow(seconds=55), pytest.mark.in_one_process("demo")]

MEI, TOM = 3001, 3002  # a supervisor, and an agent
DEAD = "operation/dead?channel=telegram&reason=blocked"
FIGURES = ("figures", *(f"figures/{section}" for section in SECTIONS), "figures/cases/cases", "figures/ahead/hours")
HAS_AXE = "() => 'axe' in window"
FAULTS = "() => axe.run({ resultTypes: ['violations'] }).then(({ violations }) => ({ violations }))"
WIDER_THAN_THE_SCREEN = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Console:
    """Somebody in the console, who also notes what the browser complains of: a script or a style that the policy
    forbids is such a complaint."""

    def __init__(self, shown: Demo, who: int, width: int, height: int, language: str = "en-GB") -> None:
        self._context = shown.browser.new_context(viewport={"width": width, "height": height}, locale=language)
        self.complaints: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(SHOWS_WITHIN_S * 1000)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type != "log" else None)
        self.page.goto(f"{shown.url}/local/console?as={who}")
        self.looks_right()
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_selector("#rows")

    def looks_right(self) -> None:
        """Nothing that axe finds, and nothing out of reach."""
        if not self.page.evaluate(HAS_AXE):
            self.page.evaluate(AXE_SCRIPT)  # half a megabyte, once for each document
        found = AxeResults(self.page.evaluate(FAULTS))
        assert found.violations_count == 0, found.generate_report()
        assert not self.page.evaluate(WIDER_THAN_THE_SCREEN), self.page.url

    def looks_right_at_both_widths(self) -> None:
        """A phone's and a desk's; what the page looks like follows from its style alone, without asking again."""
        for width, height in ((390, 844), (1440, 900)):
            self.page.set_viewport_size({"width": width, "height": height})
            self.looks_right()

    def fill(self, deed: str, **fields: str) -> None:
        """Opens one of the case's forms and sends it."""
        box = self.page.locator(f"#do-{deed}")
        box.locator("summary").click()
        for name, value in fields.items():
            field = box.locator(f"[name={name}]").first
            field.select_option(value) if field.evaluate("e => e.tagName") == "SELECT" else field.fill(value)
        box.locator("button.first").click()

    def write(self, text: str) -> None:
        self.page.locator("#reply").fill(text)
        self.page.keyboard.press("Control+Enter")

    def leave(self) -> None:
        assert self.complaints == []
        self._context.close()


def test_an_agent_a_supervisor_and_the_group_work_on_one_case_and_nothing_diverges(shown: Demo) -> None:
    telegram = shown.visit(1280, 860)
    telegram.at_rest()
    telegram.write(ANNA, "/agent")
    expect(telegram.topic("#1 ·")).to_be_visible()
    telegram.open_topic("#1 ·")
    tom, mei = Console(shown, TOM, 1440, 900), Console(shown, MEI, 390, 844)
    both_come_to_the_case(tom, mei)
    a_claim_is_seen_by_all(tom, mei, telegram)
    they_talk(tom, mei, telegram)
    a_call_is_announced_and_noted(tom, telegram)
    it_is_agreed_and_closed(tom, mei, telegram)
    mei.page.get_by_role("link", name="Figures").click()
    expect(mei.page.locator("#tiles")).to_contain_text("Waiting longest")
    mei.looks_right()
    all_pages_look_right(tom, mei)
    a_passkey_lets_in_without_a_link(mei, telegram)
    assert telegram.calls_outside == []
    tom.page.locator("details.me summary").click()
    tom.page.get_by_role("button", name="Sign out").click()
    expect(tom.page.get_by_role("heading", name="You are signed out")).to_be_visible()
    for one in (tom, mei):
        one.looks_right()
        one.leave()
    telegram.leave()


def all_pages_look_right(tom: Console, mei: Console) -> None:
    """At both widths, with all that opens."""
    url = mei.page.url.partition("/console")[0]
    refused = rows_are_refused(mei, f"{url}/console")
    for one in (tom, mei):
        one.page.goto(f"{url}/console?tab=closed&language=en")
        one.page.get_by_text("Save this view").click()
        one.looks_right()
        one.page.goto(f"{url}/console/cases/1/story")
        one.looks_right()
    a_long_table_is_fetched_as_it_is_opened(mei, url)
    for page in (*FIGURES, "operation", DEAD, "agents", "imports", refused, "policy"):
        mei.page.goto(f"{url}/console/{page}")
        mei.looks_right_at_both_widths()
    mei.page.locator("#draft").fill("grace_days = 100\n")
    expect(mei.page.locator("#verdict")).to_contain_text("line 1")
    mei.looks_right_at_both_widths()
    mei.page.goto(f"{url}/console/policy")
    mei.page.get_by_role("button", name="Check, and look 30 days ahead").click()
    expect(mei.page.locator(".calendar")).to_be_visible()
    mei.looks_right_at_both_widths()
    a_proposal_looks_right(mei)


def a_long_table_is_fetched_as_it_is_opened(mei: Console, url: str) -> None:
    mei.page.goto(f"{url}/console/figures/cases?days=90&by=day")
    box = mei.page.locator("#t-cases")
    expect(box.locator("tr")).to_have_count(0)
    box.locator("summary").click()
    expect(box.locator("tbody tr")).to_have_count(91)
    mei.looks_right()


def a_proposal_looks_right(mei: Console) -> None:
    """From the page of a checked draft: one that waits, and one that was taken back."""
    mei.page.locator("#draft").fill(mei.page.locator("#draft").input_value() + "\n# kinder\n")
    mei.page.locator("#why").fill("fewer worries")
    mei.page.get_by_role("button", name="Propose it to another supervisor").click()
    expect(mei.page.locator(".proposal .diff")).to_contain_text("# kinder")
    mei.looks_right_at_both_widths()
    mei.page.get_by_role("button", name="Take it back").click()
    expect(mei.page.locator(".decided")).to_contain_text("taken back")
    mei.looks_right_at_both_widths()


def a_passkey_lets_in_without_a_link(mei: Console, telegram: Visitor) -> None:
    """Mei adds one, signs out, comes back with it to where she was, and removes it."""
    url, page = mei.page.url.partition("/console")[0], mei.page
    browsers_own = page.context.new_cdp_session(page)
    browsers_own.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    more = {"isUserVerified": True, "automaticPresenceSimulation": True}
    browsers_own.send("WebAuthn.addVirtualAuthenticator", {"options": {**device, **more}})
    page.goto(f"{url}/console/passkeys")
    mei.looks_right()
    page.get_by_label("Name (for you and for the record)").fill("phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("#told")).to_contain_text("The passkey is added")
    telegram.move("1h")
    expect(telegram.at(MEIS_PHONE)).to_contain_text("was added to your account in the console")
    page.get_by_label("Name (for you and for the record)").fill("the same")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".said")).to_have_text("This device has a passkey for you already.")
    mei.looks_right_at_both_widths()
    page.locator("details.me summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{url}/console/cases/1")
    assert "401" in mei.complaints.pop()
    mei.looks_right()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_selector("#log")
    assert page.url == f"{url}/console/cases/1"
    page.goto(f"{url}/console/passkeys")
    expect(page.locator("#new + p")).to_contain_text("You signed in with a passkey")
    page.get_by_role("button", name="Remove the passkey “phone”").click()
    expect(page.locator("#told")).to_contain_text("The passkey is removed")
    expect(page.locator("#own-part")).to_contain_text("You have none.")
    page.locator("details.me summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="This passkey can’t be used here")).to_be_visible()
    assert "403" in mei.complaints.pop()
    mei.looks_right()


def rows_are_refused(mei: Console, console: str) -> str:
    """Of two pasted rows one is refused; gives the page that shows it, as the path below `console`."""
    mei.page.goto(f"{console}/imports")
    wide = "a name that is as long as names can be " * 3
    mei.page.locator("#rows-pasted").fill(f"customer_id,name,time_zone\nZ1,{wide},Nowhere\nZ2,Zoe,Asia/Taipei\n")
    mei.page.get_by_role("button", name="Import").click()
    expect(mei.page.locator("#told")).to_contain_text("1 was refused")
    assert "409" in mei.complaints.pop()
    mei.looks_right()
    mei.page.locator("#files + .scroll td a").first.click()
    expect(mei.page.locator("tbody")).to_contain_text("Nowhere")
    return mei.page.url.removeprefix(f"{console}/")


def both_come_to_the_case(tom: Console, mei: Console) -> None:
    for one in (tom, mei):
        one.looks_right()
        expect(one.page.locator("[data-row]")).to_have_count(1)
    tom.page.keyboard.press("?")
    expect(tom.page.locator("#keys")).to_be_visible()
    tom.page.keyboard.press("Escape")
    tom.page.keyboard.press("j")
    tom.page.keyboard.press("Enter")
    tom.page.wait_for_selector("#log")
    mei.page.locator("#search").fill("anna")
    mei.page.keyboard.press("Enter")
    mei.page.locator("[data-row]").click()
    mei.page.wait_for_selector("#log")
    mei.page.locator("a.up").click()  # to the list from which she came, at its place
    expect(mei.page.locator("[data-row]")).to_be_focused()
    expect(mei.page.locator("h1.found")).to_contain_text("anna")
    mei.page.keyboard.press("Enter")
    mei.page.wait_for_selector("#log")
    for one in (tom, mei):
        one.looks_right()
    expect(tom.page.get_by_text("Mei is looking at this case")).to_be_visible()


def a_claim_is_seen_by_all(tom: Console, mei: Console, telegram: Visitor) -> None:
    tom.page.get_by_role("button", name="Take").click()
    expect(tom.page.locator("#told")).to_have_text("This case is yours.")
    expect(mei.page.locator("#head")).to_contain_text("with Tom")
    expect(telegram.at("group").get_by_role("log")).to_contain_text("With: Tom")


def they_talk(tom: Console, mei: Console, telegram: Visitor) -> None:
    tom.write("Hello Anna, how can I help?")
    expect(telegram.at(ANNA)).to_contain_text("Hello Anna, how can I help?")
    expect(telegram.at("group")).to_contain_text("Hello Anna, how can I help?")
    expect(mei.page.locator("#log")).to_contain_text("Hello Anna, how can I help?")
    expect(tom.page.locator("#reply")).to_have_value("")
    tom.page.locator("#reply").fill("I am about to")  # what is begun stays while others write
    telegram.write(ANNA, "I can pay a part on Friday")
    for one in (tom, mei):
        expect(one.page.locator("#log")).to_contain_text("I can pay a part on Friday")
    expect(tom.page.locator("#reply")).to_have_value("I am about to")
    a_file_goes_with_words(tom, mei, telegram)
    mei.page.get_by_text("Write a note").click()
    mei.page.locator("#note").fill("Please offer her a later day")
    mei.page.get_by_role("button", name="Keep the note").click()
    expect(tom.page.locator("#log")).to_contain_text("Please offer her a later day")
    expect(telegram.at("group")).to_contain_text("Please offer her a later day")
    expect(telegram.at(ANNA)).not_to_contain_text("Please offer her a later day")


def a_file_goes_with_words(tom: Console, mei: Console, telegram: Visitor) -> None:
    tom.page.locator("#attach").set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"})
    expect(tom.page.locator("#told")).to_contain_text("Only pictures (JPEG, PNG, WebP), PDF")
    assert "409" in tom.complaints.pop()
    terms = {"name": "the terms.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 terms"}
    tom.page.locator("#attach").set_input_files(terms)
    expect(tom.page.locator(".chosen")).to_contain_text("the terms.pdf")
    expect(tom.page.locator("#log > :last-child")).to_be_in_viewport()  # though the reply takes more room
    expect(tom.page.locator("#reply")).to_have_value("I am about to")
    tom.looks_right()
    tom.write("as agreed")
    expect(telegram.at(ANNA)).to_contain_text("the terms.pdf")
    expect(telegram.at("group")).to_contain_text("Tom has sent the customer a file: the terms.pdf")
    for one in (tom, mei):
        expect(one.page.locator("#log .file a")).to_contain_text("the terms.pdf")
        one.looks_right()
    expect(tom.page.locator(".chosen")).to_have_count(0)


def a_call_is_announced_and_noted(tom: Console, telegram: Visitor) -> None:
    box = tom.page.locator("#do-call")
    box.locator("summary").click()
    box.get_by_role("button", name="Say in their chat").click()
    expect(tom.page.locator("#told")).to_contain_text("You say:")
    expect(telegram.at(ANNA)).to_contain_text("Tom")
    expect(telegram.at("group")).to_contain_text("The customer’s chat was told that Tom calls.")
    tom.looks_right()
    box.locator("[name=note]").fill("pays on Friday")
    box.get_by_role("button", name="Note the call").click()
    expect(tom.page.locator("#told")).to_contain_text("The call is noted.")
    expect(telegram.at("group")).to_contain_text("Tom called, and they talked. pays on Friday")


def it_is_agreed_and_closed(tom: Console, mei: Console, telegram: Visitor) -> None:
    tomorrow = date.fromisoformat(tom.page.locator("#promise-day").input_value())
    tom.fill("promise", amount="99999", day=(tomorrow + timedelta(days=5)).isoformat())
    expect(tom.page.locator("#told")).to_contain_text("more than is owed")
    assert "409" in tom.complaints.pop()  # Chromium tells of each answer that is a refusal
    tom.looks_right()
    tom.page.locator("#promise-amount").fill("100")
    tom.page.get_by_role("button", name="Note the promise").click()
    expect(tom.page.locator("#told")).to_contain_text("The promise is noted")
    expect(mei.page.locator("#facts")).to_contain_text("Promised SGD 100.00")
    expect(telegram.at(ANNA)).to_contain_text("100.00")
    mei.fill("done", outcome="promised")
    expect(tom.page.locator("#head")).to_contain_text("closed")
    expect(tom.page.locator("#reply")).to_have_count(0)
    expect(telegram.at("group")).to_contain_text("Closed by Mei")
    for one in (tom, mei):
        one.looks_right()
        one.page.locator(".up").click()
        if one is mei:  # who came by a search
            expect(one.page.locator("h1.found")).to_be_visible()
            one.page.keyboard.press("u")
        expect(one.page.get_by_text("Nobody is waiting right now.")).to_be_visible()
