"""Runs, cost and median time of versions."""

from datetime import timedelta
from decimal import Decimal

from assistants_app.models import ModelPrice, Thread
from assistants_app.queries.assistants.version_usage import VersionUsage, usage_of_versions
from tests.cast import Cast, make_run
from tests.queries.project.usage_rows import with_cost


def run(cast: Cast, number: int, seconds: float | None, **columns: object) -> None:
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 500_000, "cached_tokens": 2_000_000}
    columns = {"status": "completed", "version_number": number, "usage": usage, **columns}
    thread = Thread.objects.create(project=cast.project)
    made = make_run(cast.project, thread, cast.assistant, **columns)
    if seconds is not None:
        made.completed_at = made.created_at + timedelta(seconds=seconds)
    with_cost(made)


def test_each_version_has_its_own_runs_without_those_of_drafts(cast: Cast) -> None:
    cast.run.delete()
    ModelPrice.objects.create(project=cast.project, model="m", prompt=2, cached=1, completion=4)
    for seconds in (1, 2, 9):
        run(cast, 1, seconds, model="m")
    run(cast, 1, None, model="m", status="failed")
    run(cast, 2, 3, model="unpriced")
    run(cast, 2, 5, model="m", used_draft=True)
    found = usage_of_versions(cast.project, cast.assistant.id, [1, 2, 3])
    assert found == {
        # All prompt tokens come from the cache, so none cost the full price.
        1: VersionUsage(4, Decimal(12), unpriced=False, seconds=2.0),
        2: VersionUsage(1, None, unpriced=True, seconds=3.0),
    }
    assert usage_of_versions(cast.project, "asst_other", [1]) == {}
    assert usage_of_versions(cast.project, cast.assistant.id, []) == {}
