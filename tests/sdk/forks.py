"""Forks of a live site's threads, which only the page can make."""

from urllib.parse import parse_qs, urlsplit

import httpx2
from django.urls import reverse

from tests.live import LiveSite, form_token


def fork_of(site: LiveSite, thread_id: str, message_id: str = "") -> str:
    """Fork the thread on the page, after the message or whole, and return the fork's id."""
    with httpx2.Client(follow_redirects=True, base_url=site.url) as browser:
        page = site.sign_in_client(browser)
        assert page.status_code == 200, page.text
        answer = browser.post(
            reverse("fork_thread", args=[site.project_id, thread_id]),
            data={"message": message_id} if message_id else {},
            headers={
                "X-CSRFToken": form_token(page.text),
                "HX-Request": "true",
                "Referer": site.url,
            },
        )
    assert answer.is_success, answer.text
    return parse_qs(urlsplit(answer.headers["HX-Redirect"]).query)["t"][0]
