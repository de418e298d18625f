"""Further members of a site's project, each with a browser of their own."""

import hashlib
import secrets

import psycopg
from playwright.sync_api import Browser, BrowserContext

from tests.live import LiveSite, press_sign_in


def add_member(site: LiveSite, name: str, role: str) -> str:
    """Add a person to the site's project. Return a link that signs them in."""
    token = secrets.token_urlsafe(32)
    with psycopg.connect(site.database_url) as connection:
        row = connection.execute(
            "INSERT INTO auth_user (username, password, is_superuser, is_staff, is_active,"
            " first_name, last_name, email, date_joined)"
            " VALUES (%s, '', false, false, true, '', '', '', now())"
            " ON CONFLICT (username) DO UPDATE SET is_active = true RETURNING id",
            [name],
        ).fetchone()
        assert row is not None
        connection.execute(
            "INSERT INTO membership (project_id, user_id, role, created_at)"
            " VALUES (%s, %s, %s, now()) ON CONFLICT DO NOTHING",
            [site.project_id, row[0], role],
        )
        connection.execute(
            "INSERT INTO sign_in_link (digest, user_id, expires_at)"
            " VALUES (%s, %s, now() + interval '1 hour')",
            [hashlib.sha256(token.encode()).hexdigest(), row[0]],
        )
    return f"{site.url}/sign-in/{token}/"


def browser_of(browser: Browser, link: str) -> BrowserContext:
    """Return a browser in which the person of the link is signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script("try { localStorage.hides ??= '' } catch {}")
    page = context.new_page()
    page.goto(link)
    press_sign_in(page)
    page.close()
    return context
