"""Variables in a real browser: rows are added and removed, and values are marked before a run."""

import os

from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.browser.steps import expect_kept, expect_status, write
from tests.fakes.provider import ScriptedProvider


def picture(page: Page, name: str) -> None:
    """Keep a picture for a person to look at, if the environment names a folder."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png")


def add_variable(page: Page, number: int, name: str, kind: str = "text") -> None:
    page.get_by_role("button", name="Add variable").click()
    row = page.locator("#variables-field > .variable").nth(number)
    expect(row.get_by_label("Name of the variable")).to_be_focused()
    row.get_by_label("Name of the variable").fill(name)
    row.get_by_label("Type").select_option(kind)


def test_variables_are_declared_filled_and_sent(page: Page, provider: ScriptedProvider) -> None:
    page.locator("#f-instructions").fill("Be {{tone}} in {{city}}.")
    page.locator("#variables-box > summary").click()
    add_variable(page, 0, "city")
    add_variable(page, 1, "tone", "choice")
    row = page.locator("#variables-field > .variable").nth(1)
    expect(row.locator(".note")).to_contain_text("needs choices")
    row.get_by_label("Choices").fill("kind\nshort")
    row.get_by_label("If a run has no value").select_option("optional")
    row.get_by_label("Default").fill("loud")
    expect(row.locator(".note")).to_contain_text("Supported values are")
    row.get_by_label("Default").fill("kind")
    expect(row.locator(".note")).to_be_empty()
    expect_kept(page)

    # The form above the composer is there at once, and marks what is missing.
    note = page.locator("#values-note")
    expect(note).to_have_text("1 needs a value")
    audit(page)
    picture(page, "variables-wide")
    write(page, "Hello {{city}}")
    expect(page.locator("#composer-error")).to_have_text("The variable “city” needs a value.")
    expect(page.locator("#composer-box")).to_have_value("Hello {{city}}")
    page.get_by_label("city", exact=True).fill("Oslo")
    expect(note).to_be_empty()
    page.get_by_label("Name of the values").fill("In Norway")
    page.locator("#values").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Saved values", exact=True)).to_have_value("1")
    write(page, "Hello {{city}}")
    expect_status(page, "completed")
    assert [message["content"] for message in provider.completions[0]["messages"]] == [
        "Be kind in Oslo.",
        "Hello Oslo",
    ]
    expect(page.get_by_label("city", exact=True)).to_have_value("Oslo")

    # A removed row comes back.
    page.locator("#variables-field > .variable").nth(0).get_by_role("button", name="Remove").click()
    expect(page.get_by_label("city", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("city", exact=True)).to_have_value("Oslo")
    expect_kept(page)
    page.set_viewport_size({"width": 390, "height": 844})
    audit(page)
    picture(page, "variables-phone")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1440, "height": 900})
    picture(page, "variables-dark")
