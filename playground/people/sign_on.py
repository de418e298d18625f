"""What Django's settings need for sign-in at an OpenID Connect provider, if one is configured."""

import hashlib
from typing import Any
from urllib.parse import urlsplit

from assistants_app.domain.errors import ConfigurationError
from assistants_app.domain.people.sign_on import Provider, rule_in
from playground import variables

APPS = (
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
)
MIDDLEWARE = "allauth.account.middleware.AccountMiddleware"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def provider() -> Provider | None:
    """Return the configured provider, or None. Raises ``ConfigurationError``."""
    if not variables.OIDC_ISSUER:
        return None
    issuer = urlsplit(variables.OIDC_ISSUER)
    if issuer.scheme != "https" and issuer.hostname not in _LOOPBACK:
        raise ConfigurationError(
            "OIDC_ISSUER must start with https://, unless the provider is on this machine."
        )
    if not variables.OIDC_CLIENT_ID:
        raise ConfigurationError("OIDC_ISSUER is set, so OIDC_CLIENT_ID must be set, too.")
    if "openid" not in variables.OIDC_SCOPES:
        raise ConfigurationError("OIDC_SCOPES must contain openid.")
    return Provider(
        issuer=variables.OIDC_ISSUER.rstrip("/"),
        client_id=variables.OIDC_CLIENT_ID,
        client_secret=variables.OIDC_CLIENT_SECRET,
        name=variables.OIDC_NAME,
        scopes=tuple(variables.OIDC_SCOPES),
        trusts_email=variables.OIDC_TRUST_EMAIL,
        domains=frozenset(domain.lower() for domain in variables.OIDC_DOMAINS),
        projects=tuple(variables.OIDC_PROJECTS),
        groups_claim=variables.OIDC_GROUPS_CLAIM,
        rules=tuple(map(rule_in, variables.OIDC_ROLES)),
        contact=variables.OIDC_CONTACT,
    )


def provider_id(provider: Provider) -> str:
    """Return the name under which accounts are joined to people of this provider."""
    # Of the issuer: another provider may give the same subjects to other people.
    return hashlib.sha256(provider.issuer.encode()).hexdigest()[:16]


def allauth_settings(provider: Provider) -> dict[str, Any]:
    """Return the settings of allauth by their names."""
    return {
        "SOCIALACCOUNT_ADAPTER": "assistants_app.web.people.oidc.Adapter",
        "SOCIALACCOUNT_PROVIDERS": {
            "openid_connect": {
                "OAUTH_PKCE_ENABLED": True,
                "SCOPE": list(provider.scopes),
                "APPS": [
                    {
                        "provider_id": provider_id(provider),
                        "name": provider.name,
                        "client_id": provider.client_id,
                        "secret": provider.client_secret,
                        "settings": {"server_url": provider.issuer},
                    }
                ],
            }
        },
        # It sends no mail and has no sign-up of its own here.
        "ACCOUNT_EMAIL_VERIFICATION": "none",
    }
