"""Signing in with a link, and the account, in a browser."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.audit import audit
from tests.live import LiveSite

Open = Callable[[str], Page]


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def newcomer(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=request.param)
    yield context.new_page()
    context.close()


def test_a_link_takes_one_key_press(site: LiveSite, newcomer: Page) -> None:
    link = site.sign_in_link()
    newcomer.goto(link)
    newcomer.reload()
    expect(newcomer.get_by_role("button", name="Sign in")).to_be_focused()
    newcomer.keyboard.press("Enter")
    newcomer.wait_for_url("**/p/proj_*/**")
    newcomer.goto(link)
    expect(newcomer.get_by_role("heading")).to_have_text("This sign-in link no longer works")


def test_the_pages_pass_axe_and_fit(site: LiveSite, open_page: Open) -> None:
    audit(open_page(site.sign_in_link()))
    account = open_page(f"{site.url}/p/{site.project_id}/account/")
    audit(account)
    audit(account, lambda page: page.get_by_role("button", name="Sign out everywhere").click())


def test_a_session_of_another_browser_is_ended(
    site: LiveSite, open_page: Open, browser: Browser
) -> None:
    other = browser.new_context(user_agent="Mozilla/5.0 (X11; Linux) Firefox/145.0")
    phone = other.new_page()
    site.sign_in(phone)
    page = open_page(f"{site.url}/p/{site.project_id}/account/")
    page.get_by_role("button", name="End the session of Firefox on Linux").first.click()
    expect(page.get_by_text("The session was ended.")).to_be_visible()
    phone.reload()
    phone.wait_for_url("**/sign-in/**")
    other.close()


def test_signing_out_everywhere_asks_first(site: LiveSite, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    site.sign_in(page)
    page.goto(f"{site.url}/p/{site.project_id}/account/")
    page.get_by_role("button", name="Sign out everywhere").click()
    dialog = page.get_by_role("dialog", name="Sign out everywhere?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Sign out everywhere").click()
    dialog.get_by_role("button", name="Sign out everywhere").click()
    page.wait_for_url("**/sign-in/")
    context.close()


def test_without_scripts_text_outlasts_a_sign_out(site: LiveSite, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    site.sign_in(page)
    account = f"{site.url}/p/{site.project_id}/account/"
    page.goto(account)
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    # In another tab.
    context.clear_cookies(name=f"playground_session_{site.port}")
    page.get_by_role("button", name="Save", exact=True).click()
    main = page.get_by_role("main")
    expect(main.get_by_role("heading", name="You are signed out")).to_be_visible()
    with context.expect_page() as opened:
        main.get_by_role("link", name="Sign in in a new tab").click()
    expect(opened.value.get_by_label("Password")).to_be_visible()
    site.sign_in(opened.value)
    main.get_by_role("button", name="Send again").click()
    # The sign-in has replaced the token of forms.
    expect(main.get_by_role("heading", name="This page has expired")).to_be_visible()
    main.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("Your account was saved.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ada Lovelace")
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    context.close()


def test_a_character_that_cannot_be_stored_is_named_at_its_field(page: Page) -> None:
    box, error = page.locator("#composer-box"), page.locator("#e-refused")
    box.evaluate("(box) => { box.value = 'One' + String.fromCharCode(0) + 'two'; }")
    page.locator("#main").get_by_role("button", name="Run", exact=True).click()
    expect(error).to_contain_text("This has a character that can't be stored")
    expect(box).to_have_attribute("aria-invalid", "true")
    box.fill("One two")
    expect(error).to_be_hidden()
