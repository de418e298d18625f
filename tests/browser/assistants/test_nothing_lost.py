"""What somebody types in the configuration survives other tabs, the end of the session and a lost
connection.
"""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.browser.steps import expect_kept, expect_status, write
from tests.fakes.provider import ScriptedProvider
from tests.live import LiveSite

Open = Callable[[str], Page]
BOX = "#f-instructions"


def test_a_second_tab_follows_the_first(page: Page, open_page: Open) -> None:
    other = open_page(page.url)
    page.locator(BOX).fill("Be brief.")
    expect_kept(page)
    expect(other.locator(BOX)).to_have_value("Be brief.")  # without a click there
    other.locator("#f-name").fill("Tutor")
    expect_kept(other)
    expect(page.locator("#f-name")).to_have_value("Tutor")


def test_what_another_tab_changed_is_shown_and_kept_or_taken(
    page: Page, open_page: Open, provider: ScriptedProvider
) -> None:
    other = open_page(page.url)
    # Typed while the other tab's save is on its way, as on two machines.
    other.evaluate("window.BroadcastChannel.prototype.postMessage = () => {}")
    other.locator(BOX).fill("Theirs.")
    expect_kept(other)
    page.locator(BOX).fill("Mine.")
    state = page.locator("#draft-state")
    expect(state).to_contain_text("Changed in another tab: Instructions")
    write(page, "Hello")
    expect(page.locator("#composer-error")).to_contain_text("nothing was sent")
    expect(page.locator("#composer-box")).to_have_value("Hello")
    assert not provider.completions
    state.get_by_role("button", name="Show changes").click()
    dialog = page.locator("#conflict-dialog")
    expect(dialog.locator("tr.removed .text")).to_have_text("Theirs.")
    expect(dialog.locator("tr.added .text")).to_have_text("Mine.")
    audit(page)
    dialog.get_by_role("button", name="Keep mine").click()
    expect_kept(page)
    expect(page.locator(BOX)).to_have_value("Mine.")
    other.bring_to_front()
    expect(other.locator(BOX)).to_have_value("Mine.")

    page.evaluate("window.BroadcastChannel.prototype.postMessage = () => {}")
    page.locator(BOX).fill("Mine again.")
    expect_kept(page)
    other.locator("#f-name").fill("Tutor")
    other.locator(BOX).fill("Theirs again.")
    expect(other.locator("#draft-state")).to_contain_text("Changed in another tab: Instructions")
    other.get_by_role("button", name="Take theirs").click()
    expect(other.locator(BOX)).to_have_value("Mine again.")
    expect(other.locator("#f-name")).to_have_value("Tutor")
    expect_kept(other)
    write(other, "Hello")
    expect_status(other, "completed")
    assert provider.completions[-1]["messages"][0]["content"] == "Mine again."


def test_edits_survive_the_end_of_the_session(page: Page, site: LiveSite) -> None:
    there = urlsplit(page.url)
    page.locator("#composer-box").fill("Half a message")
    page.context.clear_cookies(name=re.compile("session"))
    page.locator(BOX).fill("Half an instruction")
    page.locator("#f-temperature").fill("0.25")
    page.get_by_role("dialog").get_by_role("link", name="Sign in").click()
    page.wait_for_url("**/sign-in/**")  # without a question whether to leave
    assert parse_qs(urlsplit(page.url).query)["next"] == [f"{there.path}?{there.query}"]
    site.sign_in(page)  # leads to the newest assistant, which is this one
    expect(page.locator(BOX)).to_have_value("Half an instruction")
    expect(page.locator("#f-temperature")).to_have_value("0.25")
    expect(page.locator("#toasts")).to_contain_text("restored")
    expect_kept(page)
    expect(page.locator("#composer-box")).to_have_value("Half a message")
    page.reload()
    expect(page.locator(BOX)).to_have_value("Half an instruction")


def test_an_open_dialog_survives_the_end_of_the_session(page: Page, site: LiveSite) -> None:
    page.get_by_role("button", name="Add function").click()
    dialog = page.locator("#function-dialog")
    dialog.get_by_role("button", name="Examples").click()
    dialog.get_by_role("button", name="get_weather").click()
    dialog.get_by_role("button", name="Form").click()
    dialog.get_by_label("Name", exact=True).first.fill("get_climate")
    dialog.get_by_label("Description").first.fill("Half a description")
    page.context.clear_cookies(name=re.compile("session"))
    dialog.get_by_role("button", name="Done").click()
    page.get_by_role("link", name="Sign in").click()
    page.wait_for_url("**/sign-in/**")
    site.sign_in(page)
    expect(page.locator("#toasts")).to_contain_text("restored")
    expect(dialog.get_by_label("Description").first).to_have_value("Half a description")
    dialog.get_by_role("button", name="Done").click()
    expect(page.locator("#functions .fn")).to_contain_text("get_climate")
    expect(page.locator("#functions .fn textarea")).to_have_value(re.compile("Half a description"))
    expect_kept(page)
    page.reload()
    expect(dialog).to_be_hidden()


def test_edits_survive_a_lost_connection_and_a_closed_tab(page: Page, open_page: Open) -> None:
    page.route("**/draft/", lambda route: route.abort())
    page.locator(BOX).fill("Half an instruction")
    expect(page.locator("#draft-state")).to_contain_text("Draft not saved")
    page.close()
    other = open_page(page.url)
    expect(other.locator(BOX)).to_have_value("Half an instruction")
    expect_kept(other)
