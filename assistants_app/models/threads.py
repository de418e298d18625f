"""Threads and their messages."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from assistants_app.domain import run_status
from assistants_app.domain.configurations.origins import API
from assistants_app.domain.words.vectors import plain_vector
from assistants_app.models.fields import WireField, id_field, reference_field
from assistants_app.models.projects import Project
from assistants_app.models.words import WordsField


def words_of_content(content: list[dict[str, Any]]) -> str:
    """Return the words of a message's texts, as the text of a `tsvector`."""
    # Without stems, because threads are in many languages.
    return plain_vector(part["text"]["value"] for part in content if part["type"] == "text")


class Thread(models.Model):
    id = id_field("thread")
    # The first column of `thread_page`, as a message's thread is of `message_page`.
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="threads", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)
    tool_resources = WireField(default=dict)
    metadata = models.JSONField(default=dict)
    # The thread that this one was forked from, and its last message that was copied. Null if none
    # was.
    forked_from_id = reference_field(null=True)
    forked_at_id = reference_field(null=True)
    # One of domain/configurations/origins.py. The database has the default too, for processes of
    # the version before during an upgrade.
    origin = models.CharField(max_length=12, default=API, db_default=API)

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


class MessageManager(models.Manager["Message"]):
    """Reads messages without what only searches, prompts and new messages need."""

    def get_queryset(self) -> "models.QuerySet[Message]":
        """Return all messages."""
        return super().get_queryset().defer("words", "prompt_tokens", "prompt_tokens_of", "ordinal")


class Message(models.Model):
    """A message of a thread. `content` and `attachments` are kept as they are sent."""

    id = id_field("msg")
    thread = models.ForeignKey(
        Thread, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
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
    # None for messages from before this column existed, until it is rebuilt.
    words = WordsField(lambda message: words_of_content(message.content), null=True)
    # The message's size in a prompt, and a hash of what was counted: a count of anything else is
    # out of date (docs/adr/0021). Null until a prompt first needs the count.
    prompt_tokens = models.IntegerField(null=True)
    prompt_tokens_of = models.BigIntegerField(null=True)
    # How many messages the thread had with this one when it was added. Null where nobody has
    # counted: in forks, and in threads from before this column (docs/adr/0025).
    ordinal = models.IntegerField(null=True)

    objects = MessageManager()

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
            GinIndex(
                fields=["words"],
                condition=models.Q(words__isnull=False),
                name="message_by_words",
            ),
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
