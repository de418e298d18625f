"""Messages keep their size in prompts. Old messages get it when a prompt first needs it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assistants", "0025_kept_events")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="prompt_tokens",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="prompt_tokens_of",
            field=models.BigIntegerField(null=True),
        ),
    ]
