from django.db import migrations

import assistants_app.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0048_gates"),
    ]

    operations = [
        migrations.AddField(
            model_name="experiment",
            name="requirement",
            field=assistants_app.models.fields.WireField(null=True),
        ),
    ]
