"""What people say about the replies of an experiment, and whose turn a row is."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.domain.experiments.grades import METRICS
from assistants_app.models.experiments.cells import ExperimentCell
from assistants_app.models.experiments.experiments import ExperimentRow
from assistants_app.models.fields import id_field, reference_field


class ExperimentGrade(models.Model):
    """What one person said about one reply, from 0 to 1. `name` outlives the person's account.

    Grades of one key press have the same `given`, so that they are undone together.
    """

    id = id_field("grade")
    # The first column of `experiment_grade_once`.
    cell = models.ForeignKey(
        ExperimentCell, on_delete=models.CASCADE, related_name="grades", db_index=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = models.CharField(max_length=150)
    metric = models.CharField(max_length=32)
    value = models.FloatField()
    given = reference_field()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "experiment_grade"
        constraints = [
            models.UniqueConstraint(
                fields=["cell", "person", "metric"], name="experiment_grade_once"
            ),
            models.CheckConstraint(
                condition=models.Q(metric__in=METRICS, value__gte=0, value__lte=1),
                name="experiment_grade_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} for {self.cell_id}"


class ExperimentLease(models.Model):
    """A row that one person grades, and until when nobody else gets it."""

    row = models.OneToOneField(
        ExperimentRow, on_delete=models.CASCADE, primary_key=True, related_name="lease"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    class Meta:
        db_table = "experiment_lease"

    def __str__(self) -> str:
        return f"{self.row_id} until {self.until}"
