"""Invitations to a project."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.domain.rights import ROLES
from assistants_app.models.fields import id_field
from assistants_app.models.projects import Project


class Invitation(models.Model):
    """An invitation to a project. Who has its link may join, once.

    It is worth what its inviter's role is worth when it is accepted.
    """

    # Only the SHA-256 of the link's token is stored, as for API keys.
    id = id_field("inv")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=16)
    # In lower case. Only somebody with this address may accept the invitation, unless it is empty.
    email = models.CharField(max_length=150, blank=True, default="")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="sent_invitations",
    )
    days = models.PositiveSmallIntegerField()  # how long each of its links works
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="accepted_invitations",
    )
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "invitation"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=sorted(ROLES)), name="invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email or 'anybody'} as {self.role}"
