"""The run log in a real browser: steps, their details, events, API calls, and growing bars."""

import re
from collections.abc import Callable
from functools import partial

from openai import OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Locator, Page, expect

from tests.browser.audit import audit
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite


def wait_until_it_gives_way(bar: Locator) -> None:
    """Wait until the bar moves left, because another bar grows."""
    expect(bar).not_to_have_attribute("x", bar.get_attribute("x") or "")


def test_a_run_is_inspected_while_it_continues_and_after(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Callable[[str], Page],
) -> None:
    provider.enqueue(
        Reply(text="First."),
        Reply(text="Let me look.", tool_calls=[ToolCall("get_weather", '{"location": "Oslo"}')]),
        Reply(text="It is 11 degrees there.", gate_after=3, usage=(70, 9)),
    )
    first = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": "Is it warm in Oslo?"}]},
    )
    run = client.beta.threads.runs.create_and_poll(
        thread_id=first.thread_id, assistant_id=assistant.id
    )
    page = open_page(
        f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}&t={run.thread_id}"
    )
    log = page.locator("#logs")
    waiting = log.get_by_role("button", name=re.compile("get_weather.* s · waiting"))
    expect(waiting.locator("rect.waits")).to_have_attribute("fill", "url(#hatch)")
    wait_until_it_gives_way(waiting.locator("rect").first)

    page.locator("#outcome").get_by_role("textbox").fill("11")
    page.locator("#outcome").get_by_role("button", name="Submit output").click()
    provider.wait_held()
    written = log.get_by_role("button", name="Reply").last
    wait_until_it_gives_way(log.get_by_role("button", name="get_weather").locator("rect").first)
    provider.release()
    expect(log.locator("[data-axis]")).to_have_count(0)

    written.click()
    drawer = page.locator("#step-dialog")
    expect(drawer.get_by_role("region", name="Input · last message, role tool")).to_have_text("11")
    expect(drawer.get_by_role("region", name="Message", exact=True)).to_have_text(
        "It is 11 degrees there."
    )
    drawer.get_by_role("link", name="Request").click()
    expect(drawer.get_by_text(f"POST {provider.base_url}/chat/completions")).to_be_visible()
    expect(drawer).to_contain_text('"tool_call_id": "call_0get_weather"')
    drawer.get_by_role("link", name="curl").click()
    expect(drawer).to_contain_text("Authorization: Bearer $OPENAI_API_KEY")
    expect(drawer).not_to_contain_text("provider-key")
    drawer.get_by_role("link", name="Response").click()
    expect(drawer).to_contain_text('"finish_reason": "stop"')
    expect(drawer).to_contain_text('"content": "It is 11 degrees there."')
    drawer.get_by_role("link", name="JSON").click()
    expect(drawer).to_contain_text('"object": "thread.run.step"')
    page.keyboard.press("Escape")

    log.get_by_role("button", name="Events", exact=True).click()
    rows = log.get_by_role("list", name="Events").locator("li")
    expect(rows.first).to_contain_text("thread.run.created")
    log.get_by_role("searchbox", name="Filter events by name").fill("requires")
    expect(rows).to_have_count(1)
    log.get_by_role("button", name="API calls").click()
    outputs = log.get_by_role("listitem").filter(has_text="submit_tool_outputs")
    outputs.locator("summary").click()
    expect(outputs).to_contain_text("client.beta.threads.runs.submit_tool_outputs(")
    expect(outputs).to_contain_text(f"{site.base_url}/threads/{run.thread_id}/runs/{run.id}")
    audit(page)

    log.get_by_role("button", name="Previous run").click()
    expect(log.locator(".run-line")).to_contain_text(first.id)
    log.get_by_role("button", name="Steps").click()
    expect(log.locator(".wf-step")).to_have_text([re.compile("Model call 1"), re.compile("Reply")])


def test_a_chosen_run_stays_in_the_log_until_another_begins(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Callable[[str], Page],
) -> None:
    first = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "Warm?"}]}
    )
    create = partial(
        client.beta.threads.runs.create_and_poll,
        thread_id=first.thread_id,
        assistant_id=assistant.id,
    )
    second = create()
    page = open_page(
        f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}&t={first.thread_id}"
    )
    log, shown = page.locator("#logs"), page.locator("#logs .run-line")
    log.get_by_role("button", name="Previous run").click()
    expect(shown).to_contain_text(first.id)
    page.reload()
    expect(page.locator("#connection")).to_contain_text("Live")
    expect(shown).to_contain_text(first.id)

    provider.enqueue(Reply(tool_calls=[ToolCall("get_weather", "{}")]), Reply(text="12"))
    third = create()
    expect(shown).to_contain_text(third.id)
    assert first.id not in page.url
    log.get_by_role("button", name="Previous run").click()
    expect(shown).to_contain_text(second.id)
    client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=third.id,
        thread_id=first.thread_id,
        tool_outputs=[{"tool_call_id": "call_0get_weather", "output": "12"}],
    )
    expect(log.locator("#run-choice option").first).to_contain_text("Completed")
    expect(shown).to_contain_text(second.id)

    page.set_viewport_size({"width": 360, "height": 740})
    expect(log).to_be_hidden()
    page.locator("#items [data-act=log]").first.click()
    expect(shown).to_contain_text(first.id)
    expect(log).to_be_visible()
    page.reload()
    expect(shown).to_contain_text(first.id)
    expect(log).to_be_visible()


def test_a_trace_follows_its_run(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Callable[[str], Page],
) -> None:
    provider.enqueue(
        Reply(text="One two three", gate_after=2),
    )
    run = client.beta.threads.create_and_run(
        assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "Count."}]}
    )
    provider.wait_held()
    page = open_page(f"{site.url}/p/{site.project_id}/runs/{run.id}/")
    expect(page.get_by_text("This page updates by itself")).to_be_visible()
    page.locator(".trace-step.of-call > summary").click()
    page.get_by_label("Filter by name").press_sequentially("run.created")
    rows = page.locator("#event-table tbody tr")
    expect(rows).to_have_count(1)
    for _ in range(2):  # it is redrawn each second
        page.wait_for_event("requestfinished", lambda request: request.url.endswith("run.created"))
    expect(rows).to_have_count(1)
    expect(page.locator(".trace-step.of-call")).to_have_attribute("open", "")
    page.get_by_label("Filter by name").fill("")
    provider.release()
    expect(page.get_by_text("This page updates by itself")).to_have_count(0)
    step = page.locator(".trace-step.of-call")
    step.get_by_role("button", name="Request and response").click()
    expect(page.locator("#step-dialog")).to_contain_text("Count.")
