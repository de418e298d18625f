"""The quota and the expiry of files, within the caller's transaction."""

from datetime import datetime, timedelta

from assistants_app import conf
from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Project
from assistants_app.queries.files.files import used_bytes


def check_quota(project: Project, more: int) -> None:
    """Lock the project. Raise :class:`InvalidRequest` if it has no space for `more` bytes."""
    # Without the lock, two uploads at once could both take the last space.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    left = max(conf.FILE_QUOTA_BYTES - used_bytes(project), 0)
    if more > left:
        raise InvalidRequest(
            f"Only {left} of this project's {conf.FILE_QUOTA_BYTES} bytes for files are left. "
            "Delete files that you no longer need.",
            code="storage_quota_exceeded",
        )


def expiry(created_at: datetime, purpose: str, seconds: int | None) -> datetime | None:
    """Return when a file expires, `seconds` after its creation if given, or None for never."""
    # Like OpenAI's, files for batches expire after 30 days unless the request says otherwise.
    if seconds is None and purpose == "batch":
        seconds = limits.FILE_EXPIRY_MAX
    return None if seconds is None else created_at + timedelta(seconds=seconds)
