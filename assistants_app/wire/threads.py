"""Threads on the wire (schemas ``CreateThreadRequest``, ``ThreadObject``)."""

from typing import Annotated, Any

from pydantic import Field

from assistants_app.domain import limits
from assistants_app.models import Thread
from assistants_app.wire import common
from assistants_app.wire.messages import MessageCreateParams
from assistants_app.wire.validation import Params


class ThreadModifyParams(Params):
    tool_resources: common.ToolResources | None = None
    metadata: common.Metadata | None = None


class ThreadCreateParams(ThreadModifyParams):
    messages: (
        Annotated[list[MessageCreateParams], Field(max_length=limits.MESSAGES_PER_REQUEST)] | None
    ) = None


def thread_object(thread: Thread) -> dict[str, Any]:
    """The vendor's ``thread`` object."""
    return {
        "id": thread.id,
        "object": "thread",
        "created_at": common.unix_time(thread.created_at),
        "metadata": thread.metadata,
        "tool_resources": thread.tool_resources,
    }
