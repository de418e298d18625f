import functools

import django.db.models.deletion
from django.db import migrations, models

import assistants_app.domain.ids


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0052_address_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="HeldFile",
            fields=[
                (
                    "id",
                    models.CharField(
                        db_collation="C",
                        default=functools.partial(
                            assistants_app.domain.ids.new_id, *("testfile",), **{}
                        ),
                        editable=False,
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("set_id", models.CharField(db_collation="C", max_length=64)),
                ("sha256", models.CharField(max_length=64)),
                ("bytes", models.BigIntegerField()),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="assistants.project",
                    ),
                ),
            ],
            options={
                "db_table": "test_held_file",
                "constraints": [
                    models.UniqueConstraint(fields=("set_id", "sha256"), name="test_held_file_once")
                ],
            },
        ),
    ]
