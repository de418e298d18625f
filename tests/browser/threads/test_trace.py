"""The trace of a run in a real browser."""

import json
from collections.abc import Callable
from pathlib import Path

from openai import OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite


def open_steps(page: Page) -> None:
    for step in page.locator(".trace-step > summary").all():
        step.click()


def test_a_run_is_traced_from_its_thread_to_its_events(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Callable[[str], Page],
    tmp_path: Path,
) -> None:
    provider.enqueue(Reply(text="It is 11 degrees."))
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": "How warm is it?"}]},
    )
    page = open_page(f"{site.url}/p/{site.project_id}/threads/")
    page.get_by_role("row", name="How warm is it?").get_by_role("link", name="Completed").click()
    page.wait_for_url(f"**/runs/{run.id}/")
    page.keyboard.press("Tab")  # the skip link comes first
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    step = page.locator(".trace-step > summary").filter(has_text="Reply")
    step.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Message")).to_have_text("It is 11 degrees.")
    expect(page.get_by_role("row", name="thread.run.completed")).to_be_visible()
    audit(page, open_steps)

    with page.expect_download() as events:
        page.get_by_role("link", name="Events as NDJSON").click()
    events.value.save_as(tmp_path / "events")
    told = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    assert told[-1]["event"] == "thread.run.completed"
    assert told[-1]["data"]["id"] == run.id
    assert [item["after"] for item in told] == sorted(item["after"] for item in told)

    page.get_by_role("link", name="Thread: How warm is it?").click()
    expect(page.locator("#messages")).to_contain_text("It is 11 degrees.")
