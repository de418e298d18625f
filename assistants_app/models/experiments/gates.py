"""Publish gates of assistants."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.experiments.metrics import LONGEST, PASS
from assistants_app.models.assistants import Assistant
from assistants_app.models.fields import WireField
from assistants_app.models.test_sets import TestSet


class PublishGate(models.Model):
    """What an experiment has to show before a version of the assistant is published.

    `domain/verdicts/gate.py` has the meaning of the columns.
    """

    assistant = models.OneToOneField(
        Assistant, on_delete=models.CASCADE, primary_key=True, related_name="gate"
    )
    # The act that deletes a set refuses one that a gate names.
    test_set = models.ForeignKey(TestSet, on_delete=models.CASCADE, related_name="gates")
    # Otherwise, the person who wants to publish could choose one that nothing changes.
    main_metric = models.CharField(max_length=LONGEST, default=PASS, db_default=PASS)
    margin = models.FloatField()
    oldest_days = models.SmallIntegerField()
    required = WireField(default=list)
    no_worse_row = models.BooleanField(default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "publish_gate"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(margin__gte=0, margin__lte=1), name="publish_gate_margin"
            ),
            models.CheckConstraint(
                condition=models.Q(oldest_days__gte=1, oldest_days__lte=limits.GATE_DAYS),
                name="publish_gate_days",
            ),
        ]

    def __str__(self) -> str:
        return f"gate of {self.assistant_id}"
