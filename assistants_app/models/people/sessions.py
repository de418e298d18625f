"""Sessions of the site, with what their person recognizes them by."""

from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

DEVICE = 300  # characters of a browser's name for itself


class Session(AbstractBaseSession):
    # Without a user while nobody is signed in, for example during a sign-in at a provider.
    # Without a constraint: Django's store tries another key, forever, if a row can't be inserted.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, db_constraint=False
    )
    # The header User-Agent, from which `domain.devices` makes a name.
    device = models.CharField(max_length=DEVICE, blank=True, default="")
    # An address, or the network of an IPv6 address.
    address = models.CharField(max_length=64, blank=True, default="")
    signed_in_at = models.DateTimeField(default=timezone.now)
    # To the minute, so that most requests write nothing.
    last_seen_at = models.DateTimeField(default=timezone.now)

    class Meta(AbstractBaseSession.Meta):
        db_table = "session"

    def __str__(self) -> str:
        return f"of {self.user_id} since {self.signed_in_at}"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """Return the store, which reads what a session holds."""
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store
