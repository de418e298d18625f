from django.db import migrations, models

import assistants_app.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0049_requirement_of_experiments"),
    ]

    operations = [
        migrations.AddField(
            model_name="experimentcell",
            name="api_key_id",
            field=assistants_app.models.fields.IdField(
                blank=True, db_collation="C", db_default="", default="", max_length=64
            ),
        ),
        migrations.AddField(
            model_name="experimentcell",
            name="person_id",
            field=models.IntegerField(null=True),
        ),
    ]
