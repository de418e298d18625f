"""The web process dies in the middle of a stream; the page goes on when it is back."""

from playwright.sync_api import Browser, expect

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite


def test_the_page_reconnects_and_gets_each_token_once(
    browser: Browser, provider: ScriptedProvider
) -> None:
    site = LiveSite("web_killed", {"OPENAI_BASE_URL": provider.base_url, "OPENAI_API_KEY": "k"})
    text = " ".join(f"w{number}" for number in range(60))
    provider.enqueue(Reply(text=text, gate_after=20))
    try:
        site.start()
        page = browser.new_page()
        page.goto(site.sign_in_link())
        page.locator(".empty").get_by_role("button", name="Blank").click()
        page.wait_for_url("**a=asst_*")
        page.locator("#composer-box").fill("Go")
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**t=thread_*")
        provider.wait_held()
        expect(page.locator(".msg:not(.user) .body")).to_contain_text("w19")
        page.locator("#composer-box").fill("an unsent thought")
        assert site.web is not None
        site.web.kill()
        site.web.wait()
        expect(page.locator("#connection")).to_contain_text("Reconnecting")
        provider.release()
        site.start_web()
        expect(page.locator("[data-run-status=completed]")).to_be_visible(timeout=30_000)
        expect(page.locator(".msg:not(.user) .body")).to_have_text(text)
        expect(page.locator(".msg")).to_have_count(2)
        expect(page.locator("#connection")).to_contain_text("Live")
        expect(page.locator("#composer-box")).to_have_value("an unsent thought")
        page.close()
    finally:
        site.stop()
