"""The dialog of functions, as tests of other screens use it."""

from playwright.sync_api import Page, expect


def add_example(page: Page, name: str = "get_weather") -> None:
    """One more function in the configuration, from the examples."""
    count = page.locator("#functions .fn").count()
    page.get_by_role("button", name="Add function").click()
    dialog = page.locator("#function-dialog")
    dialog.get_by_role("button", name="Examples").click()
    dialog.get_by_role("button", name=name).click()
    dialog.get_by_role("button", name="Done").click()
    expect(page.locator("#functions .fn")).to_have_count(count + 1)
