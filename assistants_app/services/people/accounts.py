"""Accounts: their creation, and a person's own name, address and password."""

import secrets

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.people.names import tidy_address
from assistants_app.events.access import access_changed
from assistants_app.models import ApiKey, VerifiedAddress
from assistants_app.services.people.sessions import revoke_access

USERNAME = 150  # characters


@transaction.atomic(durable=True)
def save_profile(*, user: User, name: str, email: str) -> None:
    """Save the name that others see, and the e-mail address."""
    # Names don't come in two parts everywhere, so the whole one is in one column.
    user.first_name, user.last_name, user.email = name, "", email
    user.save(update_fields=["first_name", "last_name", "email"])


@transaction.atomic(durable=True)
def change_password(*, user: User, password: str, session_key: str) -> None:
    """Set a password that was checked, and end the other sessions and all links of the person."""
    user.set_password(password)
    user.save(update_fields=["password"])
    revoke_access(user, keep=session_key)


@transaction.atomic(durable=True)
def create_person(*, username: str, name: str = "", email: str = "") -> User:
    """Create an account without a password, with an address that is known to be the person's.

    Raises :class:`InvalidRequest` if the name or the address is taken.
    """
    address = tidy_address(email)
    if not 0 < len(username) <= USERNAME or not username.isprintable():
        raise InvalidRequest(f"A username has 1 to {USERNAME} characters.", param="username")
    user = User(username=username, first_name=name, email=address)
    user.set_unusable_password()
    if User.objects.filter(username__iexact=username).exists():
        raise InvalidRequest(f"There is already a person named {username}.", param="username")
    user.save(force_insert=True)
    if address and not verify_address(user, address):
        raise InvalidRequest(f"{address} belongs to somebody else.", param="email")
    return user


def verify_address(user: User, email: str) -> bool:
    """Vouch for an address of a person, within a transaction, unless it is somebody else's.

    Return whether it is this person's.
    """
    try:
        with transaction.atomic():
            row, _ = VerifiedAddress.objects.get_or_create(
                email=tidy_address(email), defaults={"user": user}
            )
    except IntegrityError:
        return False
    return row.user_id == user.pk


@transaction.atomic(durable=True)
def reset_access(*, user: User, revoke_keys: bool = False) -> tuple[int, int]:
    """End a person's sessions and links, and remove their password, which somebody may know.

    Return the numbers of sessions and API keys that were ended.
    """
    user.set_unusable_password()
    user.save(update_fields=["password"])
    sessions, keys = revoke_access(user), 0
    if revoke_keys:
        rows = ApiKey.objects.filter(user=user, revoked_at=None)
        keys = rows.update(revoked_at=timezone.now())
        access_changed(user_id=user.pk)
    return sessions, keys


def unused_username(wanted: str) -> str:
    """Return the username, or with a suffix if there is a person of this name."""
    name = "".join(char for char in wanted if char.isprintable()).strip()[: USERNAME - 10]
    name = name or "person"
    if not User.objects.filter(username__iexact=name).exists():
        return name
    return f"{name}-{secrets.token_hex(3)}"
