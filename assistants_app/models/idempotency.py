"""Requests that a client may repeat, by the idempotency key that it sent with them."""

from django.db import models
from django.db.models.functions import Now

from assistants_app.models.projects import Project


class IdempotencyKey(models.Model):
    """A request with an idempotency key.

    `digest` identifies the request, since a key must not be used for a different one. `answer` is
    empty until there is a response.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    answer = models.TextField(default="", blank=True)
    claimed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "idempotency_key"
        indexes = [models.Index(fields=["claimed_at"], name="idempotency_key_age")]
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="idempotency_key_once"),
        ]

    def __str__(self) -> str:
        return self.key
