"""Presses and texts while a request is under way, over a slow line."""

from collections.abc import Callable

from openai import OpenAI
from playwright.sync_api import Page, expect

from tests.browser.steps import posts_of, slow_line
from tests.live import LiveSite

Open = Callable[[str], Page]


def test_a_double_click_creates_one_key_and_a_reload_no_other(
    site: LiveSite, open_page: Open
) -> None:
    page = open_page(f"{site.url}/p/{site.project_id}/settings/")
    main = page.get_by_role("main")
    main.get_by_label("Name of the new key").fill("Pressed twice")
    slow_line(page)
    sent = posts_of(page)
    # Later presses come while the first request is under way.
    press = "button => [0, 60, 120].forEach((after) => setTimeout(() => button.click(), after))"
    main.get_by_role("button", name="Create key").evaluate(press)
    expect(page.locator("#secret")).to_be_visible()
    assert len(sent) == 1
    # The browser sends the form again.
    page.reload()
    said = main.get_by_role("alert").filter(has_text="was created when this form was sent before")
    expect(said).to_be_visible()
    expect(main.get_by_role("table").get_by_text("Pressed twice", exact=True)).to_have_count(1)
    assert len(sent) == 2


def test_a_form_of_htmx_is_sent_once_and_keeps_what_is_typed_meanwhile(
    site: LiveSite, client: OpenAI, open_page: Open
) -> None:
    store = client.vector_stores.create(name="Before")
    page = open_page(f"{site.url}/p/{site.project_id}/vector-stores/{store.id}/")
    settings = page.locator("#store-settings")
    name = settings.get_by_label("Name", exact=True)
    name.fill("Saved")
    slow_line(page)
    sent = posts_of(page)
    name.press("Enter")
    name.press("Enter")
    name.press_sequentially(", and more")
    expect(page.locator("#page-h")).to_have_text("Saved")
    expect(settings.get_by_role("status")).to_have_text("Saved")
    expect(name).to_have_value("Saved, and more")
    name.press("Enter")
    expect(page.locator("#page-h")).to_have_text("Saved, and more")
    assert len(sent) == 2


def test_changes_of_columns_come_one_after_the_other(
    site: LiveSite, client: OpenAI, open_page: Open
) -> None:
    assistant = client.beta.assistants.create(model="scripted-1", name="Second column")
    page = open_page(f"{site.url}/p/{site.project_id}/compare/new/")
    columns = page.locator(".compare-column-form")
    expect(columns).to_have_count(2)
    slow_line(page)
    chosen = columns.nth(1).get_by_label("Assistant")
    chosen.select_option(assistant.id)
    add = page.get_by_role("button", name="Add a column")
    expect(add).to_be_disabled()
    add.click()  # waits for the answer
    expect(columns).to_have_count(3)
    expect(chosen).to_have_value(assistant.id)
    expect(columns.nth(1).get_by_label("Version")).to_be_visible()
