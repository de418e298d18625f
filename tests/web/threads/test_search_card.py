"""Messages for the model and the user about a search that failed or was incomplete."""

import pytest
from django.utils.html import escape

from assistants_app.domain.errors import ToolError
from assistants_app.models import File, RunStep, VectorStore, VectorStoreFile
from assistants_app.providers.chat import StopSignal
from assistants_app.rendering.tool_calls.cards import render_calls
from assistants_app.tools.file_search.call import SearchCall
from assistants_app.tools.tool import CallSite
from assistants_app.wire.runs.steps import full_step_object, step_object, tool_calls_details
from tests.cast import Cast


@pytest.fixture
def step(cast: Cast) -> RunStep:
    """A step of a run whose store has chunks of an unavailable embedding model."""
    store = VectorStore.objects.create(project=cast.project, embedding_model="away")
    VectorStoreFile.objects.create(
        store=store,
        file=cast.file,
        status="completed",
        pending=False,
        chunk_count=1,
        embedding_model="away",
        embedding_dimension=2,
    )
    cast.thread.tool_resources = {"file_search": {"vector_store_ids": [store.id]}}
    cast.thread.save()
    return RunStep(
        run_id=cast.run.id, thread_id=cast.thread.id, type="tool_calls", status="completed"
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ('{"query": "soup <b>"}', "Couldn't search the files"),
        ('{"query": "soup <b>"}', "EMBEDDING_BASE_URL"),
        ("soup", "The arguments must be JSON"),
    ],
)
def test_the_card_says_why_nothing_was_searched_and_the_api_does_not(
    cast: Cast, step: RunStep, arguments: str, reason: str
) -> None:
    call, site = SearchCall("call_1"), CallSite(cast.run, step.id, 0, StopSignal())
    call.write(site, arguments)
    with pytest.raises(ToolError, match=reason):
        call.carry_out(site)
    step.step_details = tool_calls_details([call.details()])
    card = render_calls(full_step_object(step), cast.project.id)
    assert escape(reason) in card
    assert "not searched" in card
    assert "No passage" not in card
    assert reason not in str(step_object(step))


@pytest.mark.django_db(transaction=True)
def test_a_search_that_could_not_wait_says_that_chunks_may_be_missing(
    cast: Cast, step: RunStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistants_app.conf.ATTACHMENT_PATIENCE", 0)
    VectorStoreFile.objects.update(status="in_progress", chunk_count=0, pending=True)
    call, site = SearchCall("call_1"), CallSite(cast.run, step.id, 0, StopSignal())
    call.write(site, '{"query": "soup"}')
    assert "still being read" in call.carry_out(site)
    step.step_details = tool_calls_details([call.details()])
    card = render_calls(full_step_object(step), cast.project.id)
    assert "still being read" in card
    assert "0 results" in card


@pytest.mark.django_db(transaction=True)
def test_the_card_says_how_many_files_were_searched(
    cast: Cast, step: RunStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistants_app.tools.file_search.call.search_for_run", lambda *_: [])
    other = VectorStoreFile.objects.get(embedding_model="away")
    for status, name in (("completed", "b.md"), ("failed", "c.md"), ("in_progress", "d.md")):
        file = File.objects.create(
            project=cast.project, filename=name, bytes=1, purpose="assistants"
        )
        VectorStoreFile.objects.create(store=other.store, file=file, status=status)
    call, site = SearchCall("call_1"), CallSite(cast.run, step.id, 0, StopSignal())
    call.write(site, '{"query": "soup"}')
    monkeypatch.setattr("assistants_app.conf.ATTACHMENT_PATIENCE", 0)
    call.carry_out(site)
    step.step_details = tool_calls_details([call.details()])
    assert "Searched 2 files · 0 results" in render_calls(full_step_object(step), cast.project.id)
    assert "'files'" not in str(step_object(step))
