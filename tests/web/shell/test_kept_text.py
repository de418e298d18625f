"""What somebody typed, when the session that it was typed in has ended."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from assistants_app.models import Comment
from tests.cast import Cast
from tests.live import form_token
from tests.web.pages import HTMX, project_url

TEXT = "A long thought,\r\nand its second <line>"
OWN = {"origin": "http://testserver", "accept": "text/html,*/*"}
pytestmark = pytest.mark.django_db(transaction=True)


def browser_of(user: User) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


def token_in(client: Client, cast: Cast) -> str:
    return form_token(client.get(project_url(cast, "account")).content.decode())


def url_of(cast: Cast) -> str:
    return project_url(cast, "comment_on_message", cast.thread.id, cast.message.id)


def fields_of(page: str) -> dict[str, str]:
    """Return what the button of the page sends."""
    form = page.partition("<main")[2].partition("</form>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    typed = dict(re.findall(r'<textarea[^>]*?name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL))
    # As browsers send the lines of a text area.
    return {name: unescape(text) for name, text in {**hidden, **typed}.items()}


def comment(client: Client, cast: Cast, token: str, **headers: str) -> Any:
    fields = {"csrfmiddlewaretoken": token, "text": TEXT}
    return client.post(url_of(cast), fields, headers=headers)


def test_a_form_of_somebody_signed_out_comes_back_and_is_sent_after_signing_in(cast: Cast) -> None:
    client = browser_of(cast.bob)
    token = token_in(client, cast)
    del client.cookies[next(name for name in client.cookies if "session" in name)]
    page_before = f"http://testserver{project_url(cast, 'playground')}?t={cast.thread.id}"
    kept = comment(client, cast, token, **OWN, referer=page_before)
    page = kept.content.decode()
    assert kept.status_code == 403
    assert "You are signed out" in page
    assert fields_of(page)["text"] == TEXT
    # After signing in, a page, and not the address of the form, which has none.
    [target] = re.findall(r'href="/sign-in/\?next=([^"]+)"', page)
    assert target.startswith(f"/p/{cast.project.id}/")
    assert "%3Ft%3D" in target
    client.force_login(cast.bob)
    sent = fields_of(page)
    again = client.post(url_of(cast), sent, headers=OWN)
    if again.status_code == 403:
        # The sign-in has replaced the token of forms.
        assert "This page has expired" in again.content.decode()
        again = client.post(url_of(cast), fields_of(again.content.decode()), headers=OWN)
    assert again.status_code < 400
    assert Comment.objects.get().text == TEXT.replace("\r\n", "\n")


def test_scripts_of_somebody_signed_out_are_led_to_the_sign_in_page(cast: Cast) -> None:
    for headers in ({}, HTMX, {**HTMX, "accept": "text/html"}):
        answer = Client().post(url_of(cast), {"text": TEXT}, headers=headers)
        assert answer.status_code == 302
        # Not the address of the form, which has no page.
        assert answer["Location"] == f"/sign-in/?next={reverse('home')}"
    opened = Client().get(project_url(cast, "playground"))
    assert opened["Location"] == f"/sign-in/?next={project_url(cast, 'playground')}"


def test_an_expired_page_gives_its_text_back(cast: Cast) -> None:
    client = browser_of(cast.bob)
    old = token_in(client, cast)
    client.cookies.clear()
    client.force_login(cast.bob)
    token_in(client, cast)
    kept = comment(client, cast, old, **OWN)
    page = kept.content.decode()
    assert kept.status_code == 403
    assert "This page has expired" in page
    assert "You are signed in as bob." in page
    assert not Comment.objects.exists()
    assert client.post(url_of(cast), fields_of(page), headers=OWN).status_code < 400
    assert Comment.objects.get().text == TEXT.replace("\r\n", "\n")


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {}])
def test_a_form_of_another_site_is_not_shown(cast: Cast, headers: dict[str, str]) -> None:
    refused = comment(browser_of(cast.bob), cast, "x" * 64, accept="text/html", **headers)
    page = refused.content.decode()
    assert refused.status_code == 403
    assert "long thought" not in page
    assert "This page has expired" in page


def test_passwords_and_keys_are_not_shown(cast: Cast) -> None:
    client = browser_of(cast.alice)
    secrets = {"api_key": "sk-hidden", "password": "hunter2", "new_password1": "hunter3"}
    fields = {"csrfmiddlewaretoken": "x" * 64, "name": "My endpoint", **secrets}
    token_in(client, cast)
    page = client.post(project_url(cast, "save_account"), fields, headers=OWN).content.decode()
    assert "My endpoint" in page
    assert not [text for text in secrets.values() if text in page]
    # Without them it would be another form.
    assert "Send again" not in page
