"""Connect and disconnect model endpoints."""

from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from django.db import transaction

from assistants_app import conf
from assistants_app.domain.errors import (
    InvalidRequest,
    KeyRefused,
    NotAnApi,
    NotFound,
    RunFailure,
)
from assistants_app.gateway import base_urls
from assistants_app.gateway.endpoints import (
    ModelsOfEndpoint,
    cache_models,
    endpoint_from,
    forget_endpoint,
    networks_of_members,
)
from assistants_app.gateway.sealing import seal, unseal
from assistants_app.models import ModelEndpoint, Project
from assistants_app.providers.discovery import check_endpoint
from assistants_app.providers.endpoint import Endpoint
from assistants_app.services.act import act
from assistants_app.services.audit import note

# What the address of Azure has in place of the resource's name.
PLACEHOLDER = "YOUR-RESOURCE"


def connect_endpoint(
    *, project: Project, name: str, base_url: str, api_key: str, endpoint_id: str = ""
) -> ModelEndpoint:
    """Check an endpoint and store it. An endpoint of the same server is replaced, and so is the one
    of `endpoint_id`, whose key stays if `api_key` is empty.

    The URL may lack its /v1. Raises :class:`InvalidRequest` with the field that has to change.
    """
    try:
        tidied = base_urls.tidy(base_url)
    except ValueError:
        raise _refused(
            "Enter the address of a server, such as https://api.openai.com/v1 or localhost:11434."
        ) from None
    if PLACEHOLDER.lower() in tidied.lower():
        raise _refused(f"Replace {PLACEHOLDER} with the name of your Azure resource.")
    if endpoint_id and not api_key:
        api_key = _key_of(project, endpoint_id, tidied)
    # Before the transaction, because an unknown server may take its time to answer.
    listed = _check(tidied, name or urlsplit(tidied).netloc.rpartition("@")[2], api_key)
    row = _store_endpoint(project=project, endpoint=listed.endpoint, replaced_id=endpoint_id)
    cache_models(listed, seconds=conf.MODEL_LIST_TTL)
    return row


def _key_of(project: Project, endpoint_id: str, base_url: str) -> str:
    row = ModelEndpoint.objects.filter(project=project, pk=endpoint_id).first()
    if row is None:
        raise NotFound("model endpoint", endpoint_id)
    key = unseal(row.encrypted_key)
    # Nobody can see the key. A new URL must not be a way to have it sent to another server.
    if key and base_urls.server_of(row.base_url) != base_urls.server_of(base_url):
        raise _refused("Enter the key again. The stored one is for another server.", "api_key")
    return key


def _check(base_url: str, name: str, api_key: str) -> ModelsOfEndpoint:
    """Return the endpoint with its models, at the first URL that has any."""
    first, *others = [
        Endpoint(name=name, base_url=url, api_key=api_key, networks=networks_of_members())
        for url in base_urls.candidates(base_url)
    ]
    try:
        return _models_at(first)
    except RunFailure as failure:
        if isinstance(failure, NotAnApi):
            for other in others:
                with suppress(RunFailure):
                    return _models_at(other)
        param = "api_key" if isinstance(failure, KeyRefused) else "base_url"
        raise _refused(failure.message, param) from failure


def _models_at(endpoint: Endpoint) -> ModelsOfEndpoint:
    return ModelsOfEndpoint(endpoint, check_endpoint(endpoint))


def _refused(message: str, param: str = "base_url") -> InvalidRequest:
    return InvalidRequest(message, param=param, code="invalid_value")


@act()
def _store_endpoint(*, project: Project, endpoint: Endpoint, replaced_id: str) -> ModelEndpoint:
    # Locked, so that two requests at once don't both add the server.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    server = base_urls.server_of(endpoint.base_url)
    rows = ModelEndpoint.objects.filter(project=project).order_by("-pk")
    same = [
        row for row in rows if row.pk == replaced_id or base_urls.server_of(row.base_url) == server
    ]
    for row in same:
        if row.base_url != endpoint.base_url:
            transaction.on_commit(partial(forget_endpoint, endpoint_from(row)))
    for row in same[1:]:
        row.delete()
    row = same[0] if same else ModelEndpoint(project=project)
    row.base_url, row.name = endpoint.base_url, endpoint.name
    row.encrypted_key = seal(endpoint.api_key)
    row.save()
    _note("store_endpoint", row)
    return row


@act()
def disconnect_endpoint(*, project: Project, endpoint_id: str) -> None:
    """Delete an endpoint and close the connections to it. Raises :class:`NotFound`."""
    row = ModelEndpoint.objects.filter(project=project, pk=endpoint_id).first()
    if row is None:
        raise NotFound("model endpoint", endpoint_id)
    _note("disconnect_endpoint", row)
    row.delete()
    transaction.on_commit(partial(forget_endpoint, endpoint_from(row)))


def _note(verb: str, row: ModelEndpoint) -> None:
    note(
        verb,
        project=Project(pk=row.project_id),
        target_type="endpoint",
        target_id=row.id,
        target_name=row.name,
        # Without what else the URL may contain, such as a password.
        details={"server": base_urls.server_of(row.base_url)},
    )
