"""The editor of checks, which changes in its place while the rest of the row's form stays."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.live import LiveSite

Open = Callable[[str], Page]


def test_checks_are_added_changed_moved_and_saved_by_keyboard(
    site: LiveSite, open_page: Open
) -> None:
    page = open_page(f"{site.url}/p/{site.project_id}/tests/")
    page.get_by_label("New test set").fill("Checked")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Add row").click()
    page.get_by_label("Message", exact=True).fill("What is 6 times 7?\n---\nWhy?")
    checks = page.get_by_role("region", name="Checks")
    checks.get_by_label("New check").select_option("Equals")
    checks.get_by_role("button", name="Add check").press("Enter")
    expect(checks.get_by_label("Kind")).to_be_focused()
    checks.get_by_role("textbox", name="Reply", exact=True).fill("42")
    checks.get_by_label("Kind").select_option("Contains any of")
    # What was typed goes on, and the rest of the form hasn't moved.
    texts = checks.get_by_role("textbox", name="Texts")
    expect(texts).to_have_value("42")
    expect(page.get_by_label("Message", exact=True)).to_have_value("What is 6 times 7?\n---\nWhy?")
    texts.fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(checks.get_by_text("This field is required.")).to_be_visible()
    texts.fill("42\nforty-two")
    checks.get_by_label("Looks at").select_option("The reply to message 1")
    checks.get_by_label("New check").select_option("Is a refusal")
    checks.get_by_role("button", name="Add check").press("Enter")
    up = checks.get_by_role("button", name="Move up: Is a refusal")
    up.press("Enter")
    # It is the first now, so its other button has the focus.
    expect(checks.get_by_role("button", name="Move down: Is a refusal")).to_be_focused()
    # Enter in a field saves, and presses none of the buttons of a check.
    checks.get_by_label("Metric").first.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    listed = checks.get_by_role("listitem")
    expect(listed).to_have_count(2)
    expect(listed.nth(0)).to_contain_text("Is a refusal")
    expect(listed.nth(1)).to_contain_text("Contains any of “42”, “forty-two”")
    expect(listed.nth(1)).to_contain_text("Reply 1")
