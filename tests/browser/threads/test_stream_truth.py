"""The page at the end of a stream: it shows the whole message, wherever the stream was cut."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from openai import OpenAI
from playwright.sync_api import Page

from assistants_app.events import publish
from assistants_app.events.log import Event, NewEvent
from assistants_app.models import Message
from assistants_app.rendering.threads.live import LiveThread
from assistants_app.rendering.threads.messages import render_message
from assistants_app.wire.threads.messages import (
    message_delta,
    message_object,
    text_delta,
    text_part,
)
from tests.live import LiveSite
from tests.rendering.documents import document
from tests.web.conftest import PLAIN

BATCHES, DOCUMENTS = 8, 25
CODE_LINES = 2_500  # about 100 KB

# Gives the frames of a message with long code to the page, selects some of the code after the first
# half, and returns the code, the selection and the number of text nodes after the second half.
GROW = """async ([first, rest, id]) => {
  const give = (frame) => {
    const message = {data: JSON.stringify(frame)};
    const event = new CustomEvent("htmx:ws:after:message:incoming", {detail: {message}});
    document.dispatchEvent(event);
  };
  const shown = async (text) => {
    while (!document.getElementById(id)?.textContent.includes(text))
      await new Promise(requestAnimationFrame);
  };
  first.frames.forEach(give);
  await shown(first.end);
  const code = document.querySelector(`#${id} pre > code`);
  getSelection().setBaseAndExtent(code.firstChild, 2, code.firstChild, 9);
  rest.frames.forEach(give);
  await shown(rest.end);
  return [code.textContent, `${getSelection()}`, code.childNodes.length, code.isConnected];
}"""

# Gives the frames to the page's own script, as its websocket would, and returns what differs in the
# bodies of the messages: from the first different character on, streamed and after a reload.
PLAY = """async ({frames, whole, last}) => {
  for (const frame of frames) {
    const message = {data: JSON.stringify(frame)};
    const event = new CustomEvent("htmx:ws:after:message:incoming", {detail: {message}});
    document.dispatchEvent(event);
  }
  while (document.querySelector(`#${last}[aria-busy], #items:not(:has(#${last}))`))
    await new Promise(requestAnimationFrame);
  // Formulas are drawn in the next frame.
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const bare = (message) => {
    const node = message.cloneNode(true);
    for (const math of node.querySelectorAll("[data-tex]")) {
      math.textContent = math.dataset.tex;
      math.classList.remove("drawn");
      math.removeAttribute("title");
    }
    return node.querySelector(".body").innerHTML.trim();
  };
  const differ = Object.entries(whole).flatMap(([id, html]) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    const [loaded, streamed] = [template.content, document.getElementById(id)].map(bare);
    if (loaded === streamed) return [];
    let at = 0;
    while (loaded[at] === streamed[at]) at++;
    return [[id, ...[streamed, loaded].map((text) => text.slice(Math.max(0, at - 40), at + 80))]];
  });
  const run = document.querySelectorAll("#items :is(script, iframe, img, [onerror], [onclick])");
  for (const id of Object.keys(whole)) document.getElementById(id).remove();
  return [differ, run.length];
}"""


@pytest.fixture(autouse=True)
def plain_static_files() -> Iterator[None]:
    """Render without hashed names of static files."""
    storages = {**settings.STORAGES, "staticfiles": PLAIN}
    with override_settings(STORAGES=storages):
        yield


def events_of(text: str, seed: int) -> tuple[Message, list[NewEvent]]:
    """Return a message that is written in pieces, and its events."""
    message = Message(thread_id="thread_x", role="assistant", status="in_progress", content=[])
    created = publish.message_created(message)
    _, chance = document(seed)
    cuts = sorted(chance.sample(range(1, len(text)), min(5, len(text) - 1)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    deltas = [message_delta(message.id, [text_delta(0, part)]) for part in parts]
    grown = [NewEvent("thread.message.delta", "", json.dumps(delta)) for delta in deltas]
    message.content, message.status = [text_part(text)], "completed"
    return message, [*created, *grown, publish.message_ended(message)]


def test_two_hundred_streamed_documents_end_like_a_reload(
    site: LiveSite, client: OpenAI, open_page: Callable[[str], Page]
) -> None:
    thread = client.beta.threads.create()
    page = open_page(f"{site.url}/p/{site.project_id}/playground/?t={thread.id}")
    seq = 10**15  # later than all frames of the thread's own websocket
    for batch in range(BATCHES):
        frames: list[dict[str, Any]] = []
        whole: dict[str, str] = {}
        for seed in range(batch * DOCUMENTS, (batch + 1) * DOCUMENTS):
            message, events = events_of(document(seed)[0], seed)
            live = LiveThread(site.project_id)
            for event in events:
                live.apply(Event("1-0", event.name, event.run_id, event.data))
                seq += 1
                frames.append({"seq": f"{seq}-0", "ops": live.take_changes().operations})
            whole[message.id] = render_message(message_object(message), {}, site.project_id)
        told = {"frames": frames, "whole": whole, "last": message.id}
        assert page.evaluate(PLAY, told) == [[], 0]


def test_long_code_grows_in_place(
    site: LiveSite, client: OpenAI, open_page: Callable[[str], Page]
) -> None:
    thread = client.beta.threads.create()
    page = open_page(f"{site.url}/p/{site.project_id}/playground/?t={thread.id}")
    lines = [f"value_{number:04} = '<b>' & compute({number})\n" for number in range(CODE_LINES)]
    text = "```python\n" + "".join(lines) + "```\n"
    message = Message(thread_id="thread_x", role="assistant", status="in_progress", content=[])
    live = LiveThread(site.project_id)
    frames: list[dict[str, Any]] = []

    def take(event: NewEvent) -> None:
        live.apply(Event("1-0", event.name, event.run_id, event.data))
        position = f"{10**15 + len(frames)}-0"
        frames.append({"seq": position, "ops": live.take_changes().operations})

    for event in publish.message_created(message):
        take(event)
    for number in range(0, CODE_LINES, 5):
        piece = "".join(lines[number : number + 5])
        delta = message_delta(
            message.id, [text_delta(0, piece if number else "```python\n" + piece)]
        )
        take(NewEvent("thread.message.delta", "", json.dumps(delta)))
    half = len(frames) // 2
    halves = [
        {"frames": frames[:half], "end": lines[(half - 3) * 5].strip()},
        {"frames": frames[half:], "end": lines[-1].strip()},
    ]
    code, selected, nodes, kept = page.evaluate(GROW, [*halves, message.id])
    assert (code, selected, nodes, kept) == ("".join(lines), lines[0][2:9], 1, True)
    # All frames together are little more than the text. Whole blocks would be 27 MB.
    assert len(json.dumps(frames)) < 3 * len(text)
    message.content, message.status = [text_part(text)], "completed"
    frames.clear()
    take(publish.message_ended(message))
    frames[0]["seq"] = f"{10**15 + half * 3}-0"
    whole = {message.id: render_message(message_object(message), {}, site.project_id)}
    told = {"frames": frames, "whole": whole, "last": message.id}
    assert page.evaluate(PLAY, told) == [[], 0]
