"""Create and revoke share links, and forbid them."""

import secrets
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.events.access import access_changed
from assistants_app.models import Project, Share
from assistants_app.queries.project.access import digest
from assistants_app.queries.runs.runs import get_run
from assistants_app.queries.shares.rows import shared_rows
from assistants_app.queries.threads.threads import get_message, get_thread
from assistants_app.services.act import act
from assistants_app.services.acting import current_actor
from assistants_app.services.audit import note
from assistants_app.wire.shares import Hides, snapshot


@act()
def create_share(
    *,
    project: Project,
    thread_id: str,
    user: User | None,
    title: str = "",
    until_id: str = "",
    run_id: str = "",
    hides: Hides = Hides(),  # noqa: B008 - it can't be changed
    follows: bool = False,
    expires_at: datetime | None = None,
) -> tuple[Share, str]:
    """Create a link to a part of the thread. Return it with its token, which can't be shown again.

    The link shows what the thread has now, or with `follows` what it has at the time.

    Raises :class:`NotFound`, and :class:`InvalidRequest` if the project forbids links, or for a
    thread that is too long or a title that is.
    """
    if Project.objects.filter(pk=project.pk, forbids_sharing=True).exists():
        raise InvalidRequest("An owner of this project has turned share links off.")
    if len(title) > limits.METADATA_VALUE:
        raise InvalidRequest(
            f"The title is too long: the maximum is {limits.METADATA_VALUE} characters.",
            param="title",
        )
    thread = get_thread(project, thread_id)
    if until_id:
        get_message(project, thread_id, until_id)
    if run_id:
        get_run(project, thread_id, run_id)
    rows = shared_rows(
        thread,
        until_id=until_id,
        run_id=run_id,
        newest=follows,
        with_names=hides.file_names,
    )
    shown, numbered = snapshot(rows, title=title, hides=hides)
    token = secrets.token_urlsafe(32)
    share = Share.objects.create(
        project=project,
        thread=thread,
        created_by=user,
        expires_at=expires_at,
        digest=digest(token),
        title=title,
        until_id=until_id,
        run_id=run_id,
        hides_instructions=hides.instructions,
        hides_file_names=hides.file_names,
        hides_tools=hides.tools,
        follows=follows,
        snapshot=None if follows else shown,
        numbered=numbered.to_json() if follows else None,
    )
    note("create_share", project=project, **_target(share))
    return share, token


@act()
def revoke_share(*, project: Project, share_id: str) -> None:
    """Revoke a link. Raises :class:`NotFound`, also for somebody else's unless an owner asks."""
    rows = Share.objects.filter(project=project, pk=share_id, revoked_at=None)
    actor = current_actor()
    if actor and not actor.may("revoke_any_share"):
        rows = rows.filter(created_by=actor.user_id)
    share = rows.defer("snapshot", "numbered").select_for_update(no_key=True).first()
    if share is None:
        raise NotFound("share link", share_id)
    # What it shows goes too: nobody can see it any more.
    rows.update(revoked_at=timezone.now(), snapshot=None, numbered=None)
    note("revoke_share", project=project, **_target(share))
    access_changed(project_id=project.pk, share_id=share_id)


@act()
def forbid_sharing(*, project: Project, forbidden: bool) -> None:
    """Turn all links of the project off, and new ones too, or allow them again."""
    Project.objects.filter(pk=project.pk).update(forbids_sharing=forbidden)
    note(
        "forbid_sharing",
        project=project,
        target_type="project",
        target_id=project.id,
        target_name=project.name,
        details={"forbidden": forbidden},
    )
    access_changed(project_id=project.pk)


def _target(share: Share) -> dict[str, Any]:
    details = {"thread": share.thread_id, "follows": share.follows}
    return {
        "target_type": "share",
        "target_id": share.id,
        "target_name": str(share),
        "details": details,
    }
