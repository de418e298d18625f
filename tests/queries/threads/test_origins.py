"""What comparisons and experiments make doesn't flood what people look through."""

from collections.abc import Callable
from typing import Any

import pytest

from assistants_app.domain.configurations.origins import LISTED, OF_THREADS
from assistants_app.domain.lists import PageParams, ThreadFilter
from assistants_app.models import Message, Thread
from assistants_app.queries.assistants.assistants import api_users
from assistants_app.queries.files.use import threads_of_store
from assistants_app.queries.runs.runs import find_runs
from assistants_app.queries.threads.families import recent_families, recent_family
from assistants_app.queries.threads.forks import family_of
from assistants_app.queries.threads.state import thread_snapshot
from assistants_app.queries.threads.threads import each_thread, list_threads, recent_threads
from assistants_app.services.runs.configuration import Requester
from assistants_app.services.runs.requests import create_thread_and_run, rerun
from assistants_app.services.threads.forks import fork_thread
from assistants_app.services.threads.requests import create_thread
from assistants_app.wire.runs.runs import RunCreateParams, ThreadAndRunCreateParams
from assistants_app.wire.threads.messages import text_part
from assistants_app.wire.threads.threads import ThreadCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast, api_client, make_run

Threads = dict[str, Thread]


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps runs queued."""
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)


@pytest.fixture
def threads(cast: Cast) -> Threads:
    """A thread of each origin with a run, all with the same words and the same store."""
    made = {}
    for origin in OF_THREADS:
        thread = Thread.objects.create(
            project=cast.project,
            origin=origin,
            tool_resources={"file_search": {"vector_store_ids": [cast.store.id]}},
        )
        Message.objects.create(thread=thread, role="user", content=[text_part("Is it raining?")])
        make_run(
            cast.project,
            thread,
            cast.assistant,
            origin=origin,
            status="completed",
            api_key_id="key_1",
        )
        made[origin] = thread
    return made


def found_by(cast: Cast, **narrow: Any) -> list[str]:
    page = list_threads(cast.project, PageParams(), ThreadFilter(**narrow))
    return [thread.id for thread in page.items]


LISTS: dict[str, Callable[[Cast], list[str]]] = {
    "list": found_by,
    "words": lambda cast: found_by(cast, text="raining"),
    "assistant": lambda cast: found_by(cast, assistant_id=cast.assistant.id),
    "status": lambda cast: found_by(cast, status="completed"),
    "export": lambda cast: [one.id for one in each_thread(cast.project, ThreadFilter())],
    "targets": lambda cast: [one.thread.id for one in recent_threads(cast.project).items],
    "column": lambda cast: [one.newest.thread.id for one in recent_families(cast.project).items],
    "column's search": lambda cast: [
        one.newest.thread.id for one in recent_families(cast.project, text="raining").items
    ],
    "store": lambda cast: threads_of_store(cast.store, limit=20),
    "palette's runs": lambda cast: [run.thread_id for run in find_runs(cast.project, "", limit=20)],
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_leave_out_comparisons_and_experiments(
    cast: Cast, threads: Threads, name: str
) -> None:
    found = set(LISTS[name](cast)) - {cast.thread.id}
    assert found == {threads[origin].id for origin in LISTED}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", LISTED),
        ("?origin=", LISTED),
        ("?origin=experiment", ("experiment",)),
        ("?origin=api&query=raining", ("api",)),
        ("?origin=all", OF_THREADS),
    ],
)
def test_the_api_lists_origins_that_are_asked_for(
    cast: Cast, threads: Threads, query: str, expected: tuple[str, ...]
) -> None:
    answer = api_client(cast.key).get(f"/v1/threads{query}").json()
    found = {item["id"] for item in answer["data"]} - {cast.thread.id}
    assert found == {threads[origin].id for origin in expected}


@pytest.mark.parametrize("origin", ["judge", "API", "page,api", "odd"])
def test_the_api_refuses_other_origins(cast: Cast, origin: str) -> None:
    answer = api_client(cast.key).get(f"/v1/threads?origin={origin}")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["param"], error["code"]) == ("origin", "invalid_value")
    assert f"Invalid value: '{origin}'. Supported values are: 'api', " in error["message"]


def fork(thread: Thread, origin: str) -> Thread:
    return fork_thread(project=thread.project, thread_id=thread.id, origin=origin)


def test_what_a_comparison_forks_is_no_branch_of_the_thread(cast: Cast) -> None:
    thread = cast.thread
    compared = [fork(thread, "compare") for _ in range(3)]
    assert thread_snapshot(thread.id).part.branches == []
    assert [branch.thread.id for branch in family_of(thread)] == [thread.id]
    rows = [(one.newest.thread.id, one.members) for one in recent_families(cast.project).items]
    assert rows == [(thread.id, (thread.id,))]
    by_person = fork(thread, "page")
    [row] = recent_families(cast.project).items
    assert row.members == (thread.id, by_person.id)
    # On a comparison's own page, its column is there, and the others aren't.
    [row] = recent_family(cast.project, compared[1].id)
    assert row.members == (compared[1].id,)
    family = [branch.thread.id for branch in family_of(compared[1])]
    assert family == [thread.id, compared[1].id, by_person.id]


def test_what_a_person_forks_from_a_comparison_is_listed(cast: Cast) -> None:
    compared = fork(cast.thread, "compare")
    kept = fork(compared, "page")
    rows = [(one.newest.thread.id, one.members) for one in recent_families(cast.project).items]
    assert rows == [(kept.id, (kept.id,)), (cast.thread.id, (cast.thread.id,))]
    family = [branch.thread.id for branch in family_of(kept)]
    assert family == [cast.thread.id, compared.id, kept.id]


def test_only_runs_that_clients_wait_for_count_as_use_of_the_api(
    cast: Cast, threads: Threads
) -> None:
    use = api_users(cast.project, cast.assistant.id)
    assert (use.runs, use.keys) == (1, 1)


def test_threads_come_from_where_they_are_made(cast: Cast) -> None:
    project, origin = cast.project, Requester(origin="page")
    body = {"assistant_id": cast.assistant.id}
    both = parse(ThreadAndRunCreateParams, body)
    run = create_thread_and_run(project=project, params=both, requester=origin)
    assert (run.origin, run.thread.origin) == ("page", "page")
    run = create_thread_and_run(project=project, params=both)
    assert (run.origin, run.thread.origin) == ("api", "api")
    params = parse(ThreadCreateParams, {})
    assert create_thread(project=project, params=params).origin == "api"
    again = rerun(
        project=project,
        thread_id=cast.thread.id,
        message_id=cast.message.id,
        params=parse(RunCreateParams, body),
        text="Another",
        requester=origin,
    )
    assert again.origin == "page"
    # What a person does later doesn't change where the thread comes from.
    assert Thread.objects.get(pk=again.thread_id).origin == "api"
