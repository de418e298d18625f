from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0053_held_files"),
    ]

    operations = [
        migrations.AddField(
            model_name="publishgate",
            name="main_metric",
            field=models.CharField(db_default="pass", default="pass", max_length=300),
        ),
    ]
