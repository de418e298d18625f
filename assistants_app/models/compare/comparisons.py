"""Comparisons, their columns and threads, and what people think of them."""

from secrets import token_hex

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.compare.votes import CHOICES, COLUMN
from assistants_app.models.fields import WireField, id_field, reference_field
from assistants_app.models.projects import Project
from assistants_app.models.tapes import Tape

KEY_LENGTH = 24


def new_key() -> str:
    """Return a name for a column or a lane that says nothing about it, not even its age."""
    return token_hex(KEY_LENGTH // 2)


class Comparison(models.Model):
    """Columns that answer the same messages, each with its own configuration."""

    id = id_field("cmp")
    # The first column of `comparison_page`.
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="comparisons", db_index=False
    )
    title = models.CharField(max_length=limits.COMPARISON_TITLE, default="", blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    # Whether the names of the columns are hidden from each person until they vote.
    blind = models.BooleanField(default=False)
    # How often each column answers.
    repeats = models.SmallIntegerField(default=1)
    # The recorded run that is run again with other settings, or "".
    source_run_id = reference_field(default="", blank=True)
    # The recorded calls that answer those of columns. Without a recorded run, it was there before.
    tape = models.ForeignKey(Tape, null=True, on_delete=models.SET_NULL, related_name="+")
    # When an owner showed the names to everybody.
    revealed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "comparison"
        indexes = [models.Index(fields=["project", "id"], name="comparison_page")]

    def __str__(self) -> str:
        return self.title or self.id


class ComparisonColumn(models.Model):
    """A configuration, copied when the comparison was made, so nothing changes or deletes it."""

    comparison = models.ForeignKey(
        Comparison, on_delete=models.CASCADE, related_name="columns", db_index=False
    )
    key = models.CharField(max_length=KEY_LENGTH, default=new_key, unique=True)
    position = models.SmallIntegerField()
    # The assistant's name at that moment, or "".
    name = models.CharField(max_length=limits.NAME, default="", blank=True)
    configuration = WireField()
    digest = models.CharField(max_length=64)
    # Whether it shows a run that was there before, and answers nothing itself.
    recorded = models.BooleanField(default=False)

    class Meta:
        db_table = "comparison_column"
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "position"], name="comparison_column_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comparison_id} column {self.position}"

    @property
    def model(self) -> str:
        """Return the model that answers."""
        return str(self.configuration["values"]["model"])

    @property
    def full_name(self) -> str:
        """Return the column's name, such as "Math Tutor v3 · gpt-4o"."""
        number, is_draft = (self.configuration.get(key) for key in ("version_number", "used_draft"))
        version = f" v{number}" if number and not is_draft else ""
        return f"{self.name}{version} · {self.model}" if self.name else self.model


class ComparisonLane(models.Model):
    """A thread of a column. With repeats, a column has several."""

    column = models.ForeignKey(
        ComparisonColumn, on_delete=models.CASCADE, related_name="lanes", db_index=False
    )
    key = models.CharField(max_length=KEY_LENGTH, default=new_key, unique=True)
    number = models.SmallIntegerField()  # from 1
    thread_id = reference_field(unique=True)

    class Meta:
        db_table = "comparison_lane"
        constraints = [
            models.UniqueConstraint(fields=["column", "number"], name="comparison_lane_once"),
        ]

    def __str__(self) -> str:
        return f"{self.column_id}/{self.number}"


class ComparisonVote(models.Model):
    """What one person thought before they knew the names. It is final."""

    comparison = models.ForeignKey(
        Comparison, on_delete=models.CASCADE, related_name="votes", db_index=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    choice = models.CharField(max_length=8)
    # The better column, if `choice` is that there is one.
    column = models.ForeignKey(
        ComparisonColumn, null=True, on_delete=models.CASCADE, related_name="votes"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "comparison_vote"
        constraints = [
            models.UniqueConstraint(fields=["comparison", "user"], name="comparison_vote_once"),
            models.CheckConstraint(
                condition=models.Q(choice__in=CHOICES)
                & (
                    models.Q(choice=COLUMN, column__isnull=False)
                    | (~models.Q(choice=COLUMN) & models.Q(column__isnull=True))
                ),
                name="comparison_vote_choice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.choice}"


class ReplacedDraft(models.Model):
    """A person's draft before they kept a column in its place. Without changes, there was none."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="+")
    # The first column of `replaced_draft_newest`.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    assistant_id = reference_field()
    base_number = models.IntegerField()
    changes = WireField(default=dict)
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "comparison_replaced_draft"
        indexes = [models.Index(fields=["user", "replaced_at"], name="replaced_draft_newest")]

    def __str__(self) -> str:
        return f"{self.user}'s draft of {self.assistant_id}"
