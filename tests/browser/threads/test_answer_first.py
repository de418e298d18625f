"""The answer first: images, folded tool calls, the row of a run, widths of columns, focus."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from openai import OpenAI
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.audit import audit
from tests.browser.steps import expect_kept, expect_status, write
from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite

TOOL = {
    "type": "function",
    "function": {"name": "look", "parameters": {"type": "object", "properties": {}}},
}


@pytest.fixture
def newcomer(browser: Browser, site: LiveSite) -> Iterator[BrowserContext]:
    """A browser that has never seen the page, so that it shows the usual panels."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    site.sign_in(page)
    page.close()
    yield context
    context.close()


@pytest.fixture
def fresh(newcomer: BrowserContext, client: OpenAI, site: LiveSite) -> Page:
    """The playground as a newcomer sees it, with an assistant."""
    assistant = client.beta.assistants.create(model=MODEL, name="Guide", instructions="Be short.")
    page = newcomer.new_page()
    page.goto(f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}")
    return page


def width(page: Page, panel: str) -> int:
    return int(page.locator(f"#{panel}").evaluate("panel => panel.offsetWidth"))


@pytest.mark.parametrize("size", [1280, 1366, 1440, 1599])
def test_the_thread_has_600_pixels_also_with_the_log(fresh: Page, size: int) -> None:
    fresh.set_viewport_size({"width": size, "height": 800})
    fresh.reload()
    expect(fresh.locator("#logs")).to_be_hidden()
    assert width(fresh, "main") >= 600
    fresh.get_by_role("button", name="Show the run log").click()
    expect(fresh.locator("#logs")).to_be_visible()
    assert width(fresh, "main") >= 600
    assert fresh.evaluate("document.documentElement.scrollWidth") <= size
    fresh.keyboard.press("Alt+Shift+4")
    expect(fresh.locator("#logs")).to_be_hidden()
    expect(fresh.locator("#list")).to_be_visible()


def test_a_wide_window_begins_with_the_log(fresh: Page) -> None:
    fresh.set_viewport_size({"width": 1600, "height": 900})
    fresh.reload()
    expect(fresh.locator("#logs")).to_be_visible()
    assert width(fresh, "main") >= 600


def test_the_log_opens_when_a_run_fails_and_only_then(
    fresh: Page, provider: ScriptedProvider
) -> None:
    write(fresh, "Hello")
    fresh.wait_for_url("**t=thread_*")
    expect_status(fresh, "completed")
    expect(fresh.locator("#logs")).to_be_hidden()
    provider.enqueue(Reply(status=401, body={"error": {"message": "no"}}))
    write(fresh, "Again")
    expect_status(fresh, "failed")
    expect(fresh.locator("#logs")).to_be_visible()
    fresh.reload()
    expect(fresh.locator("#logs")).to_be_hidden()


def test_panels_have_presets(fresh: Page) -> None:
    shown = {"Write": "list cfg main", "Debug": "cfg main logs", "Read": "main"}
    for name, panels in shown.items():
        fresh.get_by_role("button", name="Panels", exact=True).click()
        fresh.locator("#panels-menu").get_by_role("button", name=name, exact=True).click()
        fresh.keyboard.press("Escape")
        for _ in ("now", "after a reload"):
            for panel in ("list", "cfg", "main", "logs"):
                visible = panel in panels.split()
                expect(fresh.locator(f"#{panel}")).to_be_visible(visible=visible)
            fresh.reload()


def test_the_setup_drawer_leaves_some_of_the_thread(fresh: Page) -> None:
    for size in (900, 1024, 1279):
        fresh.set_viewport_size({"width": size, "height": 768})
        fresh.reload()
        fresh.get_by_role("button", name="Setup").click()
        drawer, box = fresh.locator("#cfg").bounding_box(), fresh.locator("#main").bounding_box()
        assert drawer is not None
        assert box is not None
        assert drawer["width"] >= 320
        assert box["x"] + box["width"] - drawer["x"] - drawer["width"] >= 180


def test_a_row_says_what_the_run_does(page: Page, provider: ScriptedProvider) -> None:
    page.locator("#f-instructions").fill("Count.")
    expect_kept(page)
    provider.enqueue(Reply(text="One two three", gate_after=0))
    write(page, "Count")
    page.wait_for_url("**t=thread_*")
    row = page.locator("#progress")
    said = re.compile(rf"^\s*Untitled assistant\s+· draft\s+·\s+waiting for {MODEL}\s+\d+ s\s*$")
    expect(row).to_have_text(said)
    expect(row.locator("time")).to_have_text("1 s")
    page.reload()
    expect(row).to_have_text(said)
    provider.release()
    expect(row).to_have_count(0)
    expect_status(page, "completed")
    expect(row).to_have_count(0)


def test_a_call_that_has_its_output_is_folded_as_its_reader_wants(
    page: Page, provider: ScriptedProvider, client: OpenAI, site: LiveSite
) -> None:
    assistant = client.beta.assistants.create(model=MODEL, name="Looker", tools=[TOOL])  # type: ignore[list-item]
    page.goto(f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}")
    provider.enqueue(
        Reply(tool_calls=[ToolCall("look", json.dumps({"at": "sea"}), id="call_1")]),
        Reply(text="Blue."),
    )
    write(page, "Look")
    page.wait_for_url("**t=thread_*")
    page.locator(".act [name^=output-]").fill("x\n" * 100)
    page.get_by_role("button", name="Submit output").click()
    expect_status(page, "completed")
    card = page.locator("div.tool")
    arguments = card.get_by_label("Arguments")
    expect(arguments).to_be_hidden()
    expect(card.get_by_label("End of the output")).to_be_visible()
    card.locator("summary").first.click()
    expect(arguments).to_be_visible()
    page.reload()
    expect(arguments).to_be_visible()
    card.locator(".out-fold summary").click()
    boxes = page.locator("#items *").evaluate_all(
        "all => all.filter((box) => box.scrollHeight > box.clientHeight + 1"
        " && /auto|scroll/.test(getComputedStyle(box).overflowY)).length"
    )
    assert boxes == 0

    panels = page.get_by_role("button", name="Panels", exact=True)
    for visible in (True, False):
        panels.click()
        page.locator("#panels-menu").get_by_role("button", name="Keep tool calls open").click()
        page.keyboard.press("Escape")
        expect(arguments).to_be_visible(visible=visible)
        page.reload()
        expect(arguments).to_be_visible(visible=visible)


def test_messages_have_no_empty_row_for_their_actions(
    page: Page, provider: ScriptedProvider
) -> None:
    write(page, "Hello")
    page.wait_for_url("**t=thread_*")
    expect_status(page, "completed")
    message = page.locator("article.user")
    gap = message.evaluate(
        "row => row.getBoundingClientRect().bottom"
        " - row.querySelector('.body').getBoundingClientRect().bottom"
    )
    assert gap <= 1
    actions = message.locator(".actions")
    expect(actions).to_have_css("opacity", "0")
    before = message.bounding_box()
    message.hover()
    expect(actions).to_have_css("opacity", "1")
    page.mouse.move(0, 0)
    expect(actions).to_have_css("opacity", "0")
    page.keyboard.press("Escape")
    page.locator("#messages").focus()
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(actions).to_have_css("opacity", "1")
    assert message.bounding_box() == before

    def height() -> float:
        return float(page.locator("#items").evaluate("rows => rows.offsetHeight"))

    roomy = height()
    page.get_by_role("button", name="Panels", exact=True).click()
    page.locator("#panels-menu").get_by_role("button", name="Compact").click()
    assert height() < roomy
    page.reload()
    assert height() < roomy
    audit(page)


def test_a_tap_shows_the_actions_of_a_message(
    page: Page, provider: ScriptedProvider, browser: Browser, site: LiveSite
) -> None:
    write(page, "Hello")
    page.wait_for_url("**t=thread_*")
    expect_status(page, "completed")
    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    tapped = phone.new_page()
    site.sign_in(tapped)
    tapped.goto(page.url)
    message = tapped.locator("article.user")
    expect(message.locator(".actions")).to_have_css("opacity", "0")
    message.tap()
    expect(message.locator(".actions")).to_have_css("opacity", "1")
    assert tapped.url == page.url  # the tap has pressed none of them
    assert tapped.evaluate("document.documentElement.scrollWidth") <= 390
    phone.close()


def test_one_badge_and_one_meter_stand_over_the_thread(
    page: Page, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="Four.", usage=(1200, 34)))
    write(page, "2 + 2?")
    page.wait_for_url("**t=thread_*")
    expect_status(page, "completed")
    head = page.locator("#main > .pane-h, #main > .thread-bar")
    expect(head.locator(".badge:visible")).to_have_text(["Completed"])
    expect(head.locator(".badge")).to_have_attribute("title", "completed")
    summary = page.locator("#context-meter > summary")
    expect(summary).to_have_text(re.compile(r"^\s*Next run \d+ / \d+(\.\d)?k\s*$"))
    summary.click()
    expect(page.locator(".meter-card")).to_contain_text("The last run used 1,234")


def test_the_first_run_keeps_the_focus_and_the_place_in_the_configuration(
    page: Page, provider: ScriptedProvider, open_page: Callable[[str], Page]
) -> None:
    page.locator("#cfg").evaluate("panel => panel.scrollTo(0, 300)")
    write(page, "Hello")
    page.wait_for_url("**t=thread_*")
    expect(page.locator("#composer-box")).to_be_focused()
    assert page.locator("#cfg").evaluate("panel => panel.scrollTop") == 300
    expect_status(page, "completed")
    page.keyboard.type("And on")
    expect(page.locator("#composer-box")).to_have_value("And on")
    page.locator("#composer-box").fill("")
    page.get_by_role("link", name="New thread").first.click()
    page.wait_for_url(lambda url: "t=thread_" not in url)
    assert page.locator("#cfg").evaluate("panel => panel.scrollTop") == 300
    other = open_page(page.url)
    assert other.locator("#cfg").evaluate("panel => panel.scrollTop") == 0
