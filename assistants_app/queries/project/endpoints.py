"""Reads of model endpoints."""

from assistants_app.models import ModelEndpoint
from assistants_app.statements import reads


def list_endpoints(project_id: str) -> list[ModelEndpoint]:
    """Return the project's own endpoints, newest first."""
    return reads.list_endpoints(project_id)
