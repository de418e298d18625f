"""The threads page in a real browser: search, select, export, delete."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from openai import OpenAI
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.live import LiveSite

Open = Callable[[str], Page]


def rows(page: Page) -> list[str]:
    return page.locator("tbody th [data-name]").all_inner_texts()


def open_delete_dialog(page: Page) -> None:
    page.locator("[name=id]").first.check()
    page.get_by_role("button", name="Delete").click()


def test_threads_are_found_exported_and_deleted(
    site: LiveSite, client: OpenAI, open_page: Open, tmp_path: Path
) -> None:
    for text in ("Walk: red apples", "Walk: green apples", "Walk: blue plums"):
        client.beta.threads.create(
            messages=[{"role": "user", "content": text}], metadata={"walk": "yes"}
        )
    page = open_page(f"{site.url}/p/{site.project_id}/threads/")
    audit(page)

    page.get_by_label("Metadata").fill("walk=yes")
    page.get_by_label("Text", exact=True).fill("apples")
    page.keyboard.press("Enter")
    page.wait_for_url("**/threads/?q=apples&metadata=walk%3Dyes")
    assert rows(page) == ["Walk: green apples", "Walk: red apples"]
    page.get_by_role("link", name="Walk: red apples").click()
    expect(page.locator("#messages")).to_contain_text("red apples")
    page.go_back()
    expect(page.get_by_label("Text", exact=True)).to_have_value("apples")
    assert rows(page) == ["Walk: green apples", "Walk: red apples"]

    page.get_by_label("Select “Walk: red apples”").check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as chosen:
        page.get_by_role("button", name="JSONL").click()
    chosen.value.save_as(tmp_path / "chosen.jsonl")
    [line] = (tmp_path / "chosen.jsonl").read_text().splitlines()
    assert json.loads(line)["messages"][0]["content"][0]["text"]["value"] == "Walk: red apples"

    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    confirm = dialog.get_by_role("button", name="Delete")
    expect(confirm).to_be_disabled()
    audit(page, open_delete_dialog)
    expect(dialog.get_by_label(re.compile("Type"))).to_be_focused()
    page.keyboard.type("delet")
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    page.keyboard.type("e")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 thread deleted.")).to_be_visible()
    assert rows(page) == ["Walk: green apples"]

    page.get_by_label("Text", exact=True).fill("nobody said this")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No matching threads")).to_be_visible()
    audit(page)


def test_all_that_a_filter_finds_is_selected_and_the_keyboard_stays_near(
    site: LiveSite, client: OpenAI, open_page: Open
) -> None:
    for number in range(27):
        client.beta.threads.create(
            messages=[{"role": "user", "content": f"Row {number}"}], metadata={"rows": "many"}
        )
    page = open_page(f"{site.url}/p/{site.project_id}/threads/?metadata=rows%3Dmany")
    tools = page.locator(".table-tools")
    expect(tools).to_contain_text("27 threads.")
    page.get_by_label("Select all threads on this page").check()
    expect(tools).to_contain_text("25 selected")
    page.get_by_role("button", name="Select all 27").click()
    expect(tools).to_contain_text("27 selected")
    page.locator("[name=id]").nth(3).uncheck()
    expect(tools).to_contain_text("24 selected")
    page.locator("[name=id]").nth(3).check()
    page.locator("[name=id]").last.scroll_into_view_if_needed()
    expect(tools.get_by_role("button", name="Delete")).to_be_in_viewport()
    page.get_by_role("button", name="Select all 27").click()
    tools.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete 27 threads?")).to_be_visible()
    page.keyboard.type("delete")
    page.keyboard.press("Enter")
    said = page.get_by_text("27 threads deleted.")
    expect(said).to_be_visible()
    expect(page.locator(".banner")).to_be_focused()


def test_a_name_that_is_too_long_stays_in_its_field(
    site: LiveSite, client: OpenAI, open_page: Open
) -> None:
    thread = client.beta.threads.create(metadata={"title": "Short"})
    page = open_page(f"{site.url}/p/{site.project_id}/threads/")
    row = page.locator(f"#row-{thread.id}")
    row.hover()
    row.get_by_role("button", name="Rename").click()
    field = row.get_by_role("textbox")
    field.fill("é" * 600)
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    expect(field).to_have_value("é" * 600)
    said = field.evaluate("field => field.validationMessage")
    assert said == "Use at most 512 characters. This has 600."
    field.fill("é" * 512)
    page.keyboard.press("Enter")
    expect(row.get_by_role("link").first).to_have_text("é" * 512)
