"""Models on the wire (schema ``Model``)."""

from typing import Any


def model_object(model_id: str, *, created: int, owned_by: str) -> dict[str, Any]:
    """The vendor's ``model`` object."""
    return {"id": model_id, "object": "model", "created": created, "owned_by": owned_by}
