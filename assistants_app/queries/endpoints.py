"""Reads of model endpoints."""

from assistants_app.models import ModelEndpoint


def list_endpoints(project_id: str) -> list[ModelEndpoint]:
    """The endpoints that the project connected, newest first."""
    return list(ModelEndpoint.objects.filter(project_id=project_id).order_by("-pk"))
