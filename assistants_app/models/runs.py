"""Runs and their steps."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func
from django.utils import timezone

from assistants_app.domain import run_status
from assistants_app.models.endpoints import WITHOUT_COST, Costed
from assistants_app.models.fields import WireField, id_field, reference_field
from assistants_app.models.projects import Project
from assistants_app.models.tapes import Tape
from assistants_app.models.threads import Thread

# The tools of a step: their types and the names of functions, as a JSON array.
STEP_TOOLS = Func(
    "step_details",
    template="(jsonb_path_query_array((%(expressions)s)::jsonb, '$.tool_calls[*].type')"
    " || jsonb_path_query_array((%(expressions)s)::jsonb, '$.tool_calls[*].function.name'))",
    output_field=models.JSONField(),
)


class Run(Costed):
    """One reply of an assistant, from its request to its end.

    The lease names the worker that may write to the run.
    """

    id = id_field("run")
    # Without indexes of their own in this module: each is the first column of a longer one.
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="runs", db_index=False
    )
    thread = models.ForeignKey(
        Thread, on_delete=models.CASCADE, related_name="runs", db_index=False
    )
    assistant_id = reference_field()
    # The API key that requested the run, or "" for a run of the site.
    api_key_id = reference_field(default="", db_default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=16, default=run_status.QUEUED)

    # The version of the assistant, or 0 for runs from before there were versions. For a draft it is
    # the version that the draft began from. The columns below have the draft's own values.
    version_number = models.IntegerField(default=0, db_default=0)
    used_draft = models.BooleanField(default=False, db_default=False)
    draft_author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Whether it was recorded elsewhere, as in the example or the copy of a shared thread. No model
    # ran here then, so it doesn't count as usage.
    recorded = models.BooleanField(default=False, db_default=False)

    # The recorded calls that answer the run's, and how (domain/tapes/policy.py). Without a policy,
    # its tools run as usual. A tape may be deleted while a run waits, which misses all calls then.
    tape = models.ForeignKey(
        Tape, null=True, on_delete=models.SET_NULL, related_name="runs", db_index=False
    )
    tape_policy = WireField(null=True)

    model = models.CharField(max_length=256)
    instructions = models.TextField(default="", blank=True)
    # The values of the assistant's variables by name, with defaults, or null if it has none. They
    # are put into instructions and messages when the model is asked.
    variables = WireField(null=True)
    tools = WireField(default=list)
    tool_resources = WireField(default=dict)
    metadata = models.JSONField(default=dict)
    temperature = models.FloatField(null=True)
    top_p = models.FloatField(null=True)
    reasoning_effort = models.CharField(max_length=16, null=True)  # noqa: DJ001 - null is not ""
    response_format = WireField(default=dict)
    tool_choice = WireField(default=dict)
    parallel_tool_calls = models.BooleanField(default=True)
    truncation_strategy = WireField(default=dict)
    max_prompt_tokens = models.IntegerField(null=True)
    max_completion_tokens = models.IntegerField(null=True)

    required_action = WireField(null=True)
    last_error = WireField(null=True)
    incomplete_reason = models.CharField(max_length=32, null=True)  # noqa: DJ001
    usage = WireField(default=dict)
    # The model's last reasoning if no step followed, else it is in the step. Not sent by the API.
    reasoning = WireField(null=True)

    # For a run that waits until its thread is free: the messages that it will add then, and whether
    # it goes before other waiting runs. Null once its turn has come.
    waits = WireField(null=True)
    # Whether it waits until a person sends it, because they stopped the run before it.
    held = models.BooleanField(default=False, db_default=False)

    expires_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    lease_owner = models.CharField(max_length=64, default="", blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    dispatched_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "run"
        indexes = [
            models.Index(fields=["thread", "id"], name="run_page"),
            models.Index(fields=["thread", "assistant_id"], name="run_of_assistant"),
            models.Index(fields=["assistant_id", "version_number"], name="run_of_version"),
            models.Index(fields=["project", "created_at"], name="run_by_time"),
            models.Index(fields=["project", "status"], name="run_by_status"),
            models.Index(
                F("project"), F("cost").desc(nulls_last=True), F("id").desc(), name="run_by_cost"
            ),
            models.Index(
                fields=["cost_origin", "project", "model"],
                name="run_without_cost",
                condition=models.Q(cost_origin__in=WITHOUT_COST, status__in=run_status.TERMINAL),
            ),
            models.Index(
                fields=["status", "expires_at"],
                name="run_active",
                condition=models.Q(status__in=run_status.ACTIVE),
            ),
            # For the database, which looks for the runs of a tape that is deleted.
            models.Index(
                fields=["tape"], name="run_of_tape", condition=models.Q(tape__isnull=False)
            ),
            models.Index(
                fields=["thread", "id"],
                name="run_waiting",
                condition=models.Q(status=run_status.QUEUED, waits__isnull=False),
            ),
        ]
        constraints = [
            # The database itself keeps a thread from having two active runs, as the vendor does.
            models.UniqueConstraint(
                fields=["thread"],
                condition=models.Q(status__in=run_status.ACTIVE, waits__isnull=True),
                name="run_one_active_per_thread",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=run_status.ALL), name="run_status"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"


class RunStep(models.Model):
    """A step of a run. `step_details` is kept as it is sent."""

    id = id_field("step")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps", db_index=False)
    thread_id = reference_field()
    assistant_id = reference_field()
    created_at = models.DateTimeField(default=timezone.now)
    type = models.CharField(max_length=32)
    status = models.CharField(max_length=16, default=run_status.IN_PROGRESS)
    step_details = WireField(default=dict)
    metadata = models.JSONField(default=dict)
    last_error = WireField(null=True)
    usage = WireField(default=dict)
    # What built-in tools answered to the model, by call id. It is more than `step_details` shows.
    shown_to_model = WireField(default=dict)
    # The model's reasoning before the step: a `text`, and an `id` that orders it among the rows of
    # the thread. Not sent by the API.
    reasoning = WireField(null=True)
    first_token_at = models.DateTimeField(null=True)
    # When the run began to wait for outputs of the step's functions. It waits until the step ends.
    waits_since = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "run_step"
        indexes = [
            models.Index(fields=["run", "id"], name="run_step_page"),
            models.Index(
                fields=["thread_id"],
                condition=models.Q(type="tool_calls"),
                name="run_step_tools_of_thread",
            ),
            GinIndex(
                STEP_TOOLS,
                condition=models.Q(type="tool_calls"),
                name="run_step_tools",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=run_status.STEP_STATUSES), name="run_step_status"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"

    @property
    def ended_at(self) -> datetime | None:
        """The time at which the step ended, in whatever way."""
        return self.completed_at or self.failed_at or self.cancelled_at or self.expired_at

    @property
    def expires_at(self) -> datetime:
        """The time at which the step expires with its run."""
        # Queries that read steps without their runs add it to the rows.
        added: datetime | None = getattr(self, "run_expires_at", None)
        return added or self.run.expires_at
