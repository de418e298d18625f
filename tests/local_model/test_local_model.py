"""The bundled model, for real: through the SDK, and through the page."""

from collections.abc import Iterator
from typing import Any

import pytest
from openai import AssistantEventHandler
from playwright.sync_api import Browser, expect

from playground.embedded.servers.model import LocalModel
from tests.live import API_KEY, LiveSite
from tests.sdk.clients import sync_client

QUESTION = "I need to solve the equation 3x + 11 = 14. Can you help me?"
MODEL_SECONDS = 90_000  # milliseconds that a slow machine may take for a whole reply


@pytest.fixture(scope="module")
def local_site() -> Iterator[LiveSite]:
    with LocalModel() as model:
        environment = {"LOCAL_MODEL_URL": model.url, "LOCAL_MODEL_KEY": model.key}
        site = LiveSite("local_model", environment)
        try:
            yield site.start()
        finally:
            site.stop()


class Listener(AssistantEventHandler):
    def __init__(self) -> None:
        super().__init__()
        self.deltas: list[str] = []

    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.deltas.append(delta.value or "")


def test_it_answers_the_sdk_token_by_token(local_site: LiveSite) -> None:
    client, _ = sync_client(local_site.base_url, API_KEY)
    model = client.models.list().data[0].id
    assistant = client.beta.assistants.create(
        model=model, instructions="You are a math tutor. Answer in two sentences.", temperature=0
    )
    thread = client.beta.threads.create(messages=[{"role": "user", "content": QUESTION}])
    listener = Listener()
    with client.beta.threads.runs.stream(
        thread_id=thread.id,
        assistant_id=assistant.id,
        max_completion_tokens=256,
        event_handler=listener,
    ) as stream:
        stream.until_done()
    run = stream.current_run
    assert run is not None
    assert run.status in {"completed", "incomplete"}
    assert run.usage is not None
    assert run.usage.prompt_tokens > 20
    assert run.usage.completion_tokens >= len(listener.deltas) > 5
    [part] = client.beta.threads.messages.list(thread.id, limit=1).data[0].content
    assert part.type == "text"
    assert part.text.value == "".join(listener.deltas)
    client.close()


def test_it_answers_on_the_page_which_says_that_it_is_a_demo(
    local_site: LiveSite, browser: Browser
) -> None:
    page = browser.new_page()
    local_site.sign_in(page)
    expect(page.get_by_text("The bundled model is a small demo.")).to_be_visible()
    page.locator("#list").get_by_role("button", name="New", exact=True).click()
    page.locator("#new-assistant").get_by_text("Blank").click()
    page.wait_for_url("**a=asst_*")
    page.locator("#composer-box").fill(QUESTION)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**t=thread_*")
    expect(page.locator("[data-run-status=completed], [data-run-status=incomplete]")).to_be_visible(
        timeout=MODEL_SECONDS
    )
    # The page's draft has no temperature, so the reply can be as short as the equation.
    assert page.locator(".msg:not(.user) .body").inner_text().strip()
    page.close()
