"""Assistants: models with instructions, tools and settings."""

from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.models.fields import WireField, id_field
from assistants_app.models.projects import Project


class Assistant(models.Model):
    id = id_field("asst")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="assistants")
    created_at = models.DateTimeField(default=timezone.now)
    name = models.CharField(max_length=limits.NAME, null=True)  # noqa: DJ001 - null is not ""
    description = models.CharField(max_length=limits.DESCRIPTION, null=True)  # noqa: DJ001
    instructions = models.TextField(null=True)  # noqa: DJ001
    model = models.CharField(max_length=256)
    tools = WireField(default=list)
    tool_resources = WireField(default=dict)
    metadata = models.JSONField(default=dict)
    temperature = models.FloatField(null=True)
    top_p = models.FloatField(null=True)
    reasoning_effort = models.CharField(max_length=16, null=True)  # noqa: DJ001
    response_format = WireField(null=True)
    # The number of the published version that the columns above have. It is only increased while
    # the row is locked, so that no number is given twice.
    version_number = models.IntegerField(default=0, db_default=0)
    # For the lists of the site. The API doesn't know them: an archived assistant still runs.
    pinned_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "assistant"
        indexes = [
            models.Index(fields=["project", "id"], name="assistant_page"),
            models.Index(
                fields=["project", "id"],
                condition=models.Q(archived_at__isnull=True),
                name="assistant_listed",
            ),
            models.Index(
                fields=["project", "pinned_at"],
                condition=models.Q(pinned_at__isnull=False),
                name="assistant_pinned",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.id
