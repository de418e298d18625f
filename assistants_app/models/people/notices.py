"""Notices: what the bell of a member shows."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.models.fields import id_field
from assistants_app.models.people.comments import Comment
from assistants_app.models.projects import Project

MENTION, REPLY = "mention", "reply"
KINDS = (MENTION, REPLY)


class Notice(models.Model):
    """Says to `user` that `actor` has mentioned them or answered them in a comment."""

    id = id_field("ntc")
    # The second column of `notice_of_user`.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    # The first column of all three indexes.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=16)
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="notices")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notice"
        indexes = [
            models.Index(fields=["user", "project", "id"], name="notice_of_user"),
            models.Index(
                fields=["user", "project", "id"],
                condition=models.Q(read_at__isnull=True),
                name="notice_unread",
            ),
        ]
        constraints = [
            # Also if a comment that is edited mentions somebody again.
            models.UniqueConstraint(fields=["user", "comment"], name="notice_once"),
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="notice_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user}"
