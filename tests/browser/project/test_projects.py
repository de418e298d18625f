"""Projects in a real browser: create, switch by keyboard, rename, delete, and the activity."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.live import LiveSite

Open = Callable[[str], Page]

SWITCHER = "[popovertarget=projects-menu]"


@pytest.fixture(scope="module")
def site() -> Iterator[LiveSite]:
    """A site of its own, because others expect that the site opens its only project."""
    site = LiveSite("projects")
    try:
        yield site.start(workers=0)
    finally:
        site.stop()


def open_menu(page: Page) -> None:
    page.locator(SWITCHER).click()
    expect(page.locator("#projects-found a").first).to_be_visible()


def open_delete_dialog(page: Page) -> None:
    page.get_by_role("button", name="Delete project").first.click()


def create(page: Page, name: str) -> None:
    page.get_by_label("Name of the new project").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator(SWITCHER)).to_contain_text(name)


@pytest.mark.timeout(300)
def test_projects_begin_and_end(site: LiveSite, open_page: Open) -> None:
    page = open_page(f"{site.url}/p/{site.project_id}/projects/")
    for number in range(9):
        page.goto(f"{site.url}/p/{site.project_id}/projects/")
        create(page, f"Harbour {number}")
    # By keyboard: the search has the focus, and Tab leads to what it found.
    page.locator(SWITCHER).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#projects-q")).to_be_focused()
    page.keyboard.type("harbour 3")
    expect(page.locator("#projects-found [data-name]")).to_have_text(["Harbour 3"])
    expect(page.locator("#projects-q")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(SWITCHER)).to_contain_text("Harbour 3")

    page.goto(page.url.replace("/playground/", "/settings/"))
    page.get_by_label("Name", exact=True).last.fill("Pier 3")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_text("Name saved.")).to_be_visible()
    audit(page, open_delete_dialog)
    open_delete_dialog(page)
    delete = page.get_by_role("dialog").get_by_role("button", name="Delete project")
    expect(delete).to_be_disabled()
    page.keyboard.type("Pier 3")
    delete.click()
    page.wait_for_url("**/playground/")
    open_menu(page)
    expect(page.locator("#projects-found")).not_to_contain_text("Pier 3")
    audit(page, open_menu, sizes=((1440, 900),))


def test_activity_is_filtered_and_paged(site: LiveSite, open_page: Open) -> None:
    page = open_page(f"{site.url}/p/{site.project_id}/settings/")
    page.get_by_label("Name of the new key").fill("Watch")
    page.keyboard.press("Enter")
    expect(page.locator("#secret")).to_be_visible()
    page.goto(f"{site.url}/p/{site.project_id}/settings/activity/")
    page.get_by_label("Action").select_option(label="Created the API key")
    expect(page).to_have_url(f"{page.url.partition('?')[0]}?verb=create_api_key")
    expect(page.get_by_role("row", name="Watch")).to_be_visible()
    page.get_by_label("From").fill("2999-01-01")
    expect(page.get_by_text("No activity matches this filter.")).to_be_visible()
    page.get_by_role("link", name="Clear filter").click()
    page.get_by_role("row", name="Watch").get_by_role("link").click()
    expect(page.get_by_label("Name or ID")).to_have_value("".join(page.url.split("target=")[1:]))
    audit(page)
