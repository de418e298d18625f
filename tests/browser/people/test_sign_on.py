"""Sign-in at an OpenID Connect provider, in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.audit import audit
from tests.fakes.oidc import OidcProvider
from tests.web.people.sign_on_site import DOMAIN, SignOnSite


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    with OidcProvider() as provider:
        yield provider


@pytest.fixture
def sign_on_site(provider: OidcProvider) -> Iterator[SignOnSite]:
    site = SignOnSite("sign_on_browser")
    try:
        site.start_for(provider)
        yield site
    finally:
        site.stop()


def newcomer(browser: Browser, faults: list[str]) -> Page:
    page = browser.new_context().new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    return page


def test_people_come_in_by_their_domain_and_by_an_invitation(
    sign_on_site: SignOnSite, provider: OidcProvider, browser: Browser
) -> None:
    site, faults = sign_on_site, []  # type: tuple[SignOnSite, list[str]]
    ann = newcomer(browser, faults)
    provider.be("s-ann", email=f"ann@{DOMAIN}", email_verified=True, name="Ann Lee")
    ann.goto(f"{site.url}/p/{site.project_id}/threads/")
    audit(ann)
    ann.get_by_role("link", name="Sign in with Example ID").click()
    expect(ann).to_have_url(f"{site.url}/p/{site.project_id}/threads/")
    ann.goto(f"{site.url}/p/{site.project_id}/account/")
    expect(ann.get_by_label("E-mail")).to_have_value(f"ann@{DOMAIN}")
    # The provider has vouched for it.
    expect(ann.get_by_text("Nobody has confirmed")).to_be_hidden()

    owner = newcomer(browser, faults)
    site.sign_in(owner)
    owner.goto(f"{site.url}/p/{site.project_id}/settings/people/")
    owner.get_by_label("E-mail address (optional)").fill("bob@elsewhere.example")
    owner.get_by_role("button", name="Invite", exact=True).click()
    link = owner.locator("#invitation-link").inner_text()

    bob = newcomer(browser, faults)
    provider.be("s-bob", email="bob@elsewhere.example", email_verified=True, name="Bob")
    bob.goto(link)
    bob.get_by_role("link", name="Sign in with Example ID").click()
    bob.get_by_role("button", name="Accept invitation").click()
    bob.wait_for_url(f"{site.url}/p/{site.project_id}/playground/**")
    assert site.role_of("bob@elsewhere.example") == "editor"

    eve = newcomer(browser, faults)
    provider.be("s-eve", email="eve@elsewhere.example", email_verified=True, name="Eve")
    eve.goto(f"{site.url}/sign-in/")
    eve.get_by_role("link", name="Sign in with Example ID").click()
    expect(eve.get_by_role("heading", name="You have no access yet")).to_be_visible()
    # The browser's words about the status of that page.
    assert [fault for fault in faults if "status of 403" not in fault] == []
    for page in (ann, owner, bob, eve):
        page.context.close()
