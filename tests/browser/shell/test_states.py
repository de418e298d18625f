"""The page without a connection to the server, and after its session has ended."""

import re

from playwright.sync_api import Page, Route, expect

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite

# The effect of a websocket frame that arrives while the response to a click is swapped in.
FRAME_WITHIN_A_SWAP = """() => document.addEventListener("htmx:before:settle", ({ target }) => {
    if (target.id === "composer")
        htmx.swap({ sourceElement: document.body, target: document.body, swap: "none", text: "" });
})"""
# The events of hx-ws after two failed connections.
CLOSED_TWICE = """() => {
  for (let failure = 1; failure <= 2; failure++)
    document.dispatchEvent(new CustomEvent("htmx:ws:close", { detail: { code: 1006 } }));
}"""


def send(page: Page, text: str) -> None:
    page.locator("#composer-box").fill(text)
    page.keyboard.press("Control+Enter")


def send_and_type_on(page: Page, url: str) -> None:
    """Send "Really?", and write " Truly?" while it is on its way."""
    under_way: list[Route] = []
    page.route(url, lambda route: under_way.append(route))
    with page.expect_request(url):
        send(page, "Really?")
    page.keyboard.type(" Truly?")
    under_way[0].continue_()


def test_nothing_is_lost_offline_or_signed_out(
    page: Page, site: LiveSite, provider: ScriptedProvider
) -> None:
    text = " ".join(f"w{number}" for number in range(40))
    provider.enqueue(Reply(text=text, gate_after=10, usage=(10, 212)))
    send(page, "Go")
    page.wait_for_url("**t=thread_*")
    expect(page.locator("#composer-box")).to_have_value("")
    provider.wait_held()
    reply = page.locator("article.msg:not(.user) .body")
    expect(reply).to_contain_text("w9")
    expect(page.locator("#connection")).to_contain_text("Live")

    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("Offline. What you write is kept here")
    expect(page.locator("body > .app").get_by_text("offline")).to_have_count(1)  # one sentence
    page.locator("#composer-box").fill("a thought")
    page.evaluate(
        "htmx.ajax('POST', document.querySelector('[data-stop]').getAttribute('hx-post'))"
    )
    said = page.get_by_role("status").get_by_text("Nothing was sent")
    expect(said).to_be_visible()
    page.context.set_offline(False)
    provider.release()
    expect(page.locator("[data-run-status=completed]")).to_be_visible()
    expect(reply).to_have_text(text)
    expect(page.locator("#connection")).to_have_text("Live")
    expect(page.locator("#composer-box")).to_have_value("a thought")

    provider.enqueue(Reply(text="Yes.", usage=(10, 212)))
    page.evaluate(FRAME_WITHIN_A_SWAP)
    send_and_type_on(page, "**/messages/")
    expect(page.locator("#composer-box")).to_have_value(" Truly?")
    page.unroute("**/messages/")
    expect(page.locator("#announce")).to_have_text(
        "Reply from Untitled assistant complete, 212 tokens."
    )

    page.route("**/messages/", lambda route: route.fulfill(status=503, body="<h1>Away</h1>"))
    send(page, "a second thought")
    expect(page.locator("#toasts")).to_contain_text("still here")
    expect(page.locator("#composer-box")).to_have_value("a second thought")
    page.unroute("**/messages/")

    page.context.clear_cookies(name=re.compile("session"))
    send(page, "an unsent thought")
    dialog = page.get_by_role("dialog", name="You are signed out")
    expect(dialog).to_be_visible()
    there = page.url
    dialog.get_by_role("link", name="Sign in").click()
    expect(page.locator("input[name=next]")).to_have_value(there.removeprefix(site.url))
    site.sign_in(page)
    page.goto(there)
    expect(page.locator("#composer-box")).to_have_value("an unsent thought")
    page.get_by_role("link", name="New thread").click()
    page.wait_for_url(re.compile(r"a=asst_\w+$"))
    expect(page.locator("#composer-box")).to_have_value("")


def test_what_is_typed_after_a_first_message_waits_in_its_thread(
    page: Page, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="Yes.", usage=(10, 212)))
    send_and_type_on(page, "**/threads/")
    page.wait_for_url("**t=thread_*")
    expect(page.locator("#composer-box")).to_have_value(" Truly?")
    page.get_by_role("link", name="New thread").click()
    page.wait_for_url(re.compile(r"a=asst_\w+$"))
    expect(page.locator("#composer-box")).to_have_value("")


def test_a_poll_that_is_answered_late_leaves_the_badge_live(
    page: Page, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="Yes."))
    send(page, "Go")
    page.wait_for_url("**t=thread_*")
    badge = page.locator("#connection")
    expect(badge).to_have_text("Live")
    polls: list[Route] = []
    page.route("**/frame/*", lambda route: polls.append(route))
    with page.expect_request("**/frame/*"):
        page.evaluate(CLOSED_TWICE)
    page.evaluate("document.dispatchEvent(new CustomEvent('htmx:ws:after:connection'))")
    expect(badge).to_have_text("Live")
    with page.expect_response("**/frame/*"):
        polls[0].fulfill(status=204)
    page.evaluate("new Promise(requestAnimationFrame)")
    expect(badge).to_have_text("Live")
