"""The main screen in a real browser: configure, send, stream, stop, submit outputs."""

import json
import re
from collections.abc import Callable

from openai import OpenAI
from playwright.sync_api import Page, expect

from tests.browser.assistants.function_dialog import add_example
from tests.browser.steps import expect_status, publish, write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall

SEND = "Control+Enter"
CALLS = [
    ToolCall("get_weather", '{"location": "Paris"}', id="call_paris"),
    ToolCall("get_weather", '{"location": "London"}', id="call_london"),
]


def run_status(page: Page) -> str:
    return page.locator("[data-run-status]").get_attribute("data-run-status") or ""


def test_configuration_is_saved_and_reaches_the_model(
    page: Page, provider: ScriptedProvider, client: OpenAI
) -> None:
    page.locator("#f-name").fill("Tutor")
    page.locator("#f-instructions").fill("Be kind.\nBe short.")
    page.locator("#f-model").fill("scripted-2")
    page.locator("#f-temperature").fill("0")
    page.locator("#f-top_p").fill("0.25")
    add_example(page)
    publish(page)
    expect(page.locator("#assistants")).to_contain_text("Tutor")
    page.reload()
    expect(page.locator("#f-temperature")).to_have_value("0.0")
    assistant = client.beta.assistants.list(limit=1).data[0]
    assert (assistant.name, assistant.instructions) == ("Tutor", "Be kind.\nBe short.")
    assert (assistant.temperature, assistant.top_p) == (0, 0.25)
    write(page, "Hello")
    expect_status(page, "completed")
    [sent] = provider.completions
    assert (sent["model"], sent["temperature"], sent["top_p"]) == ("scripted-2", 0, 0.25)
    assert sent["tools"][0]["function"]["name"] == "get_weather"


def test_mistakes_are_shown_under_their_fields_and_cannot_be_published(
    page: Page, client: OpenAI
) -> None:
    page.locator("#f-name").fill("x" * 257)
    expect(page.locator("#e-name")).to_contain_text("Use at most 256 characters.")
    page.locator("#f-name").fill("Fine")
    page.locator("#f-temperature").fill("3")
    expect(page.locator("#e-temperature")).to_contain_text("Enter 2 or less.")
    expect(page.locator("#e-name")).to_be_empty()
    page.keyboard.press("Control+s")
    publish_button = page.locator("#publish-dialog").get_by_role("button", name="Publish v2")
    expect(publish_button).to_be_disabled()
    assert client.beta.assistants.list(limit=1).data[0].name == "Untitled assistant"


def test_a_reply_streams_in_and_survives_a_reload_in_the_middle(
    page: Page, provider: ScriptedProvider
) -> None:
    text = "First **bold** line.\n\nSecond line\nwith `code` and more to come.\n\n- one\n- two\n"
    provider.enqueue(Reply(text=text, gate_after=6, usage=(40, 20)))
    write(page, "Tell me")
    page.wait_for_url("**t=thread_*")
    provider.wait_held()
    expect(page.locator(".msg .live")).to_contain_text("Second line")
    expect(page.locator(".msg[aria-busy=true] .body strong")).to_have_text("bold")
    page.reload()
    expect(page.locator(".msg[aria-busy=true] .body")).to_contain_text("Second line")
    provider.release()
    expect_status(page, "completed")
    body = page.locator(".msg:not(.user) .body")
    expect(body.locator("li")).to_have_count(2)
    expect(body.locator("strong")).to_have_count(1)
    expect(page.locator("#token-count")).to_contain_text("60")
    expect(page.locator("#run-log")).to_contain_text("Reply")
    expect(page.locator("#run-log")).to_contain_text("40")
    expect(page.locator("article.msg")).to_have_count(2)


def test_two_browsers_see_the_same(
    page: Page, open_page: Callable[[str], Page], provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three four five six seven", gate_after=3))
    write(page, "Count")
    page.wait_for_url("**t=thread_*")
    provider.wait_held()
    other = open_page(page.url)
    expect(other.locator(".msg:not(.user) .body")).to_contain_text("one two three")
    for viewer in (page, other):
        expect(viewer.locator("#connection")).to_have_text("Live")
    provider.release()
    expect_status(page, "completed")
    expect_status(other, "completed")
    provider.enqueue(Reply(text="And again."))
    write(other, "More")
    for viewer in (page, other):
        expect(viewer.locator("article.msg")).to_have_count(4)
        expect(viewer.locator(".msg .body").last).to_have_text("And again.")
        expect(viewer.locator("#items [data-reply-stat]")).to_have_count(2)
    assert page.locator("#items").inner_html() == other.locator("#items").inner_html()


def test_stop_keeps_what_was_written(page: Page, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="one two three four", gate_after=2))
    write(page, "Count")
    page.wait_for_url("**t=thread_*")
    provider.wait_held()
    expect(page.locator(".msg:not(.user) .body")).to_contain_text("one two")
    page.locator("[data-stop]").click()
    expect_status(page, "cancelled")
    expect(page.locator(".msg:not(.user) .body")).to_have_text("one two")
    expect(page.locator("#outcome")).to_contain_text("The run was stopped")
    provider.enqueue(Reply(text="Fresh."))
    page.locator("#outcome").get_by_role("button", name="Run again").click()
    expect_status(page, "completed")
    expect(page.locator("#outcome")).to_be_empty()


def test_function_calls_are_answered_by_hand(page: Page, provider: ScriptedProvider) -> None:
    add_example(page)
    provider.enqueue(Reply(tool_calls=CALLS, usage=(20, 9)), Reply(text="Mild.", usage=(30, 2)))
    write(page, "Weather in Paris and London?")
    page.wait_for_url("**t=thread_*")
    card = page.locator(".act")
    expect(card.locator("fieldset")).to_have_count(2)
    expect(card.locator("[name^=output-]").first).to_be_focused()
    expect(card.locator("[data-moment=countdown]")).to_contain_text("expires in 9:")
    expect(page).to_have_title(re.compile(r"^\(!\) "))
    first, second = card.locator("[name^=output-]").all()
    first.fill('{"temp": ')
    expect(card.locator("[data-json-hint]").first).to_be_visible()
    first.fill('{"temp": 11}')
    expect(card.locator("[data-json-hint]").first).to_be_hidden()
    second.fill("fine")
    card.get_by_role("button", name="Submit all outputs").click()
    expect_status(page, "completed")
    expect(page.locator(".act")).to_have_count(0)
    expect(page.locator(".msg .body").last).to_have_text("Mild.")
    expect(page.locator("div.tool")).to_have_count(2)
    results = [row["content"] for row in provider.completions[1]["messages"][-2:]]
    assert json.loads(results[0]) == {"temp": 11}
    assert results[1] == "fine"


def test_adding_without_running(page: Page, provider: ScriptedProvider) -> None:
    write(page, "Only a note", "Control+Shift+Enter")
    page.wait_for_url("**t=thread_*")
    expect(page.locator(".msg.user .body")).to_have_text("Only a note")
    page.locator("#composer-role").select_option("assistant")
    write(page, "An example answer", "Control+Shift+Enter")
    expect(page.locator(".msg:not(.user) .body")).to_have_text("An example answer")
    assert provider.completions == []
    expect(page.locator("#composer-box")).to_have_value("")


def test_a_failed_run_says_why(page: Page, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(status=401, body={"error": {"message": "no"}}))
    write(page, "Hi")
    page.wait_for_url("**t=thread_*")
    expect(page.locator("#outcome")).to_contain_text("didn't accept the API key")
    expect(page.locator("#outcome")).to_contain_text("server_error")


def test_what_a_model_writes_cannot_run_in_the_page(page: Page, provider: ScriptedProvider) -> None:
    text = (
        "<script>document.title = 'owned'</script> <img src=x onerror=\"document.title='owned'\"> "
        "[x](javascript:alert(1)) ![i](https://example.com/x.png) \\(x^2\\) and $120\n"
    )
    provider.enqueue(Reply(text=text))
    write(page, "Attack")
    page.wait_for_url("**t=thread_*")
    expect_status(page, "completed")
    body = page.locator(".msg:not(.user) .body")
    expect(body).to_contain_text("<script>")
    expect(body.locator(".math .katex")).to_have_count(1)
    assert body.locator("script, img").count() == 0
    assert page.title() != "owned"


def test_nothing_is_wider_than_the_screen(page: Page, provider: ScriptedProvider) -> None:
    wide = "x" * 400 + "\n\n```\n" + "y" * 400 + "\n```\n\n|" + "a|" * 40 + "\n|" + "-|" * 40
    provider.enqueue(Reply(text=wide))
    write(page, "Wide")
    page.wait_for_url("**t=thread_*")
    expect_status(page, "completed")
    for width in (360, 768, 1024, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_phone_comes_back_to_the_panel_it_showed(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    tabs = page.get_by_role("navigation", name="Panels")
    tabs.get_by_role("button", name="Log").click()
    page.reload()
    expect(page.locator("#logs")).to_be_visible()
    expect(page.locator("#cfg")).to_be_hidden()
    tabs.get_by_role("button", name="Setup").click()
    page.reload()
    expect(page.locator("#cfg")).to_be_visible()


def test_an_error_of_the_composer_goes_when_the_text_changes(page: Page) -> None:
    page.locator("#composer-box").press("Control+Enter")
    expect(page.locator("#composer-error")).to_have_text("Enter a message.")
    page.keyboard.type("H")
    expect(page.locator("#composer-error")).to_have_count(0)
