"""The names, times and sizes of a run's events outlive their log."""

import django.db.models.deletion
from django.db import migrations, models

import assistants_app.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0024_fewer_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptEvents",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="kept_events",
                        serialize=False,
                        to="assistants.run",
                    ),
                ),
                ("events", assistants_app.models.fields.WireField()),
            ],
            options={
                "db_table": "kept_events",
            },
        ),
    ]
