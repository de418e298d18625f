"""The thread's column in a real browser: forks, reruns, queued messages, raw messages."""

import json
from collections.abc import Callable

from openai import OpenAI
from playwright.sync_api import APIResponse, BrowserContext, Page, Route, expect

from tests.browser.audit import audit
from tests.browser.steps import agree, expect_status, thread_id, write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite

DIALOG = "#message-dialog"
WRITE_AS_SOON_AS_POSSIBLE = """(texts) => {
  let last = document.getElementById("composer-form");
  new MutationObserver(() => {
    const form = document.getElementById("composer-form");
    if (form === last || !texts.length) return;
    last = form;
    form.content.value = texts.shift();
    // As its button does while a run is active.
    form.insertAdjacentHTML("beforeend", '<input type="hidden" name="action" value="queue">');
    form.requestSubmit();
  }).observe(document.querySelector("main"), { childList: true, subtree: true });
}"""


def act(page: Page, message: str, action: str) -> None:
    row = page.locator("#items .msg", has_text=message).last
    row.hover()
    row.get_by_role("button", name=action, exact=True).click()


def opens_another(page: Page, act: Callable[[], None]) -> str:
    """Return the ID of the thread that the page opens."""
    before = thread_id(page)
    act()
    page.wait_for_url(lambda url: before not in url and "t=thread_" in url)
    return thread_id(page)


def replies(page: Page, count: int) -> None:
    expect(page.locator("#items [data-reply-stat]")).to_have_count(count)
    expect_status(page, "completed")


def test_replies_fork_and_every_fork_stays_within_reach(
    page: Page, provider: ScriptedProvider, client: OpenAI
) -> None:
    provider.enqueue(Reply(text="It is **4**.", reasoning="Two and two."), Reply(text="It is 10."))
    write(page, "2 + 2?")
    replies(page, 1)
    first = thread_id(page)
    expect(page.locator("#items")).to_contain_text("v1")
    expect(page.locator(".reasoning p")).to_be_hidden()
    page.locator(".reasoning summary").click()
    expect(page.locator(".reasoning p")).to_have_text("Two and two.")
    run = client.beta.threads.runs.list(first).data[0]
    steps = client.beta.threads.runs.steps.with_raw_response.list(run.id, thread_id=first)
    assert "Two and two" not in steps.text
    write(page, "5 + 5?")
    replies(page, 2)

    fork = opens_another(page, lambda: act(page, "It is 4.", "Fork from here"))
    expect(page.locator("#items .msg:not(:has(.reasoning))")).to_have_count(2)
    page.get_by_role("button", name="Thread menu").click()
    page.get_by_text("Forks of this thread").click()
    branches = page.locator(f"{DIALOG} a.item")
    expect(branches).to_have_count(2)
    branches.first.click()
    page.wait_for_url(f"**t={first}&m=msg_*")
    expect(page.locator("#items")).to_contain_text("It is 10.")
    assert fork != first

    provider.enqueue(Reply(text="It is 6."))
    act(page, "2 + 2?", "Edit")
    page.locator(".edit-form textarea").fill("3 + 3?")
    save = page.locator(".edit-form").get_by_role("button", name="Save and run")
    edited = opens_another(page, save.click)
    replies(page, 1)
    expect(page.locator("#items")).to_contain_text("It is 6.")
    expect(page.locator("#items")).not_to_contain_text("2 + 2?")
    assert edited not in (first, fork)

    provider.enqueue(Reply(text="It is six."))
    act(page, "It is 6.", "Re-run")
    page.locator("#rerun-model").fill("scripted-2")
    again = page.locator(DIALOG).get_by_role("button", name="Re-run")
    opens_another(page, again.click)
    replies(page, 1)
    expect(page.locator("#items .model")).to_have_text("scripted-2")
    expect(page.locator("#items")).to_contain_text("It is six.")
    assert provider.completions[-1]["model"] == "scripted-2"


def test_a_message_is_queued_inspected_and_deleted(
    page: Page, provider: ScriptedProvider, open_page: Callable[[str], Page], client: OpenAI
) -> None:
    provider.enqueue(Reply(text="One two three", gate_after=1), Reply(text="Four"))
    write(page, "First")
    page.wait_for_url("**t=thread_*")
    provider.wait_held()
    write(page, "Second")
    write(page, "Third")
    waiting = page.locator(".msg.waiting")
    expect(waiting).to_have_count(2)
    expect_status(page, "in_progress")
    page.reload()
    expect(waiting).to_have_count(2)
    answers: list[tuple[Route, APIResponse]] = []
    page.route("**/cancel/", lambda route: answers.append((route, route.fetch())))
    waiting.filter(has_text="Third").get_by_role("button", name="Cancel").click()
    expect(waiting).to_have_count(1)
    # The row may be gone before the answer is there.
    [(route, answer)] = answers
    route.fulfill(response=answer)
    expect(page.locator("#composer-box")).to_have_value("Third")  # to write on
    page.locator("#composer-box").fill("")
    expect_status(page, "in_progress")
    provider.release()
    expect(waiting).to_have_count(0)
    replies(page, 2)
    expect(page.locator("#items")).to_contain_text("Four")
    expect(page.locator("#items")).not_to_contain_text("Third")

    act(page, "Four", "Raw JSON")
    shown = page.locator(f"{DIALOG} pre").inner_text()
    newest = client.beta.threads.messages.list(thread_id(page), limit=1).data[0]
    assert json.loads(shown)["id"] == newest.id
    page.keyboard.press("Escape")
    act(page, "Four", "Delete message")
    agree(page)
    expect(page.locator(f"#{newest.id}")).to_have_count(0)
    assert newest.id not in [
        row.id for row in client.beta.threads.messages.list(thread_id(page)).data
    ]

    meter = page.locator("#thread-meter")
    meter.locator("summary").click()
    expect(meter.locator(".meter-rows li")).to_have_count(3)
    meter.locator("summary").click()
    page.locator("#thread-title").fill("Sums")
    with page.expect_response("**/title/"):
        page.keyboard.press("Enter")
    other = open_page(page.url)
    expect(other.locator("#thread-title")).to_have_value("Sums")
    audit(other)


def test_a_message_is_sent_in_the_moment_its_form_appears(
    page: Page, provider: ScriptedProvider
) -> None:
    provider.enqueue(*[Reply(text="Yes.")] * 4)
    write(page, "First")
    replies(page, 1)
    page.evaluate(WRITE_AS_SOON_AS_POSSIBLE, ["Third", "Fourth"])
    write(page, "Second")
    for text in ("First", "Second", "Third", "Fourth"):
        expect(page.locator("#items .msg.user", has_text=text)).to_be_visible()
    replies(page, 4)


def test_a_page_without_websockets_still_shows_the_reply(
    context: BrowserContext, site: LiveSite, provider: ScriptedProvider, client: OpenAI
) -> None:
    assistant = client.beta.assistants.create(model="scripted-1", name="Polled")
    thread = client.beta.threads.create().id
    page = context.new_page()
    page.route_web_socket("**/ws/**", lambda socket: socket.close(code=1011))
    page.goto(f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}&t={thread}")
    expect(page.locator("#connection")).to_have_text("Live, with delay", timeout=20_000)
    provider.enqueue(Reply(text="By asking."))
    write(page, "Still there?")
    expect(page.locator("#items")).to_contain_text("By asking.", timeout=20_000)
    expect_status(page, "completed")


def test_messages_that_will_not_fit_are_marked(page: Page, client: OpenAI) -> None:
    write(page, "short", "Control+Shift+Enter")
    expect(page.locator("#items .msg")).to_have_count(1)
    for _ in range(3):
        client.beta.threads.messages.create(thread_id(page), role="user", content="word " * 50_000)
    first = page.locator("#items .msg").first
    expect(first).to_have_class("msg user left-out")
    expect(first.locator(".left-out-note")).to_be_visible()
