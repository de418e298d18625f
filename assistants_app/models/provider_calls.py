"""Model calls of runs as they went over the wire."""

from django.db import models

from assistants_app.models.fields import WireField, id_field
from assistants_app.models.runs import Run


class ProviderCall(models.Model):
    """One model call with its retries, bounded and without secrets.

    `step_ids`: the steps that came of it. `attempt`: which claim on the run made it. What
    `request`, `response` and `retries` hold tells :mod:`assistants_app.providers.call_record`.
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
