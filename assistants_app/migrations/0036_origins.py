"""Threads, runs and requests for models say where they come from."""

from django.db import migrations, models


def add_origin(model: str) -> migrations.AddField:
    """Return the new column, with a default that needs no look at any row."""
    field = models.CharField(db_default="api", default="api", max_length=12)
    return migrations.AddField(model_name=model, name="origin", field=field)


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0035_people_money_indexes"),
    ]

    operations = [
        add_origin("run"),
        add_origin("directcall"),
        add_origin("thread"),
        # The column stays for now: processes of the version before write it until they are
        # restarted. It has a default, so that others need not.
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="run", name="from_page")],
        ),
    ]
