"""Who is let in from a provider, and with which roles."""

from typing import Any

import pytest

from assistants_app.domain.errors import ConfigurationError
from assistants_app.domain.people.sign_on import Identity, Provider, RoleRule, identity_in, rule_in


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("staff:editor:proj_1", RoleRule("staff", "editor", "proj_1")),
        ("urn:mace:a:b:owner:proj_1", RoleRule("urn:mace:a:b", "owner", "proj_1")),
        ("All Staff:viewer:proj_1", RoleRule("All Staff", "viewer", "proj_1")),
    ],
)
def test_a_rule_ends_in_its_role_and_project(text: str, rule: RoleRule) -> None:
    assert rule_in(text) == rule


@pytest.mark.parametrize(
    "text", ["", "staff", "staff:editor", "staff:admin:p", ":editor:p", "a:owner:"]
)
def test_a_wrong_rule_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="OIDC_ROLES must have rules such as"):
        rule_in(text)


@pytest.mark.parametrize(
    ("claims", "path", "groups"),
    [
        ({"groups": ["a", "b"]}, "groups", {"a", "b"}),
        ({"groups": "a"}, "groups", {"a"}),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", {"a"}),
        ({"https://x.example/groups": ["a"]}, "https://x.example/groups", {"a"}),
        ({"groups": ["a", 1, None, {}]}, "groups", {"a"}),
        ({"groups": {"a": 1}}, "groups", set()),
        ({"realm_access": ["roles"]}, "realm_access.roles", set()),
        ({}, "groups", set()),
        ({}, "", set()),
    ],
)
def test_groups_are_found_where_providers_have_them(
    claims: dict[str, Any], path: str, groups: set[str]
) -> None:
    assert identity_in(claims, path).groups == groups


@pytest.mark.parametrize(
    ("email", "verified", "found"),
    [
        ("Ann@Example.org", True, ("ann@example.org", True)),
        ("ann@example.org", "true", ("ann@example.org", True)),
        ("ann@example.org", "True", ("ann@example.org", False)),
        ("ann@example.org", 1, ("ann@example.org", True)),
        ("ann@example.org", "1", ("ann@example.org", False)),
        ("ann@example.org", None, ("ann@example.org", False)),
        ("ann@example.org@evil.example", True, ("", False)),
        ("ann\u202e@example.org", True, ("", False)),
        ("x" * 150 + "@example.org", True, ("", False)),
        ("nobody", True, ("", False)),
        (None, True, ("", False)),
        (["ann@example.org"], True, ("", False)),
    ],
)
def test_an_address_is_verified_only_if_the_provider_says_so(
    email: Any, verified: Any, found: tuple[str, bool]
) -> None:
    identity = identity_in({"email": email, "email_verified": verified}, "groups")
    assert (identity.email, identity.email_verified) == found


def test_names_are_tidied() -> None:
    claims = {"sub": "s", "name": " Ann\0\u202e  Lee" + "x" * 200, "preferred_username": 7}
    identity = identity_in(claims, "groups")
    assert identity.name.startswith("Ann Leex")
    assert len(identity.name) == 150
    assert identity.username == ""


def test_the_highest_role_of_each_project_counts() -> None:
    rules = map(rule_in, ("a:viewer:p1", "b:owner:p1", "a:editor:p1", "a:editor:p2", "c:owner:p3"))
    provider = Provider(issuer="https://i", client_id="c", rules=tuple(rules))
    of_both = Identity(subject="s", groups=frozenset({"a", "b"}))
    assert provider.roles_for(of_both) == {"p1": "owner", "p2": "editor"}
    assert provider.roles_for(Identity(subject="s")) == {}
