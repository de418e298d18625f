"""What judges were asked about a run, and what they answered."""

from django.db import models

from assistants_app.models.direct_calls import DirectCall
from assistants_app.models.fields import WireField
from assistants_app.models.runs import Run


class JudgeCall(models.Model):
    """The contents of a judge's call, kept as long as those of the run's own model calls.

    Its times, tokens and cost are in `call`, so that they remain in the usage without it. `check`
    is the kind of check. `request` and `response` are as in :class:`ProviderCall`.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="judge_calls")
    call = models.OneToOneField(DirectCall, on_delete=models.CASCADE, related_name="judge_call")
    check_kind = models.CharField(max_length=32)
    started_at = models.DateTimeField(db_index=True)
    request = WireField(default=dict)
    response = WireField(default=dict)

    class Meta:
        db_table = "judge_call"

    def __str__(self) -> str:
        return f"{self.check_kind} of {self.run_id}"
