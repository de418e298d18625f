"""Errors for addresses that this server doesn't have, which say where to go instead."""

import re
from collections.abc import Callable, Mapping

from django.conf import settings

from assistants_app.domain.errors import ApiError

# What comes before the API's own paths in addresses of this and other servers.
_PREFIXES = re.compile(
    r"/*(?:(?:v\d[^/]*|api|beta|openai|projects/[^/]+|deployments/[^/]+)(?:/+|$))*"
)
_AZURE = re.compile(r"^/+(?:api/+projects/+(?P<project>[^/]+)|(?:v\d[^/]*/+)?openai)(?:/|$)")
# Headers by which a request shows that a client of the API sent it, whatever its address.
_CLIENT_HEADERS = ("api-key", "openai-beta", "openai-organization", "x-stainless-lang")
SERVED = (
    *("assistants", "threads", "files", "uploads", "vector_stores", "models"),
    *("chat", "embeddings"),
)
# The vendor's other APIs by the first part of their paths.
OTHERS = {
    "completions": "completions",
    "responses": "responses",
    "conversations": "conversations",
    "moderations": "moderations",
    "images": "images",
    "videos": "videos",
    "audio": "audio",
    "realtime": "the Realtime API",
    "batches": "batches",
    "fine_tuning": "fine-tuning",
    "fine-tunes": "fine-tuning",
    "edits": "edits",
    "engines": "engines",
    "evals": "evals",
    "graders": "graders",
    "containers": "containers",
    "chatkit": "ChatKit",
    "skills": "skills",
    "organization": "the administration API",
}
ABOUT = (
    "This server is Assistants Playground. It serves OpenAI's Assistants API: assistants, threads, "
    "messages, runs, files, uploads, vector stores and models. It passes chat completions and "
    "embeddings on to the endpoint of their model."
)


def is_from_api_client(path: str, headers: Mapping[str, str]) -> bool:
    """Return whether a client of the API sent this request, and not a browser.

    Names of `headers` are in lower case.
    """
    bearer = headers.get("authorization", "").lower().startswith("bearer ")
    if bearer or any(name in headers for name in _CLIENT_HEADERS):
        return True
    # Browsers ask for HTML, and API clients and curl don't.
    noun = _own_path(path).partition("/")[0]
    known = noun in SERVED or noun in OTHERS or not noun
    return known and path != "/" and "text/html" not in headers.get("accept", "")


def invalid_url(method: str, path: str, is_served: Callable[[str], bool]) -> ApiError:
    """Return the vendor's 404, with advice. `is_served` says whether the API has a path."""
    advice = _advice(path, is_served)
    return ApiError(f"Invalid URL ({method} {path}). {advice}", http_status=404)


def _own_path(path: str) -> str:
    """Return the path without slashes and prefixes in front, such as ``threads/thread_1``."""
    match = _PREFIXES.match(path)
    return path[match.end() :] if match else path


def _advice(path: str, is_served: Callable[[str], bool]) -> str:
    rest = _own_path(path)
    parts = rest.rstrip("/").split("/")
    if noun := OTHERS.get(parts[0]):
        return (
            f"{ABOUT} It doesn't serve {noun}. Send these requests to your model provider, with a "
            "second client that has the provider's base URL."
        )
    if "" in parts[1:]:
        return "The path has two slashes in a row, so an ID is probably empty."
    if parts[-1] == "files" and parts[0] in {"assistants", "threads"}:
        return f"{FIRST_GENERATION_FILES} {NEWER_SDKS}"
    address = f"{_base(path)}/{'/'.join(parts)}"
    if parts[0] and is_served(address):
        return f"Use {address} instead. {_base_urls()}"
    return f"{ABOUT} {_base_urls()}"


def _base(path: str) -> str:
    match = _AZURE.match(path)
    if not match:
        return "/v1"
    return f"/api/projects/{match['project']}" if match["project"] else "/openai"


def _base_urls() -> str:
    public: str = settings.PUBLIC_URL
    return (
        f"The base URL for OpenAI's clients ends with /v1, such as {public}/v1. The endpoint for "
        f"Azure's clients has no path, such as {public}."
    )


NEWER_SDKS = (
    "OpenAI's SDKs support version 2 of the Assistants API from version 1.21 for Python and 4.37 "
    "for Node."
)
FIRST_GENERATION_FILES = (
    "Version 2 of the Assistants API has no files of assistants and messages. Use 'tool_resources' "
    "of assistants and threads and 'attachments' of messages."
)
