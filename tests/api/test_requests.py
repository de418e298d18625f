"""All endpoints share keys, headers, idempotency, limits and errors of the request itself."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from redis.exceptions import RedisError

from assistants_app import conf
from assistants_app.api import rate_limit, repeats
from assistants_app.models import Assistant, Receipt, Thread
from assistants_app.redis_client import client
from assistants_app.services import receipts
from assistants_app.services.assistants import requests as assistant_services
from assistants_app.services.receipts import Attempt
from tests.asgi import Client
from tests.cast import Cast, api_client


@pytest.fixture
def api(cast: Cast) -> Client:
    return api_client(cast.key)


def post(api: Client, path: str, body: Any, **headers: str) -> Any:
    return api.post(path, json.dumps(body), "application/json", headers=headers)


def test_every_response_has_the_vendors_headers(api: Client) -> None:
    answers = [api.get(f"/v1{path}") for path in ("/assistants", "/nowhere", "", "/")]
    for answer in (*answers, Client().get("/v1/models")):
        assert answer["x-request-id"].startswith("req_")
        assert int(answer["openai-processing-ms"]) >= 0
        assert answer["openai-version"]


@pytest.mark.parametrize("header", ["OpenAI-Organization", "OpenAI-Project"])
def test_ids_of_the_vendors_organizations_are_accepted(api: Client, header: str) -> None:
    assert api.get("/v1/assistants", headers={header: "proj_of_the_vendor"}).status_code == 200


def test_the_beta_header_is_required(cast: Cast) -> None:
    bare = Client(headers={"authorization": f"Bearer {cast.key}"})
    for headers in ({}, {"openai-beta": "assistants=v1"}):
        answer = bare.get("/v1/assistants", headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "invalid_beta"
    assert bare.get("/v1/models").status_code == 200


def test_a_wrong_method_is_refused_with_the_allowed_ones(api: Client) -> None:
    answer = api.put("/v1/assistants")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, POST"
    assert answer.json()["error"]["code"] == "method_not_supported"


@pytest.mark.parametrize("body", ["{", "[1]", '"text"', "\udcff", "{" * 100_000])
def test_a_body_that_is_not_a_json_object_is_refused(api: Client, body: str) -> None:
    data = body.encode("utf-8", "surrogateescape")
    answer = api.generic("POST", "/v1/assistants", data, "application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_body_that_is_too_large_is_refused(api: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = post(api, "/v1/assistants", {"model": "m", "instructions": "x" * 200})
    assert answer.status_code == 413
    assert answer.json()["error"]["message"] == "The request body is too large."
    assert Assistant.objects.count() == 1


def test_azures_clients_reach_the_same_objects(cast: Cast) -> None:
    azure = Client(headers={"api-key": cast.key})
    made = azure.post(
        "/openai/assistants?api-version=2025-01-01-preview",
        json.dumps({"model": "m"}),
        "application/json",
    )
    assert made.status_code == 200
    for path in ("/openai/assistants/", "/openai/v1/assistants/"):
        again = azure.get(f"{path}{made.json()['id']}", {"api-version": "2025-01-01-preview"})
        assert again.json() == made.json()
    assert Client(headers={"api-key": "wrong"}).get("/openai/assistants").status_code == 401
    assert azure.get("/openai").status_code == 404
    assert azure.get("/openai/nowhere").json()["error"]["type"] == "invalid_request_error"


def test_the_same_key_and_body_make_one_object(api: Client) -> None:
    first, again = (
        post(api, "/v1/threads", {"metadata": {"a": "1"}}, **{"idempotency-key": "k1"})
        for _ in range(2)
    )
    other = post(api, "/v1/threads", {"metadata": {"a": "1"}}, **{"idempotency-key": "k2"})
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert other.json()["id"] != first.json()["id"]


def test_a_key_belongs_to_its_request_and_project(api: Client, cast: Cast) -> None:
    key = {"idempotency-key": "k1"}
    post(api, "/v1/threads", {}, **key)
    for path, body in (("/v1/threads", {"metadata": {"a": "1"}}), ("/v1/assistants", {})):
        refused = post(api, path, body, **key)
        assert refused.status_code == 409
        assert refused.json()["error"]["code"] == "idempotency_key_reused"
        assert refused["x-should-retry"] == "false"
    assert post(api_client(cast.strangers_key), "/v1/threads", {}, **key).status_code == 200


def test_a_refused_request_may_be_corrected_under_its_key(api: Client) -> None:
    key = {"idempotency-key": "k1"}
    assert post(api, "/v1/assistants", {}, **key).status_code == 400
    assert post(api, "/v1/assistants", {"model": "m"}, **key).status_code == 200


def claimed_elsewhere(cast: Cast, **columns: Any) -> None:
    """Claim the key k1 for POST /v1/threads with {}, as another process would."""
    digest = hashlib.sha256(b"POST /v1/threads\n{}").hexdigest()
    attempt = Attempt(project_id=cast.project.pk, key="k1", digest=digest)
    assert receipts.claim(attempt) is None
    Receipt.objects.filter(pk=attempt.receipt).update(**columns)


def test_a_request_that_is_still_running_is_not_started_again(
    api: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "WAITED_SECONDS", 0.0)
    claimed_elsewhere(cast, claimed_at=timezone.now() - timedelta(minutes=10))
    before = Thread.objects.count()
    waiting = post(api, "/v1/threads", {}, **{"idempotency-key": "k1"})
    assert waiting.status_code == 409
    assert waiting.json()["error"]["code"] == "idempotency_key_in_use"
    assert int(waiting["Retry-After"]) >= 1
    assert Thread.objects.count() == before


def test_the_claim_of_a_lost_process_ends(api: Client, cast: Cast) -> None:
    claimed_elsewhere(cast, held_until=timezone.now() - timedelta(seconds=1))
    assert post(api, "/v1/threads", {}, **{"idempotency-key": "k1"}).status_code == 200


def test_keys_are_forgotten_after_a_day(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    key = {"idempotency-key": "k1"}
    first = post(api, "/v1/threads", {}, **key)
    assert receipts.forget_old_receipts() == 0
    monkeypatch.setattr(conf, "IDEMPOTENCY_SECONDS", -1.0)
    assert post(api, "/v1/threads", {}, **key).json()["id"] != first.json()["id"]
    assert receipts.forget_old_receipts() == 1
    assert not Receipt.objects.exists()


def test_a_server_error_frees_the_key(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    key = {"idempotency-key": "k1"}

    def fail(**_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(assistant_services, "create_assistant", fail)
        answer = post(api, "/v1/assistants", {"model": "m"}, **key)
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    assert post(api, "/v1/assistants", {"model": "m"}, **key).status_code == 200


@pytest.mark.parametrize("key", ["x" * 256, "nul\0"])
def test_a_key_that_cannot_be_stored_is_refused(api: Client, key: str) -> None:
    answer = post(api, "/v1/threads", {}, **{"idempotency-key": key})
    assert answer.json()["error"]["code"] == "invalid_idempotency_key"


def test_requests_over_the_limit_learn_when_to_retry(
    api: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RATE_LIMIT_REQUESTS_PER_MINUTE", 3)
    answers = [api.get("/v1/assistants") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["x-ratelimit-remaining-requests"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[3].json()["error"]["code"] == "rate_limit_exceeded"
    assert 1 <= int(answers[3]["Retry-After"]) <= 20
    assert api_client(cast.strangers_key).get("/v1/assistants").status_code == 200


def test_a_process_takes_several_requests_of_a_high_limit_at_a_time(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RATE_LIMIT_REQUESTS_PER_MINUTE", 6000)
    asked = 0
    known = client()

    def counted() -> Any:
        nonlocal asked
        asked += 1
        return known

    monkeypatch.setattr(rate_limit, "client", counted)
    left = [int(api.get("/v1/assistants")["x-ratelimit-remaining-requests"]) for _ in range(10)]
    # A sixth of the minute's requests at once.
    assert left == list(range(999, 989, -1))
    assert asked < 5


def test_requests_pass_while_redis_is_away(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "RATE_LIMIT_REQUESTS_PER_MINUTE", 1)

    def away() -> None:
        raise RedisError("away")

    monkeypatch.setattr(rate_limit, "client", away)
    assert [api.get("/v1/assistants").status_code for _ in range(3)] == [200] * 3
