"""Tool outputs in a real browser: prepared, saved as mocks, submitted, or given by mocks."""

import json
from collections.abc import Callable

import pytest
from openai import OpenAI
from playwright.sync_api import Page, expect

from tests.browser.steps import expect_status, write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall

CALLS = [
    ToolCall("get_forecast", '{"location": "Paris", "days": {"from": 1}}', id="call_paris"),
    ToolCall("get_forecast", '{"location": "London"}', id="call_london"),
]
PARAMETERS = {"type": "object", "properties": {"location": {"type": "string"}}}
TOOL = {"type": "function", "function": {"name": "get_forecast", "parameters": PARAMETERS}}
RULE = {
    "when": [{"path": "location", "operator": "matches", "value": "Lon*"}],
    "output": {"place": "{{ location }}", "temp": 9, "wet": True},
}
TYPED = '{"temp": 11, "text": "mild"}'


@pytest.fixture
def waiting(page: Page, provider: ScriptedProvider, client: OpenAI) -> Page:
    """Start a run that waits for the outputs of two calls."""
    newest = client.beta.assistants.list(limit=1).data[0]
    client.beta.assistants.update(newest.id, tools=[TOOL])  # type: ignore[list-item]
    provider.enqueue(Reply(tool_calls=CALLS), Reply(text="Mild."))
    write(page, "Weather in Paris and London?")
    page.wait_for_url("**t=thread_*")
    expect(page.locator("[data-call]")).to_have_count(2)
    return page


def test_all_suggestions_for_outputs_work(waiting: Page, provider: ScriptedProvider) -> None:
    page, (paris, london) = waiting, (waiting.locator("[data-call]").nth(n) for n in (0, 1))
    expect(page.locator("#announce")).to_have_text("The run is waiting for your output.")
    assert page.evaluate("document.activeElement.closest('[data-action]')") is None
    page.get_by_role("link", name="Answer").click()
    expect(page.locator("[data-action]")).to_be_focused()
    expect(paris.locator(".tree summary")).to_have_text("days {1}")
    page.locator("[data-action] .segments").first.get_by_text("JSON").click()
    expect(paris.locator("pre.as-json")).to_contain_text('"from": 1')

    paris.locator(".as-raw textarea").fill('{"temp": ')
    expect(paris.locator("[data-json-hint]")).to_be_visible()
    page.get_by_role("button", name="Submit all outputs").click()
    expect(london.locator(".error")).to_have_text("Enter an output.")
    expect(paris.locator(".as-raw textarea")).to_have_value('{"temp": ')
    paris.locator(".as-raw textarea").fill(TYPED)
    london.get_by_role("button", name="Submit error").click()
    expect(london.locator(".as-raw textarea")).to_have_value('{"error": "The function failed."}')
    page.reload()
    expect(paris.locator(".as-raw textarea")).to_have_value(TYPED)
    expect(london.locator(".as-raw textarea")).to_have_value('{"error": "The function failed."}')

    make_mock(page)
    page.reload()
    expect(paris.locator(".as-raw textarea")).to_have_value(TYPED)
    london.get_by_role("button", name="Use mock").click()
    filled = {"place": "London", "temp": 9, "wet": True}
    expect(london.locator(".as-raw textarea")).to_have_value(json.dumps(filled, indent=2))
    london.get_by_text("Form", exact=True).click()
    expect(london.get_by_label("wet")).to_have_value("true")
    london.get_by_label("temp").fill("warm")
    page.get_by_role("button", name="Submit all outputs").click()
    expect(london.locator(".error")).to_contain_text("expected a number")
    london.get_by_label("temp").fill("9.5")
    page.reload()
    expect(london.get_by_label("temp")).to_have_value("9.5")
    page.get_by_role("button", name="Submit all outputs").click()
    expect_status(page, "completed")
    told = [json.loads(row["content"]) for row in provider.completions[1]["messages"][-2:]]
    assert told == [json.loads(TYPED), {**filled, "temp": 9.5}]


def make_mock(page: Page) -> None:
    """Save the output for Paris as a mock, and change it to an immediate rule for London."""
    paris = page.locator("[data-call]").first
    paris.get_by_role("button", name="Save as mock").click()
    expect(paris).to_contain_text("Saved as the function's mock.")
    paris.get_by_role("button", name="Mock…").click()
    dialog = page.locator("#mock-dialog")
    expect(dialog.locator("#mock-output")).to_have_value(json.dumps(json.loads(TYPED), indent=2))
    dialog.get_by_text("Rules", exact=True).click()
    dialog.locator("#mock-rules").fill('[{"when": [{"path": "location", "operator": "is"}]}]')
    dialog.get_by_role("button", name="Save mock").click()
    expect(dialog.locator("#e-rules")).to_be_visible()
    dialog.locator("#mock-rules").fill(json.dumps([RULE]))
    dialog.get_by_label("Answer automatically").check()
    dialog.get_by_role("button", name="Save mock").click()
    expect(dialog.get_by_role("status")).to_have_text("Saved")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_mocks_answer_at_once_and_outputs_are_reused(
    waiting: Page, open_page: Callable[[str], Page], provider: ScriptedProvider
) -> None:
    page = waiting
    for box in page.locator("[data-call] .as-raw textarea").all():
        box.fill(TYPED)
    make_mock(page)
    page.get_by_role("button", name="Submit all outputs").click()
    expect_status(page, "completed")

    provider.enqueue(Reply(tool_calls=CALLS), Reply(text="Mild again."))
    write(page, "And now?")
    other = open_page(page.url)
    for viewer in (page, other):
        expect(viewer.locator("[data-call]").nth(1)).to_contain_text("answered by mock")
    page.get_by_role("button", name="Reuse last output").click()
    box = page.locator("[data-call] .as-raw textarea")
    expect(box).to_have_value(json.dumps(json.loads(TYPED), indent=2))
    page.get_by_role("button", name="Submit output").click()
    expect(page.locator(".msg .body").last).to_have_text("Mild again.")
    expect(other.locator("[data-action]")).to_have_count(0)

    provider.enqueue(Reply(tool_calls=CALLS[1:]), Reply(text="By itself."))
    write(page, "London only")
    expect(page.locator(".msg .body").last).to_have_text("By itself.")
    expect(page.locator("div.tool").last).to_contain_text("answered by mock")
    assert provider.completions[-1]["messages"][-1]["role"] == "tool"
