"""Invitations and members in two browsers: of the owner, and of somebody who is invited."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.audit import audit
from tests.live import LiveSite

Open = Callable[[str], Page]
PASSWORD = "correct horse battery"


@pytest.fixture
def people(site: LiveSite, open_page: Open) -> Page:
    return open_page(f"{site.url}/p/{site.project_id}/settings/people/")


@pytest.fixture
def guest(browser: Browser) -> Iterator[Page]:
    """The page of somebody who isn't signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def invite(people: Page, *, email: str = "", role: str = "Editor") -> str:
    """Invite somebody, and return the link."""
    people.get_by_label("E-mail address").fill(email)
    people.locator("#i-role").select_option(label=role)
    people.get_by_role("button", name="Invite", exact=True).click()
    return people.locator("#invitation-link").inner_text()


def join(guest: Page, link: str, name: str, email: str) -> None:
    guest.goto(link)
    guest.get_by_label("Your name").fill(name)
    if guest.get_by_label("E-mail address").is_editable():
        guest.get_by_label("E-mail address").fill(email)
    guest.get_by_label("New password").fill(PASSWORD)
    guest.get_by_role("button", name="Create account and join").click()
    guest.wait_for_url("**/p/proj_*/**")


def remove(people: Page, name: str) -> None:
    people.get_by_role("button", name=f"Remove {name}").click()
    people.locator("#confirm-dialog").get_by_role("button", name="Remove").click()
    expect(people.get_by_text(f"{name} is no longer a member.")).to_be_visible()


def row_of(page: Page, name: str) -> Locator:
    return page.locator("#members").get_by_role("row", name=name)


def open_role_menu(page: Page) -> None:
    page.get_by_role("button", name="Role of Dora").click()
    expect(page.locator(".role-menu:popover-open")).to_be_visible()


def test_from_the_invitation_to_the_removal(people: Page, guest: Page, site: LiveSite) -> None:
    expect(people.get_by_text("You are the only member")).to_be_visible()
    audit(people)
    link = invite(people, email="dora@example.org")
    people.context.grant_permissions(["clipboard-read", "clipboard-write"])
    people.get_by_role("button", name="Copy").click()
    expect(people.locator("#announce")).to_have_text("Copied")
    assert people.evaluate("navigator.clipboard.readText()") == link

    guest.goto(link)
    audit(guest)
    join(guest, link, "Dora Diaz", "dora@example.org")
    guest.goto(link)
    guest.wait_for_url("**/p/proj_*/**")

    people.goto(f"{site.url}/p/{site.project_id}/settings/people/")
    expect(row_of(people, "Dora Diaz")).to_contain_text("Editor")
    audit(people)
    audit(people, open_role_menu)
    with people.expect_navigation():
        open_role_menu(people)
        people.keyboard.press("ArrowDown")
        people.keyboard.press("Enter")
    expect(people.get_by_text("Dora Diaz: the role is now Viewer.")).to_be_visible()
    guest.goto(people.url.partition("#")[0])
    expect(row_of(guest, "Dora Diaz")).to_contain_text("Viewer")
    expect(guest.get_by_role("button", name="Invite", exact=True)).to_have_count(0)
    audit(guest)

    remove(people, "Dora Diaz")
    answer = guest.reload()
    assert answer is not None
    assert answer.status == 404


def test_an_ended_invitation_and_one_for_somebody_else(
    people: Page, guest: Page, site: LiveSite, browser: Browser
) -> None:
    link = invite(people, role="Viewer")
    join(guest, link, "Finn Falk", "finn@example.org")
    stranger = browser.new_page()
    stranger.goto(link)
    expect(stranger.get_by_role("heading")).to_have_text("This invitation doesn't work")
    audit(stranger)
    stranger.close()
    guest.goto(invite(people, email="eve@example.org"))
    expect(guest.get_by_role("alert")).to_contain_text(
        "nobody has confirmed that this address is yours"
    )
    audit(guest)
    guest.get_by_role("main").get_by_role("button", name="Sign out").click()
    guest.wait_for_url("**/sign-in/**")
    people.goto(f"{site.url}/p/{site.project_id}/settings/people/")
    people.get_by_role("button", name="Revoke: eve@example.org").click()
    people.locator("#confirm-dialog").get_by_role("button", name="Revoke").click()
    expect(people.get_by_role("row", name="eve@example.org")).to_contain_text("revoked")
    remove(people, "Finn Falk")
