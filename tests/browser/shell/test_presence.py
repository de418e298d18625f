"""The line about a process that doesn't run: it appears, is announced, and goes away."""

from collections.abc import Iterator

import pytest
import redis
from playwright.sync_api import Browser, expect

from assistants_app.events.presence import INDEXER, INTERPRETER, WORKER
from tests.browser.audit import audit
from tests.live import LiveSite


@pytest.fixture(scope="module")
def hurried_site() -> Iterator[LiveSite]:
    """A site without any worker, so the tests themselves note who runs."""
    site = LiveSite("hurried", application="tests.browser.shell.hurried_asgi:application")
    try:
        yield site.start(workers=0)
    finally:
        site.stop()


def test_a_line_appears_after_a_message_and_goes_when_the_process_is_back(
    browser: Browser, hurried_site: LiveSite
) -> None:
    notes = redis.Redis.from_url(hurried_site.redis_url)
    for kind in (WORKER, INDEXER, INTERPRETER):
        notes.set(f"process:{kind}", "")
        notes.set(f"process:{kind}:known", "")
    page = browser.new_page()
    hurried_site.sign_in(page)
    page.goto(f"{hurried_site.url}/p/{hurried_site.project_id}/playground/")
    line = page.get_by_role("status").filter(has_text="No worker is running")
    expect(page.locator(".missing")).to_be_empty()
    notes.delete(f"process:{WORKER}")
    page.evaluate("document.body.dispatchEvent(new Event('submit'))")
    expect(line).to_be_visible()
    expect(page.locator(".missing p")).to_have_count(1)
    audit(page, sizes=((360, 740),))
    notes.set(f"process:{WORKER}", "")
    expect(line).to_have_count(0)
    expect(page.locator(".missing")).to_be_empty()
    page.close()
