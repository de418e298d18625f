"""Sessions move to a table that also says whose they are, on which device, and when last seen."""

from datetime import timedelta
from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import migrations, models


def move_sessions(apps: Any, schema_editor: Any) -> None:
    """Move the sessions, so that nobody is signed out by the upgrade."""
    old, new = apps.get_model("sessions", "Session"), apps.get_model("assistants", "Session")
    store = SessionStore()
    for row in old.objects.filter(expire_date__gt=django.utils.timezone.now()).iterator(1000):
        user_id = store.decode(row.session_data).get(SESSION_KEY)
        if not user_id:
            continue
        signed_in = row.expire_date - timedelta(seconds=settings.SESSION_COOKIE_AGE)
        new.objects.create(
            session_key=row.session_key,
            session_data=row.session_data,
            expire_date=row.expire_date,
            user_id=int(user_id),
            signed_in_at=signed_in,
            last_seen_at=signed_in,
        )
    old.objects.all().delete()


def move_back(apps: Any, schema_editor: Any) -> None:
    """Move the sessions back."""
    old, new = apps.get_model("sessions", "Session"), apps.get_model("assistants", "Session")
    for row in new.objects.iterator(1000):
        old.objects.update_or_create(
            session_key=row.session_key,
            defaults={"session_data": row.session_data, "expire_date": row.expire_date},
        )


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0031_people_members"),
        ("sessions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        verbose_name="session key",
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("device", models.CharField(blank=True, default="", max_length=300)),
                ("address", models.CharField(blank=True, default="", max_length=64)),
                ("signed_in_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
                "db_table": "session",
            },
        ),
        migrations.CreateModel(
            name="VerifiedAddress",
            fields=[
                ("email", models.CharField(max_length=254, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="verified_addresses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"db_table": "verified_address"},
        ),
        migrations.RunPython(move_sessions, move_back),
    ]
