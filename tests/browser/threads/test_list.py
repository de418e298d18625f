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
    return page.locator("tbody th").all_inner_texts()


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
    page.get_by_label("Text").fill("apples")
    page.keyboard.press("Enter")
    page.wait_for_url("**/threads/?q=apples&metadata=walk%3Dyes")
    assert rows(page) == ["Walk: green apples", "Walk: red apples"]
    page.get_by_role("link", name="Walk: red apples").click()
    expect(page.locator("#messages")).to_contain_text("red apples")
    page.go_back()
    expect(page.get_by_label("Text")).to_have_value("apples")
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
    dialog.get_by_label(re.compile("Type")).fill("delete")
    confirm.click()
    expect(page.get_by_text("1 thread deleted.")).to_be_visible()
    assert rows(page) == ["Walk: green apples"]

    page.get_by_label("Text").fill("nobody said this")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No matching threads")).to_be_visible()
    audit(page)
