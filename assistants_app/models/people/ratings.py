"""Ratings of assistants' replies."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.models.threads import Message, Thread

UP, DOWN = 1, -1


class Rating(models.Model):
    """One person's opinion of a reply: `UP` or `DOWN`, with a note or ""."""

    # The first column of `rating_of_thread`, as the message is of `rating_once`.
    thread = models.ForeignKey(
        Thread, on_delete=models.CASCADE, related_name="ratings", db_index=False
    )
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="ratings", db_index=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    value = models.SmallIntegerField()
    note = models.CharField(max_length=limits.RATING_NOTE, default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "rating"
        indexes = [models.Index(fields=["thread", "value"], name="rating_of_thread")]
        constraints = [
            models.UniqueConstraint(fields=["message", "user"], name="rating_once"),
            models.CheckConstraint(
                condition=models.Q(value__in=(UP, DOWN)), name="rating_up_or_down"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.value:+d} for {self.message_id}"
