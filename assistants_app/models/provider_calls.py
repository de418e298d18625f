"""Model calls of runs, as they were sent and received."""

from django.db import models

from assistants_app.models.fields import WireField, id_field
from assistants_app.models.runs import Run


class ProviderCall(models.Model):
    """One model call with its retries, limited in size and without secrets.

    `step_ids` are the steps that the call led to, and `attempt` is the run's attempt that made it.
    :mod:`assistants_app.providers.call_record` defines `request`, `response` and `retries`.
    """

    id = id_field("call")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="provider_calls")
    step_ids = WireField(default=list)
    attempt = models.IntegerField(default=1)
    model = models.CharField(max_length=256)
    started_at = models.DateTimeField(db_index=True)
    headers_at = models.DateTimeField(null=True)
    first_token_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField()
    request = WireField(default=dict)
    response = WireField(default=dict)
    retries = WireField(default=list)

    class Meta:
        db_table = "provider_call"

    def __str__(self) -> str:
        return f"{self.model} {self.id}"
