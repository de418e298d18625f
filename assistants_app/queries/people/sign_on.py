"""Reads of who is joined to an account at the identity provider."""

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User

ACCOUNT: str = "socialaccount.SocialAccount"


def is_connected(user: User) -> bool:
    """Return whether the person can sign in at the configured provider."""
    if not settings.OIDC:
        return False
    # allauth is only installed if a provider is configured.
    accounts = apps.get_model(ACCOUNT)._default_manager
    return bool(accounts.filter(user=user, provider=settings.OIDC_PROVIDER_ID).exists())
