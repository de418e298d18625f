"""The code interpreter in a real browser: code and outputs stream in, and a person takes over."""

import json
from collections.abc import Callable

import pytest
from openai import OpenAI
from playwright.sync_api import Page, expect

from tests.browser.test_playground import expect_status, thread_id, write
from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite

CHART = """import matplotlib.pyplot as plt
print("months", 2)
plt.plot([1, 3, 2])
plt.show()
open("/mnt/data/clean.csv", "w").write("month,sales\\nJan,10\\nMar,30\\n")
print("done")"""
LINK = "Here is the [clean table](sandbox:/mnt/data/clean.csv)."


@pytest.fixture(scope="session", autouse=True)
def interpreter(site: LiveSite) -> None:
    """The site's interpreter host."""
    if site.interpreter is None:
        site.start_interpreter()


@pytest.fixture
def coder(client: OpenAI, open_page: Callable[[str], Page], site: LiveSite) -> Page:
    """The playground with an assistant that has the code interpreter."""
    assistant = client.beta.assistants.create(
        model=MODEL, name="Analyst", tools=[{"type": "code_interpreter"}]
    )
    return open_page(f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}")


def code(source: str, **options: object) -> Reply:
    """The model calls the tool."""
    call = ToolCall("code_interpreter", json.dumps({"code": source}), id="call_1")
    return Reply(tool_calls=[call], **options)  # type: ignore[arg-type]


def run_code(page: Page, provider: ScriptedProvider, source: str, answer: str = "Done.") -> None:
    provider.enqueue(code(source), Reply(text=answer))
    write(page, "Compute")
    page.wait_for_url("**t=thread_*")
    expect_status(page, "completed")


def test_code_streams_into_its_card_and_is_coloured_when_whole(
    coder: Page, provider: ScriptedProvider
) -> None:
    provider.enqueue(code(CHART, gate_after=6), Reply(text=LINK))
    write(coder, "Chart it")
    coder.wait_for_url("**t=thread_*")
    provider.wait_held()
    card = coder.locator("details.tool")
    expect(card).to_contain_text("import matplotlib")
    expect(card.locator(".badge")).to_have_text("writing")
    assert card.locator(".code code span").count() == 0
    coder.reload()
    expect(card).to_contain_text("import matplotlib")
    provider.release()
    expect_status(coder, "completed")
    expect(card.locator(".code code")).to_have_text(CHART)
    expect(card.locator(".code .hl-kn").first).to_have_text("import")
    expect(card.locator(".badge")).to_contain_text("ok · ")
    expect(card.locator("pre.logs").first).to_contain_text("months 2")
    expect(card.locator("img")).to_have_count(1)
    expect(card.locator(".chip")).to_contain_text("clean.csv")
    live = coder.locator("#items").inner_html()
    coder.reload()
    expect(card.locator(".badge")).to_contain_text("ok · ")
    assert coder.locator("#items").inner_html() == live
