"""What judges were asked and answered, as long as the model calls of runs are kept."""

import django.db.models.deletion
from django.db import migrations, models

import assistants_app.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0039_compare"),
    ]

    operations = [
        migrations.CreateModel(
            name="JudgeCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("check_kind", models.CharField(max_length=32)),
                ("started_at", models.DateTimeField(db_index=True)),
                ("request", assistants_app.models.fields.WireField(default=dict)),
                ("response", assistants_app.models.fields.WireField(default=dict)),
                (
                    "call",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="judge_call",
                        to="assistants.directcall",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="judge_calls",
                        to="assistants.run",
                    ),
                ),
            ],
            options={"db_table": "judge_call"},
        ),
    ]
