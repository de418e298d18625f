"""The settings of sign-in at a provider."""

from typing import Any

import pytest
from django.conf import settings

from assistants_app.domain.errors import ConfigurationError
from assistants_app.domain.people.sign_on import RoleRule
from playground.people import sign_on

GOOD = {"OIDC_ISSUER": "https://id.example/", "OIDC_CLIENT_ID": "c"}


def read(monkeypatch: pytest.MonkeyPatch, **given: str) -> Any:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return sign_on.provider()


def test_it_is_off_until_it_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, OIDC_CLIENT_ID="c", OIDC_DOMAINS="example.org") is None
    assert settings.OIDC is None
    assert not any(app.startswith("allauth") for app in settings.INSTALLED_APPS)
    assert sign_on.MIDDLEWARE not in settings.MIDDLEWARE


def test_variables_make_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = read(
        monkeypatch,
        **GOOD,
        OIDC_DOMAINS="Example.org, example.com",
        OIDC_PROJECTS="proj_1",
        OIDC_ROLES="staff:editor:proj_1",
    )
    assert provider.issuer == "https://id.example"
    assert provider.domains == {"example.org", "example.com"}
    assert provider.rules == (RoleRule("staff", "editor", "proj_1"),)
    assert provider.scopes == ("openid", "email", "profile")
    assert not provider.trusts_email
    other = read(monkeypatch, OIDC_ISSUER="https://other.example")
    assert sign_on.provider_id(other) != sign_on.provider_id(provider)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"OIDC_ISSUER": "http://id.example"}, "OIDC_ISSUER must start with https://"),
        ({"OIDC_ISSUER": "http://127.0.0.1.evil.example"}, "OIDC_ISSUER must start with https://"),
        ({"OIDC_ISSUER": "ftp://id.example"}, "OIDC_ISSUER must be a URL"),
        ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID must be set"),
        ({"OIDC_SCOPES": "email"}, "OIDC_SCOPES must contain openid"),
        ({"OIDC_ROLES": "staff:admin:proj_1"}, "OIDC_ROLES must have rules such as"),
    ],
)
def test_a_wrong_setting_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        read(monkeypatch, **{**GOOD, **given})


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"])
def test_a_provider_on_this_machine_needs_no_tls(
    monkeypatch: pytest.MonkeyPatch, issuer: str
) -> None:
    assert read(monkeypatch, **{**GOOD, "OIDC_ISSUER": issuer}).issuer == issuer
