"""What made a reply is known of its copies in other threads too."""

from django.db import migrations

import assistants_app.models.fields


class Migration(migrations.Migration):
    dependencies = [("assistants", "0013_reasoning")]

    operations = [
        migrations.AddField(
            model_name="message",
            name=name,
            field=assistants_app.models.fields.reference_field(null=True),
        )
        for name in ("copied_from_id", "copied_run_id")
    ]
