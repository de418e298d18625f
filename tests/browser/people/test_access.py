"""People who are removed, signed out or get another role while their pages and streams are open."""

import re
import threading
import time
from collections.abc import Callable

import pytest
from openai import APIError, OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Page, WebSocket, expect

from tests.browser.people.conftest import Team
from tests.browser.steps import write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import wait_until

REMOVE = "DELETE FROM membership WHERE user_id = %s"
VIEWER = "UPDATE membership SET role = 'viewer' WHERE user_id = %s"
SIGN_OUT = "DELETE FROM session WHERE user_id = %s"
TEXT = " ".join(f"w{number}" for number in range(400))


class Closings:
    """When the websockets of a page were closed by the server, by ``time.monotonic()``."""

    def __init__(self, page: Page) -> None:
        self.at: list[float] = []
        page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        socket.on("close", lambda _: self.at.append(time.monotonic()))


class Reader(threading.Thread):
    """Reads a stream of the API until it breaks."""

    def __init__(self, stream: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self.read = 0
        self.error: APIError | None = None
        self.ended_at = 0.0
        self.start()

    def run(self) -> None:
        try:
            for _ in self._stream():  # type: ignore[attr-defined]
                self.read += 1
        except APIError as error:
            self.error = error
        self.ended_at = time.monotonic()


@pytest.mark.timeout(180)
def test_a_removed_member_is_out_within_a_second_in_the_middle_of_streams(
    team: Team, client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    thread = client.beta.threads.create()
    ann, bob = (
        team.browser_of(team.add("Ann Archer")),
        team.browser_of(id_ := team.add("Bob Baker")),
    )
    closings = Closings(bob)
    for page in (ann, bob):
        team.open(page, thread.id, assistant.id)
    section = bob.context.new_page()
    of_section = Closings(section)
    section.goto(f"{team.site.url}/p/{team.site.project_id}/threads/")
    expect(section.locator("h1")).to_have_text("Threads")
    mine = OpenAI(base_url=team.site.base_url, api_key=team.key_of(id_), max_retries=0)
    provider.enqueue(*[Reply(text=TEXT, delay=0.02)] * 2)
    write(bob, "Go")
    expect(bob.locator(".msg:not(.user) .body")).to_contain_text("w5")
    question = [{"role": "user", "content": "Go"}]
    passed = Reader(
        lambda: mine.chat.completions.create(
            model="scripted-1",
            messages=question,  # type: ignore[arg-type]
            stream=True,
        )
    )
    own = mine.beta.threads.create()
    run = Reader(
        lambda: mine.beta.threads.runs.create(
            own.id, assistant_id=assistant.id, model="scripted-1", stream=True
        )
    )
    provider.enqueue(Reply(text=TEXT, delay=0.02))
    wait_until(lambda: passed.read > 5 and run.read > 5)
    begin = time.monotonic()
    team.change(REMOVE, id_)
    wait_until(lambda: passed.ended_at and run.ended_at)
    for reader in (passed, run):
        assert reader.ended_at - begin < 1
        assert reader.error is not None
        assert "no longer has access" in reader.error.message
    # Playwright only hears of what happened while it waits for something.
    expect(bob.get_by_text("Page not found")).to_be_visible()
    expect(section.get_by_text("Page not found")).to_be_visible()
    assert closings.at[0] - begin < 3
    assert of_section.at[0] - begin < 3
    # The run that bob started goes on, and ann sees its end.
    expect(ann.locator("[data-run-status=completed]")).to_be_visible(timeout=30_000)
    expect(ann.locator("article.msg .body").last).to_contain_text("w399")
    expect(ann.locator("#people")).to_be_empty()


def test_another_role_reaches_the_open_page_and_keeps_what_was_typed(
    team: Team, client: OpenAI, assistant: Assistant
) -> None:
    thread = client.beta.threads.create()
    id_ = team.add("Bob Baker")
    bob = team.open(team.browser_of(id_), thread.id, assistant.id)
    bob.locator("#composer-box").fill("an unsent thought")
    bob.evaluate("window.isTheSame = true")
    team.change(VIEWER, id_)
    expect(bob.locator("body")).to_have_attribute("data-role", "viewer")
    assert bob.evaluate("window.isTheSame")
    assert bob.locator("#composer-box").input_value() == "an unsent thought"
    # Also if the page was cut off meanwhile.
    bob.evaluate("document.body.dataset.role = 'editor'")
    bob.context.set_offline(True)
    expect(bob.locator("#connection")).to_contain_text("Offline")
    bob.context.set_offline(False)
    expect(bob.locator("#connection")).to_have_text("Live", timeout=30_000)
    expect(bob.locator("body")).to_have_attribute("data-role", "viewer")


def test_a_session_that_ends_closes_the_page_but_keeps_its_text(
    team: Team, client: OpenAI, assistant: Assistant
) -> None:
    thread = client.beta.threads.create()
    id_ = team.add("Bob Baker")
    bob = team.open(team.browser_of(id_), thread.id, assistant.id)
    section = bob.context.new_page()
    section.goto(f"{team.site.url}/p/{team.site.project_id}/threads/")
    bob.locator("#composer-box").fill("an unsent thought")
    team.change(SIGN_OUT, id_)
    expect(bob.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert bob.locator("#composer-box").input_value() == "an unsent thought"
    expect(section).to_have_url(re.compile("/sign-in/"))
