"""The version pages in a real browser: compare, restore, rebase, publish."""

from collections.abc import Callable

from openai import OpenAI
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.browser.steps import agree, expect_kept
from tests.live import LiveSite

Open = Callable[[str], Page]


def schema(*names: str) -> dict[str, object]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}}


def test_versions_are_compared_and_restored(
    site: LiveSite, client: OpenAI, open_page: Open
) -> None:
    one = client.beta.assistants.create(
        model="scripted-1",
        name="Math tutor",
        instructions="You are a personal math tutor.\nExplain each step in plain words.\n"
        "Finish with the answer on a line of its own.",
        tools=[
            {"type": "function", "function": {"name": "solve", "parameters": schema("equation")}}
        ],
    )
    client.beta.assistants.update(
        one.id,
        temperature=0.3,
        instructions="You are a patient math tutor.\nExplain each step in plain words.\n"
        "Never skip a step.\nFinish with the answer on a line of its own.",
        tools=[
            {
                "type": "function",
                "function": {"name": "solve", "parameters": schema("equation", "unknown")},
            },
            {"type": "code_interpreter"},
        ],
    )
    client.beta.assistants.update(one.id, name="Patient math tutor")
    page = open_page(f"{site.url}/p/{site.project_id}/assistants/{one.id}/versions/")
    audit(page)
    page.get_by_label("Version 1 as the older one").check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/versions/1/diff/3/")
    expect(page.locator("#d-instructions")).to_contain_text("+2 −1")
    words = page.locator(".diff-field", has=page.locator("#d-instructions"))
    expect(words.locator("del")).to_have_text("personal")
    expect(words.locator("ins")).to_have_text("patient")
    audit(page)
    page.get_by_role("link", name="Split").click()
    page.wait_for_url("**view=split")
    expect(page.locator(".split").first).to_be_visible()
    audit(page)

    page.get_by_role("link", name="All versions").click()
    page.get_by_role("button", name="Restore as draft: version 1").click()
    page.wait_for_url("**/playground/**")
    expect(page.locator("#f-name")).to_have_value("Math tutor")
    assert client.beta.assistants.retrieve(one.id).name == "Patient math tutor"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#f-name")).to_have_value("Patient math tutor")
    expect(page.locator("#draft-state .saved")).to_have_text("No changes")

    page.goto(f"{site.url}/p/{site.project_id}/assistants/{one.id}/versions/")
    page.get_by_role("button", name="Publish v1 again").click()
    asked = page.get_by_role("alertdialog")
    expect(asked).to_contain_text("Publish version 1 again as v4?")
    expect(asked).to_contain_text("API clients get it at once")
    audit(page)
    agree(page, "Publish again")
    expect(page.get_by_role("status").filter(has_text="v4 is live")).to_be_visible()
    assert client.beta.assistants.retrieve(one.id).name == "Math tutor"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="v5 is live")).to_be_visible()
    assert client.beta.assistants.retrieve(one.id).name == "Patient math tutor"


def test_a_draft_that_fell_behind_is_rebased_and_published(
    site: LiveSite, client: OpenAI, open_page: Open
) -> None:
    one = client.beta.assistants.create(model="scripted-1", name="Tutor", instructions="Old.")
    base = f"{site.url}/p/{site.project_id}/assistants/{one.id}"
    page = open_page(f"{site.url}/p/{site.project_id}/playground/?a={one.id}")
    expect(page.locator("#f-name")).to_have_value("Tutor")
    page.locator("#f-instructions").fill("New.")
    expect_kept(page)
    client.beta.assistants.update(one.id, name="Kind tutor")
    page.goto(f"{base}/versions/")
    page.get_by_role("link", name="View changes").click()
    expect(page.get_by_role("alert")).to_contain_text("Version 2 was published by the API")
    audit(page)
    page.get_by_role("button", name="Rebase my draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My draft compared with version 2")
    expect(page.locator(".diff-field")).to_have_count(1)
    page.get_by_label("Note").fill("Newer words")
    page.get_by_role("button", name="Publish v3").click()
    page.wait_for_url("**a=asst_*")
    assert client.beta.assistants.retrieve(one.id).instructions == "New."
    page.goto(f"{base}/versions/")
    expect(page.locator("#v3")).to_contain_text("Newer words")
