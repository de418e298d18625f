"""Assistants: models with instructions, tools and settings; and saved values of their variables."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.models.fields import WireField, id_field
from assistants_app.models.projects import Project

# For processes of the version before, which don't know the column.
EMPTY_LIST = models.Value([], output_field=WireField())


class Assistant(models.Model):
    id = id_field("asst")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="assistants")
    created_at = models.DateTimeField(default=timezone.now)
    name = models.CharField(max_length=limits.NAME, null=True)  # noqa: DJ001 - null is not ""
    description = models.CharField(max_length=limits.DESCRIPTION, null=True)  # noqa: DJ001
    instructions = models.TextField(null=True)  # noqa: DJ001
    model = models.CharField(max_length=256)
    # The declarations (domain/configurations/variables.py).
    variables = WireField(default=list, db_default=EMPTY_LIST)
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


class ValueSet(models.Model):
    """Values of an assistant's variables under a name, for everybody in the project.

    `values` may lack some variables, or have values of variables that aren't declared any more.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="value_sets")
    name = models.CharField(max_length=limits.NAME)
    values = WireField(default=dict)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "value_set"
        constraints = [
            models.UniqueConstraint(fields=["assistant", "name"], name="value_set_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.assistant_id}"
