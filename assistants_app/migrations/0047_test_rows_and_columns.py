import django.db.models.deletion
from django.db import migrations, models

import assistants_app.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0046_verdicts_of_variants"),
    ]

    operations = [
        migrations.AddField(
            model_name="testset",
            name="columns",
            field=assistants_app.models.fields.WireField(
                db_default=models.Value([], output_field=assistants_app.models.fields.WireField()),
                default=list,
            ),
        ),
        migrations.AddField(
            model_name="testrow",
            name="tape",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="test_rows",
                to="assistants.tape",
            ),
        ),
        migrations.AddIndex(
            model_name="testrow",
            index=models.Index(
                condition=models.Q(("tape__isnull", False)),
                fields=["tape"],
                name="test_row_of_tape",
            ),
        ),
    ]
