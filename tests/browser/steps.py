"""What a person does on the main screen, for tests of several files."""

from playwright.sync_api import Page, expect


def publish(page: Page, note: str = "") -> None:
    """Publish the draft, and wait for the page that comes after."""
    page.keyboard.press("Control+s")
    dialog = page.locator("#publish-dialog")
    dialog.get_by_label("Note").fill(note)
    with page.expect_navigation():
        dialog.get_by_role("button", name="Publish v").click()
    expect(page.locator("#draft-state .saved")).to_have_text("No changes")


def expect_kept(page: Page) -> None:
    """All that was typed is in the draft."""
    expect(page.locator("#draft-state .saved")).to_have_text("Draft saved")
