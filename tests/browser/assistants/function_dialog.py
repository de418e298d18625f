"""The function dialog, for tests of other screens."""

import re

from openai import OpenAI
from playwright.sync_api import Locator, Page, expect


def names(page: Page) -> Locator:
    return page.locator("#functions .fn-name")


def open_with_functions(page: Page, client: OpenAI, *names_: str) -> None:
    """Give the assistant on the page functions with these names."""
    found = re.search(r"a=(asst_\w+)", page.url)
    assert found is not None
    client.beta.assistants.update(
        found[1], tools=[{"type": "function", "function": {"name": name}} for name in names_]
    )
    page.reload()
    expect(names(page)).to_have_text(list(names_))


def add_example(page: Page, name: str = "get_weather") -> None:
    """Add a function from the examples to the configuration."""
    count = page.locator("#functions .fn").count()
    page.get_by_role("button", name="Add function").click()
    dialog = page.locator("#function-dialog")
    dialog.get_by_role("button", name="Examples").click()
    dialog.get_by_role("button", name=name).click()
    dialog.get_by_role("button", name="Done").click()
    expect(page.locator("#functions .fn")).to_have_count(count + 1)
