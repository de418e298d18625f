"""``Idempotency-Key``: the same key and request give the same object, for 24 hours."""

import hashlib
import json
import math
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from assistants_app.api.sse import RunStream, run_stream
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.models import Project
from assistants_app.queries.runs.runs import find_run
from assistants_app.services.project import idempotency
from assistants_app.services.project.idempotency import EarlierRequest

HEADER = "Idempotency-Key"
KEY_LENGTH = 255


def once(
    request: HttpRequest, project: Project, act: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """`act()`, or the answer that an earlier request with this key had."""
    key = request.headers.get(HEADER, "")
    if request.method != "POST" or not key:
        return act()
    if len(key) > KEY_LENGTH or "\0" in key:
        raise InvalidRequest(
            f"The header '{HEADER}' must have at most {KEY_LENGTH} characters.",
            code="invalid_idempotency_key",
        )
    digest = _digest(request)
    if earlier := idempotency.claim_key(project=project, key=key, digest=digest):
        return _again(earlier, digest)
    try:
        response = act()
    except BaseException:
        idempotency.release_key(project=project, key=key)
        raise
    idempotency.store_answer(project=project, key=key, answer=_kept(response))
    return response


def _digest(request: HttpRequest) -> str:
    """An upload is told by its URL alone: it is not read twice, nor kept in memory to be hashed."""
    seen = hashlib.sha256(request.get_full_path().encode())
    if not (request.content_type or "").startswith("multipart/"):
        seen.update(request.body)
    return seen.hexdigest()


def _kept(response: HttpResponseBase) -> str:
    if isinstance(response, RunStream):
        return json.dumps({"run": response.run_id, "after": response.after})
    assert isinstance(response, HttpResponse)
    return json.dumps({"body": response.content.decode()})


def _again(earlier: EarlierRequest, digest: str) -> HttpResponseBase:
    if earlier.digest != digest:
        raise ApiError(
            f"Keys for idempotent requests can only be used with the same URL and parameters that "
            f"they were first used with. Try another '{HEADER}'.",
            type="idempotency_error",
            code="idempotency_key_reused",
            http_status=409,
            headers={"x-should-retry": "false"},
        )
    if not earlier.answer:
        left = max(1, math.ceil(idempotency.CLAIM_SECONDS - earlier.age))
        raise ApiError(
            "A request with the same idempotency key is still being carried out.",
            type="idempotency_error",
            code="idempotency_key_in_use",
            http_status=409,
            headers={"Retry-After": str(left)},
        )
    answer = json.loads(earlier.answer)
    if "body" in answer:
        return HttpResponse(
            answer["body"], content_type="application/json", headers={"Idempotent-Replayed": "true"}
        )
    run = find_run(answer["run"])
    if run is None:
        raise ApiError("The run of this request was deleted.", http_status=404)
    return run_stream(run, after=answer["after"])
