"""Connections are made to addresses that were checked, and to no name."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from assistants_app.domain.errors import RunFailure
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.http import dialing
from assistants_app.providers.openai_compatible import OpenAICompatible
from assistants_app.providers.outbound.connecting import checked_addresses, permits_literal
from assistants_app.providers.outbound.errors import AddressDenied
from assistants_app.providers.outbound.networks import DEFAULT, OPERATOR, rules
from tests.fakes.raw import http, raw_server

MODELS = http(200, "application/json", b'{"data": [{"id": "m"}]}')
DENIES = "This site doesn't connect to the address of"


class Names:
    """A name server whose answers a test writes: one list of addresses per look-up."""

    def __init__(self) -> None:
        self.answers: list[list[str]] = []
        self.asked = 0

    def rows_of(self, host: str, port: int) -> list[tuple[Any, ...]]:
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(0, 0, 0, "", (address, port)) for address in found]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    monkeypatch.setattr(dialing, "_rows_of", names.rows_of)
    return names


@contextlib.contextmanager
def listening() -> Iterator[tuple[socket.socket, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener, listener.getsockname()[1]


def list_models(base_url: str, **options: Any) -> list[str]:
    endpoint = Endpoint(name="Named", base_url=base_url, api_key="", **options)
    with contextlib.closing(OpenAICompatible(endpoint)) as model:
        return [info.id for info in model.list_models(timeout=5.0)]


@pytest.mark.parametrize(
    "host",
    [
        *("169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.43518"),
        *("[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]", "[fe80::1]"),
        *("0.0.0.0", "0", "[::]", "100.100.100.200"),
    ],
)
def test_no_notation_of_a_denied_address_is_connected_to(host: str) -> None:
    with pytest.raises(RunFailure, match=DENIES):
        list_models(f"http://{host}:9/v1")


@pytest.mark.parametrize("host", ["0251.0376.0251.0376", "169.254.169.254.", "169。254。169。254"])
def test_an_odd_notation_is_no_way_around_it(host: str) -> None:
    # Each is refused as a URL, denied or unknown as a name, by the library of the system.
    with pytest.raises(RunFailure, match=f"{DENIES}|isn't valid|no host of this name|looked up"):
        list_models(f"http://{host}:9/v1")


def test_a_name_with_a_denied_address_is_not_connected_to(names: Names) -> None:
    names.answers = [["169.254.169.254"]]
    with pytest.raises(RunFailure, match=DENIES) as caught:
        list_models("http://metadata.example/v1")
    # Which address an internal name has is not for the person who entered it.
    assert "169.254" not in caught.value.message
    assert names.asked == 1, "another try would change nothing"


def test_a_permitted_address_of_a_name_is_used_and_a_denied_one_never(names: Names) -> None:
    names.answers = [["169.254.169.254", "fe80::1", "127.0.0.1"]]
    with raw_server(MODELS) as served:
        assert list_models(served.base_url.replace("127.0.0.1", "mixed.example")) == ["m"]


def test_the_address_that_was_checked_is_the_one_that_is_used(names: Names) -> None:
    # A name server that answers once for the check and otherwise for the connection.
    names.answers = [["127.0.0.1"], ["169.254.169.254"]]
    with raw_server(MODELS) as served:
        assert list_models(served.base_url.replace("127.0.0.1", "rebinding.example")) == ["m"]
    assert names.asked == 1


def test_an_operators_rules_apply_to_names_too(names: Names) -> None:
    names.answers = [["127.0.0.1"]]
    strict = rules(denied=["127.0.0.0/8"], allowed=[])
    with listening() as (listener, port):
        listener.settimeout(0.1)
        with pytest.raises(RunFailure, match=DENIES):
            list_models(f"http://inside.example:{port}/v1", networks=strict)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_the_operators_own_endpoint_may_be_anywhere(names: Names) -> None:
    names.answers = [["169.254.169.254"]]
    found = asyncio.run(checked_addresses("host.example", 80, OPERATOR))
    assert found == ["169.254.169.254"]


def test_an_unknown_name_is_named_as_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(host: str, port: int) -> list[tuple[Any, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(dialing, "_rows_of", fail)
    with pytest.raises(RunFailure, match="there is no host of this name"):
        list_models("http://nowhere.example/v1")


def test_the_last_failure_is_raised_if_no_address_accepts(names: Names) -> None:
    names.answers = [["127.0.0.1", "127.0.0.2"]]
    with pytest.raises(RunFailure, match="nothing answers at this host and port"):
        list_models("http://closed.example:9/v1")


@pytest.mark.parametrize("host", ["169.254.169.254", "2852039166", "::ffff:169.254.169.254"])
def test_a_proxy_is_not_asked_for_a_denied_address(host: str) -> None:
    assert not permits_literal(host, DEFAULT)


def test_a_proxy_looks_up_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert permits_literal("api.example.org", DEFAULT)
    assert permits_literal("10.0.0.1", DEFAULT)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with pytest.raises(RunFailure, match=DENIES):
        list_models("http://169.254.169.254:8/v1")


def test_a_request_goes_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, names: Names
) -> None:
    with raw_server(MODELS) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.base_url.removesuffix("/v1"))
        monkeypatch.setenv("NO_PROXY", "other.example")
        assert list_models("http://behind-a-proxy.example/v1") == ["m"]
        assert names.asked == 0
        names.answers = [["169.254.0.1"]]
        with pytest.raises(RunFailure, match=DENIES):
            list_models("http://other.example/v1")


def test_the_error_is_one_that_callers_of_the_transport_know() -> None:
    with pytest.raises(AddressDenied):
        asyncio.run(checked_addresses("169.254.169.254", 80, DEFAULT))
