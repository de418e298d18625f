"""The audit: who changed what is hard to undo, or who may do what."""

from django.db import models
from django.utils import timezone

from assistants_app.models.fields import WireField, id_field, reference_field

NAME_LENGTH = 256
USER, KEY = "user:", "key:"


def user_actor(user_id: int) -> str:
    """Return what `AuditEntry.actor` has for a person."""
    return f"{USER}{user_id}"


def key_actor(key_id: str) -> str:
    """Return what `AuditEntry.actor` has for an API key."""
    return f"{KEY}{key_id}"


class AuditEntry(models.Model):
    """An act of a person, of an API key, or of the system, whose `actor` is empty.

    Names are those of the moment of the act.
    """

    # Without foreign keys, because an entry outlives everything that it names. A trigger refuses
    # to change entries, and deletes them only when they are old or their project is gone.

    id = id_field("audit")
    project_id = reference_field()
    created_at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=72, blank=True, default="", db_collation="C")
    actor_name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    verb = models.CharField(max_length=64, db_collation="C")
    target_type = models.CharField(max_length=32, blank=True, default="")
    target_id = reference_field(blank=True, default="")
    target_name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    details = WireField(default=dict)
    address = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "audit_entry"
        # Each filter of the page has an index that ends with the id, by which pages follow each
        # other. With the index of one filter alone, PostgreSQL would read all acts of a busy person
        # to find the few with a rare verb.
        indexes = [
            models.Index(fields=["project_id", "id"], name="audit_page"),
            models.Index(fields=["project_id", "verb", "id"], name="audit_by_verb"),
            models.Index(fields=["project_id", "actor", "id"], name="audit_by_actor"),
            models.Index(fields=["project_id", "actor", "verb", "id"], name="audit_by_both"),
            models.Index(fields=["project_id", "target_id", "id"], name="audit_by_target"),
            models.Index(fields=["project_id", "target_name", "id"], name="audit_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor_name or 'the system'}"
