"""Runs can be imported from a recording."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0021_pinned_and_archived"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="recorded",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
