"""The configuration column in a real browser: autosave, runs, publication, restore."""

from openai import OpenAI
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.browser.steps import agree, expect_status, write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

SAVED = "#draft-state .badge.saved"


def test_a_draft_is_saved_run_published_and_restored(
    page: Page, provider: ScriptedProvider, client: OpenAI
) -> None:
    state = page.locator(SAVED)
    expect(state).to_have_text("No changes")
    box = page.locator("#f-instructions")
    words = " ".join(f"word{number}" for number in range(60))
    box.press_sequentially(words, delay=25)  # over several autosaves
    page.keyboard.press("Control+Home")
    page.keyboard.type("First ")
    expect(box).to_have_value(f"First {words}")
    expect(state).to_have_text("Draft saved")
    page.locator("#f-temperature").fill("3")
    expect(page.locator("#e-temperature")).to_contain_text("Enter 2 or less.")
    expect(page.locator("#f-temperature")).to_have_attribute("aria-invalid", "true")
    page.locator("#f-temperature").fill("0.2")
    expect(page.locator("#e-temperature")).to_be_empty()
    expect(state).to_have_text("Draft saved")
    audit(page)
    page.reload()
    expect(box).to_have_value(f"First {words}")
    expect(page.locator("#f-temperature")).to_have_value("0.2")

    box.fill("Be brief.")
    write(page, "Hello")  # at once: the run waits for the draft
    expect_status(page, "completed")
    [sent] = provider.completions
    assert (sent["messages"][0]["content"], sent["temperature"]) == ("Be brief.", 0.2)
    published = client.beta.assistants.list(limit=1).data[0]
    assert published.instructions is None
    page.get_by_role("switch", name="Run the published version").check()
    page.reload()
    write(page, "Again")
    expect(page.locator("article.msg")).to_have_count(4)
    expect_status(page, "completed")
    assert provider.completions[-1].get("temperature") is None

    page.get_by_role("switch", name="Run the published version").uncheck()
    page.locator("[data-sets=f-temperature]").click()
    page.locator("#f-instructions").focus()
    page.keyboard.press("Control+s")
    dialog = page.locator("#publish-dialog")
    expect(dialog).to_contain_text("instructions")
    expect(dialog).not_to_contain_text("temperature")
    audit(page)
    dialog.get_by_label("Note").fill("Briefer")
    dialog.get_by_role("button", name="Publish v2").click()
    expect(page.locator(SAVED)).to_have_text("No changes")
    expect(page.locator(".cfg-h")).to_contain_text("v2")
    page.goto(page.url.split("/playground/")[0] + f"/assistants/{published.id}/versions/1/diff/2/")
    expect(page.locator(".diff-field")).to_have_count(1)
    page.get_by_role("button", name="Publish v1 again").click()
    agree(page, "Publish again")
    expect(page.get_by_role("status").filter(has_text="v3 is live")).to_be_visible()
    assert client.beta.assistants.retrieve(published.id).instructions is None


def test_the_expanded_editor_the_picker_and_the_dots_follow_what_happens(
    page: Page, client: OpenAI, provider: ScriptedProvider
) -> None:
    client.files.create(file=("numbers.csv", b"1,2"), purpose="assistants")
    page.get_by_text("Expand").click()
    page.locator("#f-instructions").fill("Greet {{ name }} in {{tone}}.\nBe brief.")
    beside = page.locator("#instructions-beside")
    expect(beside.locator(".variables code")).to_have_text(["name", "tone"])
    expect(beside.locator("ins, .added").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(beside).to_be_hidden()

    page.get_by_role("switch", name="Code interpreter").check()
    page.get_by_text("Sandbox limits").click()
    expect(page.locator(".limits")).to_contain_text("120 s")
    page.locator("#code-files").get_by_role("button", name="Choose").click()
    dialog = page.locator("#pick-dialog")
    dialog.get_by_label("Search files").fill("NUMB")
    dialog.get_by_role("button", name="Add numbers.csv").first.click()
    expect(page.locator("#code-files .chip .name")).to_have_text(["numbers.csv"])
    expect(page.locator("[data-file-count]")).to_have_text("1")
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator(SAVED)).to_have_text("Draft saved")
    page.reload()
    expect(page.locator("#code-files .chip .name")).to_have_text(["numbers.csv"])

    dot = page.locator("#assistants [aria-current] .dot")
    expect(dot).to_have_count(0)
    provider.enqueue(Reply(text="Slowly", gate_after=1))
    write(page, "Hello")
    page.wait_for_url("**t=thread_*")
    expect(dot).to_have_count(1)
    provider.release()
    expect_status(page, "completed")
    expect(dot).to_have_count(0)
