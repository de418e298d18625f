"""Indexes of costs, which are made while runs go on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Writes go on meanwhile, which no transaction allows.
    atomic = False
    dependencies = [
        ("assistants", "0034_people_money"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="directcall",
            index=models.Index(
                condition=models.Q(("cost_origin__in", ("", "none"))),
                fields=["cost_origin", "project", "model"],
                name="direct_call_without_cost",
            ),
        ),
        AddIndexConcurrently(
            model_name="run",
            index=models.Index(
                models.F("project"),
                models.OrderBy(models.F("cost"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id"), descending=True),
                name="run_by_cost",
            ),
        ),
        AddIndexConcurrently(
            model_name="run",
            index=models.Index(
                condition=models.Q(
                    ("cost_origin__in", ("", "none")),
                    ("status__in", ("cancelled", "failed", "completed", "incomplete", "expired")),
                ),
                fields=["cost_origin", "project", "model"],
                name="run_without_cost",
            ),
        ),
    ]
