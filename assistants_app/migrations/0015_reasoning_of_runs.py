"""What a model thought in a run that ended before its next step."""

from django.db import migrations

import assistants_app.models.fields


class Migration(migrations.Migration):
    dependencies = [("assistants", "0014_copied_replies")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="reasoning",
            field=assistants_app.models.fields.WireField(null=True),
        ),
    ]
