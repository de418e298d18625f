"""The header ``Idempotency-Key``: a repeated request gets the first one's response for 24 hours."""

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


def run_once(
    request: HttpRequest, project: Project, call: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """Return the response of `call`, or that of an earlier request with the same key.

    Raises :class:`ApiError` with status 409 if the key belongs to another request, or to one that
    is still running.
    """
    key = request.headers.get(HEADER, "")
    if request.method != "POST" or not key:
        return call()
    if len(key) > KEY_LENGTH or "\0" in key:
        raise InvalidRequest(
            f"The header '{HEADER}' can have up to {KEY_LENGTH} characters, and no NUL.",
            code="invalid_idempotency_key",
        )
    digest = _digest_of(request)
    if earlier := idempotency.claim_key(project=project, key=key, digest=digest):
        return _replay(earlier, digest)
    try:
        response = call()
    except BaseException:
        # A refused request did nothing, so its correction may use the same key.
        idempotency.release_key(project=project, key=key)
        raise
    idempotency.store_answer(project=project, key=key, answer=_stored_answer(response))
    return response


def _digest_of(request: HttpRequest) -> str:
    digest = hashlib.sha256(request.get_full_path().encode())
    # The body of an upload is not compared: it would have to be read twice or held in memory.
    if not (request.content_type or "").startswith("multipart/"):
        digest.update(request.body)
    return digest.hexdigest()


def _stored_answer(response: HttpResponseBase) -> str:
    # A stream is stored as its place in the event log, from which it can be sent again.
    if isinstance(response, RunStream):
        return json.dumps({"run": response.run_id, "after": response.after})
    assert isinstance(response, HttpResponse)
    return json.dumps({"body": response.content.decode()})


def _replay(earlier: EarlierRequest, digest: str) -> HttpResponseBase:
    if earlier.digest != digest:
        raise ApiError(
            f"This '{HEADER}' was already used for a request with another URL or body. Use a new "
            "key.",
            type="idempotency_error",
            code="idempotency_key_reused",
            http_status=409,
            # The SDKs retry a 409 unless this header says that it won't help.
            headers={"x-should-retry": "false"},
        )
    if not earlier.answer:
        left = max(1, math.ceil(idempotency.CLAIM_SECONDS - earlier.age))
        raise ApiError(
            f"A request with the same '{HEADER}' is still running. Try again in {left}s.",
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
        raise ApiError("The run that this request started was deleted.", http_status=404)
    return run_stream(run, after=answer["after"])
