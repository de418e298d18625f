"""Settings and code samples in a real browser, from a new key to a program that uses it."""

import subprocess
import sys
from collections.abc import Callable

from openai import OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite

Open = Callable[[str], Page]


def row(page: Page, name: str) -> str:
    return page.get_by_role("row", name=name).inner_text()


def cell(page: Page, name: str, column: str) -> str:
    heads = page.get_by_role("table").filter(has_text=name).get_by_role("columnheader")
    place = heads.all_inner_texts().index(column)
    # The row's header is its first cell.
    return page.get_by_role("row", name=name).locator("th, td").nth(place).inner_text()


def open_revoke_dialog(page: Page) -> None:
    page.get_by_role("button", name="Revoke").first.click()


def test_limits_and_prices_are_kept(site: LiveSite, open_page: Open) -> None:
    page = open_page(f"{site.url}/p/{site.project_id}/settings/limits/")
    page.get_by_label("Dollars a day").fill("some")
    page.keyboard.press("Enter")
    expect(page.locator("#e-l-dollars_per_day")).to_contain_text("Enter a number.")
    page.get_by_label("Dollars a day").fill("5000")
    page.get_by_role("button", name="Save limits").click()
    expect(page.get_by_text("Limits saved.")).to_be_visible()
    expect(page.get_by_label("Dollars a day")).to_have_value("5000.00")
    page.get_by_label("Dollars a day").fill("")
    page.get_by_role("button", name="Save limits").click()
    expect(page.get_by_text("Limits saved.")).to_be_visible()
    page.get_by_label("Model", exact=True).fill("scripted-1")
    page.get_by_label("Prompt", exact=True).fill("2.5")
    page.get_by_label("Completion").fill("ten")
    page.keyboard.press("Enter")
    expect(page.locator("#e-p-completion")).to_contain_text("Enter a number.")
    page.get_by_label("Completion").fill("10")
    page.get_by_role("button", name="Save price").click()
    expect(page.get_by_text("Price saved.")).to_be_visible()
    assert "$2.50" in row(page, "scripted-1")

    audit(page)
    page.get_by_role("button", name="Remove the price of scripted-1").click()
    expect(page.get_by_text("Price removed.")).to_be_visible()


def test_keys_and_endpoints_are_kept(
    site: LiveSite, provider: ScriptedProvider, open_page: Open
) -> None:
    page = open_page(f"{site.url}/p/{site.project_id}/settings/")
    page.get_by_label("Name of the new key").fill("Walk")
    page.keyboard.press("Enter")
    secret = page.locator("#secret").inner_text()
    assert OpenAI(base_url=site.base_url, api_key=secret).models.list().data
    page.goto(f"{site.url}/p/{site.project_id}/settings/")
    assert secret[-4:] in cell(page, "Walk", "Key")
    assert cell(page, "Walk", "Last used") != "never"
    assert cell(page, "Walk", "Expires") == "never"

    page.get_by_role("button", name="Test 127.0.0.1").click()
    expect(page.get_by_text("127.0.0.1 responded with")).to_be_visible()
    audit(page)
    audit(page, open_revoke_dialog)
    page.get_by_role("button", name="Revoke Walk").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Key revoked.")).to_be_visible()
    expect(page.get_by_role("row", name="Walk")).to_have_count(0)


def test_code_that_is_copied_from_the_page_runs(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Open,
) -> None:
    provider.enqueue(Reply(text="Wait."), Reply(text="It is 11 degrees."))
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "How warm?"}]}
    )
    page = open_page(f"{site.url}/p/{site.project_id}/runs/{run.id}/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="View code").click()
    audit(page)
    page.get_by_role("link", name="This thread").click()
    page.get_by_role("link", name="Node").click()
    expect(page.locator("code").last).to_contain_text("createAndRunPoll")
    page.go_back()
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#announce")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-"],
        input=copied,
        env={"PATH": "/usr/bin:/bin", "OPENAI_API_KEY": client.api_key},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "It is 11 degrees." in done.stdout
