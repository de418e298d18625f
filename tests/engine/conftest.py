"""A worker of this process, whose runs are answered by the scripted provider."""

from collections.abc import Callable, Iterator

import pytest

from assistants_app.engine.worker.runs import WorkerRuns
from assistants_app.gateway import endpoints
from assistants_app.models import Project, Run, Thread
from assistants_app.providers.endpoint import Endpoint
from tests.cast import Cast, make_run
from tests.fakes.provider import ScriptedProvider

NewRun = Callable[..., Run]


@pytest.fixture
def scripted(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> ScriptedProvider:
    """The scripted provider as the endpoint of all projects."""
    endpoint = Endpoint(name="Scripted", base_url=provider.base_url, api_key="key")
    monkeypatch.setattr(endpoints, "endpoints_of", lambda *_: [endpoint])
    return provider


@pytest.fixture
def new_run(cast: Cast) -> NewRun:
    """Insert a queued run on a thread of its own, by default in alice's project."""

    def insert(project: Project | None = None) -> Run:
        project = project or cast.project
        return make_run(project, Thread.objects.create(project=project), cast.assistant)

    return insert


@pytest.fixture
def worker(scripted: ScriptedProvider) -> Iterator[WorkerRuns]:
    runs = WorkerRuns()
    yield runs
    scripted.release()
    runs.drain(10.0)
