"""Model calls in a real browser: the log ticks, and what the model saw is a click away."""

from collections.abc import Callable

from openai import OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite


def seconds_of(page: Page) -> float:
    return float(page.locator("#logs .call [data-clock]").inner_text())


def test_the_log_ticks_while_text_flows(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Callable[[str], Page],
) -> None:
    provider.enqueue(Reply(text="One two three four five six", gate_after=4))
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "Count."}])
    page = open_page(f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}&t={thread.id}")
    expect(page.locator("#connection")).to_contain_text("Live")
    client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id)
    provider.wait_held()
    log = page.locator("#logs")
    expect(log.locator(".call")).to_contain_text("first token 0.")
    expect(log.locator("#tokens-so-far")).to_contain_text("tok so far")
    before = seconds_of(page)
    page.wait_for_function(
        "before => Number(document.querySelector('#logs .call [data-clock]').textContent) > before",
        arg=before + 0.2,
    )
    provider.release()
    expect(log.locator("[data-clock]")).to_have_count(0)
    expect(log.get_by_role("button", name="Model call 1")).to_contain_text("stop")


def test_what_the_model_saw_is_compared_with_the_run_before(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Callable[[str], Page],
) -> None:
    provider.enqueue(
        Reply(text="Warm.", usage=(40, 2)),
        Reply(tool_calls=[ToolCall("get_weather", '{"location": "Oslo"}')], usage=(60, 9)),
        Reply(text="It is 11 degrees.", usage=(90, 7)),
        Reply(status=400, body={"error": {"message": "No such model."}}),
    )
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": "Is it warm in Oslo?"}]},
    )
    second = client.beta.threads.runs.create_and_poll(
        thread_id=run.thread_id, assistant_id=assistant.id, instructions="Answer in one word."
    )
    client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=second.id,
        thread_id=run.thread_id,
        tool_outputs=[{"tool_call_id": "call_0get_weather", "output": "11"}],
    )
    page = open_page(
        f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}&t={run.thread_id}"
    )
    log, drawer = page.locator("#logs"), page.locator("#step-dialog")
    log.get_by_role("button", name="Model call 1").click()
    expect(drawer.locator(".seen-part.system")).to_contain_text("changed")
    expect(drawer.locator(".seen-part.system tr.added")).to_be_visible()
    expect(drawer.locator(".seen-part.new")).to_have_count(1)
    drawer.get_by_role("link", name="Request").click()
    folded = drawer.locator("details.fold > summary", has_text='"messages"')
    folded.click()
    expect(drawer.get_by_text("Answer in one word.")).to_be_hidden()
    audit(page)
    page.keyboard.press("Escape")

    failed = client.beta.threads.runs.create_and_poll(
        thread_id=run.thread_id, assistant_id=assistant.id
    )
    assert failed.status == "failed"
    expect(log.get_by_role("button", name="Failed model call")).to_be_visible()
    expect(log).to_contain_text("No such model")
    assert log.inner_text().count("No such model") == 1  # with the end of the run
    page.goto(f"{site.url}/p/{site.project_id}/runs/{failed.id}/")
    expect(page.locator(".trace-step.failed")).to_have_attribute("open", "")
    page.get_by_role("button", name="What was sent to the model").click()
    expect(drawer.locator(".seen-part.user")).to_contain_text("Is it warm in Oslo?")
    audit(page)
