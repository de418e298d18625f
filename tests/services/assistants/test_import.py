"""Clones, templates and imports create complete, checked assistants with a version 1."""

from typing import Any

import pytest

from assistants_app.domain.errors import NotFound
from assistants_app.models import Assistant
from assistants_app.queries.assistants.versions import get_version
from assistants_app.services.assistants import requests as assistants
from assistants_app.services.assistants.requests import Imported
from assistants_app.wire.assistants.assistants import AssistantCreateParams
from assistants_app.wire.assistants.configurations import configuration_of
from assistants_app.wire.assistants.templates import TEMPLATES
from assistants_app.wire.validation import parse
from tests.cast import Cast


def import_all(cast: Cast, *configurations: dict[str, Any]) -> Imported:
    return assistants.import_assistants(
        project=cast.project, configurations=configurations, author=cast.alice
    )


@pytest.mark.parametrize("name", list(TEMPLATES))
def test_each_template_creates_an_assistant(cast: Cast, name: str) -> None:
    assistant = assistants.create_from_template(
        project=cast.project, template=name, model="m", author=cast.alice
    )
    version = get_version(cast.project, assistant.id, 1)
    assert (version.author, version.source) == (cast.alice, "ui")
    assert assistant.model == "m"
    assert assistant.name == TEMPLATES[name]["name"]


def test_the_three_templates_show_the_three_tools() -> None:
    tools = {name: TEMPLATES[name]["tools"] for name in ("tutor", "documents", "functions")}
    assert {name: of[0]["type"] for name, of in tools.items()} == {
        "tutor": "code_interpreter",
        "documents": "file_search",
        "functions": "function",
    }


def test_an_unknown_template_is_refused(cast: Cast) -> None:
    with pytest.raises(NotFound):
        assistants.create_from_template(
            project=cast.project, template="none", model="m", author=None
        )


def test_a_clone_has_everything_but_the_name_and_is_independent(cast: Cast) -> None:
    body = {
        "model": "m",
        "name": "x" * 256,
        "temperature": 0,
        "metadata": {"a": "1"},
        "tool_resources": {"code_interpreter": {"file_ids": [cast.file.id]}},
    }
    original = assistants.create_assistant(
        project=cast.project, params=parse(AssistantCreateParams, body)
    )
    clone = assistants.clone_assistant(
        project=cast.project, assistant_id=original.id, author=cast.alice
    )
    assert clone.name is not None
    assert clone.name.startswith("Copy of xxx")
    assert len(clone.name) == 256
    wanted = {**configuration_of(original), "name": clone.name}
    assert configuration_of(clone) == wanted
    cast.file.delete()
    again = assistants.clone_assistant(
        project=cast.project, assistant_id=original.id, author=cast.alice
    )
    assert again.tool_resources == {"code_interpreter": {"file_ids": []}}
    with pytest.raises(NotFound):
        assistants.clone_assistant(
            project=cast.other_project, assistant_id=original.id, author=None
        )


def test_an_import_leaves_out_missing_files_and_reports_them(cast: Cast) -> None:
    resources = {
        "code_interpreter": {"file_ids": [cast.file.id, "file-foreign"]},
        "file_search": {"vector_store_ids": ["vs_foreign"]},
    }
    imported = import_all(cast, {"model": "m", "name": "A", "tool_resources": resources})
    [assistant] = imported.assistants
    assert imported.gone == ["file-foreign", "vs_foreign"]
    assert assistant.tool_resources["code_interpreter"] == {"file_ids": [cast.file.id]}
    version = get_version(cast.project, assistant.id, 1)
    assert (version.source, version.author) == ("import", cast.alice)


def test_all_problems_are_reported_and_nothing_is_created(cast: Cast) -> None:
    before = Assistant.objects.count()
    imported = import_all(
        cast,
        {"model": "m"},
        {"name": 5, "temperature": 3, "file_ids": [], "tools": [{"type": "retrieval"}]},
    )
    assert set(imported.problems) == {
        "data[1].model",
        "data[1].name",
        "data[1].temperature",
        "data[1].file_ids",
        "data[1].tools[0].type",
    }
    assert imported.problems["data[1].model"] == "Missing required parameter: 'model'."
    assert imported.assistants == []
    assert Assistant.objects.count() == before


@pytest.mark.parametrize(
    "resources", [5, {"code_interpreter": 5}, {"code_interpreter": {"file_ids": [5]}}]
)
def test_malformed_resources_are_reported_as_a_problem(cast: Cast, resources: Any) -> None:
    imported = import_all(cast, {"model": "m", "tool_resources": resources})
    [param] = imported.problems
    assert param.startswith("tool_resources")
