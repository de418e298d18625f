"""Projects, which are the tenants, with their members and API keys."""

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.domain.days import zone_named
from assistants_app.domain.rights import ALL, ROLES, SCOPES, VIEWER
from assistants_app.models.fields import id_field


class Project(models.Model):
    id = id_field("proj")
    name = models.CharField(max_length=256)
    created_at = models.DateTimeField(default=timezone.now)
    # An IANA name. Empty until the first visitor's browser has named its zone. The database has the
    # default too, for processes of the version before that still run during an upgrade.
    time_zone = models.CharField(max_length=64, blank=True, default="", db_default="")
    # From then on, nobody reaches the project, and a sweeper deletes everything of it.
    deleted_at = models.DateTimeField(null=True)
    # While it does, no share link of the project works.
    forbids_sharing = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "project"

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the project's days."""
        return zone_named(self.time_zone)

    def today(self) -> date:
        """Return the current day in the project's zone."""
        return timezone.now().astimezone(self.zone).date()


class Membership(models.Model):
    """A user's place in a project. What the role allows is in ``domain/rights.py``."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    # The least role, unless somebody names another.
    role = models.CharField(max_length=16, default=VIEWER, db_default=VIEWER)
    created_at = models.DateTimeField(default=timezone.now)
    # When the member last asked for something in the project, to the minute.
    last_active_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "membership"
        constraints = [
            models.UniqueConstraint(fields=["user", "project"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=sorted(ROLES)), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.project}"


class ApiKey(models.Model):
    """An API key of a project: a person's, or a service key without a `user`."""

    # Only the key's SHA-256 is stored. A key is 256 random bits, so nobody can guess it and the
    # digest needs neither salt nor stretching.
    id = id_field("key")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="api_keys")
    # Deleted with its person: with SET_NULL, a personal key would become a service key.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="api_keys"
    )
    scope = models.CharField(max_length=8, default=ALL, db_default=ALL)
    name = models.CharField(max_length=256)
    digest = models.CharField(max_length=64, unique=True)
    last_four = models.CharField(max_length=4)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "api_key"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scope__in=sorted(SCOPES)), name="api_key_scope"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (…{self.last_four})"

    @property
    def member_role(self) -> str | None:
        """Return the person's role when the key was looked up, or None for a service key."""
        # The query for valid keys adds it to the row.
        added: str | None = getattr(self, "current_role", None)
        return added

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


class SignInLink(models.Model):
    """A one-time link that signs a user in. Only the SHA-256 of its token is stored."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "sign_in_link"

    def __str__(self) -> str:
        return f"for {self.user} until {self.expires_at}"
