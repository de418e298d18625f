"""Tapes: copies of what the calls of runs were answered, to answer other runs with.

Nothing here refers to the runs and files that were recorded, so deleting those changes no tape.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.tools import BUILT_IN_TYPES, FUNCTION
from assistants_app.models.fields import WireField, id_field, reference_field
from assistants_app.models.projects import Project

TOOLS = (FUNCTION, *BUILT_IN_TYPES)


class Tape(models.Model):
    """The recorded calls of one or more runs of a thread.

    `policy` is the one that runs on the tape have unless they bring their own. What a comparison
    recorded for itself has no name.
    """

    id = id_field("tape")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="tapes")
    source_run_ids = WireField(default=list)
    source_thread_id = reference_field()
    policy = WireField(default=dict)
    name = models.CharField(max_length=limits.NAME, default="", db_default="", blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "tape"

    def __str__(self) -> str:
        return self.name or self.id


class TapeCall(models.Model):
    """A call at `position` of a tape.

    `content` has the `arguments`, `output`, `details` and `citations` of
    :class:`assistants_app.domain.tapes.calls.RecordedCall`.
    """

    tape = models.ForeignKey(Tape, on_delete=models.CASCADE, related_name="calls", db_index=False)
    position = models.IntegerField()
    run_id = reference_field()
    tool = models.CharField(max_length=32)
    name = models.CharField(max_length=limits.FUNCTION_NAME)
    content = WireField(default=dict)

    class Meta:
        db_table = "tape_call"
        constraints = [
            models.UniqueConstraint(fields=["tape", "position"], name="tape_call_once"),
            models.CheckConstraint(condition=models.Q(tool__in=TOOLS), name="tape_call_tool"),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.position} of {self.tape_id}"


class TapeFile(models.Model):
    """A copy of a file. Its bytes are in the storage under its id.

    `file_id` is the id of the original. `input_name` is the name in the session of a file that the
    code was given, or "" for one that it made.
    """

    id = id_field("tapefile")
    tape = models.ForeignKey(Tape, on_delete=models.CASCADE, related_name="files", db_index=False)
    file_id = reference_field()
    input_name = models.CharField(max_length=limits.FILE_NAME, default="", blank=True)
    filename = models.CharField(max_length=limits.FILE_NAME)
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        db_table = "tape_file"
        constraints = [
            models.UniqueConstraint(fields=["tape", "file_id"], name="tape_file_once"),
        ]

    def __str__(self) -> str:
        return self.filename
