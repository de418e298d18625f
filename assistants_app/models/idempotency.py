"""Requests that a client may send twice, by the key that it gave them."""

from django.db import models
from django.db.models.functions import Now

from assistants_app.models.projects import Project


class IdempotencyKey(models.Model):
    """`digest` tells one request from another; `answer` is empty until the request was answered."""

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
