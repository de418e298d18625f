"""A function has one mock, of limited size, which answers only runs of the page."""

from typing import Any

import pytest

from assistants_app.domain.configurations.origins import ORIGINS
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.mocks import answer
from assistants_app.models import FunctionMock, Run, RunStep
from assistants_app.queries.assistants.mocks import mocks_at_once, mocks_of
from assistants_app.services.assistants import mocks
from assistants_app.services.assistants import requests as assistants
from assistants_app.services.runs import requests as runs
from assistants_app.services.runs.configuration import Requester
from assistants_app.wire.assistants.mocks import MockParams, mock_of
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast


def save(cast: Cast, **body: Any) -> FunctionMock:
    params = parse(MockParams, {"function": "get_weather", "kind": "static", **body})
    return mocks.save_mock(project=cast.project, assistant_id=cast.assistant.id, params=params)


def test_a_function_has_one_mock_and_the_last_write_wins(cast: Cast) -> None:
    save(cast, output={"b": 1, "a": 2}, at_once=True)
    rules = [{"when": [{"path": "city", "value": "Rome"}], "output": "warm"}]
    save(cast, kind="rules", rules=rules, result_schema={"type": "object"})
    [mock] = FunctionMock.objects.all()
    assert (mock.kind, mock.at_once) == ("rules", False)
    assert answer(mock_of(mock.definition), {"city": "Rome"}) == "warm"
    assert answer(mock_of(mock.definition), {"city": "Oslo"}) is None
    body = {"function": "get_weather", "kind": "static", "output": "rain"}
    mocks.save_output(
        project=cast.project, assistant_id=cast.assistant.id, params=parse(MockParams, body)
    )
    mock.refresh_from_db()
    assert (mock.definition, mock.result_schema) == ({"output": "rain"}, {"type": "object"})
    mocks.remove_mock(project=cast.project, assistant_id=cast.assistant.id, function="get_weather")
    with pytest.raises(NotFound, match="No mock"):
        mocks.remove_mock(
            project=cast.project, assistant_id=cast.assistant.id, function="get_weather"
        )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "webhook"}, "Invalid value"),
        ({"kind": "rules", "rules": [{"when": []}]}, r"Missing required parameter: 'rules\[0\]"),
        ({"rules": [{"when": [{"path": "a", "operator": "is"}], "output": 1}]}, "Supported values"),
        (
            {"rules": [{"when": [{"path": "a", "operator": "gt", "value": "1"}], "output": 1}]},
            "Invalid value for 'gt': expected a number",
        ),
        (
            {
                "rules": [
                    {
                        "when": [{"path": "a", "operator": "matches", "value": "*" * 257}],
                        "output": 1,
                    }
                ]
            },
            "a pattern of at most 256 characters",
        ),
        ({"output": "x" * 100_001}, "can have up to 100000 characters"),
        ({"output": ["\0"]}, "NUL"),
        ({"function": "no spaces"}, "does not match pattern"),
    ],
)
def test_what_cannot_be_a_mock_is_refused(cast: Cast, body: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        save(cast, **body)
    assert not FunctionMock.objects.exists()


def test_mocks_belong_to_a_project_and_go_with_their_assistant(cast: Cast) -> None:
    params = parse(MockParams, {"function": "f", "kind": "static", "output": 1})
    with pytest.raises(NotFound):
        mocks.save_mock(project=cast.other_project, assistant_id=cast.assistant.id, params=params)
    save(cast)
    assert set(mocks_of(cast.project, cast.assistant.id)) == {"get_weather"}
    assert mocks_of(cast.other_project, cast.assistant.id) == {}
    assistants.delete_assistant(project=cast.project, assistant_id=cast.assistant.id)
    assert not FunctionMock.objects.exists()


@pytest.mark.parametrize("origin", ORIGINS)
def test_only_runs_of_the_page_are_answered_at_once(cast: Cast, origin: str) -> None:
    save(cast, output=1, at_once=True)
    save(cast, function="other", output=1)
    params = parse(RunCreateParams, {"assistant_id": cast.assistant.id})
    run = runs.create_run(
        project=cast.project,
        thread_id=cast.thread.id,
        params=params,
        requester=Requester(origin=origin),
    )
    again = Run.objects.get(pk=run.id)
    is_attended = origin in ("page", "compare")
    assert set(mocks_at_once(again)) == ({"get_weather"} if is_attended else set())
    assert not RunStep.objects.filter(run=run).exists()
