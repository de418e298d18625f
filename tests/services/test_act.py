"""Every write that somebody asks for goes through one door."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from assistants_app import services
from assistants_app.domain.errors import ApiError, NotFound
from assistants_app.domain.rights import RIGHTS
from assistants_app.models import Project, Thread
from assistants_app.services import act as door
from assistants_app.services.act import VERBS, act
from assistants_app.services.threads.messages import delete_message
from assistants_app.services.threads.requests import create_thread, rename_thread
from assistants_app.wire.threads.threads import ThreadCreateParams
from tests.cast import Cast

FOLDER = Path(services.__file__).parent


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield f"{path.relative_to(FOLDER)}:{node.name}", node


def decorators(node: ast.FunctionDef) -> str:
    return " ".join(map(ast.unparse, node.decorator_list))


def test_what_is_done_for_a_project_in_a_transaction_is_an_act() -> None:
    # Workers, sweepers and the operator's commands write without a project's request.
    for name, node in functions():
        arguments = [*node.args.args, *node.args.kwonlyargs]
        if "atomic" in decorators(node):
            assert "project" not in {argument.arg for argument in arguments}, name


def test_each_act_is_known_by_its_verb() -> None:
    for module in pkgutil.walk_packages(services.__path__, "assistants_app.services."):
        importlib.import_module(module.name)
    acts = [node.name.lstrip("_") for _, node in functions() if "act(" in decorators(node)]
    assert sorted(VERBS) == sorted(acts)
    assert len(acts) > 50
    assert set(door._TOPIC_OF) <= set(VERBS)
    assert [verb for verb in acts if verb not in RIGHTS] == []


@pytest.mark.django_db(transaction=True)
def test_open_pages_hear_of_an_act_after_its_commit(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, ...]] = []

    def hear(*change: str) -> None:
        assert not connection.in_atomic_block
        heard.append(change)

    monkeypatch.setattr(door, "project_changed", hear)
    rename_thread(project=cast.project, thread_id=cast.thread.id, title="New")
    assert heard == [(cast.project.id, "threads")]
    with pytest.raises(NotFound):
        rename_thread(project=cast.project, thread_id="thread_gone", title="New")
    delete_message(project=cast.project, thread_id=cast.thread.id, message_id=cast.message.id)
    assert len(heard) == 1
    # Lists don't show threads of experiments, which make thousands.
    params = ThreadCreateParams()
    create_thread(project=cast.project, params=params, origin="experiment")
    assert len(heard) == 1
    create_thread(project=cast.project, params=params)
    assert len(heard) == 2


@pytest.fixture
def _own_verbs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "VERBS", {})


def rename(*, project: Project, thread_id: str, fails: bool = False) -> Thread:
    thread = Thread.objects.get(pk=thread_id, project=project)
    thread.metadata = {"title": "New"}
    thread.save()
    assert connection.in_atomic_block
    if fails:
        raise ApiError("No.")
    return thread


@pytest.mark.usefixtures("_own_verbs")
def test_an_act_that_fails_leaves_nothing(cast: Cast) -> None:
    with pytest.raises(ApiError, match="No"):
        act()(rename)(project=cast.project, thread_id=cast.thread.id, fails=True)
    assert Thread.objects.get(pk=cast.thread.pk).metadata == cast.thread.metadata


@pytest.mark.usefixtures("_own_verbs")
def test_an_act_whose_need_is_not_met_is_not_begun(cast: Cast) -> None:
    def full(project: Project) -> None:
        raise ApiError(f"{project.id} is full.")

    with pytest.raises(ApiError, match="is full"):
        act(full)(rename)(project=cast.project, thread_id=cast.thread.id)
    assert Thread.objects.get(pk=cast.thread.pk).metadata == cast.thread.metadata


@pytest.mark.usefixtures("_own_verbs")
def test_two_acts_cannot_have_one_verb() -> None:
    act()(rename)
    with pytest.raises(ValueError, match="rename"):
        act()(rename)


def test_an_act_names_its_project_by_keyword() -> None:
    def greet(project: Project) -> None: ...

    with pytest.raises(TypeError, match="`project` by keyword only"):
        act()(greet)
