"""Projects have a time zone. Empty: none is chosen yet, and days are those of UTC."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assistants", "0016_shown_to_model")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="time_zone",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
