"""Connections: reused, cut, refused and retried, and the messages about it."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from assistants_app.domain.errors import RunFailure, RunStopped
from assistants_app.providers import connect, let_go
from assistants_app.providers.chat import StopSignal
from assistants_app.providers.discovery import USUAL_PORTS, Found, check_endpoint, discover
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.openai_compatible import OpenAICompatible
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.providers.asking import Answer, deltas, endpoint, finished, request, text

AT_ONCE = {"retry-after-ms": "1"}


@pytest.fixture
def model(provider: ScriptedProvider) -> Iterator[OpenAICompatible]:
    model = OpenAICompatible(endpoint(provider))
    yield model
    model.close()


def failure_of(model: OpenAICompatible, name: str = "scripted-1") -> RunFailure:
    with pytest.raises(RunFailure) as caught:
        deltas(model, request(model=name))
    return caught.value


def test_there_is_one_connection_to_an_endpoint(provider: ScriptedProvider) -> None:
    assert connect(endpoint(provider)) is connect(endpoint(provider))
    assert connect(endpoint(provider)) is not connect(endpoint(provider, api_key="other-key"))


def test_a_connection_is_let_go_once_its_answer_is_there(provider: ScriptedProvider) -> None:
    gone = endpoint(provider, api_key="a-key-that-is-removed")
    model = connect(gone)
    answer = Answer(model, request())
    next(answer)
    let_go(gone)
    assert finished(list(answer)).reason == "stop"
    let_go(gone)
    assert connect(gone) is not model
    let_go(gone)


def test_an_unused_connection_is_closed(
    provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle, other = endpoint(provider, api_key="idle"), endpoint(provider, api_key="other")
    model = connect(idle)
    monkeypatch.setattr("assistants_app.providers.KEPT_SECONDS", 0.0)
    connect(idle)
    connect(other)
    assert connect(idle) is not model


def test_a_connection_serves_one_stream_after_another(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    for _ in range(5):
        deltas(model, request())
    assert provider.connections == 1


def test_a_server_that_keeps_the_connection_open_after_the_end_is_left(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="a b", hang="end"))
    begun = time.monotonic()
    assert text(deltas(model, request())) == "a b"
    assert time.monotonic() - begun < 2
    provider.wait_closed_early()


def test_many_streams_at_once(model: OpenAICompatible, provider: ScriptedProvider) -> None:
    provider.default = Reply(chunks=["x"] * 20, delay=0.005)
    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(text(deltas(model, request()))))
        for _ in range(100)
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        provider.default = Reply(text="Hello there, how can I help?")
    assert texts == ["x" * 20] * 100


def test_a_proxy_is_not_used_for_this_machine(
    provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert finished(deltas(OpenAICompatible(endpoint(provider)), request())).reason == "stop"


def test_a_late_answer_to_a_stopped_run_is_dropped(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="late reply", first_delay=0.3, gate_after=0))
    stop = StopSignal()
    threading.Timer(0.05, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(RunStopped):
        list(Answer(model, request(), stop=stop))
    assert time.monotonic() - begun < 0.25
    provider.wait_closed_early()


def test_a_run_that_is_already_stopped_sends_nothing(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    stop = StopSignal()
    stop.set()
    with pytest.raises(RunStopped):
        list(Answer(model, request(), stop=stop))
    assert provider.history == []


def test_a_stop_between_two_deltas(model: OpenAICompatible) -> None:
    stop = StopSignal()
    stream = Answer(model, request(), stop=stop)
    next(stream)
    stop.set()
    with pytest.raises(RunStopped):
        next(stream)


@pytest.mark.parametrize("reply", [Reply(text="a b c", drop_after=2), Reply(error_after=0)])
def test_a_stream_cut_short_is_never_a_completion(
    model: OpenAICompatible, provider: ScriptedProvider, reply: Reply
) -> None:
    provider.enqueue(reply)
    assert failure_of(model).code == "server_error"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_temporary_refusal_is_retried_up_to_three_tries(
    model: OpenAICompatible, provider: ScriptedProvider, status: int
) -> None:
    refusal = Reply(status=status, headers=AT_ONCE, body={"error": {"message": "busy"}})
    provider.enqueue(refusal, refusal)
    assert finished(deltas(model, request())).reason == "stop"
    provider.enqueue(refusal, refusal, refusal)
    failure = failure_of(model)
    assert failure.code == ("rate_limit_exceeded" if status == 429 else "server_error")
    assert "busy" in failure.message
    assert len(provider.completions) == 6


@pytest.mark.parametrize(
    "refusal",
    [
        Reply(status=429, body={"error": {"message": "pay", "code": "insufficient_quota"}}),
        Reply(status=429, headers={"retry-after": "31"}, body={"error": {"message": "later"}}),
        Reply(status=500, body={"error": {"message": "crash"}}),
    ],
)
def test_a_lasting_refusal_is_not_retried(
    model: OpenAICompatible, provider: ScriptedProvider, refusal: Reply
) -> None:
    provider.enqueue(refusal)
    failure_of(model)
    assert len(provider.completions) == 1


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (
            Reply(status=403, body={"error": {"message": "no secret-key"}}),
            r"permissions: no \[the key\]",
        ),
        (
            Reply(status=404, body={"error": {"message": "gone"}}),
            "doesn't have the model 'scripted-1'",
        ),
        (
            Reply(status=400, body={"error": {"message": "exceeds the context window"}}),
            "longer than the context window of scripted-1",
        ),
        (Reply(status=422, body={"detail": [{"msg": "bad"}]}), r"refused the request \(422\).*bad"),
    ],
)
def test_refusals_say_what_to_do(
    model: OpenAICompatible, provider: ScriptedProvider, reply: Reply, says: str
) -> None:
    provider.enqueue(reply)
    with pytest.raises(RunFailure, match=says) as caught:
        deltas(model, request())
    assert "secret-key" not in caught.value.message


def test_a_missing_key_is_named_as_the_cause(provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(status=401, body={}))
    failure = failure_of(OpenAICompatible(endpoint(provider, api_key="")))
    assert failure.message == "Scripted requires an API key (401). Set one for this endpoint."


@pytest.mark.parametrize("key", ["kéy", "two\nlines"])
def test_a_key_that_does_not_fit_into_a_header_is_refused(
    provider: ScriptedProvider, key: str
) -> None:
    with pytest.raises(RunFailure, match="Copy the key again") as caught:
        check_endpoint(endpoint(provider, api_key=key))
    assert key not in caught.value.message


def test_a_server_without_tls_is_recognized() -> None:
    def answer_in_plain(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=answer_in_plain, args=(listener,))
        server.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/v1"
        failure = failure_of(OpenAICompatible(Endpoint(name="Plain", base_url=url, api_key="")))
        server.join()
    assert "doesn't use TLS. If that is right, begin its base URL with http://" in failure.message
    assert "_ssl.c" not in failure.message


def test_a_password_in_the_url_is_not_shown() -> None:
    nowhere = Endpoint(name="N", base_url="http://me:hidden@127.0.0.1:9/v1", api_key="")
    reach = r"Couldn't reach N at http://127\.0\.0\.1:9/v1 "
    with pytest.raises(RunFailure, match=reach) as caught:
        check_endpoint(nowhere)
    assert "hidden" not in caught.value.message


def test_a_silent_server_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        model = OpenAICompatible(Endpoint(name="Mute", base_url=url, api_key=""))
        with pytest.raises(RunFailure, match="Mute at .* didn't respond in time"):
            model.list_models(timeout=0.05)


def test_models_are_listed(model: OpenAICompatible) -> None:
    assert [info.id for info in model.list_models()] == ["scripted-1", "scripted-2"]


def test_the_vendors_models_are_listed_with_the_context_that_its_list_leaves_out(
    provider: ScriptedProvider, model: OpenAICompatible, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "models", ["gpt-4", "llama-3"])
    assert [info.context_window for info in model.list_models()] == [8_192, None]


def test_an_endpoint_without_models_is_refused(
    provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "models", [])
    with pytest.raises(RunFailure, match="lists no models"):
        check_endpoint(endpoint(provider))


def test_servers_on_usual_ports_are_found(
    provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for port in list(USUAL_PORTS):
        monkeypatch.delitem(USUAL_PORTS, port)
    monkeypatch.setitem(USUAL_PORTS, provider.port, "Scripted")
    monkeypatch.setitem(USUAL_PORTS, 9, "Nothing")
    found = [Found("Scripted", provider.base_url, ["scripted-1", "scripted-2"])]
    assert discover(skip_ports=set()) == found
    assert discover(skip_ports={provider.port, 9}) == []
