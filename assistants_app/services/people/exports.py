"""Note what people take out of a project."""

from assistants_app.models import Project
from assistants_app.services.act import act
from assistants_app.services.audit import note


@act()
def note_export(
    *, project: Project, kind: str, target_id: str = "", target_name: str = "", count: int = 1
) -> None:
    """Note in the audit that `count` objects of a kind, such as threads, are downloaded.

    `target_id` and `target_name` are of the only one.
    """
    note(
        "export",
        project=project,
        target_type=kind,
        target_id=target_id,
        target_name=target_name,
        details={"count": count} if count != 1 else None,
    )
