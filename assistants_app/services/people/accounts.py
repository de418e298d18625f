"""Accounts: their creation, and a person's own name, address and password."""

import secrets

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.people.names import ADDRESS, NAME, tidy_address, tidy_name
from assistants_app.events.access import access_changed
from assistants_app.models import AddressLink, ApiKey, VerifiedAddress
from assistants_app.services import audit
from assistants_app.services.people.sessions import revoke_access

USERNAME = 150  # characters


@transaction.atomic(durable=True)
def save_profile(*, user: User, name: str, email: str) -> None:
    """Save the name that others see, and the e-mail address, for which nobody vouches.

    Raises :class:`InvalidRequest` with the field that has to change.
    """
    shown, address = tidy_name(name), tidy_address(email)
    if len(shown) > NAME:
        raise InvalidRequest(
            f"Use at most {NAME} characters. These are {len(shown):,}.", param="name"
        )
    if address and not is_address(address):
        raise InvalidRequest(
            "Enter an e-mail address, such as ada@example.org, or leave it empty.", param="email"
        )
    before = {"name": user.get_full_name(), "email": user.email}
    after = {"name": shown, "email": address}
    changed = {field for field, value in after.items() if value != before[field]}
    if not changed:
        return
    # Names don't come in two parts everywhere, so the whole one is in one column.
    user.first_name, user.last_name, user.email = shown, "", address
    user.save(update_fields=["first_name", "last_name", "email"])
    if "email" in changed:
        AddressLink.objects.filter(user=user).delete()
    details = {field: {"from": before[field], "to": after[field]} for field in sorted(changed)}
    audit.note_of_person("change_account", user=user, details=details)


@transaction.atomic(durable=True)
def change_password(*, user: User, password: str, session_key: str) -> None:
    """Set a password that was checked, and end the other sessions and all links of the person."""
    user.set_password(password)
    user.save(update_fields=["password"])
    revoke_access(user, keep=session_key)
    audit.note_of_person("change_password", user=user)


@transaction.atomic(durable=True)
def create_person(*, username: str, name: str = "", email: str = "") -> User:
    """Create an account without a password, with an address that is known to be the person's.

    Raises :class:`InvalidRequest` if the name or the address is taken.
    """
    address = tidy_address(email)
    if not 0 < len(username) <= USERNAME or not username.isprintable():
        raise InvalidRequest(f"A username has 1 to {USERNAME} characters.", param="username")
    if len(name) > NAME:
        raise InvalidRequest(f"A name has up to {NAME} characters.", param="name")
    user = User(username=username, first_name=name, email=address)
    user.set_unusable_password()
    if User.objects.filter(username__iexact=username).exists():
        raise InvalidRequest(f"There is already a person named {username}.", param="username")
    user.save(force_insert=True)
    if address:
        _vouch_for(user, address)
    return user


@transaction.atomic(durable=True)
def vouch_for_address(*, user: User, email: str) -> None:
    """Make an address the person's own, as an operator says, so that they can sign in with it.

    Raises :class:`InvalidRequest` if it is no address, or somebody else's.
    """
    address = tidy_address(email)
    _vouch_for(user, address)
    user.email = address
    user.save(update_fields=["email"])
    details = {"email": address}
    audit.note_of_person("verify_address", user=user, details=details, by_system=True)


def _vouch_for(user: User, address: str) -> None:
    if not is_address(address):
        raise InvalidRequest(f"{address} is no e-mail address.", param="email")
    if is_taken(address, by_others_than=user) or not verify_address(user, address):
        raise InvalidRequest(f"{address} belongs to somebody else.", param="email")


def is_taken(address: str, *, by_others_than: User) -> bool:
    """Return whether somebody else signs in with this address as their username."""
    others = User.objects.exclude(pk=by_others_than.pk)
    return others.filter(username__iexact=address).exists()


def is_address(address: str) -> bool:
    """Return whether this is an e-mail address that can be stored and mailed.

    Its domain may have letters of all scripts.
    """
    local, _at, domain = address.rpartition("@")
    try:
        validate_email(f"{local}@{domain.encode('idna').decode()}")
    except (UnicodeError, ValidationError):
        return False
    # Quoted local parts may have control characters.
    return address.isprintable() and len(address) <= ADDRESS


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
    audit.note_of_person("reset_access", user=user, by_system=True)
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
