"""Cells of experiments, and the money that is set aside for their model calls."""

from decimal import Decimal

from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.experiments import states
from assistants_app.models.experiments.experiments import (
    Experiment,
    ExperimentRow,
    ExperimentVariant,
)
from assistants_app.models.fields import WireField, dollars_field, id_field, reference_field


class ExperimentCell(models.Model):
    """One repeat of a row with a variant: a thread, its runs, and their grade.

    The thread and runs may have been deleted since, so the figures are copies.
    """

    id = id_field("cell")
    # The first column of `experiment_cell_next`.
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="cells", db_index=False
    )
    # The first column of `experiment_cell_once`.
    variant = models.ForeignKey(
        ExperimentVariant, on_delete=models.CASCADE, related_name="cells", db_index=False
    )
    row = models.ForeignKey(ExperimentRow, on_delete=models.CASCADE, related_name="cells")
    repeat = models.SmallIntegerField()  # from 1
    # Its place in the order in which cells start. Those of a row and repeat follow each other.
    place = models.IntegerField()
    # Who is charged, if not who is charged for the experiment (services/experiments/payers.py).
    person_id = models.IntegerField(null=True)
    api_key_id = reference_field(default="", db_default="", blank=True)

    state = models.CharField(max_length=20, default=states.WAITING)
    changed_at = models.DateTimeField(default=timezone.now)
    # How often it began, and when it may begin again after a fault of the provider.
    attempts = models.SmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    # Why it has no result: `code` and `message`, or null.
    error = WireField(null=True)
    # Whether its last attempt ended by a fault of the provider, and how many seconds that asked
    # to wait, or null.
    fault = models.BooleanField(default=False)
    retry_after = models.FloatField(null=True)

    # The thread and the present run of its last attempt, or "", and all runs of that attempt.
    thread_id = reference_field(default="", blank=True)
    run_id = reference_field(default="", blank=True)
    run_ids = WireField(default=list)
    # Attempts that were given up: `thread_id`, `run_ids` and `error`. Their cost counts.
    earlier = WireField(default=list)

    # The worker process that grades it, as long as it says so.
    grader = models.CharField(max_length=64, default="", blank=True)
    graded_until = models.DateTimeField(null=True)
    # For each check: `turn` (the message's number from 0, or null for the whole thread), `check`,
    # and `outcome` (domain/checks/check.py).
    outcomes = WireField(default=list)
    # What they come to (domain/checks/combining.py), or null without a grade.
    result = WireField(null=True)
    passed = models.BooleanField(null=True)
    score = models.FloatField(null=True)
    # The figure of the experiment's main metric.
    figure = models.FloatField(null=True)

    # Of the last reply: a digest of all replies, and how the last one begins.
    reply_digest = models.CharField(max_length=64, default="", blank=True)
    reply = models.TextField(default="", blank=True)
    # Of the runs and judges of all attempts.
    prompt_tokens = models.IntegerField(default=0)
    completion_tokens = models.IntegerField(default=0)
    cost = dollars_field(Decimal(0))
    judge_cost = dollars_field(Decimal(0))
    # Of the last attempt.
    first_token_seconds = models.FloatField(null=True)
    duration_seconds = models.FloatField(null=True)

    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "experiment_cell"
        indexes = [
            models.Index(fields=["experiment", "state", "place"], name="experiment_cell_next"),
            # For a run of an experiment, which asks for its cell.
            models.Index(
                fields=["thread_id"],
                condition=~models.Q(thread_id=""),
                name="experiment_cell_of_thread",
            ),
            models.Index(
                fields=["state", "experiment"],
                condition=models.Q(state__in=(*states.AT_WORK, states.FOR_PERSON)),
                name="experiment_cell_at_work",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "row", "repeat"], name="experiment_cell_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=states.CELL_STATES), name="experiment_cell_state"
            ),
            models.CheckConstraint(
                condition=models.Q(repeat__gte=1, repeat__lte=limits.EXPERIMENT_REPEATS),
                name="experiment_cell_repeat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class ExperimentReservation(models.Model):
    """What a model call of a cell may cost, from before the call until its use is stored.

    For a run, `run_id` and what it had cost and used before, so that a worker that takes over can
    tell whether the call's use was stored. For a judge, `run_id` is "".
    """

    id = id_field("rsv")
    cell = models.ForeignKey(ExperimentCell, on_delete=models.CASCADE, related_name="reservations")
    run_id = reference_field(default="", blank=True, db_index=True)
    most = dollars_field()
    cost_before = dollars_field(Decimal(0))
    usage_before = WireField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "experiment_reservation"

    def __str__(self) -> str:
        return f"{self.most} for {self.cell_id}"
