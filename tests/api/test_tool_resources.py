"""Tools and their resources: what a request doesn't name stays, and objects show the defaults."""

from typing import Any

import pytest

from assistants_app.models import Assistant, AssistantVersion, Run, Thread
from assistants_app.queries.runs.code_sessions import input_files
from assistants_app.services.assistants.drafts import save_draft
from assistants_app.wire.assistants.configurations import configuration_of
from tests.cast import Cast, api_client, make_file, make_run

Json = dict[str, Any]
RANKING = {"ranker": "default_2024_08_21", "score_threshold": 0.0}
BOTH = [{"type": "code_interpreter"}, {"type": "file_search"}]


def post(cast: Cast, path: str, body: Json) -> Json:
    answer = api_client(cast.key).post(f"/v1/{path}", body, "application/json")
    assert answer.status_code == 200, answer.json()
    made: Json = answer.json()
    return made


def attached(cast: Cast) -> Json:
    return {
        "code_interpreter": {"file_ids": [cast.file.id]},
        "file_search": {"vector_store_ids": [cast.store.id]},
    }


def modify(cast: Cast, kind: str, resources: Any) -> Json:
    """Modify an assistant or thread with a file and a store, and return its resources."""
    created: Json = {"tool_resources": attached(cast)}
    made = post(cast, kind, {**created, "model": "m"} if kind == "assistants" else created)
    changed = post(cast, f"{kind}/{made['id']}", {"tool_resources": resources})
    shown = api_client(cast.key).get(f"/v1/{kind}/{made['id']}").json()
    assert changed == shown
    kept: Json = shown["tool_resources"]
    return kept


@pytest.mark.parametrize("kind", ["assistants", "threads"])
@pytest.mark.parametrize(
    "resources",
    [
        {},
        {"file_search": {}},
        {"code_interpreter": {}},
        {"code_interpreter": {}, "file_search": {}},
        [],
        {"file_search": []},
    ],
)
def test_resources_that_a_modify_does_not_name_stay(cast: Cast, kind: str, resources: Any) -> None:
    assert modify(cast, kind, resources) == attached(cast)


@pytest.mark.parametrize("kind", ["assistants", "threads"])
@pytest.mark.parametrize(
    ("resources", "file_ids", "store_ids"),
    [
        (None, False, False),
        ({"file_search": None}, True, False),
        ({"code_interpreter": None}, False, True),
        ({"file_search": {"vector_store_ids": []}}, True, False),
        ({"file_search": {"vector_store_ids": None}}, True, False),
        ({"code_interpreter": {"file_ids": []}}, False, True),
        ({"code_interpreter": {"file_ids": None}, "file_search": {}}, False, True),
    ],
)
def test_a_list_or_null_empties_what_it_names(
    cast: Cast, kind: str, resources: Any, file_ids: bool, store_ids: bool
) -> None:
    kept = modify(cast, kind, resources)
    files = kept.get("code_interpreter", {}).get("file_ids", [])
    stores = kept.get("file_search", {}).get("vector_store_ids", [])
    assert files == ([cast.file.id] if file_ids else [])
    assert stores == ([cast.store.id] if store_ids else [])


def test_one_tool_is_replaced_and_the_other_stays(cast: Cast) -> None:
    other = make_file(cast.project)
    kept = modify(cast, "threads", {"code_interpreter": {"file_ids": [other.id]}})
    assert kept == {**attached(cast), "code_interpreter": {"file_ids": [other.id]}}


def test_a_run_with_a_new_thread_keeps_the_resources_of_its_assistant(cast: Cast) -> None:
    body = {"model": "m", "tools": BOTH, "tool_resources": attached(cast)}
    assistant_id = post(cast, "assistants", body)["id"]
    for given, expected in (
        ({"file_search": {}}, attached(cast)),
        (
            {"code_interpreter": {"file_ids": []}},
            {**attached(cast), "code_interpreter": {"file_ids": []}},
        ),
    ):
        run = post(cast, "threads/runs", {"assistant_id": assistant_id, "tool_resources": given})
        assert run["tool_resources"] == expected


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("name", "vector_stores/{0.store.id}"),
        ("metadata", "vector_stores/{0.store.id}"),
        ("metadata", "assistants/{0.assistant.id}"),
        ("metadata", "threads/{0.thread.id}"),
        ("metadata", "threads/{0.thread.id}/messages/{0.message.id}"),
        ("metadata", "threads/{0.thread.id}/runs/{0.run.id}"),
    ],
)
def test_an_empty_modify_changes_nothing(cast: Cast, field: str, path: str) -> None:
    path = path.format(cast)
    value = "N" if field == "name" else {"a": "1", "b": "2"}
    assert post(cast, path, {field: value})[field] == value
    assert post(cast, path, {})[field] == value
    emptied: Any = "" if field == "name" else {}
    assert post(cast, path, {field: None})[field] == emptied


def test_a_store_keeps_its_expiry_until_null_removes_it(cast: Cast) -> None:
    path = f"vector_stores/{cast.store.id}"
    expiry = {"anchor": "last_active_at", "days": 3}
    post(cast, path, {"expires_after": expiry})
    assert post(cast, path, {"name": "N"})["expires_after"] == expiry
    assert post(cast, path, {"expires_after": None})["expires_at"] is None


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        ([], {}),
        ([{"type": "function", "function": {"name": "f"}}], {}),
        ([{"type": "code_interpreter"}], {"code_interpreter": {"file_ids": []}}),
        ([{"type": "file_search"}], {"file_search": {"vector_store_ids": []}}),
        (BOTH, {"code_interpreter": {"file_ids": []}, "file_search": {"vector_store_ids": []}}),
    ],
)
def test_resources_follow_the_tools(cast: Cast, tools: list[Json], expected: Json) -> None:
    made = post(cast, "assistants", {"model": "m", "tools": tools})
    assert made["tool_resources"] == expected
    run = post(cast, "threads/runs", {"assistant_id": made["id"]})
    assert run["tool_resources"] == expected
    # Adding and removing tools counts as well.
    path = f"assistants/{made['id']}"
    assert set(post(cast, path, {"tools": BOTH})["tool_resources"]) == {
        "code_interpreter",
        "file_search",
    }
    assert post(cast, path, {"tools": []})["tool_resources"] == {}
    assert post(cast, "threads", {})["tool_resources"] == {}


def test_attached_resources_survive_without_their_tool(cast: Cast) -> None:
    body = {"model": "m", "tools": BOTH, "tool_resources": attached(cast)}
    made = post(cast, "assistants", body)
    changed = post(cast, f"assistants/{made['id']}", {"tools": []})
    assert changed["tool_resources"] == attached(cast)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"ranking_options": RANKING}),
        ({"file_search": {}}, {"ranking_options": RANKING}),
        ({"file_search": {"ranking_options": {}}}, {"ranking_options": RANKING}),
        (
            {"file_search": {"max_num_results": 3}},
            {"max_num_results": 3, "ranking_options": RANKING},
        ),
        (
            {"file_search": {"ranking_options": {"score_threshold": 0.5}}},
            {"ranking_options": {**RANKING, "score_threshold": 0.5}},
        ),
        (
            {"file_search": {"ranking_options": {"ranker": "auto", "score_threshold": 0}}},
            {"ranking_options": {**RANKING, "ranker": "auto"}},
        ),
        (
            {"file_search": {"ranking_options": {"ranker": None, "score_threshold": 0.0}}},
            {"ranking_options": RANKING},
        ),
    ],
)
def test_a_file_search_tool_shows_its_ranking_options(
    cast: Cast, given: Json, expected: Json
) -> None:
    tools = [{"type": "file_search", **given}]
    shown = [{"type": "file_search", "file_search": expected}]
    made = post(cast, "assistants", {"model": "m", "tools": tools})
    assert made["tools"] == shown
    of_assistant = post(cast, "threads/runs", {"assistant_id": made["id"]})
    assert of_assistant["tools"] == shown
    own = post(cast, "threads/runs", {"assistant_id": cast.assistant.id, "tools": tools})
    assert own["tools"] == shown
    listed = api_client(cast.key).get(f"/v1/threads/{own['thread_id']}/runs").json()
    assert listed["data"][0]["tools"] == shown


def test_an_assistant_that_is_sent_back_gets_no_version(cast: Cast) -> None:
    body = {"model": "m", "tools": [*BOTH, {"type": "function", "function": {"name": "f"}}]}
    made = post(cast, "assistants", body)
    read_only = {"id", "object", "created_at"}
    post(cast, f"assistants/{made['id']}", {k: v for k, v in made.items() if k not in read_only})
    # The SDK's temperature of 1 is a value of its own: the model's default may differ.
    versions = AssistantVersion.objects.filter(assistant_id=made["id"])
    for field in ("tools", "tool_resources"):
        assert len({str(row.configuration[field]) for row in versions}) == 1
    post(cast, f"assistants/{made['id']}", {"tools": made["tools"]})
    post(cast, f"assistants/{made['id']}", {"tool_resources": made["tool_resources"]})
    assert versions.count() == versions.last().number <= 2  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "given",
    [
        {"name": "f"},
        {"name": "f", "description": None, "parameters": None, "strict": None},
        {"name": "f", "description": "", "parameters": {"type": "object", "properties": {}}},
    ],
)
def test_a_function_has_all_its_fields_and_can_be_sent_back(cast: Cast, given: Json) -> None:
    tools = [{"type": "function", "function": given}]
    made = post(cast, "assistants", {"model": "m", "tools": tools})
    [shown] = made["tools"]
    assert shown["function"] == {
        "name": "f",
        "description": "",
        "parameters": {"type": "object", "properties": {}},
        "strict": False,
    }
    stored = Assistant.objects.get(pk=made["id"]).tools
    assert stored == [{"type": "function", "function": {"name": "f", "strict": False}}]
    versions = AssistantVersion.objects.filter(assistant_id=made["id"]).count()
    assert post(cast, f"assistants/{made['id']}", {"tools": made["tools"]})["tools"] == [shown]
    assert Assistant.objects.get(pk=made["id"]).tools == stored
    assert AssistantVersion.objects.filter(assistant_id=made["id"]).count() == versions
    run = {"assistant_id": made["id"], "thread": {}}
    assert post(cast, "threads/runs", run)["tools"] == [shown]


def test_rows_that_contain_the_defaults_differ_from_no_others(cast: Cast) -> None:
    full = [{"type": "file_search", "file_search": {"ranking_options": RANKING}}]
    empty: Json = {"file_search": {"vector_store_ids": []}}
    Assistant.objects.filter(pk=cast.assistant.id).update(tools=full, tool_resources=empty)
    assistant = Assistant.objects.get(pk=cast.assistant.id)
    assert configuration_of(assistant)["tools"] == [{"type": "file_search"}]
    changes: Json = {"tools": [{"type": "file_search", "file_search": {}}], "tool_resources": {}}
    for values in (changes, {"tools": full, "tool_resources": empty}):
        saved = save_draft(
            project=cast.project, assistant_id=assistant.id, user=cast.alice, changes=values
        )
        assert saved.draft is None
    # Half-written values of a draft are kept as they are.
    for broken in ("x", [None, {"type": "file_search", "file_search": "x"}], {"a": 1}):
        saved = save_draft(
            project=cast.project,
            assistant_id=assistant.id,
            user=cast.alice,
            changes={"tools": broken, "tool_resources": broken},
        )
        assert saved.configuration["tools"] == saved.configuration["tool_resources"] == broken


@pytest.mark.parametrize("name", ["max_completion_tokens", "max_prompt_tokens"])
@pytest.mark.parametrize("tokens", [1, 100, 255, 256])
def test_a_run_may_have_a_small_budget(cast: Cast, name: str, tokens: int) -> None:
    run = post(cast, "threads/runs", {"assistant_id": cast.assistant.id, name: tokens})
    assert run[name] == tokens


def test_a_run_may_have_as_many_tools_as_an_assistant(cast: Cast) -> None:
    tools = [{"type": "function", "function": {"name": f"f{number}"}} for number in range(128)]
    body = {"assistant_id": cast.assistant.id, "tools": tools}
    assert len(post(cast, "threads/runs", body)["tools"]) == 128


def test_a_store_may_be_created_with_more_than_500_files(cast: Cast) -> None:
    ids = [make_file(cast.project).id for _ in range(2)]
    made = post(cast, "vector_stores", {"file_ids": ids * 300})
    assert made["file_counts"]["total"] == 2


def test_null_counts_as_absent_in_optional_parameters(cast: Cast) -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": None}}
    body = {"role": "user", "content": [image]}
    made = post(cast, f"threads/{cast.thread.id}/messages", body)
    assert made["content"][0]["image_url"]["detail"] == "auto"


def test_the_database_keeps_what_was_given(cast: Cast) -> None:
    made = post(cast, "assistants", {"model": "m", "tools": BOTH})
    run = post(cast, "threads/runs", {"assistant_id": made["id"]})
    assert Assistant.objects.get(pk=made["id"]).tools == BOTH
    assert Run.objects.get(pk=run["id"]).tools == BOTH
    assert Thread.objects.get(pk=run["thread_id"]).tool_resources == {}


def attaching(*file_ids: str, tool: str = "code_interpreter") -> Json:
    items = [{"file_id": file_id, "tools": [{"type": tool}]} for file_id in file_ids]
    return {"role": "user", "content": "Look.", "attachments": items}


def resources_of(cast: Cast, thread_id: str) -> Json:
    shown: Json = api_client(cast.key).get(f"/v1/threads/{thread_id}").json()["tool_resources"]
    return shown


def test_files_for_code_are_in_the_threads_resources(cast: Cast) -> None:
    first, second, third = (make_file(cast.project).id for _ in range(3))
    thread = post(cast, "threads", {"messages": [attaching(first), attaching(first, second)]})
    expected = {"code_interpreter": {"file_ids": [first, second]}}
    assert thread["tool_resources"] == expected
    messages = f"threads/{thread['id']}/messages"
    both = attaching(second, third)
    both["attachments"][0]["tools"].append({"type": "file_search"})
    post(cast, messages, both)
    resources = resources_of(cast, thread["id"])
    assert resources["code_interpreter"] == {"file_ids": [first, second, third]}
    assert len(resources["file_search"]["vector_store_ids"]) == 1
    post(cast, messages, {"role": "user", "content": "No file."})
    assert resources_of(cast, thread["id"]) == resources


def test_every_way_to_add_a_message_attaches_its_files(cast: Cast) -> None:
    first, second, third = (make_file(cast.project).id for _ in range(3))
    path = f"threads/{cast.thread.id}/runs"
    body = {"assistant_id": cast.assistant.id}
    post(cast, path, {**body, "additional_messages": [attaching(first)]})
    waiting = {"additional_messages": [attaching(second)], "on_active_run": "queue"}
    post(cast, path, {**body, **waiting})
    assert resources_of(cast, cast.thread.id)["code_interpreter"]["file_ids"] == [first, second]
    run = post(cast, "threads/runs", {**body, "thread": {"messages": [attaching(third)]}})
    resources = {"code_interpreter": {"file_ids": [third]}}
    assert resources_of(cast, run["thread_id"]) == resources


def test_files_beyond_the_limit_stay_with_their_messages(cast: Cast) -> None:
    ids = [make_file(cast.project).id for _ in range(22)]
    thread = post(cast, "threads", {"messages": [attaching(*ids[:19])]})
    messages = f"threads/{thread['id']}/messages"
    post(cast, messages, attaching(*ids[19:21]))
    assert resources_of(cast, thread["id"])["code_interpreter"]["file_ids"] == ids[:20]
    row = Thread.objects.get(pk=thread["id"])
    run = make_run(cast.project, row, cast.assistant, status="completed")
    assert {file.id for file in input_files(run)} == set(ids[:21])
    # Deleted files make room.
    api_client(cast.key).delete(f"/v1/files/{ids[0]}")
    post(cast, messages, attaching(ids[21]))
    assert resources_of(cast, thread["id"])["code_interpreter"]["file_ids"] == [
        *ids[1:20],
        ids[21],
    ]


def test_a_file_that_is_not_there_is_not_attached(cast: Cast) -> None:
    path = f"/v1/threads/{cast.thread.id}/messages"
    answer = api_client(cast.key).post(path, attaching("file-none"), "application/json")
    assert answer.status_code == 404
    assert resources_of(cast, cast.thread.id) == {}
