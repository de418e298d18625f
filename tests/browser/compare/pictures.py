"""The pictures of comparisons and tapes in docs/screens.md."""

import json

from playwright.sync_api import expect

from tests.browser.studio import MODEL, PAUSE, SMALL_MODEL, Studio
from tests.fakes.replies import Reply, ToolCall

FERRY_ANSWERS = (
    "Yes, in winter there is one ferry in the evening. It leaves from the old pier.",
    "In winter there is one ferry in the morning and one in the evening, so yes. It leaves from "
    "the old pier.",
)


def take_comparisons(studio: Studio) -> None:
    """Compare two models, blind and with word differences."""
    desk = studio.client.beta.assistants.create(
        model=MODEL, name="Ferry desk", instructions="Answer passengers in two sentences."
    ).id
    for blind in (True, False):
        page = studio.open("compare/new/", f"?a={desk}")
        page.locator("#model-1").fill(SMALL_MODEL)
        if blind:
            page.get_by_label("Blind").check()
        page.get_by_role("button", name="Compare", exact=True).click()
        page.wait_for_url("**/compare/cmp_*/")
        answers = [
            Reply(text=text, delay=PAUSE, usage=(58, len(text) // 5)) for text in FERRY_ANSWERS
        ]
        studio.provider.enqueue(*answers)
        page.locator("#compare-box").fill("Does a ferry leave this evening? It's November.")
        page.keyboard.press("Control+Enter")
        for column in page.locator(".compare-column").all():
            expect(column.locator(".msg:not(.user)")).to_be_visible()
        expect(page.locator(".compare-status")).to_have_count(0)
        if blind:
            expect(page.locator(".compare-vote button").first).to_be_enabled()
            studio.take("blind")
    page.locator("#changes-box summary").click()
    expect(page.locator("#changes ins").first).to_be_visible()
    studio.take("compare")


def take_replay(studio: Studio, thread: str) -> None:
    """Answer the calls of the weather desk, and repeat the run on its tape."""
    runs = studio.client.beta.threads.runs
    run = runs.list(thread).data[0]
    assert run.required_action
    calls = run.required_action.submit_tool_outputs.tool_calls
    studio.provider.enqueue(Reply(text="It is warmer in Paris, at 11 °C.", usage=(240, 14)))
    runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=thread,
        tool_outputs=[
            {"tool_call_id": call.id, "output": json.dumps({"temperature": degrees})}
            for call, degrees in zip(calls, (11, 8), strict=True)
        ],
        poll_interval_ms=50,
    )
    page = studio.open("compare/new/", f"?run={run.id}")
    page.locator("#model-1").fill(SMALL_MODEL)
    again = [call.function.arguments for call in calls]
    studio.provider.enqueue(
        Reply(tool_calls=[ToolCall("get_weather", again[1], id="call_a")], usage=(180, 22)),
        Reply(text="London has 8 °C. I don't know about Paris.", usage=(210, 16)),
    )
    page.get_by_role("button", name="Run again and compare").click()
    page.get_by_role("link", name="Where it parts from the recorded run").click()
    expect(page.locator("tr[aria-current]")).to_be_visible()
    studio.take("divergence")
    page = studio.open("tapes/new/", f"?thread={thread}")
    page.get_by_role("button", name="Record", exact=True).click()
    page.locator("details.raw summary").first.click()
    studio.take("tape")
