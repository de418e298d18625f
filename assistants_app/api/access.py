"""Who may send a request: API keys, and the vendor's beta header."""

from collections.abc import Mapping

from assistants_app.api import key_guesses
from assistants_app.api.addresses import NEWER_SDKS
from assistants_app.api.request import ApiRequest
from assistants_app.domain.errors import InvalidRequest, Unauthenticated
from assistants_app.models import ApiKey
from assistants_app.queries.project.access import (
    find_api_key,
    invalid_api_key,
    project_of_known_key,
)
from assistants_app.services.project.projects import record_key_use

BETA, OLD_BETA = "assistants=v2", "assistants=v1"
# Azure's clients send no beta header, and those of Azure OpenAI the key in a header of its own.
AZURE_PATHS, AZURE_KEY = ("/openai/", "/api/projects/"), "api-key"


def authenticate(request: ApiRequest) -> ApiKey:
    """Return the request's API key. Raises :class:`ApiError`: 401, or 429 after many guesses."""
    secret = secret_in(request.headers)
    if not secret:
        raise Unauthenticated(
            "You didn't provide an API key. You need to provide your API key in an Authorization "
            "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
        )
    key = find_api_key(secret)
    if key is None:
        raise _incorrect(request, secret)
    key_guesses.admit(request.address, key.id)
    record_key_use(key)
    return key


def _incorrect(request: ApiRequest, secret: str) -> Unauthenticated:
    # Like the vendor, enough of the key to recognise it, and never all of a short one.
    shown = f"{secret[:5]}***{secret[-4:]}" if len(secret) > 12 else "***"
    message = f"Incorrect API key provided: {shown}."
    key = invalid_api_key(secret)
    if key is None:
        key_guesses.count_wrong_key(request.address)
    else:
        # Nobody has guessed this key, so its successor from the same address needn't wait.
        key_guesses.refuse_if_waiting(request.address)
        message = f"{message} {_why_invalid(key)} Create another key in the project's settings."
    return Unauthenticated(message, code="invalid_api_key")


def _why_invalid(key: ApiKey) -> str:
    if key.revoked_at:
        return "This key was revoked."
    if key.has_expired:
        return f"This key expired on {key.expires_at:%Y-%m-%d}."
    return "The person it belongs to is no longer a member of the project."


def project_of(request: ApiRequest) -> str:
    """Return the id of the project whose turn this request takes, before its key is checked.

    It is empty for a key that wasn't valid lately, so that all guesses together have one turn.
    """
    return project_of_known_key(secret_in(request.headers))


def secret_in(headers: Mapping[str, str]) -> str:
    """Return the API key that was sent, or an empty text."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else headers.get(AZURE_KEY, "")


def check_beta(request: ApiRequest) -> None:
    """Raise :class:`InvalidRequest` without the header for version 2 of the Assistants API."""
    # Azure's clients never send the header.
    if request.path.startswith(AZURE_PATHS):
        return
    given = [item.strip() for item in request.headers.get("openai-beta", "").split(",")]
    if BETA not in given and OLD_BETA in given:
        raise InvalidRequest(
            "The v1 Assistants API has been deprecated. Please try again by setting the header "
            f"'OpenAI-Beta: {BETA}'. See the migration guide for more information: "
            f"https://platform.openai.com/docs/assistants/migration. {NEWER_SDKS}",
            code="invalid_beta",
        )
    if BETA not in given:
        raise InvalidRequest(
            "You must provide the 'OpenAI-Beta' header to access the Assistants API. Please try "
            f"again by setting the header 'OpenAI-Beta: {BETA}'.",
            code="invalid_beta",
        )
