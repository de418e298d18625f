"""`RunStep.told` is named for what it holds: what the model was shown of each call."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assistants", "0015_reasoning_of_runs")]

    operations = [
        migrations.RenameField(model_name="runstep", old_name="told", new_name="shown_to_model"),
    ]
