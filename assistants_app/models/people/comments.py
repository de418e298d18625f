"""Comments of members on messages and on lines of an assistant's instructions."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.models.assistants import Assistant
from assistants_app.models.fields import id_field
from assistants_app.models.projects import Project
from assistants_app.models.threads import Message, Thread


class Comment(models.Model):
    """What a member says about a message, or about quoted lines of a version's instructions.

    A reply has a `parent`, and is about the same. `text` is empty if the comment was deleted and
    has replies. `mentions`: the names of members in the text.
    """

    id = id_field("cmt")
    # The first column of `comment_of_project`, and so on.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    thread = models.ForeignKey(
        Thread, null=True, on_delete=models.CASCADE, related_name="comments", db_index=False
    )
    message = models.ForeignKey(
        Message, null=True, on_delete=models.CASCADE, related_name="comments", db_index=False
    )
    assistant = models.ForeignKey(
        Assistant, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    version_number = models.IntegerField(null=True)
    # A copy of the lines, so that the comment can be read when a newer version doesn't have them.
    quote = models.TextField(default="", blank=True)
    line = models.IntegerField(null=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="replies")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField()
    mentions = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        db_table = "comment"
        indexes = [
            models.Index(fields=["project", "id"], name="comment_of_project"),
            models.Index(
                fields=["thread", "id"],
                condition=models.Q(thread__isnull=False),
                name="comment_of_thread",
            ),
            models.Index(
                fields=["message", "id"],
                condition=models.Q(message__isnull=False),
                name="comment_of_message",
            ),
            models.Index(
                fields=["assistant", "id"],
                condition=models.Q(assistant__isnull=False),
                name="comment_of_assistant",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    thread__isnull=False,
                    message__isnull=False,
                    assistant__isnull=True,
                    version_number__isnull=True,
                )
                | models.Q(
                    thread__isnull=True,
                    message__isnull=True,
                    assistant__isnull=False,
                    version_number__isnull=False,
                ),
                name="comment_on_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author} on {self.message_id or self.assistant_id}"

    @property
    def is_deleted(self) -> bool:
        """Whether only the comment's place is left, for its replies."""
        return not self.text
