"""Store the chunks that a search has shown to a model, so that its reply can cite them."""

from collections.abc import Sequence

from django.db import transaction

from assistants_app.domain.search import SearchHit
from assistants_app.models import Citation, Run, Thread
from assistants_app.queries.runs.citations import last_search


@transaction.atomic(durable=True)
def save_citations(*, run: Run, hits: Sequence[SearchHit]) -> list[Citation]:
    """Store the hits of one search as citations of the run's thread, under the next number."""
    # Marks are unique within the thread, because a reply may cite a search of an earlier run. The
    # lock keeps two searches from taking the same number.
    Thread.objects.select_for_update(no_key=True).filter(pk=run.thread_id).first()
    number = last_search(run.thread_id) + 1
    return Citation.objects.bulk_create(
        [
            Citation(
                thread_id=run.thread_id,
                number=number,
                place=place,
                file_id=hit.file_id,
                filename=hit.filename,
                quote=hit.text,
                heading=hit.heading,
                page=hit.page,
                start=hit.start,
                end=hit.end,
                score=hit.score,
            )
            for place, hit in enumerate(hits)
        ]
    )
