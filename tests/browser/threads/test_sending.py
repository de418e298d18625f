"""Messages that are written while another is on its way, over a slow line."""

import pytest
from openai import OpenAI
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import (
    LATENCY,
    SEND,
    drop,
    expect_status,
    posts_of,
    slow_line,
    thread_id,
    write,
)
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply


def texts(client: OpenAI, thread: str) -> list[str]:
    """Return what the user wrote, oldest first."""
    messages = client.beta.threads.messages.list(thread, order="asc").data
    return [
        part.text.value
        for message in messages
        if message.role == "user"
        for part in message.content
        if part.type == "text"
    ]


def attached(page: Page) -> Locator:
    """Attach ``one.txt``, and return the attached files."""
    chips = page.locator("#composer .chip")
    drop(page, "#composer form", "one.txt", "1")
    expect(chips.locator("[name=file]")).to_have_count(1)
    return chips


@pytest.fixture
def thread(page: Page, provider: ScriptedProvider) -> str:
    """A thread with an answer, on a line that has become slow."""
    write(page, "First")
    page.wait_for_url("**t=thread_*")
    expect_status(page, "completed")
    slow_line(page)
    return thread_id(page)


def test_the_first_message_makes_one_thread_and_the_next_waits_in_the_box(
    page: Page, provider: ScriptedProvider, client: OpenAI
) -> None:
    made = posts_of(page)
    slow_line(page)
    box = page.locator("#composer-box")
    write(page, "First")
    box.press(SEND)  # twice
    box.press_sequentially("Second")
    box.press(SEND)
    page.wait_for_url("**t=thread_*")
    expect(box).to_have_value("Second")
    assert len([url for url in made if url.endswith("/threads/")]) == 1
    assert texts(client, thread_id(page)) == ["First"]
    expect_status(page, "completed")
    box.press(SEND)
    expect(page.locator("#items > .msg.user")).to_have_count(2)
    assert texts(client, thread_id(page)) == ["First", "Second"]


def test_each_message_is_sent_once_and_without_the_one_before(
    page: Page, provider: ScriptedProvider, client: OpenAI, thread: str
) -> None:
    provider.enqueue(Reply(text="Wait", gate_after=1))
    box = page.locator("#composer-box")
    write(page, "Second.")
    expect(page.locator("#run-controls").get_by_role("button", name="Queue")).to_be_visible()
    write(page, "Third.")
    box.press(SEND)  # twice
    box.press_sequentially("Fourth.")
    box.press(SEND)
    box.press_sequentially("Fifth")
    waiting = page.locator(".msg.waiting")
    expect(waiting).to_have_count(2)
    expect(waiting.nth(0)).to_contain_text("Third.")
    expect(waiting.nth(1)).to_contain_text("Fourth.")
    expect(box).to_have_value("Fifth")
    page.wait_for_timeout(2 * LATENCY)
    expect(waiting).to_have_count(2)
    expect(page.locator("#composer-error")).to_have_count(0)
    provider.release()
    expect(waiting).to_have_count(0)
    assert texts(client, thread) == ["First", "Second.", "Third.", "Fourth."]


def test_a_file_that_is_attached_meanwhile_belongs_to_the_next_message(
    page: Page, provider: ScriptedProvider, client: OpenAI, thread: str
) -> None:
    chips = attached(page)
    write(page, "Second")
    expect(chips).to_have_count(0)
    drop(page, "#composer form", "two.txt", "2")
    expect(page.locator("#composer-box")).to_have_value("")
    expect(chips).to_contain_text(["two.txt"])
    expect_status(page, "completed")
    expect(chips.locator("[name=file]")).to_have_count(1)
    write(page, "Third")
    expect(page.locator("#items > .msg.user")).to_have_count(3)
    rows = client.beta.threads.messages.list(thread, order="asc").data
    counts = [len(row.attachments or []) for row in rows if row.role == "user"]
    assert counts == [0, 1, 1]


def test_a_refused_message_is_there_again_before_the_files_attached_since(
    page: Page, thread: str
) -> None:
    chips = attached(page)
    write(page, " ")
    expect(chips).to_have_count(0)
    drop(page, "#composer form", "two.txt", "2")
    expect(page.locator("#composer-error")).to_contain_text("Enter a message.")
    expect(chips).to_contain_text(["one.txt", "two.txt"])


def test_files_come_back_when_the_server_is_away(page: Page, thread: str) -> None:
    chips = attached(page)
    page.route("**/messages/", lambda route: route.fulfill(status=503, body="<h1>Away</h1>"))
    write(page, "Second")
    expect(page.locator("#toasts")).to_contain_text("still here")
    expect(chips).to_contain_text(["one.txt"])
    expect(page.locator("#composer-box")).to_have_value("Second")
