"""Requests that change something, for when a client repeats them."""

from django.db import models
from django.db.models.functions import Now

from assistants_app.models.projects import Project


class Receipt(models.Model):
    """A request that is carried out now, or what it has made.

    `digest` identifies the request. `kind` and `made` name the object that it made; they are empty
    until the transaction of the request's act. `after` is where a stream of the object begins in
    the event log. `answer` is the body of the response, if it could be stored.

    While a process is busy with the request, it moves `held_until` on. NULL: it has answered.
    """

    # The first column of `receipt_key_once`.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, db_index=False)
    # Without a key, the receipt only lives until the response has left.
    key = models.CharField(max_length=255, null=True)  # noqa: DJ001 - NULL is not unique
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=32, db_default="", default="", blank=True)
    made = models.CharField(max_length=64, db_default="", default="", blank=True)
    after = models.CharField(max_length=64, db_default="", default="", blank=True)
    answer = models.TextField(db_default="", default="", blank=True)
    claimed_at = models.DateTimeField(db_default=Now())
    held_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "receipt"
        indexes = [
            models.Index(fields=["claimed_at"], name="receipt_age"),
            models.Index(
                fields=["digest"], name="receipt_digest", condition=models.Q(key__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="receipt_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.made}" if self.made else f"receipt {self.pk}"
