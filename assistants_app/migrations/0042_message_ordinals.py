"""Messages know how many there were. Old threads are counted when a message is added to them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assistants", "0041_test_sets")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="ordinal",
            field=models.IntegerField(null=True),
        ),
    ]
