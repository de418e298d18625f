"""Share links, which show a part of a thread to everybody who has the link."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.models.fields import WireField, id_field, reference_field
from assistants_app.models.projects import Project
from assistants_app.models.threads import Thread


class Share(models.Model):
    """A link to a part of a thread. Only the SHA-256 of its token is stored."""

    id = id_field("share")
    # The first column of `share_page`.
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="shares", db_index=False
    )
    # The link ends with the thread.
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="shares")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=limits.METADATA_VALUE, blank=True, default="")
    # What is shown: the messages up to this one, or the reply of one run, or else the whole thread.
    until_id = reference_field(default="", blank=True)
    run_id = reference_field(default="", blank=True)
    hides_instructions = models.BooleanField(default=True)
    hides_file_names = models.BooleanField(default=False)
    hides_tools = models.BooleanField(default=False)
    # Whether it shows the thread as it is now, and not the snapshot of when it was created.
    follows = models.BooleanField(default=False)
    snapshot = WireField(null=True)
    # What has a number in a link that follows: `Numbered` in wire/shares.py.
    numbered = WireField(null=True)

    class Meta:
        db_table = "share"
        indexes = [models.Index(fields=["project", "id"], name="share_page")]

    def __str__(self) -> str:
        return self.title or self.id

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()
