"""Back and Forward with the browser's cache of whole pages, which other tests run without."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.steps import expect_kept
from tests.conftest import CHROMIUM_OPTIONS, chromium
from tests.live import LiveSite

BOX = "#f-instructions"
REMEMBER = """addEventListener("pageshow", (event) => {
  sessionStorage.shown = (sessionStorage.shown ?? "") + event.persisted + " "
})"""


@pytest.fixture(scope="module")
def caching_browser(browser: Browser) -> Iterator[Browser]:
    started = browser.browser_type.launch(
        executable_path=chromium(),
        args=[*CHROMIUM_OPTIONS],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield started
    started.close()


@pytest.fixture
def open_machine(caching_browser: Browser, site: LiveSite) -> Iterator[Callable[[], Page]]:
    """Returns a page of a signed-in browser that shares nothing with the others."""
    contexts = []

    def open_one() -> Page:
        context = caching_browser.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        context.add_init_script(REMEMBER)
        page = context.new_page()
        site.sign_in(page)
        return page

    yield open_one
    for context in contexts:
        context.close()


def without_no_store(route: Route) -> None:
    answer = route.fetch(max_redirects=0)
    route.fulfill(response=answer, headers={**answer.headers, "cache-control": "private"})


# Chromium keeps no page that is `no-store`. Other browsers do.
@pytest.mark.parametrize("keeps", ["false", "true"])
def test_back_shows_what_was_typed_elsewhere(
    open_machine: Callable[[], Page], site: LiveSite, keeps: str
) -> None:
    page, other = open_machine(), open_machine()
    page.locator("#list").get_by_role("button", name="New", exact=True).click()
    page.locator("#new-assistant").get_by_text("Blank").click()
    page.wait_for_url("**a=asst_*")
    if keeps == "true":
        page.route(re.compile("/playground/"), without_no_store)
        page.reload()
    address = page.url
    page.locator(BOX).fill("From the first machine.")
    expect_kept(page)
    page.goto(f"{site.url}/p/{site.project_id}/threads/")
    other.goto(address)
    other.locator(BOX).fill("From the second machine.")
    expect_kept(other)
    page.evaluate("sessionStorage.shown = ''")
    page.go_back()
    expect(page.locator(BOX)).to_have_value("From the second machine.")
    assert page.evaluate("sessionStorage.shown").split()[0] == keeps
    page.locator("#f-name").fill("Tutor")
    expect_kept(page)
    other.reload()
    expect(other.locator(BOX)).to_have_value("From the second machine.")
