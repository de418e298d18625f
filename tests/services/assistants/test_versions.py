"""Every change of an assistant is a version, and a run records which one it used."""

import threading
from typing import Any

import pytest
from django.db import connection

from assistants_app.domain.errors import NotFound
from assistants_app.models import Assistant, AssistantVersion, Project, Run
from assistants_app.queries.assistants.versions import get_version, list_versions
from assistants_app.services.assistants import requests as assistants
from assistants_app.services.runs import requests as runs
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.assistants.configurations import FIELDS, configuration_of
from assistants_app.wire.runs.runs import RunCreateParams, run_object
from assistants_app.wire.validation import parse
from tests.cast import Cast

FUNCTION = {
    "type": "function",
    "function": {
        "name": "f",
        "strict": False,
        "parameters": {"type": "object", "properties": {"b": {}, "a": {}}},
    },
}


def create(project: Project, **body: Any) -> Assistant:
    params = parse(AssistantCreateParams, {"model": "m", **body})
    return assistants.create_assistant(project=project, params=params)


def change(assistant: Assistant, **body: Any) -> Assistant:
    return assistants.update_assistant(
        project=assistant.project,
        assistant_id=assistant.id,
        params=parse(AssistantModifyParams, body),
    )


def numbers(assistant: Assistant) -> list[int]:
    return [row.number for row in list_versions(assistant.project, assistant.id)]


def test_a_configuration_has_every_field_that_a_request_can_set() -> None:
    assert set(FIELDS) == set(AssistantModifyParams.model_fields)


def test_creating_and_changing_publish_the_whole_configuration(cast: Cast) -> None:
    assistant = create(cast.project, name="Tutor", tools=[FUNCTION], metadata={"b": "1", "a": "2"})
    changed = change(assistant, temperature=0, tools=[{"type": "code_interpreter"}])
    assert numbers(assistant) == [2, 1]
    first, second = (get_version(cast.project, assistant.id, number) for number in (1, 2))
    assert first.configuration["tools"] == [FUNCTION]
    assert first.configuration["temperature"] is None
    assert second.configuration == configuration_of(changed)
    assert second.configuration["temperature"] == 0
    assert (second.source, changed.version_number) == ("api", 2)


def test_an_update_without_a_change_publishes_nothing(cast: Cast) -> None:
    assistant = create(cast.project, name="Tutor", tools=[FUNCTION], metadata={"b": "1", "a": "2"})
    same = {"name": "Tutor", "tools": [FUNCTION], "metadata": {"a": "2", "b": "1"}}
    for body in ({}, same, {"response_format": "auto"}):
        change(assistant, **body)
    assert numbers(assistant) == [1]


def test_the_order_of_a_schemas_properties_is_a_change(cast: Cast) -> None:
    assistant = create(cast.project, tools=[FUNCTION])
    parameters = {"type": "object", "properties": {"a": {}, "b": {}}}
    change(
        assistant, tools=[{"type": "function", "function": {"name": "f", "parameters": parameters}}]
    )
    assert numbers(assistant) == [2, 1]


def test_a_refused_change_publishes_nothing(cast: Cast) -> None:
    assistant = create(cast.project)
    with pytest.raises(NotFound):
        change(assistant, tool_resources={"code_interpreter": {"file_ids": ["file-none"]}})
    assert numbers(assistant) == [1]


@pytest.mark.django_db(transaction=True)
def test_version_numbers_have_no_gaps_under_concurrent_changes(cast: Cast) -> None:
    assistant = create(cast.project)

    def rename(number: int) -> None:
        try:
            for turn in range(3):
                change(assistant, name=f"{number} {turn}")
        finally:
            connection.close()

    threads = [threading.Thread(target=rename, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers(assistant) == list(range(13, 0, -1))
    newest = get_version(cast.project, assistant.id, 13)
    assert newest.configuration == configuration_of(Assistant.objects.get(pk=assistant.id))


def test_restoring_publishes_a_new_version(cast: Cast) -> None:
    assistant = create(cast.project, name="One", temperature=0.5)
    change(assistant, name="Two", temperature=None)
    restored = assistants.restore_version(
        project=cast.project, assistant_id=assistant.id, number=1, author=cast.bob
    )
    assert restored.version is not None
    assert (restored.version.number, restored.version.source) == (3, "restore")
    assert restored.version.author == cast.bob
    assistant.refresh_from_db()
    assert (assistant.name, assistant.temperature) == ("One", 0.5)
    again = assistants.restore_version(
        project=cast.project, assistant_id=assistant.id, number=1, author=cast.bob
    )
    assert again.version is None


def test_restoring_leaves_out_deleted_files_and_reports_them(cast: Cast) -> None:
    resources = {"code_interpreter": {"file_ids": [cast.file.id]}}
    assistant = create(cast.project, tool_resources=resources, name="One")
    change(assistant, name="Two")
    file_id = cast.file.id
    cast.file.delete()
    restored = assistants.restore_version(
        project=cast.project, assistant_id=assistant.id, number=1, author=None
    )
    assert restored.gone == [file_id]
    assistant.refresh_from_db()
    assert assistant.name == "One"
    assert assistant.tool_resources == {"code_interpreter": {"file_ids": []}}


def run_of(cast: Cast, assistant: Assistant) -> Run:
    params = RunCreateParams.model_validate({"assistant_id": assistant.id})
    return runs.create_run(project=cast.project, thread_id=cast.thread.id, params=params)


def test_a_run_keeps_its_version_and_the_api_does_not_show_it(cast: Cast) -> None:
    assistant = create(cast.project)
    change(assistant, name="Two")
    run = run_of(cast, assistant)
    change(assistant, name="Three")
    run.refresh_from_db()
    assert (run.version_number, run.used_draft) == (2, False)
    assert "version_number" not in run_object(run)


def test_versions_that_runs_used_outlive_their_assistant(cast: Cast) -> None:
    assistant = create(cast.project)
    change(assistant, name="Two")
    run_of(cast, assistant)
    change(assistant, name="Three")
    assistants.delete_assistant(project=cast.project, assistant_id=assistant.id)
    assert numbers(assistant) == [2]
    assert get_version(cast.project, assistant.id, 2).configuration["name"] == "Two"
    with pytest.raises(NotFound):
        list_versions(cast.other_project, assistant.id)


def test_a_deleted_assistant_without_runs_leaves_no_versions(cast: Cast) -> None:
    assistant = create(cast.project)
    assistants.delete_assistant(project=cast.project, assistant_id=assistant.id)
    assert not AssistantVersion.objects.filter(assistant_id=assistant.id).exists()


def test_strangers_cannot_find_versions(cast: Cast) -> None:
    assistant = create(cast.project)
    for ask in (
        lambda: get_version(cast.other_project, assistant.id, 1),
        lambda: list_versions(cast.other_project, assistant.id),
        lambda: assistants.restore_version(
            project=cast.other_project, assistant_id=assistant.id, number=1, author=None
        ),
    ):
        with pytest.raises(NotFound):
            ask()
