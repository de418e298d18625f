import functools

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import assistants_app.domain.ids


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0030_people_projects"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="last_active_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.CharField(
                        db_collation="C",
                        default=functools.partial(
                            assistants_app.domain.ids.new_id, *("inv",), **{}
                        ),
                        editable=False,
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("role", models.CharField(max_length=16)),
                ("email", models.CharField(blank=True, default="", max_length=150)),
                ("days", models.PositiveSmallIntegerField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="accepted_invitations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="sent_invitations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="assistants.project",
                    ),
                ),
            ],
            options={
                "db_table": "invitation",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["editor", "owner", "viewer"])),
                        name="invitation_role_known",
                    )
                ],
            },
        ),
    ]
