"""Threads and their messages."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Func
from django.utils import timezone

from assistants_app.domain import run_status
from assistants_app.models.fields import WireField, id_field, reference_field
from assistants_app.models.projects import Project

# The words of a message's texts for search. Their language is "simple", without stems, because
# threads are in many languages.
MESSAGE_WORDS = Func(
    "content",
    template="jsonb_to_tsvector('simple'::regconfig,"
    " jsonb_path_query_array((%(expressions)s)::jsonb, '$[*].text.value'), '[\"string\"]')",
    output_field=SearchVectorField(),
)


class Thread(models.Model):
    id = id_field("thread")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="threads")
    created_at = models.DateTimeField(default=timezone.now)
    tool_resources = WireField(default=dict)
    metadata = models.JSONField(default=dict)
    # The thread that this one was forked from, and its last message that was copied. Null if none
    # was.
    forked_from_id = reference_field(null=True)
    forked_at_id = reference_field(null=True)

    class Meta:
        db_table = "thread"
        indexes = [
            models.Index(fields=["project", "id"], name="thread_page"),
            models.Index(
                fields=["project", "forked_from_id"],
                condition=models.Q(forked_from_id__isnull=False),
                name="thread_forks",
            ),
            GinIndex(fields=["metadata"], name="thread_metadata", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return self.id


class Message(models.Model):
    """A message of a thread. `content` and `attachments` are kept as they are sent."""

    id = id_field("msg")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="messages")
    created_at = models.DateTimeField(default=timezone.now)
    role = models.CharField(max_length=16)
    status = models.CharField(max_length=16, default=run_status.COMPLETED)
    content = WireField(default=list)
    attachments = WireField(default=list)
    has_attachments = models.BooleanField(default=False, db_default=False)
    metadata = models.JSONField(default=dict)
    assistant_id = reference_field(null=True)
    run_id = reference_field(null=True)
    # For a copy in a fork: the original reply and its run. Both may have been deleted since.
    copied_from_id = reference_field(null=True)
    copied_run_id = reference_field(null=True)
    incomplete_reason = models.CharField(max_length=32, null=True)  # noqa: DJ001
    completed_at = models.DateTimeField(null=True)
    incomplete_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "message"
        indexes = [
            models.Index(fields=["thread", "id"], name="message_page"),
            models.Index(fields=["run_id", "id"], name="message_of_run"),
            models.Index(
                fields=["thread", "id"],
                condition=models.Q(has_attachments=True),
                name="message_with_attachments",
            ),
            GinIndex(MESSAGE_WORDS, name="message_words"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=("user", "assistant")), name="message_role"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=run_status.MESSAGE_STATUSES), name="message_status"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.id}"
