"""Fixtures: the worker's tools, or traps in their places."""

import pytest

from assistants_app.domain.errors import ApiError
from assistants_app.queries.stores import search as queries
from assistants_app.sandbox.protocol import SandboxUnavailable
from assistants_app.services.stores import search
from assistants_app.tools.code_interpreter import call, outputs
from assistants_app.tools.file_search import call as search_call
from tests.cast import Cast
from tests.engine.tapes.taped import Interpreter, Taped, hit
from tests.fakes.provider import ScriptedProvider


@pytest.fixture
def taped(cast: Cast, scripted: ScriptedProvider) -> Taped:
    return Taped(cast, scripted)


@pytest.fixture
def interpreter(monkeypatch: pytest.MonkeyPatch) -> Interpreter:
    """An interpreter host for all sessions."""
    host = Interpreter()
    for module in (call, outputs):
        monkeypatch.setattr(module, "sandbox", lambda: host)
    return host


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries of live searches. Each finds two chunks."""
    asked: list[str] = []

    def search_for_run(_: object, query: str, __: object) -> list[object]:
        asked.append(query)
        return [hit("It rains."), hit("It pours.", 20)]

    monkeypatch.setattr(search_call, "search_for_run", search_for_run)
    return asked


@pytest.fixture
def trapped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What asked the interpreter host or an embedder, which nothing may."""
    asked: list[str] = []

    def sandbox() -> None:
        asked.append("interpreter host")
        raise SandboxUnavailable("trapped")

    def embedder_of(*_: object, **__: object) -> None:
        asked.append("embedder")
        raise ApiError("trapped", http_status=503)

    monkeypatch.setattr(call, "sandbox", sandbox)
    monkeypatch.setattr(outputs, "sandbox", sandbox)
    monkeypatch.setattr(search, "embedder_of", embedder_of)
    # Without chunks, a search would have nothing to embed its query for.
    models = [queries.Model("scripted", 3, chunks=1)]
    monkeypatch.setattr(queries.Scope, "models", lambda scope: models)
    return asked
