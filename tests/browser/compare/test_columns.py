"""A comparison in a real browser: columns that stream, calls, differences, votes and lost lines."""

from collections.abc import Callable
from typing import Any

import pytest
from openai import OpenAI
from playwright.sync_api import Locator, Page, expect

from tests.browser.audit import audit
from tests.browser.steps import drop, slow_line
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite

Open = Callable[[str], Page]
WEATHER: Any = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}},
}


@pytest.fixture
def assistant(client: OpenAI) -> str:
    """The ID of an assistant that has a function."""
    made = client.beta.assistants.create(
        model="scripted-1", name="Guide", instructions="Be brief.", tools=[WEATHER]
    )
    return made.id


def start(site: LiveSite, open_page: Open, assistant: str, *, blind: bool = False) -> Page:
    """Return the page of a new comparison of the assistant with another temperature."""
    page = open_page(f"{site.url}/p/{site.project_id}/compare/new/?a={assistant}")
    page.locator("fieldset", has_text="Column B").get_by_text("Other settings").click()
    page.locator("#temperature-1").fill("0.5")
    if blind:
        page.get_by_label("Blind").check()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/compare/cmp_*/")
    return page


def columns(page: Page) -> list[Locator]:
    return page.locator(".compare-column").all()


def send(page: Page, text: str) -> None:
    page.locator("#compare-box").fill(text)
    page.locator("#compare-box").press("Control+Enter")
    expect(page.locator("#compare-box")).to_have_value("")


def test_what_is_attached_while_a_message_is_sent_stays_for_the_next_one(
    site: LiveSite, provider: ScriptedProvider, open_page: Open, assistant: str
) -> None:
    page = start(site, open_page, assistant)
    box = page.locator("#compare-box")
    chips = page.locator("#compare-form .chip")
    slow_line(page)
    box.fill("First.")
    box.press("Control+Enter")
    box.press_sequentially("Second.")
    drop(page, "#compare-form", "two.txt", "2")
    box.press("Control+Enter")  # while the first message is under way
    expect(box).to_have_value("Second.")
    expect(chips).to_contain_text(["two.txt"])
    for column in columns(page):
        expect(column.locator(".msg")).to_have_count(2)


def test_both_columns_answer_and_a_second_viewer_sees_the_same(
    site: LiveSite, provider: ScriptedProvider, open_page: Open, assistant: str
) -> None:
    page = start(site, open_page, assistant)
    other = open_page(page.url)
    provider.enqueue(Reply(text="The sky is **blue**."), Reply(text="The sky is **grey**."))
    send(page, "Which colour is the sky?")
    for viewer in (page, other):
        for column in columns(viewer):
            expect(column.locator("strong")).to_have_count(1)
            expect(column.locator(".compare-figures")).to_contain_text("s")
            expect(column.locator(".compare-status")).to_have_count(0)
    # Rows that arrived one by one have other white space between them than rows that came together.
    rows = [
        [column.locator(".compare-items").inner_html().split() for column in columns(one)]
        for one in (page, other)
    ]
    assert rows[0] == rows[1]
    page.get_by_text("Word differences").click()
    expect(page.locator("#changes del")).to_have_count(1)
    audit(page)
    page.reload()
    assert [column.locator(".msg").count() for column in columns(page)] == [2, 2]


def test_one_output_answers_the_same_call_of_all_columns(
    site: LiveSite, provider: ScriptedProvider, open_page: Open, assistant: str
) -> None:
    page = start(site, open_page, assistant)
    oslo = ToolCall("get_weather", '{"city": "Oslo"}')
    rome = ToolCall("get_weather", '{"city": "Rome"}')
    late = Reply(tool_calls=[oslo, rome], gate_after=0)
    provider.enqueue(Reply(tool_calls=[oslo]), late)
    send(page, "Weather?")
    card = page.locator("#compare-calls fieldset")
    expect(card.locator(".compare-letter")).to_have_count(1)
    # What somebody types stays when another column begins to wait, and so does the cursor.
    box = card.locator("textarea")
    box.press_sequentially("5 deg")
    provider.wait_held()
    provider.release()
    expect(card).to_have_count(2)
    expect(card.first.locator(".compare-letter")).to_have_text(["A", "B"])
    page.keyboard.type("rees")
    expect(page.get_by_label("Output for all")).to_have_value("5 degrees")
    audit(page)
    card.last.locator("textarea").fill("17 degrees")
    provider.enqueue(Reply(text="It is cold."), Reply(text="It is cold."))
    page.get_by_label("An output for each column").check()
    expect(page.get_by_label("Output for B")).to_be_visible()
    page.get_by_label("An output for each column").uncheck()
    page.get_by_role("button", name="Submit outputs").click()
    expect(page.get_by_text("It is cold.")).to_have_count(2)
    expect(page.locator("#compare-calls fieldset")).to_have_count(0)


def test_a_killed_web_process_loses_nothing(
    site: LiveSite, provider: ScriptedProvider, open_page: Open, assistant: str
) -> None:
    page = start(site, open_page, assistant)
    text = " ".join(f"word{number}" for number in range(120))
    provider.enqueue(Reply(text=text, delay=0.03), Reply(text=text, delay=0.03))
    send(page, "Count.")
    for column in columns(page):
        expect(column.locator(".body.live")).to_contain_text("word3")
    page.locator("#compare-box").fill("My next question")
    assert site.web
    site.web.kill()
    site.web.wait()
    site.start_web()
    for column in columns(page):
        expect(column.locator(".msg").last).to_contain_text("word119", timeout=30_000)
        assert column.locator(".msg").last.inner_text().split() == text.split()
    expect(page.locator("#compare-box")).to_have_value("My next question")
    page.reload()
    expect(page.locator("#compare-box")).to_have_value("My next question")


def test_a_vote_shows_the_names(
    site: LiveSite, provider: ScriptedProvider, open_page: Open, assistant: str
) -> None:
    page = start(site, open_page, assistant, blind=True)
    assert "Guide" not in page.content()
    provider.enqueue(Reply(text="One."), Reply(text="Two."))
    expect(page.get_by_role("button", name="Tie")).to_be_disabled()
    send(page, "Which?")
    expect(page.get_by_role("button", name="Tie")).to_be_enabled()
    assert "Guide" not in page.content()
    assert "scripted-1" not in page.content()
    audit(page)
    page.locator(".compare-vote").get_by_role("button", name="A", exact=True).click()
    expect(page.locator(".compare-vote")).to_contain_text("You voted for A.")
    expect(page.locator(".compare-column h2").first).to_contain_text("Guide")


def test_a_column_is_kept(
    site: LiveSite, provider: ScriptedProvider, open_page: Open, assistant: str
) -> None:
    page = start(site, open_page, assistant)
    page.get_by_role("button", name="Keep B").click()
    dialog = page.locator("#message-dialog")
    expect(dialog).to_contain_text("temperature")
    audit(page)
    dialog.get_by_role("button", name="Make it my draft").click()
    page.wait_for_url(f"**a={assistant}")
    expect(page.locator("body")).to_contain_text("Your draft has the settings of the kept column.")
    page.go_back()
    page.get_by_role("button", name="Bring my draft back").click()
    page.wait_for_url(f"**a={assistant}")
    expect(page.locator("body")).to_contain_text("Your earlier draft is back.")
