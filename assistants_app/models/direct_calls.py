"""Requests to models that belong to no run, for the usage page."""

from django.db import models

from assistants_app.models.endpoints import WITHOUT_COST, Costed
from assistants_app.models.fields import WireField, reference_field
from assistants_app.models.projects import Project


class DirectCall(Costed):
    """Requests to a model beside those of runs. Only the contents of judges' calls are kept.

    `kind` is the path of a request that the API passed on, or why we asked a model
    (:mod:`assistants_app.gateway.metering`), or "judge". `status` is that of the endpoint's
    response to a request that was passed on or a judge's, or null without one. `usage` has the
    names of a run's.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE)
    api_key_id = reference_field()
    kind = models.CharField(max_length=16)
    model = models.CharField(max_length=256)
    created_at = models.DateTimeField()
    first_token_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField()
    status = models.IntegerField(null=True)
    usage = WireField(default=dict)

    class Meta:
        db_table = "direct_call"
        indexes = [
            models.Index(fields=["project", "created_at"], name="direct_call_by_time"),
            models.Index(
                fields=["cost_origin", "project", "model"],
                name="direct_call_without_cost",
                condition=models.Q(cost_origin__in=WITHOUT_COST),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.model}"
