"""Reads that every run needs."""

from assistants_app.domain import run_status
from assistants_app.models import ModelEndpoint, RunStep
from assistants_app.statements import reads
from assistants_app.wire.runs.steps import function_call, tool_calls_details
from tests.cast import Cast, make_run


def test_an_assistant_is_found_in_its_project_only(cast: Cast) -> None:
    found = reads.find_assistant(cast.project.id, cast.assistant.id)
    assert found is not None
    assert (found.pk, found.name) == (cast.assistant.pk, cast.assistant.name)
    assert reads.find_assistant(cast.other_project.id, cast.assistant.id) is None
    assert reads.find_assistant(cast.project.id, "a\0b") is None


def test_endpoints_are_those_of_the_project_newest_first(cast: Cast) -> None:
    def make(url: str, key: bytes) -> ModelEndpoint:
        return ModelEndpoint.objects.create(
            project=cast.project, name=url, base_url=url, encrypted_key=key
        )

    first, second = make("http://a/v1", b"\0\xff"), make("http://b/v1", b"")
    found = reads.list_endpoints(cast.project.id)
    assert found == [second, first]
    assert [bytes(one.encrypted_key) for one in found] == [b"", b"\0\xff"]
    assert reads.list_endpoints(cast.other_project.id) == []


def test_completed_calls_are_those_that_the_orm_finds(cast: Cast) -> None:
    ended = {"status": run_status.COMPLETED}
    runs = [make_run(cast.project, cast.thread, cast.assistant, **ended) for _ in range(3)]
    details = tool_calls_details([function_call("call_1", "f", "{}", "done")])
    for run in (*runs, runs[0]):
        for kind in ("tool_calls", "message_creation"):
            for status in (run_status.COMPLETED, run_status.FAILED):
                RunStep.objects.create(
                    run=run,
                    thread_id=cast.thread.id,
                    type=kind,
                    status=status,
                    step_details=details,
                )
    ids = {run.id for run in runs[:2]}
    calls = RunStep.objects.filter(type="tool_calls", status=run_status.COMPLETED, run_id__in=ids)
    found = reads.completed_calls(ids)
    assert found == list(calls.order_by("-pk"))
    assert len(found) == 3
    assert found[0].step_details == details
    assert reads.completed_calls([]) == []
