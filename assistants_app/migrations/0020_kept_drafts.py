"""Discarded drafts can come back, and runs that wait can be held."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import assistants_app.models.fields


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("assistants", "0019_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="held",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="SetAsideDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("base_number", models.IntegerField()),
                ("changes", assistants_app.models.fields.WireField(default=dict)),
                (
                    "assistant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="assistants.assistant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "assistant_draft_set_aside",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("assistant", "user"), name="assistant_draft_set_aside_once"
                    )
                ],
            },
        ),
    ]
