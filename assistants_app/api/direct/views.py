"""/v1/chat/completions and /v1/embeddings"""

from assistants_app.api.direct.passing import Passing
from assistants_app.api.request import ApiRequest
from assistants_app.api.responses import Deferred
from assistants_app.domain.errors import ApiError
from assistants_app.gateway.endpoints import endpoint_for
from assistants_app.services.money.checks import current_caller, require_means, token_headers
from assistants_app.wire.direct import read_direct_request


def chat_completions(request: ApiRequest) -> Deferred:
    return _pass_on(request, "chat/completions")


def embeddings(request: ApiRequest) -> Deferred:
    return _pass_on(request, "embeddings")


def _pass_on(request: ApiRequest, path: str) -> Deferred:
    require_means(request.project)
    direct = read_direct_request(request.body, deployment=request.deployment)
    endpoint = endpoint_for(project_id=request.project.id, model=direct.model)
    if endpoint is None:
        raise ApiError(
            f"The model '{direct.model}' does not exist or you do not have access to it.",
            code="model_not_found",
            http_status=404,
        )
    passing = Passing(
        endpoint,
        path,
        direct,
        project_id=request.project.id,
        caller=current_caller(),
        accept=request.headers.get("accept", "*/*"),
    )
    return Deferred(passing.respond, token_headers(request.project))
