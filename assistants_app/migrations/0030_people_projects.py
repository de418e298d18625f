"""The audit of a project's people, and projects that are being deleted."""

import functools

import django.utils.timezone
from django.db import migrations, models

import assistants_app.domain.ids
import assistants_app.models.fields

# Only rows are protected. `manage.py flush`, which empties the whole database, truncates tables.
PROTECT = """
CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- The sweeper names the days for which entries are kept.
        IF OLD.created_at < statement_timestamp() - make_interval(secs => 86400
            * nullif(current_setting('playground.audit_days', true), '')::double precision)
        THEN
            RETURN OLD;
        END IF;
        -- Of a deleted project, the entry of its deletion stays.
        IF OLD.verb <> 'delete_project'
            AND NOT EXISTS (SELECT FROM project WHERE id = OLD.project_id)
        THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'Entries of the audit stay as they are.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_stays();
"""
RELEASE = """
DROP TRIGGER audit_entry_stays ON audit_entry;
DROP FUNCTION audit_entry_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0029_people_share"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.CharField(
                        db_collation="C",
                        default=functools.partial(
                            assistants_app.domain.ids.new_id, *("audit",), **{}
                        ),
                        editable=False,
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("project_id", models.CharField(db_collation="C", max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "actor",
                    models.CharField(blank=True, db_collation="C", default="", max_length=72),
                ),
                ("actor_name", models.CharField(blank=True, default="", max_length=256)),
                ("verb", models.CharField(db_collation="C", max_length=64)),
                ("target_type", models.CharField(blank=True, default="", max_length=32)),
                (
                    "target_id",
                    models.CharField(blank=True, db_collation="C", default="", max_length=64),
                ),
                ("target_name", models.CharField(blank=True, default="", max_length=256)),
                ("details", assistants_app.models.fields.WireField(default=dict)),
                ("address", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "db_table": "audit_entry",
                "indexes": [
                    models.Index(fields=["project_id", "id"], name="audit_page"),
                    models.Index(fields=["project_id", "verb", "id"], name="audit_by_verb"),
                    models.Index(fields=["project_id", "actor", "id"], name="audit_by_actor"),
                    models.Index(
                        fields=["project_id", "actor", "verb", "id"], name="audit_by_both"
                    ),
                    models.Index(fields=["project_id", "target_id", "id"], name="audit_by_target"),
                    models.Index(fields=["project_id", "target_name", "id"], name="audit_by_name"),
                ],
            },
        ),
        migrations.RunSQL(PROTECT, RELEASE),
        migrations.AddField(
            model_name="project",
            name="deleted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="ProjectDeletion",
            fields=[
                (
                    "project_id",
                    models.CharField(
                        db_collation="C", max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("began_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lease_expires_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "project_deletion"},
        ),
    ]
