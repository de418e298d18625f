from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0027_direct_calls"),
    ]

    operations = [
        # Until now, every member could do everything.
        migrations.AddField(
            model_name="membership",
            name="role",
            field=models.CharField(max_length=16, default="viewer", db_default="owner"),
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(max_length=16, default="viewer", db_default="viewer"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(role__in=["editor", "owner", "viewer"]),
                name="membership_role_known",
            ),
        ),
    ]
