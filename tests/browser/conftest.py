"""A signed-in page of the live site. Console errors and policy violations fail the test."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.fakes.provider import ScriptedProvider
from tests.live import LiveSite

# Milliseconds. A busy machine may need seconds for what takes a quiet one an instant.
expect.set_options(timeout=15_000)

# The browser's messages when a test stops the server or sends an invalid form on purpose.
EXPECTED = (
    "WebSocket connection to",
    "net::ERR_CONNECTION_REFUSED",
    "net::ERR_CONNECTION_RESET",
    "TypeError: Failed to fetch",
    "with a status of 409",
    "with a status of 422",
    "status of 503",
    "/account/address/used/",  # the page of a link that has ended, which is a 404
)


@pytest.fixture
def context(
    browser: Browser, site: LiveSite, provider: ScriptedProvider
) -> Iterator[BrowserContext]:
    """A browser with a signed-in user."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    # All panels are open; which ones a new reader sees has tests of its own.
    context.add_init_script("try { localStorage.hides ??= '' } catch {}")
    site.sign_in_context(context)
    yield context
    context.close()


@pytest.fixture
def open_page(context: BrowserContext) -> Iterator[Callable[[str], Page]]:
    """Return a function that opens a URL in a new tab."""
    faults: list[str] = []

    def note(said: ConsoleMessage) -> None:
        if said.type == "error":
            faults.append(f"{said.text} {said.location.get('url', '')}")

    def open_url(url: str) -> Page:
        page = context.new_page()
        page.add_init_script(
            "addEventListener('securitypolicyviolation',"
            " (event) => console.error('policy', event.violatedDirective, event.blockedURI))"
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", note)
        page.goto(url)
        return page

    yield open_url
    assert [fault for fault in faults if not any(words in fault for words in EXPECTED)] == []


@pytest.fixture
def page(open_page: Callable[[str], Page], site: LiveSite) -> Page:
    """The playground with a new blank assistant."""
    page = open_page(site.url)
    page.locator("#list").get_by_role("button", name="New", exact=True).click()
    page.locator("#new-assistant").get_by_text("Blank").click()
    page.wait_for_url("**a=asst_*")
    return page
