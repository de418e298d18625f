import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("assistants", "0051_rows_left_out"),
    ]

    operations = [
        migrations.CreateModel(
            name="AddressLink",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="address_link",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("email", models.CharField(max_length=254)),
                ("expires_at", models.DateTimeField()),
            ],
            options={"db_table": "address_link"},
        ),
    ]
