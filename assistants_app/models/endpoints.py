"""Model endpoints (a base URL and its key), the prices of models, and what their tokens cost."""

from collections.abc import Mapping

from django.db import models
from django.utils import timezone

from assistants_app.domain.configurations.origins import API
from assistants_app.domain.money.prices import NONE, SINCE_EVER, Price, Tariff, price_from
from assistants_app.models.fields import WireField, id_field
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
    """The prices of a model's tokens from a day on, in dollars per million.

    Without `base_url` they apply at any endpoint.
    """

    # The database has the defaults too, for processes of the version before during an upgrade.
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="prices")
    base_url = models.CharField(max_length=1024, blank=True, default="", db_default="")
    model = models.CharField(max_length=256)
    valid_from = models.DateField(default=SINCE_EVER, db_default=SINCE_EVER)
    prompt = models.DecimalField(max_digits=12, decimal_places=6)
    cached = models.DecimalField(max_digits=12, decimal_places=6)
    completion = models.DecimalField(max_digits=12, decimal_places=6)
    # Whether runs that ended while the model had no price have got their cost by this one.
    is_applied = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "model_price"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "model", "base_url", "valid_from"], name="model_price_from"
            ),
        ]

    def __str__(self) -> str:
        return self.model


# What has no cost yet, and what was asked of a model without a price.
WITHOUT_COST = ("", NONE)
COST_COLUMNS = ("cost", "cost_origin", "price")


class Costed(models.Model):
    """The columns of what a request to models costs, who is charged for it, and what it is for.

    `cost` is in dollars, or null without tokens or a price. `cost_origin` is where the price comes
    from (see :mod:`assistants_app.domain.money.prices`), or "" until it is known. `price` has the
    dollars per million tokens: prompt, cached prompt, completion. `cost_estimated`: the price is of
    a later day. `person_id` is the user who asked, or null if nobody did.
    `origin` is one of :mod:`assistants_app.domain.configurations.origins`.
    """

    cost = models.DecimalField(max_digits=20, decimal_places=12, null=True)
    cost_origin = models.CharField(max_length=12, blank=True, default="", db_default="")
    cost_estimated = models.BooleanField(default=False, db_default=False)
    price = WireField(null=True)
    # No foreign key: the user may be deleted before, and each run would lock the user's row.
    person_id = models.IntegerField(null=True)
    # The database has the default too, for processes of the version before during an upgrade.
    origin = models.CharField(max_length=12, default=API, db_default=API)

    class Meta:
        abstract = True

    def charge(self, tariff: Tariff, usage: Mapping[str, int]) -> None:
        """Set what the tokens of `usage` cost by this tariff."""
        self.cost, self.cost_origin = tariff.cost(usage), tariff.origin
        self.price = tariff.price.texts() if tariff.price else None

    @property
    def known_price(self) -> Price | None:
        """The price of the request's tokens, or None."""
        return price_from(self.price)
