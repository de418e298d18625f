"""Parts that all endpoints share: API keys, the beta header, JSON, and the vendor's errors."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from assistants_app.api import rate_limit
from assistants_app.api.repeats import run_once
from assistants_app.domain.errors import ApiError, InvalidRequest, Unauthenticated
from assistants_app.models import ApiKey, Project
from assistants_app.queries.project.access import find_api_key
from assistants_app.services.project.projects import record_key_use
from assistants_app.wire.json_bodies import read_json
from assistants_app.wire.validation import Params, parse

logger = logging.getLogger(__name__)

ParamsType = TypeVar("ParamsType", bound=Params)
BETA = "assistants=v2"
ACTING = ("POST", "DELETE")
# Azure's clients request /openai/... and send the key in a header of its own.
AZURE_PATH, AZURE_KEY = "/openai/", "api-key"


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request with a valid API key, whose id is `key_id`."""

    project: Project
    http: HttpRequest
    key_id: str = ""

    def params(self, params: type[ParamsType]) -> ParamsType:
        """Return the JSON body as `params`. Raises :class:`InvalidRequest`."""
        # Whatever the content type says: curl, for one, sends JSON as a form.
        return parse(params, read_json(self.http.body))

    @property
    def query(self) -> dict[str, str]:
        """Return the query parameters. Raises :class:`InvalidRequest`.

        If a parameter is repeated, its last value counts.
        """
        try:
            return {name: str(value) for name, value in self.http.GET.items()}
        except TooManyFieldsSent:
            raise InvalidRequest("The URL has too many query parameters.") from None


Answer = dict[str, Any] | HttpResponseBase
View = Callable[..., Answer]
HttpView = Callable[..., HttpResponseBase]


def methods(*, beta: bool = True, acts: bool = True, **views: View) -> HttpView:
    """Return the view of a URL, given one for each HTTP method.

    With `beta`, the request must have the vendor's beta header. Without `acts`, a POST changes
    nothing, so it may be repeated.
    """

    # Requests carry a key in a header and no cookie, so other sites can't forge them.
    @csrf_exempt
    def dispatch(request: HttpRequest, **captured: str) -> HttpResponseBase:
        started = time.perf_counter()
        try:
            view = views.get(request.method or "")
            if view is None:
                raise _wrong_method(request, list(views))
            key = _authenticate(request)
            project = key.project
            # Refused requests count too, but only after the key has shown whose they are.
            allowance = rate_limit.count_request(project)
            if beta:
                _check_beta(request)
            # PostgreSQL can't compare a text with NUL, so no object has such an id.
            if any("\0" in part for part in captured.values()):
                raise _invalid_url(request)
            call = partial(_call_view, view, ApiRequest(project, request, key.id), captured)
            once = acts and request.method in ACTING
            response = run_once(request, key, call) if once else call()
            for name, value in allowance.headers().items() if allowance else ():
                response[name] = value
        except RequestDataTooBig:
            response = error_response(_too_large())
        except ApiError as error:
            response = error_response(error)
        except Exception:  # noqa: BLE001 - the client gets a response, and the log the traceback
            logger.exception("%s %s", request.method, request.path)
            response = error_response(_server_error())
        return _with_vendor_headers(response, started)

    return dispatch


def _call_view(view: View, request: ApiRequest, captured: dict[str, str]) -> HttpResponseBase:
    answer = view(request, **captured)
    return JsonResponse(answer) if isinstance(answer, dict) else answer


def _with_vendor_headers(response: HttpResponseBase, started: float) -> HttpResponseBase:
    response["x-request-id"] = f"req_{token_hex(16)}"
    response["openai-processing-ms"] = str(int((time.perf_counter() - started) * 1000))
    response["openai-version"] = "2020-10-01"
    # Django's middleware would set the length, but requests of the API pass none
    # (playground/transport.py).
    if isinstance(response, HttpResponse):
        response["Content-Length"] = str(len(response.content))
    return response


def error_response(error: ApiError) -> HttpResponse:
    """Return the response for an error, in the vendor's format."""
    return JsonResponse(error.body(), status=error.http_status, headers=error.headers)


@csrf_exempt
def unknown_url(request: HttpRequest, **_: str) -> HttpResponseBase:
    """Respond to any other URL below /v1 with the vendor's 404."""
    # Logged, so that operators see what their clients need and this server lacks.
    logger.warning("Not implemented: %s %s", request.method, request.path)
    return _with_vendor_headers(error_response(_invalid_url(request)), time.perf_counter())


def _authenticate(request: HttpRequest) -> ApiKey:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip() if scheme.lower() == "bearer" else request.headers.get(AZURE_KEY, "")
    if not secret:
        raise Unauthenticated(
            "You didn't provide an API key. You need to provide your API key in an Authorization "
            "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
        )
    key = find_api_key(secret)
    if key is None:
        # Like the vendor, enough of the key to recognise it, and never all of a short one.
        shown = f"{secret[:5]}***{secret[-4:]}" if len(secret) > 12 else "***"
        raise Unauthenticated(f"Incorrect API key provided: {shown}.", code="invalid_api_key")
    record_key_use(key)
    return key


def _check_beta(request: HttpRequest) -> None:
    # Azure's clients never send the header.
    if request.path.startswith(AZURE_PATH):
        return
    given = [item.strip() for item in request.headers.get("OpenAI-Beta", "").split(",")]
    if BETA not in given:
        raise InvalidRequest(
            "You must provide the 'OpenAI-Beta' header to access the Assistants API. Please try "
            f"again by setting the header 'OpenAI-Beta: {BETA}'.",
            code="invalid_beta",
        )


def _wrong_method(request: HttpRequest, allowed: list[str]) -> ApiError:
    return ApiError(
        f"Not allowed to {request.method} on {request.path}. (HINT: Perhaps you meant to use a "
        "different HTTP method?)",
        code="method_not_supported",
        http_status=405,
        headers={"Allow": ", ".join(allowed)},
    )


def _invalid_url(request: HttpRequest) -> ApiError:
    return ApiError(f"Invalid URL ({request.method} {request.path})", http_status=404)


def _too_large() -> ApiError:
    return ApiError("The request body is too large.", http_status=413)


def _server_error() -> ApiError:
    return ApiError(
        "The server had an error while processing your request. Sorry about that!",
        type="server_error",
        http_status=500,
    )
