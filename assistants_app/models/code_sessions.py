"""Sessions of the code interpreter and the files in them.

The interpreter's host has an open session's files. A row here only records that it existed.
"""

from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.models.fields import reference_field
from assistants_app.models.files import File
from assistants_app.models.threads import Thread


class CodeSession(models.Model):
    """A session that has begun. The vendor charged $0.03 for each."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="code_sessions")
    run_id = reference_field()
    begun_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "code_session"

    def __str__(self) -> str:
        return f"of {self.thread_id}"


class SessionFile(models.Model):
    """The file that a name in /mnt/data refers to: a given one, or the newest one made."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="session_files")
    name = models.CharField(max_length=limits.FILE_NAME)
    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="+")
    made_by_run_id = reference_field(default="", blank=True)

    class Meta:
        db_table = "session_file"
        constraints = [
            models.UniqueConstraint(fields=["thread", "name"], name="session_file_once"),
        ]

    def __str__(self) -> str:
        return self.name
