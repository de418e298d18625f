"""Confirm the e-mail address in a profile, with a link that is mailed to it."""

import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain.errors import InvalidRequest, PlaygroundError
from assistants_app.models import AddressLink
from assistants_app.queries.people.members import owns_address
from assistants_app.queries.project.access import digest
from assistants_app.services import audit
from assistants_app.services.people.accounts import is_taken, verify_address


class AddressLinkEnded(PlaygroundError):
    """Raised for a link that doesn't work: used, replaced, expired, or for somebody else."""


@transaction.atomic(durable=True)
def create_address_link(*, user: User) -> str:
    """Create the link for the address in the person's profile, and return its token.

    An earlier link stops working. Raises :class:`InvalidRequest` if there is nothing to confirm.
    """
    if not user.email:
        raise InvalidRequest("Enter an e-mail address, and save it.", param="email")
    if owns_address(user, user.email):
        raise InvalidRequest("This address is confirmed already.", param="email")
    token = secrets.token_urlsafe(32)
    AddressLink.objects.update_or_create(
        user=user,
        defaults={
            "digest": digest(token),
            "email": user.email,
            "expires_at": timezone.now() + timedelta(seconds=conf.SIGN_IN_LINK_SECONDS),
        },
    )
    return token


def address_of_link(*, user: User, token: str) -> str:
    """Return the address that a link confirms. Raises :class:`AddressLinkEnded`."""
    links = AddressLink.objects.filter(user=user, digest=digest(token))
    found = links.filter(expires_at__gt=timezone.now(), email=user.email).first()
    if found is None:
        raise AddressLinkEnded
    return found.email


@transaction.atomic(durable=True)
def use_address_link(*, user: User, token: str) -> str:
    """Use up a link, make its address the person's own, and return it.

    Raises :class:`AddressLinkEnded`, or :class:`InvalidRequest` if it is somebody else's address.
    """
    # The row of the person is locked, so that the address in the profile stays meanwhile.
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    address = address_of_link(user=locked, token=token)
    if is_taken(address, by_others_than=locked) or not verify_address(locked, address):
        raise InvalidRequest(
            "This address belongs to another account. Enter another one.", param="email"
        )
    AddressLink.objects.filter(user=locked).delete()
    audit.note_of_person("confirm_address", user=locked, details={"email": address})
    return address
