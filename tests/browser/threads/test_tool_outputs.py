"""Tool outputs in a real browser: prepared, saved as mocks, submitted, or given by mocks."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from openai import OpenAI
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import expect_status, write
from tests.browser.threads.long_threads import long_thread
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite

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
    page.reload()
    provider.enqueue(Reply(tool_calls=CALLS), Reply(text="Mild."))
    write(page, "Weather in Paris and London?")
    page.wait_for_url("**t=thread_*")
    expect(page.locator("[data-call]")).to_have_count(2)
    return page


def call(page: Page, number: int) -> Locator:
    return page.locator("[data-call]").nth(number)


def choose(call: Locator, name: str) -> None:
    """Choose an item of a call's menu."""
    call.get_by_role("button", name="Mock or error").click()
    call.get_by_role("button", name=name).click()


def test_a_run_that_waits_lets_people_write_on_until_alt_5(
    page: Page, provider: ScriptedProvider, client: OpenAI
) -> None:
    newest = client.beta.assistants.list(limit=1).data[0]
    client.beta.assistants.update(newest.id, tools=[TOOL])  # type: ignore[list-item]
    page.reload()
    provider.enqueue(
        Reply(text="Let me look.", tool_calls=CALLS, gate_after=1), Reply(text="Mild.")
    )
    write(page, "Weather in Paris and London?")
    page.wait_for_url("**t=thread_*")
    provider.wait_held()
    box = page.locator("#composer-box")
    expect(box).to_be_focused()
    page.keyboard.type("And another question")
    provider.release()
    expect(page.locator("[data-call]")).to_have_count(2)
    expect(page.locator(".act .go-to")).to_be_visible()
    expect(page.locator("#announce")).to_have_text("The run is waiting for your output.")
    page.keyboard.type("?")
    expect(box).to_have_value("And another question?")
    page.keyboard.press("Alt+5")
    expect(page.locator("[data-call] .as-raw textarea").first).to_be_focused()
    expect(page.locator(".act .go-to")).to_be_hidden()
    expect(box).to_have_value("And another question?")


def test_answer_goes_to_the_first_empty_output(waiting: Page) -> None:
    page, head = waiting, waiting.locator(".act-h")
    boxes = page.locator("[data-call] .as-raw textarea")
    page.locator("#messages").evaluate("box => { box.scrollTop = 0; }")
    page.get_by_role("link", name="Answer").click()
    expect(boxes.first).to_be_focused()
    expect(head).to_be_in_viewport(ratio=1)
    expect(head).to_contain_text("expires in")
    boxes.first.fill("mild")
    page.locator("#thread-h").click()
    page.locator("#messages").focus()
    page.keyboard.press("a")
    expect(boxes.nth(1)).to_be_focused()
    expect(head).to_be_in_viewport(ratio=1)
    boxes.nth(1).fill("warm")
    page.locator("#messages").focus()
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Submit all outputs")).to_be_focused()


def test_answer_loads_the_end_of_a_long_thread(
    page: Page, site: LiveSite, client: OpenAI, provider: ScriptedProvider
) -> None:
    thread, messages = long_thread(site, client, 450)
    assistant = client.beta.assistants.create(model="scripted-1", tools=[TOOL])  # type: ignore[list-item]
    provider.enqueue(Reply(tool_calls=CALLS))
    client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, poll_interval_ms=50
    )
    page.goto(f"{page.url.split('?')[0]}?a={assistant.id}&t={thread}&m={messages[10]}")
    expect(page.locator(f"#{messages[10]}")).to_be_in_viewport()
    page.keyboard.press("a")
    expect(call(page, 0).locator("textarea")).to_be_focused()
    expect(page.locator(".act-h")).to_be_in_viewport(ratio=1)
    expect(page.locator(f"#{messages[-1]}")).to_be_attached()
    assert "&m=" not in page.url


def test_the_page_of_a_run_leads_to_the_first_empty_output(waiting: Page) -> None:
    page = waiting
    run = page.locator("[data-action]").get_attribute("data-action")
    page.goto(re.sub("playground/.*", f"runs/{run}/", page.url))
    page.get_by_role("link", name="Answer in the thread").click()
    expect(call(page, 0).locator("textarea")).to_be_focused()


def test_an_error_goes_when_its_output_is_mended(waiting: Page) -> None:
    page, paris = waiting, call(waiting, 0)
    page.get_by_role("button", name="Submit all outputs").click()
    expect(paris.locator("textarea")).to_be_focused()
    expect(paris.locator("textarea")).to_have_accessible_description("Enter an output.")
    page.keyboard.type(" ")
    expect(paris.locator(".error")).to_have_text("Enter an output.")
    page.keyboard.type('{"temp": 1,}')
    expect(paris.locator(".error")).to_have_count(0)
    expect(paris.locator("[aria-invalid]")).to_have_count(0)
    expect(call(page, 1).locator(".error")).to_have_text("Enter an output.")
    warning = paris.locator(".warning")
    expect(warning).to_contain_text("so it will be sent as text. Line 1, column 13.")
    page.reload()
    expect(warning).to_contain_text("Line 1, column 13.")
    page.get_by_role("button", name="Submit all outputs").click()
    expect(call(page, 1).locator(".error")).to_have_text("Enter an output.")
    expect(warning).to_be_visible()


def test_a_new_mock_has_its_badge_at_once(waiting: Page) -> None:
    page, row = waiting, waiting.locator("#functions .fn")
    call(page, 0).get_by_role("button", name="Mock or error").click()
    for name in ("Use mock", "Save as mock"):
        expect(call(page, 0).get_by_role("button", name=name)).to_be_disabled()
    page.keyboard.press("Escape")
    call(page, 0).locator("textarea").fill("mild")
    choose(call(page, 0), "Save as mock")
    for place in (call(page, 0), call(page, 1), row):
        expect(place.get_by_text("mock", exact=True)).to_be_visible()
    choose(call(page, 1), "Edit mock…")
    dialog = page.locator("#mock-dialog")
    dialog.get_by_label("Answer automatically").check()
    dialog.get_by_role("button", name="Save mock").click()
    for place in (call(page, 0), call(page, 1), row):
        expect(place.get_by_text("automatic mock")).to_be_visible()
    dialog.get_by_role("button", name="Remove mock").click()
    page.keyboard.press("Escape")
    for place in (call(page, 0), call(page, 1), row):
        expect(place.get_by_text("automatic mock")).to_be_hidden()
    call(page, 1).get_by_role("button", name="Mock or error").click()
    expect(call(page, 1).get_by_role("button", name="Use mock")).to_be_disabled()


def test_all_suggestions_for_outputs_work(waiting: Page, provider: ScriptedProvider) -> None:
    page, (paris, london) = waiting, (waiting.locator("[data-call]").nth(n) for n in (0, 1))
    expect(page.locator("#announce")).to_have_text("The run is waiting for your output.")
    # The composer is empty, so nobody is interrupted.
    expect(paris.locator("textarea")).to_be_focused()
    page.locator("#thread-h").click()
    page.get_by_role("link", name="Answer").click()
    expect(paris.locator("textarea")).to_be_focused()
    expect(paris.locator(".tree summary")).to_have_text("days {1}")
    page.locator("[data-action] .segments").first.get_by_text("JSON").click()
    expect(paris.locator("pre.as-json")).to_contain_text('"from": 1')

    paris.locator(".as-raw textarea").fill('{"temp": ')
    expect(paris.locator("[data-json-hint]")).to_be_visible()
    page.get_by_role("button", name="Submit all outputs").click()
    expect(london.locator(".error")).to_have_text("Enter an output.")
    expect(paris.locator(".as-raw textarea")).to_have_value('{"temp": ')
    paris.locator(".as-raw textarea").fill(TYPED)
    choose(london, "Fill in an error")
    expect(london.locator(".as-raw textarea")).to_have_value('{"error": "The function failed."}')
    page.reload()
    expect(paris.locator(".as-raw textarea")).to_have_value(TYPED)
    expect(london.locator(".as-raw textarea")).to_have_value('{"error": "The function failed."}')

    make_mock(page)
    page.reload()
    expect(paris.locator(".as-raw textarea")).to_have_value(TYPED)
    choose(london, "Use mock")
    filled = {"place": "London", "temp": 9, "wet": True}
    expect(london.locator(".as-raw textarea")).to_have_value(json.dumps(filled, indent=2))
    london.get_by_text("Form", exact=True).click()
    expect(london.get_by_label("wet")).to_have_value("true")
    london.get_by_label("temp").fill("warm")
    page.get_by_role("button", name="Submit all outputs").click()
    expect(london.locator(".error")).to_contain_text("expected a number")
    expect(london.get_by_label("temp")).to_be_focused()
    london.get_by_label("temp").fill("9.5")
    expect(london.locator(".error")).to_have_count(0)
    page.reload()
    expect(london.get_by_label("temp")).to_have_value("9.5")
    page.get_by_role("button", name="Submit all outputs").click()
    expect_status(page, "completed")
    told = [json.loads(row["content"]) for row in provider.completions[1]["messages"][-2:]]
    assert told == [json.loads(TYPED), {**filled, "temp": 9.5}]


def make_mock(page: Page) -> None:
    """Save the output for Paris as a mock, and change it to an immediate rule for London."""
    paris = page.locator("[data-call]").first
    choose(paris, "Save as mock")
    expect(paris).to_contain_text("Saved as the function's mock.")
    choose(paris, "Edit mock…")
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


def test_a_typed_output_is_there_again_when_the_same_calls_are_made_again(
    waiting: Page, provider: ScriptedProvider
) -> None:
    page, box = waiting, call(waiting, 0).locator(".as-raw textarea")
    box.fill("half of it")
    page.get_by_role("button", name="Stop run").click()
    expect(page.locator("[data-call]")).to_have_count(0)
    again = [replace(one, id=f"{one.id}_again") for one in CALLS]
    provider.reset()
    provider.enqueue(Reply(tool_calls=again), Reply(text="Done."), Reply(tool_calls=again))
    page.get_by_role("button", name="Run again").click()
    expect(box).to_have_value("half of it")
    call(page, 1).locator(".as-raw textarea").fill("rain")
    # What was wrong with a message goes when the run goes on.
    page.locator("#composer-box").press("Control+Enter")
    expect(page.locator("#composer-error")).to_be_visible()
    page.get_by_role("button", name="Submit all outputs").click()
    expect_status(page, "completed")
    expect(page.locator("#composer-error")).to_have_count(0)
    # What was submitted is not offered for the next calls.
    write(page, "And now?")
    expect(page.locator("[data-call]")).to_have_count(2)
    expect(box).to_have_value("")
