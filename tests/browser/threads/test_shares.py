"""A share link from the dialog to a visitor without an account, and back as a copy."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from openai.types.shared_params import FunctionDefinition
from playwright.sync_api import Browser, Page, expect

from tests.browser.audit import audit
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import API_KEY, LiveSite
from tests.sdk.clients import sync_client

Open = Callable[[str], Page]
RICH = """The roots of $x^2 - 5x + 6$ are **2** and `3`:

```python
print([root for root in range(9) if root**2 - 5 * root + 6 == 0])
```

| root | value |
|---|---:|
| first | 2 |
"""
# A folder for pictures, for people who want to look at these pages.
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def thread_url(site: LiveSite, provider: ScriptedProvider) -> str:
    """A thread with a question, a call of a function and a rich reply."""
    client, _ = sync_client(site.base_url, API_KEY)
    function: FunctionDefinition = {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {}},
    }
    assistant = client.beta.assistants.create(
        model="scripted-1",
        name="Math tutor",
        instructions="Help with quadratic equations.",
        tools=[{"type": "function", "function": function}],
    )
    thread = client.beta.threads.create(
        messages=[{"role": "user", "content": "Which roots has it?"}],
        metadata={"title": "Quadratic equations"},
    )
    provider.enqueue(
        Reply(tool_calls=[ToolCall("get_weather", '{"location": "Paris"}')]), Reply(text=RICH)
    )
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=assistant.id, poll_interval_ms=50
    )
    assert run.required_action is not None
    [call] = run.required_action.submit_tool_outputs.tool_calls
    run = client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=thread.id,
        tool_outputs=[{"tool_call_id": call.id, "output": '{"degrees": 21}'}],
        poll_interval_ms=50,
    )
    assert run.status == "completed"
    return f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}&t={thread.id}"


def take_pictures(page: Page, name: str) -> None:
    if not PICTURES:
        return
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width, height in ((1440, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=Path(PICTURES) / f"{name}-{theme}-{width}.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.timeout(300)
def test_a_thread_is_shared_read_and_copied(
    site: LiveSite, thread_url: str, open_page: Open, browser: Browser
) -> None:
    page = open_page(thread_url)
    expect(page.locator("#items")).to_contain_text("The roots of")
    page.get_by_role("button", name="Thread menu").click()
    page.locator("#thread-menu [hx-get$='/share/']").click()
    dialog = page.locator("#message-dialog")
    expect(dialog.get_by_label("Title")).to_have_value("Quadratic equations")
    take_pictures(page, "dialog")
    dialog.get_by_label("Instructions").uncheck()
    dialog.get_by_role("button", name="Create link").click()
    url = dialog.locator("#share-url").inner_text()
    assert url.startswith(f"{site.url}/s/")
    take_pictures(page, "dialog-made")
    # Somebody without an account, whose browser may not break the page's policy either.
    stranger = browser.new_context()
    visitor = stranger.new_page()
    faults: list[str] = []
    visitor.on("pageerror", lambda error: faults.append(str(error)))
    visitor.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    visitor.goto(url)
    expect(visitor.locator(".katex")).to_be_visible()
    expect(visitor.locator("main")).to_contain_text("Which roots has it?")
    expect(visitor.locator("main")).to_contain_text("Help with quadratic equations.")
    visitor.get_by_text("Called get_weather").click()
    expect(visitor.locator("main")).to_contain_text('"degrees": 21')
    take_pictures(visitor, "shared")
    assert faults == []
    assert stranger.cookies() == []
    audit(visitor)
    visitor.get_by_role("link", name="Copy to my project").click()
    expect(visitor.get_by_label("Username")).to_be_visible()
    stranger.close()
    # The owner of a project copies it with the form, whose origin the browser must not hide.
    mine = open_page(url)
    mine.get_by_role("link", name="Copy to my project").click()
    audit(mine)
    take_pictures(mine, "fork")
    mine.get_by_role("button", name="Copy thread").click()
    expect(mine.locator("#items")).to_contain_text("The roots of")
    assert mine.url != thread_url
    expect(mine.locator("#thread-title")).to_have_value("Quadratic equations")


@pytest.mark.timeout(300)
def test_an_owner_sees_and_revokes_links(site: LiveSite, thread_url: str, open_page: Open) -> None:
    page = open_page(thread_url)
    page.get_by_role("button", name="Thread menu").click()
    page.locator("#thread-menu [hx-get$='/share/']").click()
    page.locator("#message-dialog").get_by_role("button", name="Create link").click()
    url = page.locator("#share-url").inner_text()
    sharing = open_page(f"{site.url}/p/{site.project_id}/settings/sharing/")
    take_pictures(sharing, "sharing")
    audit(sharing)
    sharing.get_by_role("button", name="Revoke Quadratic equations").first.click()
    expect(sharing.get_by_text("Link revoked.")).to_be_visible()
    answer = sharing.request.get(url)
    assert answer.status == 404
    settings = open_page(f"{site.url}/p/{site.project_id}/settings/#keys")
    take_pictures(settings, "keys")
