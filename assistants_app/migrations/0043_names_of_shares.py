import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import assistants_app.models.fields


class Migration(migrations.Migration):
    dependencies = [("assistants", "0042_message_ordinals")]

    operations = [
        migrations.AddField(
            model_name="share",
            name="numbered",
            field=assistants_app.models.fields.WireField(null=True),
        ),
        migrations.CreateModel(
            name="FormerFileName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner_id", models.CharField(db_collation="C", max_length=64)),
                ("name", models.CharField(max_length=1024)),
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
                "db_table": "former_file_name",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("owner_id"),
                        django.db.models.functions.text.MD5("name"),
                        name="former_file_name_once",
                    )
                ],
            },
        ),
    ]
