"""/v1/models"""

from typing import Any

from assistants_app.api.request import ApiRequest
from assistants_app.domain.errors import ApiError
from assistants_app.gateway import endpoints
from assistants_app.wire.common import model_object


def list_(request: ApiRequest) -> dict[str, Any]:
    return {"object": "list", "data": list(_models_by_id(request).values())}


def retrieve(request: ApiRequest, model: str) -> dict[str, Any]:
    found = _models_by_id(request).get(model)
    if found is None:
        raise ApiError(
            f"The model '{model}' does not exist",
            param="model",
            code="model_not_found",
            http_status=404,
        )
    return found


def _models_by_id(request: ApiRequest) -> dict[str, dict[str, Any]]:
    # Several endpoints may list the same model.
    return {
        info.id: model_object(info.id, created=info.created, owned_by=info.owned_by)
        for listed in endpoints.list_models(project_id=request.project.id)
        for info in listed.models
    }
