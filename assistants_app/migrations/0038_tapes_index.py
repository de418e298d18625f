"""The index of runs by their tape, which is made while runs go on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Writes go on meanwhile, which no transaction allows.
    atomic = False
    dependencies = [
        ("assistants", "0038_tapes"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="run",
            index=models.Index(
                condition=models.Q(("tape__isnull", False)), fields=["tape"], name="run_of_tape"
            ),
        ),
    ]
