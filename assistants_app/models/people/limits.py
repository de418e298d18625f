"""What projects, API keys and people may use."""

from django.conf import settings
from django.db import models

from assistants_app.domain.money.limits import Limits
from assistants_app.models.projects import ApiKey, Project


class UsageLimit(models.Model):
    """The limits of a project, or of one of its API keys or people. Null is no limit.

    A person's limits count what they do on the site and with their own keys.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="usage_limits")
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.CASCADE)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE)
    requests_per_minute = models.PositiveBigIntegerField(null=True)
    tokens_per_minute = models.PositiveBigIntegerField(null=True)
    runs_at_once = models.PositiveBigIntegerField(null=True)
    tokens_per_day = models.PositiveBigIntegerField(null=True)
    tokens_per_month = models.PositiveBigIntegerField(null=True)
    dollars_per_day = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    dollars_per_month = models.DecimalField(max_digits=12, decimal_places=2, null=True)

    class Meta:
        db_table = "usage_limit"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "api_key", "person"],
                name="usage_limit_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(api_key__isnull=True) | models.Q(person__isnull=True),
                name="usage_limit_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"of {self.api_key_id or self.person_id or self.project_id}"

    @property
    def limits(self) -> Limits:
        """The limits as one value."""
        return Limits(**{name: getattr(self, name) for name in Limits.__slots__})
