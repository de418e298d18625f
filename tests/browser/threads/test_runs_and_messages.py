"""Runs and their messages lead to each other, and a run that ended early leaves a line."""

import re
from collections.abc import Callable

from openai import OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Page, expect

from tests.browser.steps import expect_status, write
from tests.browser.threads.long_threads import long_thread
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite

Open = Callable[[str], Page]


def test_a_failed_run_stays_where_it_was_after_the_next_run(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Open,
) -> None:
    refused = {"error": {"message": "Bad request.", "type": "invalid_request_error"}}
    provider.enqueue(Reply(status=400, body=refused), Reply(text="Better."))
    thread_id, _ids = long_thread(site, client, 1)
    page = open_page(f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}&t={thread_id}")
    write(page, "Try")
    expect_status(page, "failed")
    line = page.locator("#items > .run-end")
    expect(line).to_be_hidden()  # the banner of the newest run says the same
    write(page, "Once more")  # and not what continues a text that may still be on its way
    expect_status(page, "completed")
    expect(line).to_contain_text("Run failed")
    expect(line).to_contain_text("Bad request.")
    expect(page.locator("#outcome .banner")).to_have_count(0)
    rows = [text.split("\n")[0] for text in page.locator("#items > *").all_inner_texts()]
    assert [row for row in rows if row.startswith("Run failed")]
    texts = page.locator("#items").inner_text()
    assert texts.index("Try") < texts.index("Run failed") < texts.index("Once more")
    page.reload()
    assert page.locator("#items").inner_text() == texts
    line.get_by_role("link", name="log").click()
    expect(page.locator("#logs .badge").first).to_have_text("Failed")
    expect(line).to_have_attribute("aria-current", "true")


def test_a_run_in_the_log_leads_to_its_messages_and_back(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Open,
) -> None:
    provider.enqueue(Reply(text="First reply."), Reply(text="Last reply."))
    thread_id, _ids = long_thread(site, client, 1)
    run = client.beta.threads.runs.create_and_poll(thread_id=thread_id, assistant_id=assistant.id)
    long_thread(site, client, 300, thread_id=thread_id)
    last = client.beta.threads.runs.create_and_poll(thread_id=thread_id, assistant_id=assistant.id)
    address = f"{site.url}/p/{site.project_id}/playground/?t={thread_id}"
    page = open_page(address)
    page.get_by_role("button", name="Previous run").click()
    marked = page.locator("#items > [aria-current]")
    expect(marked).to_contain_text("First reply.")
    expect(marked).to_be_in_viewport()
    expect(marked).to_have_attribute("data-run", run.id)
    page.keyboard.press("]")
    expect(marked).to_contain_text("Last reply.")
    expect(marked).to_be_in_viewport()
    # And from the message to its run.
    page.goto(f"{address}&r={run.id}")
    expect(marked).to_contain_text("First reply.")
    expect(marked).to_be_in_viewport()
    page.goto(f"{address}&r={last.id}")
    page.keyboard.press("Home")
    reply = page.locator(f"#items > [data-run={run.id}]")
    reply.locator("[data-act=log]").click()
    expect(page.locator("[data-log-of]")).to_have_attribute("data-log-of", run.id)
    expect(reply).to_have_attribute("aria-current", "true")


def test_the_chosen_assistant_is_in_view(site: LiveSite, client: OpenAI, open_page: Open) -> None:
    chosen = client.beta.assistants.create(model="scripted-1", name="The first")
    for number in range(40):
        client.beta.assistants.create(model="scripted-1", name=f"Later {number}")
    page = open_page(f"{site.url}/p/{site.project_id}/playground/?a={chosen.id}")
    current = page.locator("#assistants [aria-current]")
    expect(current).to_contain_text("The first")
    expect(current).to_be_in_viewport()
    for item in client.beta.assistants.list(limit=41):
        if (item.name or "").startswith("Later"):
            client.beta.assistants.delete(item.id)


def test_a_message_marks_its_run_and_steps_in_the_log(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Open,
) -> None:
    provider.enqueue(Reply(text="The first answer."), Reply(text="The second answer."))
    first = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": "Hi"}]},
        poll_interval_ms=50,
    )
    second = client.beta.threads.runs.create_and_poll(
        thread_id=first.thread_id, assistant_id=assistant.id, poll_interval_ms=50
    )
    page = open_page(
        f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}&t={first.thread_id}"
    )
    log = page.locator("#run-log")
    marked = log.locator(".wf [aria-current]")
    expect(log.locator("[data-log-of]")).to_have_attribute("data-log-of", second.id)
    expect(marked).to_have_count(0)
    page.locator("#items").get_by_text("The second answer.").click()
    expect(marked).to_have_text([re.compile("Model call 1"), re.compile("Reply")])

    page.locator("#items").get_by_text("The first answer.").click()
    expect(log.locator("[data-log-of]")).to_have_attribute("data-log-of", first.id)
    expect(marked).to_have_text([re.compile("Model call 1"), re.compile("Reply")])
    expect(page.locator("#items > [aria-current]")).to_contain_text("The first answer.")

    page.keyboard.press("j")
    expect(page.locator("article.msg").last).to_be_focused()
    expect(marked).to_have_count(0)
