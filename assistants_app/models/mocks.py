"""Mocks, which answer function calls in place of the application."""

from django.db import models
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.models.assistants import Assistant
from assistants_app.models.fields import WireField
from assistants_app.models.projects import Project

STATIC, RULES = KINDS = ("static", "rules")


class FunctionMock(models.Model):
    """The mock of one function of an assistant.

    `definition` has an `output` if the mock is static, else `rules` and optionally a `default`.
    With `at_once`, runs started on the page are answered without waiting for a person.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="mocks")
    function = models.CharField(max_length=limits.FUNCTION_NAME)
    kind = models.CharField(max_length=8, default=STATIC)
    definition = WireField(default=dict)
    result_schema = WireField(null=True)
    at_once = models.BooleanField(default=False)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "function_mock"
        constraints = [
            models.UniqueConstraint(fields=["assistant", "function"], name="function_mock_once"),
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="function_mock_kind"),
        ]

    def __str__(self) -> str:
        return f"mock of {self.function} in {self.assistant_id}"
