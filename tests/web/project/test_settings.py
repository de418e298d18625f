"""The settings page: API keys, endpoints and time zone."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assistants_app.domain.rights import VIEWER
from assistants_app.models import ApiKey, Membership, ModelEndpoint, Project
from assistants_app.queries.project.access import find_api_key
from tests.cast import Cast
from tests.fakes.provider import ScriptedProvider
from tests.web.pages import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.alice)


def url(cast: Cast, name: str, *more: str) -> str:
    return reverse(name, args=[cast.project.id, *more])


def test_a_key_is_shown_once_and_opens_the_project(cast: Cast, client: Client) -> None:
    answer = client.post(url(cast, "create_key"), {"name": "CI"})
    [secret] = re.findall(r'id="secret">([^<]+)<', answer.content.decode())
    key = find_api_key(secret)
    assert key is not None
    assert (key.name, key.project) == ("CI", cast.project)
    assert answer["Cache-Control"] == "no-store"
    later = client.get(url(cast, "settings")).content.decode()
    assert secret not in later
    assert f"…{secret[-4:]}" in later


def test_a_form_that_is_sent_twice_creates_one_key(cast: Cast, client: Client) -> None:
    page = client.get(url(cast, "settings")).content.decode()
    [form_id] = re.findall(r'name="form_id" value="([^"]+)"', page)
    given = {"name": "CI", "form_id": form_id}
    assert 'id="secret"' in client.post(url(cast, "create_key"), given).content.decode()
    again = client.post(url(cast, "create_key"), given, follow=True).content.decode()
    assert "The key “CI” was created when this form was sent before." in again
    assert ApiKey.objects.filter(name="CI").count() == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [("", "Enter a name."), ("  ", "Enter a name."), ("x" * 257, "at most 256 characters")],
)
def test_a_key_needs_a_name(cast: Cast, client: Client, name: str, says: str) -> None:
    answer = client.post(url(cast, "create_key"), {"name": name})
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_a_key_has_an_owner_a_scope_and_an_end(cast: Cast, client: Client) -> None:
    client.post(
        url(cast, "create_key"),
        {"name": "CI", "kind": "personal", "scope": "runs", "days": "30"},
    )
    key = ApiKey.objects.get(name="CI")
    assert (key.user, key.scope) == (cast.alice, "runs")
    assert key.expires_at is not None
    assert timedelta(days=29) < key.expires_at - timezone.now() <= timedelta(days=30)
    page = client.get(url(cast, "settings")).content.decode()
    row = page[page.index("CI</th>") :].partition("</tr>")[0]
    assert "alice" in row
    assert "Threads and runs" in row
    assert "expired" not in row
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())
    assert "expired" in client.get(url(cast, "settings")).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("kind", "everybody", "Choose whose key it is"),
        ("scope", "ALL", "Choose a scope"),
        ("days", "-1", "Choose a time"),
        ("days", "99999999999999999999", "Choose a time"),
    ],
)
def test_a_made_up_choice_makes_no_key(
    cast: Cast, client: Client, field: str, value: str, problem: str
) -> None:
    answer = client.post(url(cast, "create_key"), {"name": "CI", field: value})
    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert not ApiKey.objects.filter(name="CI").exists()


def test_an_editor_has_keys_of_their_own(cast: Cast, client: Client) -> None:
    editor = signed_in(cast.bob)
    service = ApiKey.objects.get(project=cast.project)
    client.post(url(cast, "create_key"), {"name": "Hers", "kind": "personal"})
    hers = ApiKey.objects.get(name="Hers")
    page = editor.post(url(cast, "create_key"), {"name": "Mine"}).content.decode()
    mine = ApiKey.objects.get(name="Mine")
    assert (hers.user, mine.user) == (cast.alice, cast.bob)
    assert "Hers" not in page
    assert [key.id in page for key in (mine, hers, service)] == [True, False, False]
    assert editor.post(url(cast, "revoke_key", service.id)).status_code == 404
    assert editor.post(url(cast, "revoke_key", hers.id)).status_code == 404
    assert editor.post(url(cast, "revoke_key", mine.id)).status_code == 302


def test_somebody_who_became_a_viewer_ends_their_own_keys(cast: Cast, client: Client) -> None:
    bob = signed_in(cast.bob)
    bob.post(url(cast, "create_key"), {"name": "Mine"})
    client.post(url(cast, "create_key"), {"name": "Hers", "kind": "personal"})
    mine, hers = (ApiKey.objects.get(name=name) for name in ("Mine", "Hers"))
    # The settings show it to those who may make keys.
    assert mine.id not in bob.get(url(cast, "account")).content.decode()
    Membership.objects.filter(user=cast.bob).update(role=VIEWER)
    page = bob.get(url(cast, "account")).content.decode()
    assert [key.id in page for key in (mine, hers)] == [True, False]
    assert bob.post(url(cast, "revoke_key", hers.id)).status_code == 404
    answer = bob.post(url(cast, "revoke_key", mine.id))
    assert answer["Location"] == url(cast, "account") + "#keys"
    assert mine.id not in bob.get(url(cast, "account")).content.decode()
    assert ApiKey.objects.get(pk=mine.pk).revoked_at


def test_only_an_owner_makes_a_service_key(cast: Cast) -> None:
    for member in (cast.bob, cast.vera):
        given = {"name": "CI", "kind": "service"}
        assert signed_in(member).post(url(cast, "create_key"), given).status_code == 403
    assert not ApiKey.objects.filter(name="CI").exists()


def test_whose_a_key_is_concerns_only_a_team(cast: Cast, client: Client) -> None:
    assert 'name="kind"' in client.get(url(cast, "settings")).content.decode()
    Membership.objects.exclude(user=cast.alice).delete()
    assert 'name="kind"' not in client.get(url(cast, "settings")).content.decode()


def test_a_revoked_key_is_gone(cast: Cast, client: Client) -> None:
    [key] = ApiKey.objects.filter(project=cast.project)
    assert client.post(url(cast, "revoke_key", key.id)).status_code == 302
    assert find_api_key(cast.key) is None
    assert "No API keys yet" in client.get(url(cast, "settings")).content.decode()
    assert client.post(url(cast, "revoke_key", key.id)).status_code == 404


def test_a_strangers_key_is_not_there(cast: Cast, client: Client) -> None:
    [key] = ApiKey.objects.filter(project=cast.other_project)
    assert client.post(url(cast, "revoke_key", key.id)).status_code == 404
    assert find_api_key(cast.strangers_key) is not None


def test_an_endpoint_is_connected_tested_and_removed(
    cast: Cast, client: Client, provider: ScriptedProvider
) -> None:
    body = {"base_url": provider.base_url, "name": "Scripted", "api_key": "provider-key"}
    client.post(url(cast, "connect_endpoint"), body)
    [row] = ModelEndpoint.objects.filter(project=cast.project)
    page = client.get(url(cast, "settings")).content.decode()
    assert "scripted-1" in page
    assert "provider-key" not in page
    tested = client.post(url(cast, "test_endpoint"), body, follow=True)
    assert "Scripted responded with" in tested.content.decode()
    client.post(url(cast, "remove_endpoint", row.id))
    assert not ModelEndpoint.objects.filter(project=cast.project).exists()
    assert client.post(url(cast, "test_endpoint"), body).status_code == 404


@pytest.mark.parametrize("base_url", ["ftp://host/v1", "http://127.0.0.1:9/v1"])
def test_an_endpoint_that_does_not_answer_is_not_kept(
    cast: Cast, client: Client, base_url: str
) -> None:
    answer = client.post(url(cast, "connect_endpoint"), {"base_url": base_url, "api_key": "sk-1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="e-e-base_url"' in page
    assert base_url in page
    assert "sk-1" not in page
    assert not ModelEndpoint.objects.exists()


def zone_of(cast: Cast) -> str:
    return Project.objects.get(pk=cast.project.pk).time_zone


def test_the_time_zone_is_chosen(cast: Cast, client: Client) -> None:
    page = client.get(url(cast, "settings")).content.decode()
    assert '<option value="Asia/Kathmandu"></option>' in page
    saved = client.post(
        url(cast, "set_time_zone"), {"time_zone": " America/St_Johns "}, follow=True
    )
    assert "Time zone saved." in saved.content.decode()
    assert 'value="America/St_Johns"' in saved.content.decode()
    assert zone_of(cast) == "America/St_Johns"


@pytest.mark.parametrize("name", ["", "Berlin", "<b>UTC", "UTC\x01"])
def test_an_unknown_time_zone_is_named_under_its_field(
    cast: Cast, client: Client, name: str
) -> None:
    answer = client.post(url(cast, "set_time_zone"), {"time_zone": name})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'<p class="error" id="e-z-name">Choose a time zone from the list', page)
    assert "<b>UTC" not in page
    assert zone_of(cast) == ""


def test_the_first_browser_names_the_time_zone(cast: Cast, client: Client) -> None:
    detect = url(cast, "detect_time_zone")
    assert f'data-zone-url="{detect}"' in client.get(url(cast, "threads")).content.decode()
    assert client.post(detect, {"time_zone": "Etc/Unknown"}).status_code == 422
    assert client.post(detect).status_code == 422
    for name in ("Europe/Berlin", "Asia/Tokyo"):
        assert client.post(detect, {"time_zone": name}).status_code == 204
    assert zone_of(cast) == "Europe/Berlin"
    assert "data-zone-url" not in client.get(url(cast, "threads")).content.decode()
