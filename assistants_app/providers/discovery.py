"""Find OpenAI-compatible servers on this machine, and check endpoints that a person enters."""

import asyncio
import contextlib
from dataclasses import dataclass

import httpx2

from assistants_app.domain.errors import NotAnApi
from assistants_app.event_loop import process_loop
from assistants_app.providers.endpoint import Endpoint, ModelInfo
from assistants_app.providers.failures import SERVER_ERROR
from assistants_app.providers.openai_compatible import OpenAICompatible
from assistants_app.providers.outbound.networks import DEFAULT
from assistants_app.providers.outbound.transport import http_client, within

USUAL_PORTS = {11434: "Ollama", 1234: "LM Studio", 8080: "llama.cpp", 8000: "vLLM"}
CHECK_SECONDS = 10.0  # for the whole list of models; somebody waits for it
TIMEOUT = 1.0  # seconds; on loopback a running server answers within milliseconds


@dataclass(frozen=True, slots=True)
class Found:
    """A server that was found on its usual port, with the ids of its models."""

    name: str
    base_url: str
    models: list[str]


def discover(*, skip_ports: set[int]) -> list[Found]:
    """Return the servers on the usual loopback ports that list their models without a key."""
    ports = [port for port in USUAL_PORTS if port not in skip_ports]
    return [found for found in process_loop.run(_find_on_ports(ports)) if found is not None]


async def _find_on_ports(ports: list[int]) -> list[Found | None]:
    # One client for all: building one takes 20 ms.
    timeout = httpx2.Timeout(TIMEOUT)
    async with http_client("http://127.0.0.1", DEFAULT, timeout=timeout) as client:
        return list(await asyncio.gather(*(_find_on_port(client, port) for port in ports)))


async def _find_on_port(client: httpx2.AsyncClient, port: int) -> Found | None:
    base_url = f"http://127.0.0.1:{port}/v1"
    try:
        async with within(TIMEOUT):
            answer = await client.get(f"{base_url}/models")
        rows = answer.json()["data"] if answer.status_code == 200 else None
        models = [str(row["id"]) for row in rows or ()]
    except (httpx2.HTTPError, ValueError, KeyError, TypeError):
        return None
    return None if rows is None else Found(USUAL_PORTS[port], base_url, models)


def check_endpoint(endpoint: Endpoint) -> list[ModelInfo]:
    """Return the endpoint's models. Raises :class:`RunFailure` if it doesn't work or has
    none."""
    with contextlib.closing(OpenAICompatible(endpoint)) as connection:
        models = connection.list_models(timeout=CHECK_SECONDS)
    if not models:
        raise NotAnApi(
            SERVER_ERROR,
            f"{endpoint.base_url} responds but lists no models. Check that it is the base URL of "
            "an OpenAI-compatible API; the URL usually ends with /v1.",
        )
    return models
