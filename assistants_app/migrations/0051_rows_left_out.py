from django.db import migrations, models

# The API could choose rows before.
LEFT_OUT = """
UPDATE experiment SET left_out = greatest(0, json_array_length(version.row_ids) - (
    SELECT count(*) FROM experiment_row WHERE experiment_row.experiment_id = experiment.id
))
FROM test_set_version version WHERE version.id = experiment.set_version_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0050_payers_of_cells"),
    ]

    operations = [
        migrations.AddField(
            model_name="experiment",
            name="left_out",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.RunSQL(LEFT_OUT, migrations.RunSQL.noop),
    ]
