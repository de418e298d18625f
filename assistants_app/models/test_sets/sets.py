"""Test sets, and the versions in which their rows are fixed."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.models.fields import WireField, id_field
from assistants_app.models.projects import Project


class TestSet(models.Model):
    """A list of tests. `kept` has what an imported file had beside its rows, for exports.

    `columns` are those that somebody has put in an order. The rows decide which there are.
    """

    # Or pytest would take it for a class of tests.
    __test__ = False

    id = id_field("testset")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="test_sets")
    name = models.CharField(max_length=limits.NAME)
    description = models.TextField(default="", blank=True)
    kept = WireField(default=dict)
    columns = WireField(default=list, db_default=models.Value([], output_field=WireField()))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "test_set"
        indexes = [models.Index(fields=["project", "id"], name="test_set_page")]

    def __str__(self) -> str:
        return self.name


class TestSetVersion(models.Model):
    """The rows of a set at one moment: `row_ids` are revisions of rows, which never change.

    It is fixed when an experiment starts.
    """

    __test__ = False

    id = id_field("testver")
    test_set = models.ForeignKey(
        TestSet, on_delete=models.CASCADE, related_name="versions", db_index=False
    )
    number = models.IntegerField()
    row_ids = WireField()
    digest = models.CharField(max_length=64)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "test_set_version"
        constraints = [
            models.UniqueConstraint(fields=["test_set", "number"], name="test_set_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.test_set_id} v{self.number}"
