"""/v1/assistants"""

from typing import Any

from assistants_app.api.request import ApiRequest
from assistants_app.queries.assistants import assistants as queries
from assistants_app.services.assistants import requests as services
from assistants_app.wire.assistants.assistants import (
    AssistantCreateParams,
    AssistantModifyParams,
    assistant_object,
)
from assistants_app.wire.common import deleted_object, list_object
from assistants_app.wire.lists import page_params


def create(request: ApiRequest) -> dict[str, Any]:
    # Azure's deployments have the role of models.
    params = request.params(AssistantCreateParams, model=request.deployment)
    return assistant_object(services.create_assistant(project=request.project, params=params))


def list_(request: ApiRequest) -> dict[str, Any]:
    page = queries.list_assistants(request.project, page_params(request.query))
    return list_object([assistant_object(item) for item in page.items], has_more=page.has_more)


def retrieve(request: ApiRequest, assistant_id: str) -> dict[str, Any]:
    return assistant_object(queries.get_assistant(request.project, assistant_id))


def modify(request: ApiRequest, assistant_id: str) -> dict[str, Any]:
    params = request.params(AssistantModifyParams)
    assistant = services.update_assistant(
        project=request.project, assistant_id=assistant_id, params=params
    )
    return assistant_object(assistant)


def delete(request: ApiRequest, assistant_id: str) -> dict[str, Any]:
    services.delete_assistant(project=request.project, assistant_id=assistant_id)
    return deleted_object("assistant", assistant_id)
