"""Model endpoints (a base URL and its key), and the prices of models."""

from django.db import models
from django.utils import timezone

from assistants_app.models.fields import id_field
from assistants_app.models.projects import Project


class ModelEndpoint(models.Model):
    id = id_field("endp")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="endpoints")
    name = models.CharField(max_length=256)
    base_url = models.CharField(max_length=2048)
    encrypted_key = models.BinaryField(default=bytes)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "model_endpoint"
        constraints = [
            models.UniqueConstraint(fields=["project", "base_url"], name="endpoint_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.base_url})"


class ModelPrice(models.Model):
    """The prices of a model's tokens, in dollars per million."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="prices")
    model = models.CharField(max_length=256)
    prompt = models.DecimalField(max_digits=12, decimal_places=6)
    cached = models.DecimalField(max_digits=12, decimal_places=6)
    completion = models.DecimalField(max_digits=12, decimal_places=6)

    class Meta:
        db_table = "model_price"
        constraints = [
            models.UniqueConstraint(fields=["project", "model"], name="model_price_once"),
        ]

    def __str__(self) -> str:
        return self.model
