"""Record requests that the API passed on to a model endpoint."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from assistants_app.models import DirectCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that has ended. `status` is None if the endpoint didn't respond."""

    project_id: str
    api_key_id: str
    kind: str
    model: str
    started_at: datetime
    first_token_at: datetime | None
    ended_at: datetime
    status: int | None
    usage: dict[str, int]


@transaction.atomic(durable=True)
def record_call(call: Call) -> None:
    """Keep the times and tokens of a request."""
    DirectCall.objects.create(
        project_id=call.project_id,
        api_key_id=call.api_key_id,
        kind=call.kind,
        model=call.model,
        created_at=call.started_at,
        first_token_at=call.first_token_at,
        ended_at=call.ended_at,
        status=call.status,
        usage=call.usage,
    )
