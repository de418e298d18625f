"""Tapes: recorded calls and copies of their files, and the runs that are answered from them."""

import functools
from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import assistants_app.domain.ids
import assistants_app.models.fields


def _id(prefix: str) -> "models.CharField[str, str]":
    return models.CharField(
        db_collation="C",
        default=functools.partial(assistants_app.domain.ids.new_id, prefix),
        editable=False,
        max_length=64,
        primary_key=True,
        serialize=False,
    )


def _reference() -> "models.CharField[str, str]":
    return models.CharField(db_collation="C", max_length=64)


def _of_tape(name: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name=name,
        to="assistants.tape",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0037_variables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tape",
            fields=[
                ("id", _id("tape")),
                ("source_run_ids", assistants_app.models.fields.WireField(default=list)),
                ("source_thread_id", _reference()),
                ("policy", assistants_app.models.fields.WireField(default=dict)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tapes",
                        to="assistants.project",
                    ),
                ),
            ],
            options={"db_table": "tape"},
        ),
        migrations.CreateModel(
            name="TapeCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.IntegerField()),
                ("run_id", _reference()),
                ("tool", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=64)),
                ("content", assistants_app.models.fields.WireField(default=dict)),
                ("tape", _of_tape("calls")),
            ],
            options={
                "db_table": "tape_call",
                "constraints": [
                    models.UniqueConstraint(fields=("tape", "position"), name="tape_call_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tool__in", ("function", "code_interpreter", "file_search"))
                        ),
                        name="tape_call_tool",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TapeFile",
            fields=[
                ("id", _id("tapefile")),
                ("file_id", _reference()),
                ("input_name", models.CharField(blank=True, default="", max_length=1024)),
                ("filename", models.CharField(max_length=1024)),
                ("bytes", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("tape", _of_tape("files")),
            ],
            options={
                "db_table": "tape_file",
                "constraints": [
                    models.UniqueConstraint(fields=("tape", "file_id"), name="tape_file_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="run",
            name="tape",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="runs",
                to="assistants.tape",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="tape_policy",
            field=assistants_app.models.fields.WireField(null=True),
        ),
    ]
