"""A thread that is longer than the page: every message can be reached, and the page stays small."""

from collections.abc import Callable

import pytest
from openai import OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.browser.steps import expect_status, write
from tests.browser.threads.long_threads import long_thread
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite

Open = Callable[[str], Page]
TOP_OF = "(row) => Math.round(row.getBoundingClientRect().top)"
SCROLL = """async (box, [id, by]) => {
  for (let times = 0; times < 2000; times += 1) {
    const view = box.getBoundingClientRect();
    const row = document.getElementById(id)?.getBoundingClientRect();
    if (row && row.bottom > view.top && row.top < view.bottom) return true;
    box.scrollTop += by;
    await new Promise(requestAnimationFrame);
  }
  return false;
}"""
TEXTS = "#items > article.msg .body"


def address(site: LiveSite, thread_id: str, **state: str) -> str:
    query = "".join(f"&{name}={value}" for name, value in state.items())
    return f"{site.url}/p/{site.project_id}/playground/?t={thread_id}{query}"


def numbers(page: Page) -> list[int]:
    """Return the numbers of the messages on the page."""
    return [int(text.split()[-1]) for text in page.locator(TEXTS).all_inner_texts()]


def scroll_to(page: Page, message_id: str, *, by: int) -> None:
    """Scroll until the message is in view."""
    assert page.locator("#messages").evaluate(SCROLL, [message_id, by])


def test_earlier_messages_are_loaded_and_the_place_is_kept(
    site: LiveSite, client: OpenAI, open_page: Open
) -> None:
    thread_id, ids = long_thread(site, client, 300)
    page = open_page(address(site, thread_id))
    expect(page.locator("#range")).to_have_text("201–300 of 300")
    audit(page)
    first = page.locator(f"#{ids[200]}")
    first.evaluate("(row) => row.scrollIntoView({block: 'start'})")
    before = first.evaluate(TOP_OF)
    expect(page.locator("#range")).not_to_have_text("201–300 of 300")
    assert first.evaluate(TOP_OF) == pytest.approx(before, abs=2)
    scroll_to(page, ids[0], by=-500)
    expect(page.locator("#range")).to_be_hidden()
    assert numbers(page) == list(range(1, 301))


def test_home_and_end_go_to_the_ends_of_the_thread(
    site: LiveSite, client: OpenAI, open_page: Open
) -> None:
    thread_id, ids = long_thread(site, client, 1000)
    page = open_page(address(site, thread_id))
    expect(page.locator(f"#{ids[-1]}")).to_be_in_viewport()
    page.keyboard.press("Home")
    expect(page.locator(f"#{ids[0]}")).to_be_in_viewport()
    expect(page.locator("#range")).to_have_text("1–100 of 1,000")
    page.locator("#messages").focus()
    page.keyboard.press("End")
    expect(page.locator(f"#{ids[-1]}")).to_be_in_viewport()
    expect(page.locator("#range")).to_have_text("901–1,000 of 1,000")
    # In a text, both keys move the cursor.
    page.locator("#composer-box").focus()
    page.keyboard.press("Home")
    expect(page.locator(f"#{ids[-1]}")).to_be_in_viewport()


def test_the_page_stays_small_while_scrolling_through_a_long_thread(
    site: LiveSite, client: OpenAI, open_page: Open
) -> None:
    thread_id, ids = long_thread(site, client, 1000)
    page = open_page(address(site, thread_id))
    scroll_to(page, ids[300], by=-500)
    shown = numbers(page)
    assert len(shown) <= 300
    assert shown == list(range(shown[0], shown[0] + len(shown)))
    scroll_to(page, ids[-1], by=500)
    expect(page.locator("#range")).to_contain_text("–1,000 of 1,000")
    shown = numbers(page)
    assert len(shown) <= 300
    assert shown == list(range(shown[0], 1001))


def test_a_link_to_a_message_shows_and_marks_it(
    site: LiveSite, client: OpenAI, open_page: Open
) -> None:
    thread_id, ids = long_thread(site, client, 1000)
    page = open_page(address(site, thread_id, m=ids[499]))
    marked = page.locator("#items > [aria-current]")
    expect(marked).to_have_id(ids[499])
    expect(marked).to_be_in_viewport()
    expect(page.locator("#range")).to_have_text("450–549 of 1,000")
    page = open_page(address(site, thread_id, m="msg_gone"))
    expect(page.get_by_text("no longer in this thread")).to_be_visible()
    expect(page.locator(f"#{ids[-1]}")).to_be_in_viewport()


def test_words_are_found_in_all_messages(site: LiveSite, client: OpenAI, open_page: Open) -> None:
    thread_id, ids = long_thread(site, client, 600)
    page = open_page(address(site, thread_id))
    page.keyboard.press("Control+Shift+F")
    box = page.get_by_label("Words in a message")
    expect(box).to_be_focused()
    box.fill("message 77")
    box.press("Enter")
    found, marked = page.locator("#found"), page.locator("#items > [aria-current]")
    expect(found).to_have_text("1 of 1")
    expect(marked).to_have_id(ids[76])
    expect(marked).to_be_in_viewport()
    assert page.evaluate("CSS.highlights.get('found').size") == 2
    box.fill("message")
    box.press("Enter")
    expect(found).to_have_text("600 of 600")
    expect(marked).to_have_id(ids[599])
    page.get_by_role("button", name="Previous match").click()
    expect(found).to_have_text("599 of 600")
    box.press("Shift+Enter")
    expect(found).to_have_text("600 of 600")
    box.press("Shift+Enter")
    expect(found).to_have_text("1 of 600")
    expect(page.locator(f"#{ids[0]}")).to_be_in_viewport()
    box.fill("nowhere")
    box.press("Enter")
    expect(found).to_have_text("No matches")


def test_new_messages_do_not_disturb_a_reader_far_above(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Open,
) -> None:
    thread_id, ids = long_thread(site, client, 1000)
    page = open_page(address(site, thread_id, m=ids[0], a=assistant.id))
    expect(page.locator("html[data-line=live]")).to_be_attached()
    first = page.locator(f"#{ids[0]}")
    top = first.evaluate(TOP_OF)
    provider.enqueue(Reply(chunks=["One.\n\n", "Two.\n\nThr", "ee."], gate_after=2))
    client.beta.threads.messages.create(thread_id, role="user", content="News")
    client.beta.threads.runs.create(thread_id=thread_id, assistant_id=assistant.id)
    provider.wait_held()
    below = page.get_by_role("button", name="New text below")
    expect(below).to_be_visible()
    expect(page.locator("#range")).to_have_text("1–50 of 1,002")
    assert first.evaluate(TOP_OF) == top
    below.click()
    expect(page.locator("#items")).to_contain_text("One.")
    provider.release()
    expect_status(page, "completed")
    last = page.locator("#items > article.msg").last
    expect(last).to_be_in_viewport()
    assert last.locator(".body p").all_inner_texts() == ["One.", "Two.", "Three."]
    expect(page.locator("#range")).to_have_text("903–1,002 of 1,002")
    # One's own message is in view, wherever one was reading.
    page.locator("#messages").focus()
    page.keyboard.press("Home")
    expect(first).to_be_in_viewport()
    provider.enqueue(Reply(text="Again."))
    write(page, "More news")
    expect(page.locator("#items")).to_contain_text("Again.")
    expect(page.locator("#items > article.msg").last).to_be_in_viewport()
