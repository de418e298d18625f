"""Experiments, and what they have frozen: their variants and rows."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.configurations.frozen import FrozenConfiguration
from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.metrics import LONGEST
from assistants_app.models.fields import (
    IdField,
    WireField,
    dollars_field,
    id_field,
    reference_field,
)
from assistants_app.models.projects import Project
from assistants_app.models.tapes import Tape


class Experiment(models.Model):
    """Variants that answer the rows of a version of a test set, and their results.

    Everything that it runs was copied when it was created, so no later change or deletion of a test
    set or an assistant reaches it.
    """

    id = id_field("exp")
    # The first column of `experiment_page`.
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="experiments", db_index=False
    )
    name = models.CharField(max_length=limits.NAME)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Who is charged: the author or the API key that created it, or who has let it run since. No
    # foreign keys, as in runs.
    person_id = models.IntegerField(null=True)
    api_key_id = reference_field(default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    # The set and its version may have been deleted since.
    test_set_id = reference_field()
    test_set_name = models.CharField(max_length=limits.NAME)
    set_version_id = reference_field()
    set_version = models.IntegerField()

    state = models.CharField(max_length=16, default=states.READY)
    # Why it was paused if nobody did, such as a limit that was reached.
    pause_reason = models.TextField(default="", blank=True)
    # `domain/experiments/metrics.py`
    main_metric = models.CharField(max_length=LONGEST)
    # The difference that matters, above 0 and at most 1.
    margin = models.FloatField()
    # What a program asks for (`domain/experiments/requirement.py`), or null for the usual.
    requirement = WireField(null=True)
    repeats = models.SmallIntegerField(default=1)
    at_once = models.SmallIntegerField(default=4)
    # Of the order of cells, and of what models are given (`domain/experiments/order.py`).
    seed = models.BigIntegerField()
    judge_model = models.CharField(max_length=256, default="", blank=True)
    # Of what judges are asked beside the rubric, to see whether two experiments had the same.
    judge_digest = models.CharField(max_length=64)
    # By model: `price` (dollars per million tokens, or null) and `origin`, when it was created.
    prices = WireField(default=dict)
    # By vector store that a variant searches: how many files it had and when it last changed.
    stores = WireField(default=dict)
    # Each time that rows or repeats were added after its start: `at`, `person_id`, `repeats` (how
    # many each row got), `rows` (how many) and `looked` (whether results were there to look at).
    extensions = WireField(default=list)

    # The budget in dollars, or null. What model calls have cost, what those at work may cost, and
    # what was set aside for calls whose use never became known: together never above the cap.
    cap = dollars_field(null=True)
    spent = dollars_field(Decimal(0))
    reserved = dollars_field(Decimal(0))
    lost = dollars_field(Decimal(0))

    started_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    # Seconds for which it ran before `resumed_at`, so that pauses don't count for the time left.
    ran_seconds = models.FloatField(default=0)
    resumed_at = models.DateTimeField(null=True)
    # When its last cell ended, or when it was cancelled. Null again once it is extended.
    finished_at = models.DateTimeField(null=True)
    # From then on nobody reaches it, and a sweeper deletes its threads.
    deleted_at = models.DateTimeField(null=True)

    # The worker process that starts its cells, for a few seconds at a time.
    driver = models.CharField(max_length=64, default="", blank=True)
    driven_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "experiment"
        indexes = [
            models.Index(fields=["project", "id"], name="experiment_page"),
            models.Index(fields=["test_set_id", "id"], name="experiment_of_set"),
            models.Index(
                fields=["id"],
                condition=models.Q(state=states.RUNNING),
                name="experiment_running",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(deleted_at__isnull=False),
                name="experiment_deleted",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=states.EXPERIMENT_STATES), name="experiment_state"
            ),
            models.CheckConstraint(
                condition=models.Q(at_once__gte=1, at_once__lte=limits.EXPERIMENT_AT_ONCE),
                name="experiment_at_once",
            ),
            # The database itself keeps an experiment below its cap while calls are reserved.
            models.CheckConstraint(
                condition=models.Q(reserved__gte=0, spent__gte=0, lost__gte=0),
                name="experiment_budget",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_finished(self) -> bool:
        """Whether all of its cells have ended."""
        return self.state == states.DONE


class ExperimentVariant(models.Model):
    """A configuration that the experiment tests. The one at position 0 is the baseline."""

    # The first column of `experiment_variant_once`.
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="variants", db_index=False
    )
    position = models.SmallIntegerField()
    name = models.CharField(max_length=limits.NAME)
    configuration = WireField()
    digest = models.CharField(max_length=64)
    # How calls are answered from the rows' tapes and mocks, or null for the tape's own policy.
    tape_policy = WireField(null=True)
    # Values of its variables for all rows. A row's own go before them.
    variables = WireField(default=dict)
    # What lists say about it, as of the experiment's end: `kind` and `headline`, or null.
    verdict = WireField(null=True)

    class Meta:
        db_table = "experiment_variant"
        constraints = [
            models.UniqueConstraint(
                fields=["experiment", "position"], name="experiment_variant_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.experiment_id} {self.name}"

    @property
    def is_baseline(self) -> bool:
        return self.position == 0

    @property
    def frozen(self) -> FrozenConfiguration:
        """Return the configuration that its runs are started with."""
        return FrozenConfiguration.from_json(self.configuration)

    @property
    def model(self) -> str:
        return str(self.configuration["values"]["model"])


class ExperimentRow(models.Model):
    """A copy of a row of the test set. `row_id` is the revision that it was copied from."""

    # The first column of both constraints.
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    position = models.IntegerField()
    row_id = reference_field()
    key = IdField(max_length=limits.TEST_ROW_KEY, db_collation="C")
    content = WireField()
    repeats = models.SmallIntegerField()
    # Shared by rows that were cut from one thread, or "".
    cluster = models.CharField(max_length=64, default="", blank=True)
    # The one that its content names, or null if that was deleted.
    tape = models.ForeignKey(
        Tape, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        db_table = "experiment_row"
        indexes = [
            models.Index(
                fields=["tape"],
                name="experiment_row_of_tape",
                condition=models.Q(tape__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "position"], name="experiment_row_place"),
            models.UniqueConstraint(fields=["experiment", "key"], name="experiment_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.experiment_id} {self.key}"


class RowFiles(models.Model):
    """The files of a revision of a test row, as runs use them: shared by all cells that ask it.

    `files` has the `file_id`, `tool` and `name` of each. Those for search are in a vector store of
    their own, which was indexed once.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    row_id = reference_field(unique=True)
    files = WireField(default=list)
    store_id = reference_field(default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "experiment_row_files"

    def __str__(self) -> str:
        return f"files of {self.row_id}"
