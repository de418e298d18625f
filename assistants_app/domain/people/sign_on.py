"""Sign-in at an OpenID Connect provider: who is let in, and with which roles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.errors import ConfigurationError
from assistants_app.domain.people.names import ADDRESS, NAME, tidy_address, tidy_name
from assistants_app.domain.rights import ROLES


@dataclass(frozen=True, slots=True)
class RoleRule:
    """People of this group get this role in this project at each sign-in."""

    group: str
    role: str
    project_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The configured provider, and what its people may do here."""

    issuer: str
    client_id: str
    client_secret: str = ""
    name: str = ""
    scopes: tuple[str, ...] = ("openid",)
    # Whether an address that it has verified may join somebody to an account that exists.
    trusts_email: bool = False
    domains: frozenset[str] = frozenset()
    projects: tuple[str, ...] = ()
    groups_claim: str = "groups"
    rules: tuple[RoleRule, ...] = ()
    contact: str = ""

    def admits(self, identity: "Identity") -> bool:
        """Return whether the person may come in without an invitation."""
        domain = identity.email.rpartition("@")[2]
        return identity.email_verified and domain in self.domains

    def roles_for(self, identity: "Identity") -> dict[str, str]:
        """Return the highest role that the person's groups give in each project, by its ID."""
        roles: dict[str, str] = {}
        for rule in self.rules:
            if rule.group in identity.groups:
                known = roles.get(rule.project_id, rule.role)
                roles[rule.project_id] = max(known, rule.role, key=ROLES.index)
        return roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person as the provider describes them. Only the subject never changes."""

    subject: str
    email: str = ""
    email_verified: bool = False
    name: str = ""
    username: str = ""
    groups: frozenset[str] = frozenset()


def rule_in(text: str) -> RoleRule:
    """Return the rule in a text such as ``staff:editor:proj_1``. Raises ``ConfigurationError``."""
    # From the right, because names of groups are often URNs.
    group, role, project_id = (text.rsplit(":", 2) + ["", ""])[:3]
    if not (group and project_id) or role not in ROLES:
        raise ConfigurationError(
            f"OIDC_ROLES must have rules such as staff:editor:proj_1 with the role "
            f"{', '.join(ROLES[:-1])} or {ROLES[-1]}, not {text!r}."
        )
    return RoleRule(group, role, project_id)


def identity_in(claims: Mapping[str, Any], groups_claim: str) -> Identity:
    """Return the person whom these claims describe. Claims of the wrong type are left out."""
    email = tidy_address(_text(claims, "email"))
    if not email.isprintable() or email.count("@") != 1 or len(email) > ADDRESS:
        email = ""
    # Some providers send it as text.
    verified = claims.get("email_verified") in (True, "true")
    return Identity(
        subject=_text(claims, "sub"),
        email=email,
        email_verified=bool(email) and verified,
        name=tidy_name(_text(claims, "name"))[:NAME],
        username=_text(claims, "preferred_username").strip(),
        groups=_groups(claims, groups_claim),
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    # PostgreSQL stores no NUL.
    return value.replace("\0", "") if isinstance(value, str) else ""


def _groups(claims: Mapping[str, Any], path: str) -> frozenset[str]:
    value: Any = claims.get(path)
    if value is None:
        # Such as `realm_access.roles`. Other providers have dots in the names of their claims.
        value = claims
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return frozenset({value})
    if not isinstance(value, list):
        return frozenset()
    return frozenset(group for group in value if isinstance(group, str))
