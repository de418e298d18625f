"""A project can have a number of runs at once."""

import pytest

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.domain.errors import ApiError
from assistants_app.models import Project, Run
from assistants_app.services.runs import room
from assistants_app.services.runs.requests import create_thread_and_run
from assistants_app.wire.runs.runs import ThreadAndRunCreateParams
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "RUNS_PER_PROJECT", 2)
    monkeypatch.setattr(room, "_counted", {})


def new_run(cast: Cast) -> Run:
    params = ThreadAndRunCreateParams.model_validate({"assistant_id": cast.assistant.id})
    return create_thread_and_run(project=cast.project, params=params)


def test_more_runs_than_a_project_may_have_are_refused(cast: Cast) -> None:
    runs = [new_run(cast), new_run(cast)]
    before = Run.objects.count()
    with pytest.raises(ApiError, match="already has 2 runs") as refused:
        new_run(cast)
    assert refused.value.http_status == 429
    assert refused.value.headers["Retry-After"] == "5"
    assert Run.objects.count() == before
    # Counted again after a second, and then the runs that have ended make room.
    Run.objects.filter(pk=runs[0].pk).update(status=run_status.COMPLETED)
    room._counted.clear()
    assert new_run(cast).status == run_status.QUEUED


def test_runs_that_wait_for_outputs_and_those_of_others_take_no_room(cast: Cast) -> None:
    run = new_run(cast)
    Run.objects.filter(pk=run.pk).update(status=run_status.REQUIRES_ACTION)
    other = Project.objects.create(name="Another")
    Run.objects.filter(pk=new_run(cast).pk).update(project=other)
    room._counted.clear()
    new_run(cast)
    new_run(cast)
    with pytest.raises(ApiError, match="already has 2 runs"):
        new_run(cast)


def test_several_runs_need_room_for_all(cast: Cast) -> None:
    new_run(cast)
    with pytest.raises(ApiError, match=r"can have 2 runs .* and has 1. This starts 2 more") as some:
        room.require_room_for_runs(cast.project, 2)
    assert some.value.headers["Retry-After"] == "5"
    with pytest.raises(ApiError, match=r"this starts 3 at once. Start fewer") as never:
        room.require_room_for_runs(cast.project, 3)
    assert never.value.headers == {"x-should-retry": "false"}
    # What was refused takes no room, and what was let in takes all that it asked for.
    Run.objects.update(status=run_status.COMPLETED)
    room._counted.clear()
    room.require_room_for_runs(cast.project, 2)
    with pytest.raises(ApiError, match="already has 2 runs"):
        new_run(cast)
