"""A person's own account: name, address and password."""

from django.contrib.auth.models import User
from django.db import transaction

from assistants_app.services.people.sessions import revoke_access


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
