"""Rows of test sets: their revisions, the working copy, and the files they need."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.models.fields import IdField, WireField, id_field, reference_field
from assistants_app.models.projects import Project
from assistants_app.models.tapes import Tape
from assistants_app.models.test_sets.sets import TestSet


class TestRow(models.Model):
    """One revision of a row, which never changes. `key` is the row's own ID within its set.

    A revision that is part of a version is `fixed`. Others are deleted when they are replaced.
    `tape` is the one that its content names, which lives as long as a revision names it.
    """

    __test__ = False

    id = id_field("testrow")
    test_set = models.ForeignKey(
        TestSet, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    key = IdField(max_length=limits.TEST_ROW_KEY, db_collation="C")
    revision = models.IntegerField()
    content = WireField()
    digest = models.CharField(max_length=64)
    input_digest = models.CharField(max_length=64)
    fixed = models.BooleanField(default=False)
    tape = models.ForeignKey(
        Tape, null=True, on_delete=models.SET_NULL, related_name="test_rows", db_index=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "test_row"
        indexes = [
            models.Index(
                fields=["tape"],
                name="test_row_of_tape",
                condition=models.Q(tape__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["test_set", "key", "revision"], name="test_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} r{self.revision}"


class WorkingRow(models.Model):
    """A row of a set's working copy: the place of a row, and its present revision."""

    test_set = models.ForeignKey(
        TestSet, on_delete=models.CASCADE, related_name="working_rows", db_index=False
    )
    row = models.OneToOneField(TestRow, on_delete=models.CASCADE, related_name="working")
    key = IdField(max_length=limits.TEST_ROW_KEY, db_collation="C")
    position = models.IntegerField()

    class Meta:
        db_table = "test_working_row"
        indexes = [models.Index(fields=["test_set", "position"], name="test_working_row_place")]
        constraints = [
            models.UniqueConstraint(fields=["test_set", "key"], name="test_working_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} at {self.position}"


class TestFile(models.Model):
    """The bytes of a file that rows need: a copy of the set's own, once for each hash.

    The bytes are in the storage under the row's ID.
    """

    __test__ = False

    id = id_field("testfile")
    test_set = models.ForeignKey(
        TestSet, on_delete=models.CASCADE, related_name="files", db_index=False
    )
    sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "test_file"
        constraints = [
            models.UniqueConstraint(fields=["test_set", "sha256"], name="test_file_once"),
        ]

    def __str__(self) -> str:
        return self.sha256


class HeldFile(models.Model):
    """The bytes of a file of a deleted test set, until no experiment needs them any more.

    They are in the storage under the row's ID, which was that of the set's file.
    """

    id = id_field("testfile")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    set_id = reference_field()
    sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()

    class Meta:
        db_table = "test_held_file"
        constraints = [
            models.UniqueConstraint(fields=["set_id", "sha256"], name="test_held_file_once"),
        ]

    def __str__(self) -> str:
        return self.sha256


class TestRowFile(models.Model):
    """The use of a file by a revision of a row."""

    __test__ = False

    row = models.ForeignKey(TestRow, on_delete=models.CASCADE, related_name="uses", db_index=False)
    file = models.ForeignKey(TestFile, on_delete=models.CASCADE, related_name="uses")

    class Meta:
        db_table = "test_row_file"
        constraints = [
            models.UniqueConstraint(fields=["row", "file"], name="test_row_file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} in {self.row_id}"
