"""The first minutes: a recorded example, a first name, a first model."""

import re
from collections.abc import Callable, Iterator

import pytest
from openai import OpenAI
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.browser.steps import expect_kept, expect_status, write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite

MODELS = ["text-embedding-3-small", *(f"model-{number:02}" for number in range(40)), "gpt-4o"]


def open_endpoints(page: Page) -> None:
    page.get_by_role("button", name="Model endpoints").click()
    expect(page.locator("#endpoint-dialog").get_by_label("Base URL")).to_be_focused()


def open_models(page: Page) -> None:
    page.get_by_role("button", name="Choose a model").click()


def test_the_dialogs_have_no_faults(page: Page) -> None:
    audit(page, open_models, sizes=((1440, 900),))
    audit(page, open_endpoints, sizes=((1440, 900),))


def new(page: Page, name: str) -> None:
    page.locator("#list").get_by_role("button", name="New", exact=True).click()
    page.locator("#new-assistant").get_by_role("button", name=name).click()


def test_without_an_assistant_a_message_stays_and_says_what_to_do(
    site: LiveSite, client: OpenAI, open_page: Callable[[str], Page]
) -> None:
    for assistant in client.beta.assistants.list():
        client.beta.assistants.delete(assistant.id)
    page = open_page(site.url)
    write(page, "Hello?")
    expect(page.locator("#composer-error")).to_contain_text("assistant")
    expect(page.locator("#composer-box")).to_have_value("Hello?")
    expect(page.locator("#enter-offer")).to_be_hidden()


def test_a_recorded_example_plays_is_marked_and_deleted(
    open_page: Callable[[str], Page], site: LiveSite, provider: ScriptedProvider
) -> None:
    page = open_page(site.url)
    # No indexer runs here, so the store's files are polled until they are gone.
    new(page, "Recorded example")
    page.wait_for_url("**t=thread_*")
    expect(page.locator("#items")).to_contain_text("Did we reach our sales goal")
    # It streams, as a live run does.
    card = page.locator("div.tool", has_text="Python")
    expect(card.locator(".badge")).to_have_text("writing")
    log = page.locator("#run-log")
    expect(log).to_contain_text("Model call 2")
    expect(log.get_by_text("Recorded", exact=True)).to_be_visible()
    expect(page.locator("#items")).not_to_contain_text("Yes. Sales in 2025")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()
    # A reload shows the thread as it is.
    page.reload()
    reply = page.locator("article.msg", has_text="Yes. Sales in 2025")
    expect(reply.locator("img")).to_have_js_property("complete", True)
    expect(reply.locator(".cite")).to_have_count(1)
    expect(page.locator("#items")).to_contain_text("get_exchange_rate")
    expect(log).to_contain_text("Model call 4")
    expect(log).to_contain_text("not counted")
    audit(page)
    # The thread goes on like any other.
    provider.enqueue(Reply(text="I only have figures of 2025."))
    write(page, "And in 2024?")
    expect(page.locator("article.msg").last).to_contain_text("I only have figures of 2025.")
    expect_status(page, "completed")
    expect(log.get_by_text("Recorded", exact=True)).to_have_count(0)
    # The context is counted after a run. It must not be on its way when the thread goes.
    expect(page.locator("#thread-meter")).to_contain_text("Next run")
    expect(page.locator(".htmx-request")).to_have_count(0)
    notice = page.get_by_role("note").filter(has_text="Recorded example")
    notice.get_by_role("button", name="Delete").click()
    page.wait_for_url(lambda url: "t=thread_" not in url)
    expect(page.locator("#list")).not_to_contain_text("recorded example")
    expect(page.locator("#list")).not_to_contain_text("Recorded example: sales")


def test_a_blank_assistant_begins_with_its_name_selected(page: Page) -> None:
    name = page.locator("#f-name")
    expect(name).to_be_focused()
    page.keyboard.type("Order desk")
    expect(name).to_have_value("Order desk")
    expect_kept(page)
    assert "#" not in page.url
    page.locator("#f-instructions").focus()
    page.reload()
    expect(name).not_to_be_focused()


@pytest.fixture
def many_models(page: Page, provider: ScriptedProvider) -> Iterator[Page]:
    """The playground with 41 models to choose from."""
    before, provider.models = provider.models, MODELS
    refresh(page)
    yield page
    provider.models = before
    page.reload()
    refresh(page)


def refresh(page: Page) -> None:
    with page.expect_response("**/models/"):
        page.evaluate("document.querySelector('[hx-target=\"#models-area\"]').click()")


def test_a_model_is_chosen_with_the_keyboard(many_models: Page) -> None:
    page = many_models
    field, menu = page.locator("#f-model"), page.locator("#model-menu")
    field.fill("model-31")
    expect_kept(page)
    field.press("ArrowDown")
    chosen = menu.locator("[aria-current=true]")
    expect(chosen).to_contain_text("model-31")
    expect(chosen).to_be_in_viewport(ratio=1)
    expect(menu.get_by_role("searchbox")).to_be_focused()
    expect(menu).not_to_contain_text("text-embedding")
    page.keyboard.type("4O")
    expect(menu.get_by_role("button")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(field).to_have_value("model-31")
    field.press("ArrowDown")
    page.keyboard.type("model-1")
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(field).to_have_value("model-10")
    expect(menu).to_be_hidden()
    expect(field).to_be_focused()
    expect_kept(page)
    # The filter isn't part of the form.
    field.press("ArrowDown")
    page.keyboard.type("gpt")
    page.keyboard.press("Enter")
    expect(field).to_have_value("gpt-4o")
    expect_kept(page)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1440, 420), (1000, 600), (390, 640)])
def test_the_list_of_models_stays_in_the_window(many_models: Page, width: int, height: int) -> None:
    page = many_models
    page.set_viewport_size({"width": width, "height": height})
    if width < 1280:
        page.get_by_role("button", name="Setup").locator("visible=true").click()
    page.get_by_role("button", name="Choose a model").click()
    box = page.locator("#model-menu").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= height
    assert box["height"] > 120


def test_connecting_keeps_the_key_and_offers_the_models(
    page: Page, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.locator("#f-model").fill("small")
    expect_kept(page)
    monkeypatch.setattr(provider, "models", MODELS)
    page.get_by_role("button", name="Model endpoints").click()
    dialog = page.locator("#endpoint-dialog")
    address, key = dialog.get_by_label("Base URL"), dialog.get_by_label("API key")
    expect(address).to_be_focused()
    dialog.get_by_role("button", name="Ollama").click()
    expect(address).to_have_value("http://localhost:11434/v1")
    address.fill("http://127.0.0.1:9")
    key.fill("sk-secret")
    dialog.get_by_role("button", name="Check and connect").click()
    expect(address).to_have_accessible_description(re.compile("Couldn't reach"))
    expect(key).to_have_value("sk-secret")
    # A host in capitals without /v1.
    address.fill(f"http://LOCALHOST:{provider.port}/")
    dialog.get_by_role("button", name="Check and connect").click()
    expect(dialog).to_contain_text("41 models found.")
    expect(dialog.get_by_label("Model", exact=True)).to_have_value("gpt-4o")
    with page.expect_navigation():
        dialog.get_by_role("button", name=re.compile("^Use for “")).click()
    expect(page.locator("#f-model")).to_have_value("gpt-4o")
    expect(page.locator("#composer-box")).to_be_focused()
    expect_kept(page)
    page.get_by_role("button", name="Model endpoints").click()
    rows = dialog.get_by_role("listitem").filter(has_text=f"localhost:{provider.port}")
    expect(rows).to_have_count(1)
    rows.get_by_role("button", name="Edit").click()
    expect(key).to_be_focused()
    expect(address).to_have_value(f"http://localhost:{provider.port}/v1")
    key.fill("sk-other")
    dialog.get_by_role("button", name="Check and save").click()
    expect(dialog.get_by_role("heading")).to_contain_text("is saved")
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Model endpoints").click()
    rows.get_by_role("button", name="Remove").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(rows).to_have_count(0)
