"""Connect and disconnect model endpoints."""

from functools import partial
from urllib.parse import urlsplit

from django.db import transaction

from assistants_app import conf
from assistants_app.domain.errors import InvalidRequest, NotFound, RunFailure
from assistants_app.gateway.endpoints import (
    ModelsOfEndpoint,
    cache_models,
    endpoint_from,
    forget_endpoint,
)
from assistants_app.gateway.sealing import seal
from assistants_app.models import ModelEndpoint, Project
from assistants_app.providers.discovery import check_endpoint
from assistants_app.providers.endpoint import Endpoint


def connect_endpoint(*, project: Project, name: str, base_url: str, api_key: str) -> ModelEndpoint:
    """Check an endpoint and store it. An endpoint with the same URL is replaced.

    Raises :class:`InvalidRequest` with the field that has to change.
    """
    base_url = base_url.strip().rstrip("/")
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidRequest(
            "The base URL must start with http:// or https:// and usually ends with /v1.",
            param="base_url",
            code="invalid_value",
        )
    endpoint = Endpoint(name=name or parts.netloc, base_url=base_url, api_key=api_key)
    # Before the transaction, because an unknown server may take its time to answer.
    try:
        models = check_endpoint(endpoint)
    except RunFailure as failure:
        raise InvalidRequest(failure.message, param="base_url", code="invalid_value") from failure
    row = _store_endpoint(project, endpoint)
    cache_models(ModelsOfEndpoint(endpoint, models), seconds=conf.MODEL_LIST_TTL)
    return row


@transaction.atomic(durable=True)
def _store_endpoint(project: Project, endpoint: Endpoint) -> ModelEndpoint:
    row, _ = ModelEndpoint.objects.update_or_create(
        project=project,
        base_url=endpoint.base_url,
        defaults={"name": endpoint.name, "encrypted_key": seal(endpoint.api_key)},
    )
    return row


@transaction.atomic(durable=True)
def disconnect_endpoint(*, project: Project, endpoint_id: str) -> None:
    """Delete an endpoint and close the connections to it. Raises :class:`NotFound`."""
    row = ModelEndpoint.objects.filter(project=project, pk=endpoint_id).first()
    if row is None:
        raise NotFound("model endpoint", endpoint_id)
    row.delete()
    transaction.on_commit(partial(forget_endpoint, endpoint_from(row)))
