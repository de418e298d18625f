"""A site with a team, and the browsers of its people."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from openai import OpenAI
from playwright.sync_api import Browser, BrowserContext, Page, expect

from assistants_app.events.access import AccessChange, _publish
from tests.fakes.provider import ScriptedProvider
from tests.live import API_KEY, LiveSite

ADD_USER = """
INSERT INTO auth_user (username, first_name, last_name, email, password,
                       is_superuser, is_staff, is_active, date_joined)
VALUES (%s, %s, %s, '', '!', false, false, true, now()) RETURNING id
"""


@dataclass
class Team:
    """The people of a site's project. Their changes are written past the services of the site."""

    site: LiveSite
    browser: Browser

    def __post_init__(self) -> None:
        self.contexts: list[BrowserContext] = []

    def add(self, name: str, role: str = "editor") -> int:
        """Add a person with this full name, and return their id."""
        first, _, last = name.partition(" ")
        login = f"{first.lower()}-{secrets.token_hex(3)}"
        with psycopg.connect(self.site.database_url) as connection:
            found = connection.execute(ADD_USER, [login, first, last]).fetchone()
            assert found
            connection.execute(
                "INSERT INTO membership (project_id, user_id, role, created_at)"
                " VALUES (%s, %s, %s, now())",
                [self.site.project_id, found[0], role],
            )
        return int(found[0])

    def change(self, statement: str, user_id: int) -> None:
        """Carry out a statement about a membership, and let the site know."""
        with psycopg.connect(self.site.database_url) as connection:
            connection.execute(statement, [user_id])
        _publish(AccessChange(project_id=self.site.project_id, user_id=user_id))

    def key_of(self, user_id: int) -> str:
        """Return a personal API key."""
        secret = f"sk-ap-{secrets.token_urlsafe(30)}"
        digest = hashlib.sha256(secret.encode()).hexdigest()
        with psycopg.connect(self.site.database_url) as connection:
            connection.execute(
                "INSERT INTO api_key (id, project_id, user_id, name, digest, last_four, created_at)"
                " VALUES (%s, %s, %s, 'mine', %s, 'four', now())",
                [f"key_{secrets.token_hex(8)}", self.site.project_id, user_id, digest],
            )
        return secret

    def browser_of(self, user_id: int, browser: Browser | None = None) -> Page:
        """Return a page in a browser in which the person is signed in."""
        token = secrets.token_urlsafe(32)
        with psycopg.connect(self.site.database_url) as connection:
            connection.execute(
                "INSERT INTO sign_in_link (digest, user_id, expires_at)"
                " VALUES (%s, %s, now() + interval '1 hour')",
                [hashlib.sha256(token.encode()).hexdigest(), user_id],
            )
        context = (browser or self.browser).new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script("try { localStorage.hides ??= '' } catch {}")
        self.contexts.append(context)
        page = context.new_page()
        page.goto(f"{self.site.url}/sign-in/{token}/")
        if "/sign-in/" in page.url:
            page.get_by_role("button", name="Sign in").click()
        return page

    def open(self, page: Page, thread_id: str = "", assistant_id: str = "") -> Page:
        """Open the playground, and wait until it is live."""
        asked = f"?a={assistant_id}" + (f"&t={thread_id}" if thread_id else "")
        page.goto(f"{self.site.url}/p/{self.site.project_id}/playground/{asked}")
        expect(page.locator("#connection")).to_have_text("Live")
        return page


@pytest.fixture(scope="module")
def site(the_provider: ScriptedProvider) -> Iterator[LiveSite]:
    """A site of its own, because others expect a project with one member."""
    environment = {"OPENAI_BASE_URL": the_provider.base_url, "OPENAI_API_KEY": "provider-key"}
    site = LiveSite("people", environment)
    try:
        yield site.start()
    finally:
        site.stop()


@pytest.fixture
def team(site: LiveSite, browser: Browser) -> Iterator[Team]:
    """The site's people. Those whom a test adds are gone after it."""
    team = Team(site, browser)
    yield team
    for context in team.contexts:
        context.close()
    with psycopg.connect(site.database_url) as connection:
        others = "(SELECT min(id) FROM auth_user)"
        for table, column in (
            *(("api_key", "user_id"), ("membership", "user_id"), ("sign_in_link", "user_id")),
            ("auth_user", "id"),
        ):
            connection.execute(f"DELETE FROM {table} WHERE {column} > {others}")  # noqa: S608


@pytest.fixture
def people(team: Team) -> Callable[..., list[Page]]:
    """Return a function that opens a thread in the browsers of people with these names."""

    def open_for(*names: str, thread_id: str, assistant_id: str) -> list[Page]:
        pages = [team.browser_of(team.add(name)) for name in names]
        return [team.open(page, thread_id, assistant_id) for page in pages]

    return open_for


@pytest.fixture
def client(site: LiveSite, provider: ScriptedProvider) -> Iterator[OpenAI]:
    with OpenAI(base_url=site.base_url, api_key=API_KEY) as client:
        yield client
