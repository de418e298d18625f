from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FIELDS = (
    "name",
    "description",
    "model",
    "instructions",
    "tools",
    "tool_resources",
    "response_format",
    "temperature",
    "top_p",
    "reasoning_effort",
    "metadata",
)
BATCH = 500


def give_every_assistant_its_first_version(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """As it is now: nothing is known of what it was before."""
    assistants = apps.get_model("assistants", "Assistant")
    versions = apps.get_model("assistants", "AssistantVersion")
    without = assistants.objects.filter(version_number=0).order_by("pk")
    while batch := list(without[:BATCH]):
        versions.objects.bulk_create(
            versions(
                project_id=row.project_id,
                assistant_id=row.pk,
                number=1,
                configuration=_configuration_of(row),
                source="api",
            )
            for row in batch
        )
        assistants.objects.filter(pk__in=[row.pk for row in batch]).update(version_number=1)


def _configuration_of(row: object) -> dict[str, object]:
    values = {name: getattr(row, name) for name in FIELDS}
    values["response_format"] = values["response_format"] or "auto"
    values["metadata"] = dict(sorted(values["metadata"].items()))
    return values


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0008_versions"),
    ]

    operations = [
        migrations.RunPython(give_every_assistant_its_first_version, migrations.RunPython.noop),
    ]
