"""The function dialog, for tests of other screens."""

from playwright.sync_api import Page, expect


def add_example(page: Page, name: str = "get_weather") -> None:
    """Add a function from the examples to the configuration."""
    count = page.locator("#functions .fn").count()
    page.get_by_role("button", name="Add function").click()
    dialog = page.locator("#function-dialog")
    dialog.get_by_role("button", name="Examples").click()
    dialog.get_by_role("button", name=name).click()
    dialog.get_by_role("button", name="Done").click()
    expect(page.locator("#functions .fn")).to_have_count(count + 1)
