"""Projects that are being deleted."""

from django.db import models
from django.utils import timezone

from assistants_app.models.fields import reference_field


class ProjectDeletion(models.Model):
    """A project that nobody can reach any more and whose rows are deleted in batches.

    It outlives the project's own row, until its entries in the audit are gone too. The lease keeps
    sweepers from doing the same work.
    """

    project_id = reference_field(primary_key=True)
    began_at = models.DateTimeField(default=timezone.now)
    lease_expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "project_deletion"

    def __str__(self) -> str:
        return self.project_id
