"""Records of model calls are exact, bounded and free of secrets."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from assistants_app.domain.errors import RunFailure, RunStopped
from assistants_app.providers.bounded_json import bounded
from assistants_app.providers.call_record import MOST_BYTES, CallRecord, ModelCall
from assistants_app.providers.chat import StopSignal
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.openai_compatible import OpenAICompatible
from assistants_app.providers.secrecy import Secrets
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.providers.asking import TOOL, Answer, endpoint, request

KEY = "sk-secret/with+odd=characters"


def call_of(provider: ScriptedProvider, asked: Any = None, **options: Any) -> ModelCall:
    """Return the record of one call, which may fail."""
    model = OpenAICompatible(endpoint(provider, **{"api_key": KEY, **options}))
    record = CallRecord()
    try:
        list(Answer(model, asked or request(), stop=StopSignal(), record=record))
    except RunFailure:
        pass
    finally:
        model.close()
    call = record.call()
    assert call is not None
    return call


def all_text(call: ModelCall) -> str:
    return json.dumps([call.request, call.response, call.retries], ensure_ascii=False)


def test_the_recorded_request_is_the_one_that_was_sent(provider: ScriptedProvider) -> None:
    call = call_of(provider, request(tools=[TOOL], temperature=0.5))
    [sent] = [seen for seen in provider.history if seen.path.endswith("/chat/completions")]
    assert call.request["body"] == sent.body
    assert call.request["url"] == f"{provider.base_url}/chat/completions"
    assert call.request["method"] == "POST"
    assert call.request["headers"]["content-type"] == "application/json"
    assert call.request["cut"] is False


def test_the_recorded_reply_is_complete(provider: ScriptedProvider) -> None:
    provider.enqueue(
        Reply(
            text="Let me see.",
            reasoning="Weather? A tool!",
            tool_calls=[ToolCall("f", '{"a": 1}', "call_1"), ToolCall("f", '{"a": 2}', "call_2")],
            usage=(12, 7),
            headers={"x-request-id": "req_9", "x-ratelimit-remaining-tokens": "5", "x-odd": "1"},
        )
    )
    call = call_of(provider, request(tools=[TOOL]))
    kept = call.response
    assert kept["message"]["content"] == "Let me see."
    assert kept["message"]["reasoning_content"] == "Weather? A tool!"
    functions = [made["function"] for made in kept["message"]["tool_calls"]]
    assert [json.loads(made["arguments"])["a"] for made in functions] == [1, 2]
    assert kept["usage"]["prompt_tokens"] == 12
    assert (kept["status"], kept["finish_reason"], kept["id"]) == (200, "tool_calls", "chatcmpl-1")
    assert kept["headers"]["x-request-id"] == "req_9"
    assert kept["headers"]["x-ratelimit-remaining-tokens"] == "5"
    assert "x-odd" not in kept["headers"]
    assert call.headers_at is not None
    assert call.first_token_at is not None
    assert call.started_at <= call.headers_at <= call.first_token_at <= call.ended_at


def test_retries_are_recorded_with_their_reasons(provider: ScriptedProvider) -> None:
    busy = {"error": {"message": "Busy", "type": "x"}}
    provider.enqueue(
        Reply(status=429, body=busy, headers={"retry-after-ms": "1"}), Reply(text="At last")
    )
    call = call_of(provider)
    [retry] = call.retries
    assert "asked again after" in retry["reason"]
    assert retry["response"]["status"] == 429
    assert json.loads(retry["response"]["body"]) == busy
    assert call.response["message"]["content"] == "At last"


def test_a_refusal_is_recorded_unchanged(provider: ScriptedProvider) -> None:
    said = {"error": {"message": "No such thing", "type": "invalid", "extra": {"a": [1]}}}
    provider.enqueue(Reply(status=403, body=said))
    call = call_of(provider)
    assert call.response["status"] == 403
    assert json.loads(call.response["body"]) == said
    assert "No such thing" in call.response["error"]
    assert call.request["headers"]


def test_text_before_a_lost_connection_is_recorded(provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="a b c d", drop_after=2))
    call = call_of(provider)
    assert call.response["message"]["content"] == "a b"
    assert "broke" in call.response["error"]


def test_text_before_a_stop_is_recorded(provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="a b c d", gate_after=2))
    model, record, stop = OpenAICompatible(endpoint(provider)), CallRecord(), StopSignal()
    stream = Answer(model, request(), stop=stop, record=record)
    next(stream)
    stop.set()
    with pytest.raises(RunStopped):
        list(stream)
    provider.release()
    model.close()
    call = record.call()
    assert call is not None
    assert call.response["message"]["content"].startswith("a")


def test_a_call_that_was_not_sent_has_no_record() -> None:
    assert CallRecord().call() is None


@pytest.mark.parametrize("status", [200, 400, 401, 429, 500])
def test_the_key_is_removed_wherever_it_appears(provider: ScriptedProvider, status: int) -> None:
    message = f"Incorrect API key provided: {KEY}. Sent as Bearer {KEY}"
    body = {"error": {"message": message, KEY: message, "code": "insufficient_quota"}}
    provider.enqueue(
        *([Reply(text=f"Your key is {KEY} and {KEY[:9]}", chunks=[*KEY])] if status == 200 else []),
        *([Reply(status=status, body=body, headers={"x-request-id": KEY})] * 4),
    )
    asked = request(messages=[{"role": "user", "content": f"My key is {KEY}"}])
    call = call_of(provider, asked)
    assert call.response["status"] == status
    assert KEY not in all_text(call)
    assert "[the key]" in all_text(call)
    assert not {"authorization", "cookie", "api-key"} & {
        name.lower() for name in call.request["headers"]
    }


def test_secrets_in_the_url_are_removed(provider: ScriptedProvider) -> None:
    host = urlsplit(provider.base_url).netloc
    base_url = f"http://someone:pass%2Fword-9@{host}/v1?token=query-secret&api-version=7"
    echo = (
        "pass/word-9 pass%2Fword-9 query-secret "
        + base64.b64encode(b"someone:pass/word-9").decode()
    )
    provider.enqueue(Reply(status=400, body={"error": {"message": echo}}))
    call = call_of(provider, base_url=base_url)
    for secret in ("word-9", "query-secret", base64.b64encode(b"someone:pass/word-9").decode()):
        assert secret not in all_text(call)
    assert host in call.request["url"]


def test_a_key_in_the_url_is_not_in_the_failure(provider: ScriptedProvider) -> None:
    host = urlsplit(provider.base_url).netloc
    provider.enqueue(
        Reply(status=404, body={"error": {"message": "no"}}), Reply(usage=None, text="")
    )
    model = OpenAICompatible(endpoint(provider, base_url=f"http://u:hidden-1@{host}/v1?k=hidden-2"))
    with pytest.raises(RunFailure) as caught:
        list(Answer(model, request()))
    model.close()
    assert "hidden" not in caught.value.message


def test_a_key_at_the_end_of_a_quote_is_not_cut_in_half(provider: ScriptedProvider) -> None:
    for length in range(470, 500):
        provider.enqueue(Reply(status=400, body={"error": {"message": "x" * length + KEY}}))
        assert "sk-s" not in all_text(call_of(provider))


def test_a_short_key_is_not_removed_from_words() -> None:
    secrets = Secrets(Endpoint(name="n", base_url="http://h/v1", api_key="a"))
    assert secrets.text("a cat sat") == "a cat sat"


@pytest.mark.parametrize("key", ["sk-plain/with+odd", 'sk-"quo\\te', "sk-schlüssel", "sk-a\nb"])
def test_keys_are_found_anywhere_in_json(key: str) -> None:
    secrets = Secrets(Endpoint(name="n", base_url="http://h/v1", api_key=key))
    harmless = {"messages": [{"content": 'a "quoted" \\ text'}], "n": [1, None]}
    assert secrets.json(harmless) == harmless
    for place in ({"a": [key]}, {key: 1}, [json.dumps({"key": key})], {"a": {"b": f"x{key}y"}}):
        shown = json.dumps(secrets.json([harmless, place]), ensure_ascii=False)
        assert "the key" in shown
        assert key[4:8] not in shown


def test_images_are_replaced_by_length_and_hash() -> None:
    data = b"\x89PNG" * 1000
    url = "data:image/png;base64," + base64.b64encode(data).decode()
    kept, size, cut = bounded({"content": [{"image_url": {"url": url}}]}, MOST_BYTES)
    message = kept["content"][0]["image_url"]["url"]
    assert message == f"[image/png, 4000 bytes, sha256 {hashlib.sha256(data).hexdigest()}]"
    assert cut
    assert size > len(url)


@pytest.mark.parametrize(
    "value",
    [
        {"messages": [{"content": "word " * 200_000}]},
        {"messages": [{"content": "ü" * 1000} for _ in range(3000)]},
        {"messages": [[{"content": "x"}] * 50] * 5000},
        {"tools": {str(number): "x" * 20 for number in range(50_000)}},
    ],
)
def test_a_long_value_is_cut_and_marked(value: Any) -> None:
    kept, size, cut = bounded(value, MOST_BYTES)
    assert cut
    assert len(json.dumps(kept, ensure_ascii=False).encode()) <= MOST_BYTES < size
    assert "cut" in json.dumps(kept)


def test_a_value_that_fits_is_unchanged() -> None:
    value = {"messages": [{"content": "word " * 40_000}, None, 1.5, True]}
    assert bounded(value, MOST_BYTES) == (value, len(json.dumps(value)), False)
