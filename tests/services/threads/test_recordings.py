"""The recorded example: rows of the project, once, outside of its usage, and removed as a whole."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain import event_names
from assistants_app.domain.errors import InvalidRequest
from assistants_app.events import log
from assistants_app.models import (
    Assistant,
    AssistantVersion,
    Citation,
    File,
    Message,
    Project,
    Run,
    RunStep,
    Thread,
    VectorStore,
    VectorStoreFile,
)
from assistants_app.queries.project.usage import usage_report
from assistants_app.services.assistants.requests import clone_assistant
from assistants_app.services.threads import recorded_rows
from assistants_app.services.threads.forks import fork_thread
from assistants_app.services.threads.recordings import add_recorded_example
from assistants_app.services.threads.requests import delete_thread
from assistants_app.storage.byte_store import byte_store

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 10  # that a newcomer gives a page
MOST_BYTES = 200_000


@pytest.fixture
def project() -> Project:
    return Project.objects.create(name="New")


def add(project: Project) -> Thread:
    return add_recorded_example(project=project, model="gpt-4o")


def rows_of(project: Project) -> dict[str, int]:
    """Return the number of rows of each kind that the project has."""
    tables = (Assistant, AssistantVersion, File, Run, Thread, VectorStore)
    return {table.__name__: table.objects.filter(project=project).count() for table in tables}


def test_the_recording_is_small_and_short() -> None:
    text = recorded_rows.RECORDING.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    events = json.loads(text)["events"]
    begin, end = (log.position(events[place][0])[0] for place in (0, -1))
    assert 0 < end - begin < 1000 * SECONDS
    assert "127.0.0.1" not in text


def test_the_example_has_code_a_chart_a_citation_and_a_function_call(project: Project) -> None:
    thread = add(project)
    steps = RunStep.objects.filter(thread_id=thread.id).order_by("pk")
    tools = [call["type"] for step in steps for call in step.step_details.get("tool_calls", [])]
    assert tools == ["file_search", "code_interpreter", "function"]
    question, reply = Message.objects.filter(thread=thread).order_by("pk")
    assert question.role == "user"
    [text] = [part["text"] for part in reply.content if part["type"] == "text"]
    kinds = [annotation["type"] for annotation in text["annotations"]]
    assert kinds == ["file_citation", "file_path"]
    cited, chart = (annotation[annotation["type"]] for annotation in text["annotations"])
    assert Citation.objects.get(thread=thread).file_id == cited["file_id"]
    image = b"".join(byte_store().read(chart["file_id"]))
    assert image.startswith(b"\x89PNG")


def test_ids_are_new_everywhere_and_in_order(project: Project) -> None:
    recorded = recorded_rows.RECORDING.read_text(encoding="utf-8")
    first, other = add(project), add(Project.objects.create(name="Other"))
    assert first.id != other.id
    for thread in (first, other):
        for event in log.read(thread.id):
            found = recorded_rows._OBJECT_ID.finditer(event.data)
            assert not [match[0] for match in found if match[0] in recorded]
    run = Run.objects.get(thread=first)
    assert run.assistant_id == Assistant.objects.get(project=project).id
    messages = Message.objects.filter(thread=first).order_by("pk")
    assert [message.role for message in messages] == ["user", "assistant"]
    [store] = VectorStore.objects.filter(project=project)
    assert run.tool_resources["file_search"]["vector_store_ids"] == [store.id]
    assert VectorStoreFile.objects.get(store=store).pending


def test_the_run_has_just_ended_and_its_events_have_the_recorded_times(project: Project) -> None:
    thread = add(project)
    run = Run.objects.get(thread=thread)
    assert run.completed_at
    assert timedelta() < timezone.now() - run.completed_at < timedelta(seconds=30)
    events = log.read(thread.id)
    assert events[-1].name == event_names.RUN_COMPLETED
    assert events[-1].content["completed_at"] == pytest.approx(run.completed_at.timestamp(), abs=2)
    begin, end = (log.position(events[place].seq)[0] / 1000 for place in (0, -1))
    assert end == pytest.approx(run.completed_at.timestamp(), abs=0.2)
    assert end - begin > 1


def test_a_second_request_returns_the_same_thread(project: Project) -> None:
    thread = add(project)
    before = rows_of(project)
    assert add(project).id == thread.id
    assert rows_of(project) == before


def test_requests_at_once_add_it_once(project: Project) -> None:
    def work(_: int) -> str:
        try:
            return add(project).id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(work, range(4)))
    assert len(ids) == 1
    assert Thread.objects.filter(project=project).count() == 1
    kept = set(File.objects.filter(project=project).values_list("pk", flat=True))
    assert File.objects.count() == len(kept)


def test_it_does_not_count_as_usage(project: Project) -> None:
    run = Run.objects.get(thread=add(project))
    assert run.usage["prompt_tokens"] > 0
    today = project.today()
    report = usage_report(project, today - timedelta(days=1), today + timedelta(days=1))
    assert report.whole.runs == 0
    assert report.whole.prompt == 0


def test_deleting_the_thread_deletes_all_that_came_with_it(project: Project) -> None:
    thread = add(project)
    files = list(File.objects.filter(project=project).values_list("pk", flat=True))
    delete_thread(project=project, thread_id=thread.id)
    assert set(rows_of(project).values()) == {0}
    assert not set(files) & set(byte_store().keys(before=timezone.now() + timedelta(days=1)))
    assert add(project).id != thread.id


@pytest.mark.parametrize("use", ["clone", "fork", "run", "version", "store"])
def test_what_is_used_elsewhere_stays(project: Project, use: str) -> None:
    thread = add(project)
    assistant = Assistant.objects.get(project=project)
    before = rows_of(project)
    if use == "clone":
        clone_assistant(project=project, assistant_id=assistant.id, author=None)
    elif use == "fork":
        last = Message.objects.filter(thread=thread).order_by("pk").last()
        assert last
        fork_thread(project=project, thread_id=thread.id, message_id=last.id)
    elif use == "run":
        run = Run.objects.get(thread=thread)
        run.pk, run.thread, run.recorded = (
            "run_other",
            Thread.objects.create(project=project),
            False,
        )
        run.save(force_insert=True)
    elif use == "version":
        Assistant.objects.update(version_number=2)
    else:
        store = VectorStore.objects.create(project=project, embedding_model="m")
        VectorStoreFile.objects.create(store=store, file=File.objects.order_by("pk")[0])
    delete_thread(project=project, thread_id=thread.id)
    assert Assistant.objects.filter(pk=assistant.id).exists()
    assert rows_of(project)["File"] == before["File"]


def test_the_bytes_go_if_the_project_has_no_space(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "FILE_QUOTA_BYTES", 1)
    before = set(byte_store().keys(before=timezone.now() + timedelta(days=1)))
    with pytest.raises(InvalidRequest, match="bytes for files are left"):
        add(project)
    assert set(byte_store().keys(before=timezone.now() + timedelta(days=1))) == before
