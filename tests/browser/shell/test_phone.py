"""The main screen on a phone, and the first message of a newcomer."""

from collections.abc import Callable

from openai import OpenAI
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.screens import WEATHER
from tests.browser.steps import expect_kept, expect_status, write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite

Open = Callable[[str], Page]
PHONE: ViewportSize = {"width": 390, "height": 844}


def open_phone(open_page: Open, site: LiveSite, client: OpenAI) -> Page:
    assistant = client.beta.assistants.create(
        model="scripted-1", name="A data analyst with a long name", tools=[WEATHER]
    )
    page = open_page(f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}")
    page.set_viewport_size(PHONE)
    return page


def test_a_phone_has_one_line_of_head_and_no_keys(
    site: LiveSite, client: OpenAI, open_page: Open, provider: ScriptedProvider
) -> None:
    page = open_phone(open_page, site, client)
    write(page, "Hello")
    expect_status(page, "completed")
    expect(page.locator(".missing")).to_be_empty()  # a line that a busy machine may show
    # The top bar and the line with the title.
    assert page.locator("#messages").bounding_box()["y"] < 100  # type: ignore[index]
    expect(page.locator("#composer-box")).to_have_attribute("placeholder", "Write a message")
    expect(page.get_by_text("Ctrl+Enter", exact=False).locator("visible=true")).to_have_count(0)
    page.locator("label:has(#show-bar)").click()
    expect(page.locator("#next-choice")).to_be_visible()
    expect(page.locator("#thread-meter")).to_be_visible()


def test_a_tab_is_marked_while_a_call_waits(
    site: LiveSite, client: OpenAI, open_page: Open, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(tool_calls=[ToolCall("get_weather", '{"location": "Paris"}')]))
    page = open_phone(open_page, site, client)
    tab = page.locator("[data-panel-tab=main]")
    expect(tab.locator("svg")).to_be_visible()
    expect(tab.locator(".waits")).to_be_hidden()
    write(page, "Is it raining?")
    page.wait_for_url("**t=thread_*")
    page.locator("[data-panel-tab=list]").click()
    expect(tab.locator(".waits")).to_be_visible()
    expect(tab).to_contain_text("A call waits for you")


def test_the_log_draws_how_long_a_call_waits(
    site: LiveSite, client: OpenAI, open_page: Open, provider: ScriptedProvider
) -> None:
    provider.enqueue(
        Reply(tool_calls=[ToolCall("get_weather", '{"location": "Paris"}')]), Reply(text="Yes.")
    )
    page = open_phone(open_page, site, client)
    write(page, "Is it raining?")
    page.locator("#outcome").get_by_role("textbox").fill("rain")
    page.locator("#outcome").get_by_role("button", name="Submit output").click()
    expect_status(page, "completed")
    page.locator("[data-panel-tab=logs]").click()
    bar = page.locator("#run-log rect.waits")
    expect(bar).to_have_attribute("fill", "url(#hatch)")
    expect(bar).to_be_visible()


def test_offline_covers_nothing_and_says_that_nothing_was_sent(
    site: LiveSite, client: OpenAI, open_page: Open, provider: ScriptedProvider
) -> None:
    page = open_phone(open_page, site, client)
    write(page, "Hello")
    expect_status(page, "completed")
    said = page.locator("#connection")
    expect(said).to_have_text("Live")
    page.wait_for_load_state("networkidle")  # the context meter asks after a run
    page.context.set_offline(True)
    expect(said).to_contain_text("Offline.")
    for width in (390, 720):
        page.set_viewport_size({"width": width, "height": 844})
        bar, head = said.bounding_box(), page.locator("#main .thread-h").bounding_box()
        assert bar is not None
        assert head is not None
        assert bar["y"] + bar["height"] <= head["y"]
    write(page, "A thought")
    expect(page.locator("#toasts")).to_contain_text("Nothing was sent, and what you wrote is kept.")
    expect(page.locator("#composer-box")).to_have_value("A thought")
    page.context.set_offline(False)
    expect(said).to_have_text("Live")
    # The server can't be reached, which the browser doesn't call offline.
    page.locator("#toasts [data-dismiss]").click()
    page.route("**/messages/", lambda route: route.abort("connectionrefused"))
    page.locator("#composer").get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Your text is still here")
    expect(page.locator("#composer-box")).to_have_value("A thought")


def test_the_tabs_of_a_step_are_one_row(
    site: LiveSite, client: OpenAI, open_page: Open, provider: ScriptedProvider
) -> None:
    page = open_phone(open_page, site, client)
    write(page, "Hello")
    expect_status(page, "completed")
    page.locator("[data-panel-tab=logs]").click()
    for kind in ("steps", "calls"):
        page.locator(f"#run-log [hx-get*='/{kind}/']").first.click()
        tabs = page.locator("#step-dialog .segments a")
        expect(tabs.first).to_be_visible()
        assert len({tab.bounding_box()["y"] for tab in tabs.all()}) == 1  # type: ignore[index]
        tabs.last.click()
        expect(tabs.last).to_have_attribute("aria-current", "page")
        expect(tabs.last).to_be_in_viewport(ratio=0.95)
        page.keyboard.press("Escape")


def test_the_form_stays_where_it_is_while_it_is_saved(
    site: LiveSite, client: OpenAI, open_page: Open
) -> None:
    page = open_phone(open_page, site, client)
    page.locator("[data-panel-tab=cfg]").click()
    name = page.get_by_label("Name", exact=True)
    before = name.bounding_box()
    expect(page.get_by_text("Kept in this browser")).to_be_hidden()
    name.press("End")
    name.press("x")
    expect(page.get_by_text("Draft not saved")).to_be_visible()
    assert name.bounding_box() == before
    expect_kept(page)
    assert name.bounding_box() == before


def test_enter_is_offered_once_and_remembered(
    site: LiveSite, page: Page, provider: ScriptedProvider
) -> None:
    offer = page.locator("#enter-offer")
    expect(offer).to_be_hidden()
    write(page, "First")
    page.wait_for_url("**t=thread_*")
    expect(offer).to_be_visible()
    expect_status(page, "completed")
    offer.get_by_role("button", name="Use Enter").click()
    expect(page.locator("#composer-box")).to_be_focused()
    write(page, "Second", "Enter")
    expect(page.locator("article.msg", has_text="Second")).to_be_visible()
    page.reload()
    expect(offer).to_be_hidden()
    expect(page.get_by_text("Enter runs · Shift+Enter")).to_be_visible()
    page.locator("#composer-box").fill("Third")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#composer-box")).to_have_value("Third\n")


def test_an_offer_that_nobody_answers_goes_with_the_next_message(
    page: Page, provider: ScriptedProvider
) -> None:
    write(page, "First")
    page.wait_for_url("**t=thread_*")
    offer = page.locator("#enter-offer")
    expect(offer).to_be_visible()
    expect_status(page, "completed")
    write(page, "Second")
    expect(offer).to_be_hidden()
    page.reload()
    expect(offer).to_be_hidden()
