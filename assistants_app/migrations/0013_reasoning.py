"""What a model thought before it wrote or called."""

from django.db import migrations

import assistants_app.models.fields


class Migration(migrations.Migration):
    dependencies = [("assistants", "0012_function_mocks")]

    operations = [
        migrations.AddField(
            model_name="runstep",
            name="reasoning",
            field=assistants_app.models.fields.WireField(null=True),
        ),
    ]
