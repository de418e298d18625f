"""A web process that dies in the middle of a stream. In the end, its reader, a page that reloads
and a page that was offline show the same as an undisturbed page.
"""

from collections.abc import Iterator
from contextlib import suppress
from statistics import median

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite, wait_until

TEXT = "Some **bold** words.\n\n" + " ".join(f"w{number}" for number in range(60))
# The times at which the last message had each number of words, by a clock that all tabs share.
WATCH = """() => {
  const seen = window.seen = [];
  const items = document.getElementById("items");
  new MutationObserver(() => {
    const words = items.lastElementChild.querySelector(".body")?.textContent.split(/\\s+/).length;
    seen.push([words ?? 0, performance.timeOrigin + performance.now()]);
  }).observe(items, { childList: true, subtree: true, characterData: true });
}"""


@pytest.fixture
def sites(provider: ScriptedProvider) -> Iterator[tuple[LiveSite, LiveSite]]:
    """Two web processes of one site."""
    environment = {"OPENAI_BASE_URL": provider.base_url, "OPENAI_API_KEY": "k"}
    mortal = LiveSite("web_killed", environment)
    # The name of the session cookie depends on the public URL.
    environment = {**environment, "PUBLIC_URL": mortal.url}
    lasting = LiveSite("web_killed", environment, redis_url=mortal.redis_url)
    try:
        mortal.start()
        lasting.start_web()
        yield mortal, lasting
    finally:
        lasting.stop()
        mortal.stop()


def tab(page: Page, url: str) -> Page:
    """Open a tab in another browser of the same user."""
    assert page.context.browser is not None
    other = page.context.browser.new_page(storage_state=page.context.storage_state())
    other.goto(url)
    return other


def send(page: Page, text: str) -> None:
    page.locator("#composer-box").fill(text)
    page.keyboard.press("Control+Enter")


def state(page: Page) -> list[str]:
    """Return the thread's markup, without the blank lines between its rows."""
    parts = ("#items", "#thread-status", "#outcome", "#waiting", "#run-controls")
    lines = [line for part in parts for line in page.locator(part).inner_html().splitlines()]
    return [line.strip() for line in lines if line.strip()]


def expect_same(one: Page, other: Page) -> None:
    """Expect that both pages become the same."""
    # The swaps of a frame may still be in progress.
    with suppress(AssertionError):
        wait_until(lambda: state(one) == state(other), seconds=10)
    assert state(one) == state(other)


def lags(one: Page, other: Page) -> list[float]:
    """Return the milliseconds between the two pages, for each number of words."""
    first, second = (page.evaluate("window.seen") for page in (one, other))
    most = max(words for words, _at in first)
    return [
        abs(
            min(at for words, at in first if words >= count)
            - min(at for words, at in second if words >= count)
        )
        for count in range(1, most + 1)
    ]


def median_lag(page: Page, other: Page, provider: ScriptedProvider) -> float:
    """Send a message from `page`, and return the median of the lags between both pages."""
    shown = page.locator("article.msg").count() + 2
    for viewer in (page, other):
        viewer.evaluate(WATCH)
    provider.enqueue(Reply(text=TEXT, delay=0.03))
    send(page, "Again")
    for viewer in (page, other):
        expect(viewer.locator("article.msg")).to_have_count(shown)
        expect(viewer.locator("[data-run-status=completed]")).to_be_visible(timeout=30_000)
        expect(viewer.locator("article.msg .body").last).to_contain_text("w59", timeout=30_000)
    return median(lags(page, other))


@pytest.mark.timeout(240)
def test_disturbed_pages_end_like_an_undisturbed_page(
    browser: Browser, sites: tuple[LiveSite, LiveSite], provider: ScriptedProvider
) -> None:
    mortal, lasting = sites
    provider.enqueue(Reply(text=TEXT, gate_after=20))
    page = browser.new_page()
    mortal.sign_in(page)
    page.locator(".empty").get_by_role("button", name="Blank").click()
    page.wait_for_url("**a=asst_*")
    send(page, "Go")
    page.wait_for_url("**t=thread_*")
    provider.wait_held()
    there = page.url.replace(mortal.url, lasting.url)
    calm, offline, reloaded = (tab(page, there) for _ in range(3))
    for viewer in (page, calm, offline, reloaded):
        expect(viewer.locator(".msg:not(.user) .body")).to_contain_text("w16")
        expect(viewer.locator("#connection")).to_have_text("Live", timeout=20_000)
    page.locator("#composer-box").fill("an unsent thought")
    offline.context.set_offline(True)
    assert mortal.web is not None
    mortal.web.kill()
    mortal.web.wait()
    expect(page.locator("#connection")).to_contain_text("Reconnecting")
    reloaded.reload()
    expect(reloaded.locator(".msg[aria-busy=true] .body")).to_contain_text("w16")
    provider.release()
    expect(calm.locator("[data-run-status=completed]")).to_be_visible(timeout=30_000)
    expect(offline.locator("#connection")).to_contain_text("Offline.")
    offline.context.set_offline(False)
    mortal.start_web()
    fresh = tab(page, there)
    for viewer in (page, offline, reloaded, fresh):
        expect(viewer.locator("[data-run-status=completed]")).to_be_visible(timeout=30_000)
        expect(viewer.locator("#connection")).to_contain_text("Live")
        expect(viewer.locator("article.msg")).to_have_count(2)
        expect_same(viewer, calm)
    expect(calm.locator(".msg:not(.user) .body")).to_contain_text("w59")
    expect(page.locator("#composer-box")).to_have_value("an unsent thought")

    # At least half of the words reach both pages within half a second of each other. The rest may
    # be late on a busy machine, and all of them while it does something else.
    measured: list[float] = []
    while len(measured) < 3 and not any(lag < 500 for lag in measured):
        measured.append(median_lag(page, calm, provider))
    assert min(measured) < 500
    expect_same(page, calm)
    for viewer in (page, calm, offline, reloaded, fresh):
        viewer.close()
