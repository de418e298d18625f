"""The models of an endpoint that is not up yet, or down for a while."""

import threading
from collections.abc import Iterator
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any

import pytest

from assistants_app import conf
from assistants_app.domain.errors import RunFailure
from assistants_app.gateway import endpoints
from assistants_app.gateway.endpoints import FIRST_WAIT, LONGEST_WAIT, forget_endpoint, models_of
from assistants_app.models import ModelEndpoint
from assistants_app.providers import discovery
from assistants_app.providers.endpoint import Endpoint, ModelInfo
from assistants_app.providers.outbound.networks import OPERATOR
from tests.cast import Cast
from tests.fakes.provider import ScriptedProvider

ENDPOINT = Endpoint(name="Late", base_url="http://127.0.0.1:9/v1", api_key="")
DOWN = RunFailure("server_error", "Nobody answers.")
MODELS = [ModelInfo(name, 0, "us") for name in ("m-1", "m-2")]


class Server:
    """A scripted list of models, a clock that only moves by hand, and a count of look-ups."""

    def __init__(self) -> None:
        self.answer: Any = DOWN
        self.now = 1000.0
        self.asked = 0

    def list_models(self, *, timeout: float) -> list[ModelInfo]:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        found: list[ModelInfo] = self.answer() if callable(self.answer) else self.answer
        return found

    def ids(self) -> list[str]:
        return [info.id for info in models_of(ENDPOINT).models]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server()
    monkeypatch.setattr(endpoints, "connect", lambda _endpoint: server)
    monkeypatch.setattr(endpoints, "time", SimpleNamespace(monotonic=lambda: server.now))
    monkeypatch.setattr(conf, "MODEL_LIST_TTL", 300.0)
    yield server
    forget_endpoint(ENDPOINT)


@pytest.mark.parametrize("nothing", [DOWN, []])
def test_an_endpoint_that_is_not_up_yet_is_asked_again_after_seconds(
    server: Server, nothing: Any
) -> None:
    server.answer = nothing
    assert server.ids() == []
    server.answer = MODELS
    # Other requests don't wait for the timeout again.
    assert (server.ids(), server.asked) == ([], 1)
    server.now += FIRST_WAIT
    assert server.ids() == ["m-1", "m-2"]
    server.now += 299
    assert (server.ids(), server.asked) == (["m-1", "m-2"], 2)


def test_the_last_list_is_kept_while_an_endpoint_is_down(server: Server) -> None:
    server.answer = MODELS
    assert models_of(ENDPOINT).problem == ""
    server.answer = DOWN
    server.now += 300
    listed = models_of(ENDPOINT)
    assert (listed.models, listed.problem) == (MODELS, "Nobody answers.")
    server.now += FIRST_WAIT
    assert server.ids() == ["m-1", "m-2"]
    server.answer = MODELS[:1]
    server.now += LONGEST_WAIT
    listed = models_of(ENDPOINT)
    assert (listed.models, listed.problem) == (MODELS[:1], "")


def test_an_endpoint_that_stays_away_is_asked_less_often(server: Server) -> None:
    for number in range(8):
        server.ids()
        assert server.asked == number + 1
        server.now += min(FIRST_WAIT * 2**number, LONGEST_WAIT) - 0.01
        server.ids()
        assert server.asked == number + 1
        server.now += 0.02
    # Once it has answered, the next outage starts from the shortest wait again.
    server.answer = MODELS
    server.ids()
    server.answer = DOWN
    server.now += 300
    server.ids()
    server.answer = MODELS[:1]
    server.now += FIRST_WAIT
    assert server.ids() == ["m-1"]


def test_only_one_thread_waits_for_an_endpoint(server: Server) -> None:
    server.answer = MODELS
    server.ids()
    server.now += 300
    asked, answer = threading.Event(), threading.Event()

    def slow() -> list[ModelInfo]:
        asked.set()
        assert answer.wait(10)
        return MODELS[:1]

    server.answer = slow
    thread = threading.Thread(target=server.ids)
    thread.start()
    assert asked.wait(10)
    assert server.ids() == ["m-1", "m-2"]
    answer.set()
    thread.join()
    assert (server.ids(), server.asked) == (["m-1"], 2)


def test_rules_for_networks_are_for_endpoints_of_members_alone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "ENDPOINT_DENIED_NETWORKS", ["127.0.0.0/8", "fd00::/8"])
    monkeypatch.setattr(conf, "OPENAI_BASE_URL", "http://10.0.0.1/v1")
    monkeypatch.setattr(conf, "LOCAL_MODEL_URL", "http://127.0.0.1:9/v1")
    ModelEndpoint.objects.create(project=cast.project, name="Own", base_url="http://127.0.0.1:9/v1")
    own, environment, bundled = endpoints.endpoints_of(cast.project.id)
    assert not own.networks.permit(ip_address("127.0.0.1"))
    assert own.networks.permit(ip_address("10.0.0.1"))
    assert environment.networks is bundled.networks is OPERATOR
    # The same object each time: endpoints are keys of caches.
    assert endpoints.endpoints_of(cast.project.id)[0] == own


def test_servers_of_this_machine_are_found_only_where_they_may_be_connected(
    provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "USUAL_PORTS", {provider.port: "Scripted"})
    assert [found.name for found in endpoints.discover_endpoints()] == ["Scripted"]
    monkeypatch.setattr(conf, "ENDPOINT_DENIED_NETWORKS", ["127.0.0.0/8"])
    assert endpoints.discover_endpoints() == []
