import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import assistants_app.models.fields


class Migration(migrations.Migration):
    dependencies = [("assistants", "0011_tokens_of_passages")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="from_page",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="FunctionMock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("function", models.CharField(max_length=64)),
                ("kind", models.CharField(default="static", max_length=8)),
                ("definition", assistants_app.models.fields.WireField(default=dict)),
                ("result_schema", assistants_app.models.fields.WireField(null=True)),
                ("at_once", models.BooleanField(default=False)),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "assistant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mocks",
                        to="assistants.assistant",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="assistants.project",
                    ),
                ),
            ],
            options={"db_table": "function_mock"},
        ),
        migrations.AddConstraint(
            model_name="functionmock",
            constraint=models.UniqueConstraint(
                fields=("assistant", "function"), name="function_mock_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="functionmock",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("static", "rules"))), name="function_mock_kind"
            ),
        ),
    ]
