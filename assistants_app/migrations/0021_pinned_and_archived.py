"""Assistants can be pinned to the top of the site's lists, and archived out of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assistants", "0020_kept_drafts")]

    operations = [
        migrations.AddField(
            model_name="assistant",
            name="pinned_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="assistant",
            name="archived_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="assistant",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)),
                fields=["project", "id"],
                name="assistant_listed",
            ),
        ),
        migrations.AddIndex(
            model_name="assistant",
            index=models.Index(
                condition=models.Q(("pinned_at__isnull", False)),
                fields=["project", "pinned_at"],
                name="assistant_pinned",
            ),
        ),
    ]
