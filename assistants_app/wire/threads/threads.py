"""JSON of threads (schemas ``CreateThreadRequest``, ``ThreadObject``)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from assistants_app.domain import limits
from assistants_app.domain.configurations.origins import ANY_ORIGIN, OF_THREADS, origins_named
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.lists import ThreadFilter
from assistants_app.models import Thread
from assistants_app.wire import common
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.validation import Params


class ThreadModifyParams(Params):
    tool_resources: common.ToolResources | None = None
    metadata: common.Metadata | None = None


class ThreadCreateParams(ThreadModifyParams):
    messages: (
        Annotated[list[MessageCreateParams], Field(max_length=limits.MESSAGES_PER_REQUEST)] | None
    ) = None


def thread_filter(query: Mapping[str, str]) -> ThreadFilter:
    """Return the filter in a list's query string. Raises :class:`InvalidRequest`."""
    # The vendor has no such list, so these parameters are ours (docs/api.md).
    for name, value in query.items():
        if "\0" in name + value:
            raise InvalidRequest(
                f"Invalid '{name}': it contains a NUL character.", code="invalid_value"
            )
    # The SDKs write nested parameters with brackets: `metadata[customer]=42`.
    metadata = {
        name.removeprefix("metadata[").removesuffix("]"): value
        for name, value in query.items()
        if name.startswith("metadata[") and name.endswith("]")
    }
    return ThreadFilter(
        text=query.get("query", "").strip(),
        assistant_id=query.get("assistant_id", ""),
        metadata=metadata,
        created_from=_parse_time(query, "created_at[gte]"),
        created_until=_parse_time(query, "created_at[lte]"),
        origins=_parse_origin(query.get("origin", "")),
    )


def _parse_origin(origin: str) -> tuple[str, ...]:
    if origin and origin not in (*OF_THREADS, ANY_ORIGIN):
        known = ", ".join(f"'{name}'" for name in OF_THREADS)
        raise InvalidRequest(
            f"Invalid value: '{origin}'. Supported values are: {known}, and '{ANY_ORIGIN}'.",
            param="origin",
            code="invalid_value",
        )
    return origins_named(origin)


def _parse_time(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        return datetime.fromtimestamp(int(text), UTC)
    # Besides text: numbers that are too large for the platform's clock, such as 10**30.
    except (ValueError, OverflowError, OSError):
        raise InvalidRequest(
            f"Invalid type for '{name}': expected a time in seconds since 1970.",
            param=name,
            code="invalid_type",
        ) from None


def thread_object(thread: Thread) -> dict[str, Any]:
    """Return the vendor's ``thread`` object."""
    return {
        "id": thread.id,
        "object": "thread",
        "created_at": common.unix_time(thread.created_at),
        "metadata": thread.metadata,
        "tool_resources": thread.tool_resources,
    }
