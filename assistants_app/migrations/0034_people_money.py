"""Prices by endpoint and day, the cost of what was used, and limits of use."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import assistants_app.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0033_people_comments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="UsageLimit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("requests_per_minute", models.PositiveBigIntegerField(null=True)),
                ("tokens_per_minute", models.PositiveBigIntegerField(null=True)),
                ("runs_at_once", models.PositiveBigIntegerField(null=True)),
                ("tokens_per_day", models.PositiveBigIntegerField(null=True)),
                ("tokens_per_month", models.PositiveBigIntegerField(null=True)),
                (
                    "dollars_per_day",
                    models.DecimalField(decimal_places=2, max_digits=12, null=True),
                ),
                (
                    "dollars_per_month",
                    models.DecimalField(decimal_places=2, max_digits=12, null=True),
                ),
            ],
            options={
                "db_table": "usage_limit",
            },
        ),
        migrations.RemoveConstraint(
            model_name="modelprice",
            name="model_price_once",
        ),
        migrations.AddField(
            model_name="directcall",
            name="cost",
            field=models.DecimalField(decimal_places=12, max_digits=20, null=True),
        ),
        migrations.AddField(
            model_name="directcall",
            name="cost_estimated",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="directcall",
            name="cost_origin",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        migrations.AddField(
            model_name="directcall",
            name="person_id",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="directcall",
            name="price",
            field=assistants_app.models.fields.WireField(null=True),
        ),
        migrations.AddField(
            model_name="modelprice",
            name="base_url",
            field=models.CharField(blank=True, db_default="", default="", max_length=1024),
        ),
        migrations.AddField(
            model_name="modelprice",
            name="is_applied",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="modelprice",
            name="valid_from",
            field=models.DateField(
                db_default=datetime.date(1970, 1, 1), default=datetime.date(1970, 1, 1)
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="has_limits",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="run",
            name="cost",
            field=models.DecimalField(decimal_places=12, max_digits=20, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="cost_estimated",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="run",
            name="cost_origin",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        migrations.AddField(
            model_name="run",
            name="person_id",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="price",
            field=assistants_app.models.fields.WireField(null=True),
        ),
        migrations.AddConstraint(
            model_name="modelprice",
            constraint=models.UniqueConstraint(
                fields=("project", "model", "base_url", "valid_from"), name="model_price_from"
            ),
        ),
        migrations.AddField(
            model_name="usagelimit",
            name="api_key",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, to="assistants.apikey"
            ),
        ),
        migrations.AddField(
            model_name="usagelimit",
            name="person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="usagelimit",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="usage_limits",
                to="assistants.project",
            ),
        ),
        migrations.AddConstraint(
            model_name="usagelimit",
            constraint=models.UniqueConstraint(
                fields=("project", "api_key", "person"),
                name="usage_limit_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="usagelimit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("api_key__isnull", True), ("person__isnull", True), _connector="OR"
                ),
                name="usage_limit_of_one",
            ),
        ),
    ]
