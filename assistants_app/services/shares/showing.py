"""What a share link shows now."""

from typing import Any

from django.db import transaction

from assistants_app.models import Share
from assistants_app.models.people.shared_rows import SharedRows
from assistants_app.queries.shares.rows import shared_rows
from assistants_app.wire.shares import Hides, Numbered, snapshot


def what_it_shows(share: Share) -> dict[str, Any]:
    """Return what the link shows now.

    If a link that is kept up to date shows a file or hides a name for the first time, their numbers
    are stored, so that they stay.
    """
    if share.snapshot is not None:
        return dict(share.snapshot)
    rows = shared_rows(
        share.thread,
        until_id=share.until_id,
        run_id=share.run_id,
        newest=True,
        with_names=share.hides_file_names,
    )
    before = Numbered.from_json(share.numbered)
    shown, numbered = _snapshot(share, rows, before)
    return shown if numbered == before else _numbered(share, rows)


@transaction.atomic(durable=True)
def _numbered(share: Share, rows: SharedRows) -> dict[str, Any]:
    # Another visitor may have caused other numbers meanwhile, so with those of the locked row.
    links = Share.objects.select_for_update(no_key=True).filter(pk=share.pk, revoked_at=None)
    stored = links.values_list("numbered", flat=True).first()
    shown, numbered = _snapshot(share, rows, Numbered.from_json(stored))
    links.update(numbered=numbered.to_json())
    return shown


def _snapshot(
    share: Share, rows: SharedRows, numbered: Numbered
) -> tuple[dict[str, Any], Numbered]:
    hides = Hides(share.hides_instructions, share.hides_file_names, share.hides_tools)
    return snapshot(rows, title=share.title, hides=hides, numbered=numbered)
