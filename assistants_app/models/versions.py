"""Published versions of assistants, which never change, and drafts."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.models.assistants import Assistant
from assistants_app.models.fields import WireField, reference_field
from assistants_app.models.projects import Project

SOURCES = ("ui", "api", "import", "restore")


class AssistantVersion(models.Model):
    """The whole configuration of an assistant at one moment.

    It is written once and outlives its assistant as long as a run refers to it.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    assistant_id = reference_field()
    number = models.IntegerField()
    configuration = WireField()
    note = models.CharField(max_length=1000, default="", blank=True)
    source = models.CharField(max_length=16)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    # How it passed the assistant's publish gate, or null without a gate: `experiment` and `name`,
    # or else `override`, an owner's reason to publish it all the same, and what was `missing`.
    gate = WireField(null=True)

    class Meta:
        db_table = "assistant_version"
        constraints = [
            models.UniqueConstraint(
                fields=["assistant_id", "number"], name="assistant_version_once"
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=SOURCES), name="assistant_version_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assistant_id} v{self.number}"


class AssistantDraft(models.Model):
    """One person's unpublished changes, as whole fields on top of the version `base_number`.

    A field is kept as it was typed, even if it is not valid yet.
    """

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    base_number = models.IntegerField()
    changes = WireField(default=dict)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "assistant_draft"
        constraints = [
            models.UniqueConstraint(fields=["assistant", "user"], name="assistant_draft_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user}'s draft of {self.assistant_id}"


class SetAsideDraft(models.Model):
    """The draft that a person discarded or replaced last, so that they can undo it.

    Without changes, there was no draft.
    """

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    base_number = models.IntegerField()
    changes = WireField(default=dict)

    class Meta:
        db_table = "assistant_draft_set_aside"
        constraints = [
            models.UniqueConstraint(
                fields=["assistant", "user"], name="assistant_draft_set_aside_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}'s last draft of {self.assistant_id}"
