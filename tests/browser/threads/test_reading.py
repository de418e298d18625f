"""A reply that streams in under the reader's hand: selection, scrolling and clicks survive it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.test import override_settings
from openai import OpenAI
from playwright.sync_api import Page, expect

from assistants_app.events import publish
from assistants_app.events.log import Event, NewEvent
from assistants_app.models import Message
from assistants_app.rendering.threads.live import LiveThread
from assistants_app.wire.threads.messages import message_delta, text_delta, text_part
from tests.browser.steps import expect_status, write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite
from tests.web.conftest import PLAIN

# Gives a frame to the page's own script, as its websocket would, and waits until it is applied.
PLAY = """async (frame) => {
  const detail = {message: {data: JSON.stringify(frame)}};
  document.dispatchEvent(new CustomEvent("htmx:ws:after:message:incoming", {detail}));
  await new Promise((resolve) => setTimeout(resolve));
  await new Promise(requestAnimationFrame);
}"""
SELECT = """(words) => {
  const walker = document.createTreeWalker(document.getElementById("items"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(words);
    if (at >= 0) getSelection().setBaseAndExtent(
      walker.currentNode, at, walker.currentNode, at + words.length);
  }
}"""
SELECTED = "getSelection().toString()"


@dataclass
class Stream:
    """A reply whose frames the test sends to the page itself."""

    page: Page
    live: LiveThread
    message: Message = field(
        default_factory=lambda: Message(
            thread_id="thread_x", role="assistant", status="in_progress", content=[]
        )
    )
    text: str = ""
    seq: int = 10**15  # later than all frames of the thread's own websocket

    def play(self, events: list[NewEvent]) -> None:
        for event in events:
            self.live.apply(Event("1-0", event.name, event.run_id, event.data))
        self.seq += 1
        operations = self.live.take_changes().operations
        self.page.evaluate(PLAY, {"seq": f"{self.seq}-0", "ops": operations})

    def begin(self) -> None:
        self.play(publish.message_created(self.message))

    def say(self, text: str) -> None:
        self.text += text
        delta = json.dumps(message_delta(self.message.id, [text_delta(0, text)]))
        self.play([NewEvent("thread.message.delta", "", delta)])

    def end(self) -> None:
        self.message.content, self.message.status = [text_part(self.text)], "completed"
        self.play([publish.message_ended(self.message)])
        expect(self.page.locator(f"#{self.message.id}[aria-busy]")).to_have_count(0)


@pytest.fixture(autouse=True)
def plain_static_files() -> Iterator[None]:
    """Render without hashed names of static files."""
    storages = {**settings.STORAGES, "staticfiles": PLAIN}
    with override_settings(STORAGES=storages):
        yield


@pytest.fixture
def stream(site: LiveSite, client: OpenAI, open_page: Callable[[str], Page]) -> Stream:
    thread = client.beta.threads.create()
    page = open_page(f"{site.url}/p/{site.project_id}/playground/?t={thread.id}")
    expect(page.locator("#connection")).to_have_text("Live")
    stream = Stream(page, LiveThread(site.project_id))
    stream.begin()
    return stream


@pytest.mark.parametrize(
    ("before", "words", "after"),
    [
        ("Some words to keep", "words to", [" and **more", "** here.\n\nNext", " one.\n\n- a"]),
        ("```python\nfirst = 1\nsec", "first", ["ond = 2\n", "third", " = 3\n```\n\nDone."]),
        ("| a | b |\n|---|---|\n| one | two |\n", "one", ["| x", " | y |\n", "\nThe end."]),
        ("1. one\n2. two", "one", [" and more\n", "3. three\n\n", "Now $x^2$ and"]),
        ("<details open>\n\nfolded words", "folded", [" more\n\nnew", "\n</details>\n\nend"]),
    ],
)
def test_a_selection_survives_each_frame(
    stream: Stream, before: str, words: str, after: list[str]
) -> None:
    stream.say(before)
    stream.page.evaluate(SELECT, words)
    for text in after:
        stream.say(text)
        assert stream.page.evaluate(SELECTED) == words
    stream.end()
    assert stream.page.evaluate(SELECTED) == words


@pytest.mark.parametrize(
    ("before", "box", "after"),
    [
        (f"```\n{'x' * 900}\n", "#items pre", ["more\n", "and more", "\n```\n\nend"]),
        (
            f"|{' wide |' * 60}\n|{'---|' * 60}\n|{' cell |' * 60}\n",
            "#items .table",
            ["| a", " | b |\n", "\nend"],
        ),
    ],
)
def test_what_is_scrolled_sideways_stays_there(
    stream: Stream, before: str, box: str, after: list[str]
) -> None:
    stream.say(before)
    stream.page.locator(box).evaluate("(box) => { box.scrollLeft = 70 }")
    for text in after:
        stream.say(text)
        assert stream.page.locator(box).evaluate("(box) => box.scrollLeft") == 70
    stream.end()
    assert stream.page.locator(box).evaluate("(box) => box.scrollLeft") == 70


def test_a_button_can_be_pressed_while_its_block_grows(stream: Stream) -> None:
    page = stream.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stream.say("Words.\n\n" * 30 + "```\nline 1\n")
    page.locator("#items .copy").hover()
    page.mouse.down()
    for number in range(2, 30):
        stream.say(f"line {number}\n")
    page.mouse.up()
    expect(page.locator("#items .copy.copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.split("\n")[-2] == "line 29"
    # It followed as soon as the button was up.
    stream.say("line 30\n")
    expect(page.locator("#follow")).to_be_hidden()
    assert page.locator("#messages").evaluate(
        "(box) => box.scrollHeight - box.scrollTop - box.clientHeight < 2"
    )
    expect(page.locator("#items .copy.copied")).to_be_visible()


def test_details_stay_open_and_keep_the_focus(stream: Stream) -> None:
    page = stream.page
    stream.say("<details>\n<summary>More</summary>\n\ninside")
    page.locator("#items summary").click()
    for text in [" and", "\n\nfurther", "\n</details>\n\nend"]:
        stream.say(text)
        expect(page.locator("#items details")).to_have_attribute("open", "")
        expect(page.locator("#items summary")).to_be_focused()
    stream.end()
    expect(page.locator("#items details")).to_have_attribute("open", "")
    expect(page.locator("#items summary")).to_be_focused()


def test_formulas_are_drawn_once_and_stay_drawn(stream: Stream) -> None:
    page = stream.page
    stream.say("So $x^2$ it is.\n\nAnd\n")
    expect(page.locator("#items .katex")).to_have_count(1)
    page.locator("#items .katex").evaluate("(node) => { node.dataset.same = '1' }")
    stream.say(" more $y$")
    expect(page.locator("#items .katex")).to_have_count(1)
    stream.end()
    expect(page.locator("#items .katex")).to_have_count(2)
    expect(page.locator("#items .katex[data-same]")).to_have_count(1)


def test_ones_own_message_is_in_view_and_its_reply_is_followed(
    page: Page, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="Long.\n\n" * 60))
    write(page, "First")
    expect_status(page, "completed")
    follow = page.locator("#follow")
    # Lines that make the box as tall as it gets, typed at the end of the thread.
    page.locator("#composer-box").fill("\n".join(f"line {number}" for number in range(12)))
    provider.enqueue(Reply(text="Reply.\n\n" * 60, gate_after=5))
    page.keyboard.press("Control+Enter")
    provider.wait_held()
    expect(page.locator("#items")).to_contain_text("line 11")
    expect(follow).to_be_hidden()
    provider.release()
    expect(page.locator("#items [data-reply-stat]")).to_have_count(2)
    expect(follow).to_be_hidden()
    at_end = "(box) => box.scrollHeight - box.scrollTop - box.clientHeight < 2"
    assert page.locator("#messages").evaluate(at_end)
    # Somebody who reads above stays there, until they write again.
    page.locator("#messages").evaluate("(box) => { box.scrollTop = 0 }")
    provider.enqueue(Reply(text="Third.\n\n" * 20))
    write(page, "Again")
    expect(page.locator("#items [data-reply-stat]")).to_have_count(3)
    assert page.locator("#messages").evaluate(at_end)
