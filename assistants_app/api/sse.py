"""Runs as server-sent events: the log's entries of one run, up to its end and ``[DONE]``."""

import json
from collections.abc import AsyncIterator

import redis
from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse

from assistants_app import conf
from assistants_app.domain import event_names, run_status
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.domain.tools import FILE_SEARCH
from assistants_app.events import log
from assistants_app.events.log import BEGINNING, Event, is_seq
from assistants_app.events.subscribe import LogLost, follow
from assistants_app.models import Run
from assistants_app.queries.connections import release_connection
from assistants_app.queries.runs.runs import find_run
from assistants_app.wire.runs.runs import run_object
from assistants_app.wire.runs.steps import without_search_content

DONE = b"event: done\ndata: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"
STEP_COMPLETED = event_names.step_event(run_status.COMPLETED)
ENDED = (*run_status.TERMINAL, run_status.REQUIRES_ACTION)


def log_position(thread_id: str) -> str:
    """Where the thread's log ends now. Raises a 503 while the log is away: nothing was begun yet,
    and a stream that begins at the wrong place would end too early.
    """
    try:
        return log.last_seq(thread_id)
    except redis.RedisError:
        raise log_away() from None


def log_away() -> ApiError:
    """Nothing can be streamed now."""
    return ApiError(
        "The event log is not available, so nothing can be streamed. Please retry.",
        type="server_error",
        http_status=503,
    )


class EventStream(StreamingHttpResponse):
    """Server-sent events that no proxy holds back."""

    def __init__(self, frames: AsyncIterator[bytes]) -> None:
        super().__init__(
            frames,
            content_type="text/event-stream; charset=utf-8",
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )


class RunStream(EventStream):
    """The run's events after `after`, as they come."""

    def __init__(self, run: Run, after: str, search_content: bool) -> None:
        super().__init__(_frames(run, after, search_content))
        self.run_id, self.after = run.id, after


def run_stream(run: Run, *, after: str, search_content: bool = False) -> RunStream:
    """The run's events after `after`; it holds no database connection while it waits for them.

    `search_content`: steps are shown with what file search found (``include[]``).
    """
    release_connection()
    return RunStream(run, after, search_content)


def events_after(request: HttpRequest) -> str:
    """The seq that ``after``, or a browser's ``Last-Event-ID``, names. Raises
    :class:`InvalidRequest`.
    """
    after = request.GET.get("after") or request.headers.get("Last-Event-ID") or BEGINNING
    if not is_seq(after):
        raise InvalidRequest(
            f"Invalid value: '{after}'. Expected the id of an event.",
            param="after",
            code="invalid_value",
        )
    return after


def thread_stream(thread_id: str, after: str) -> EventStream:
    """The thread's events after `after`, each with its seq as id, until the thread is deleted.

    Raises a 410 :class:`ApiError` when the log does not reach back so far.
    """
    try:
        reaches = log.reaches(thread_id, after)
    except redis.RedisError:
        raise log_away() from None
    if not reaches:
        raise ApiError(
            f"The events after {after} are not kept any more. Read the thread's messages and runs, "
            "and begin anew without 'after'.",
            param="after",
            code="events_expired",
            http_status=410,
        )
    release_connection()
    return EventStream(_thread_frames(thread_id, after))


async def _thread_frames(thread_id: str, after: str) -> AsyncIterator[bytes]:
    try:
        async for batch in follow(thread_id, after=after, idle=conf.SSE_HEARTBEAT_SECONDS):
            frames = [
                f"id: {event.seq}\nevent: {event.name}\ndata: {_without_content(event)}\n\n"
                for event in batch
                if not event.name.startswith(event_names.OWN_PREFIX)
            ]
            yield "".join(frames).encode() or KEEP_ALIVE
            if any(event.name == event_names.THREAD_DELETED for event in batch):
                yield error_frame("The thread was deleted.", code="thread_deleted")
                return
    except LogLost:
        yield error_frame("The event log was lost. Read the thread anew.", code="events_expired")


async def _frames(run: Run, after: str, search_content: bool) -> AsyncIterator[bytes]:
    """Ends whatever happens to the log: a reader that hears nothing looks at the run's row."""
    while True:
        try:
            async for batch in follow(run.thread_id, after=after, idle=conf.SSE_HEARTBEAT_SECONDS):
                frames, ended = _of_batch(batch, run.id, search_content)
                if frames:
                    yield frames
                if ended:
                    yield DONE
                    return
                if not batch:
                    yield KEEP_ALIVE
                    if last := await _last_frame(run.id):
                        yield last + DONE
                        return
        except LogLost:
            after = BEGINNING
            if last := await _last_frame(run.id):
                yield last + DONE
                return


def _of_batch(batch: list[Event], run_id: str, search_content: bool) -> tuple[bytes, bool]:
    frames: list[str] = []
    for event in batch:
        if event.run_id == run_id or event.name == event_names.THREAD_CREATED:
            data = event.data if search_content else _without_content(event)
            frames.append(f"event: {event.name}\ndata: {data}\n\n")
            if event.name in event_names.STREAM_END:
                return "".join(frames).encode(), True
    return "".join(frames).encode(), False


def _without_content(event: Event) -> str:
    """The event's data without the passages that file search found."""
    if event.name != STEP_COMPLETED or f'"{FILE_SEARCH}"' not in event.data:
        return event.data
    return json.dumps(without_search_content(event.content))


def error_frame(message: str, *, code: str) -> bytes:
    """The vendor's ``error`` event. Its document has the error itself as data, its SDKs look for it
    under ``error``: here are both.
    """
    error = {"message": message, "type": "server_error", "param": None, "code": code}
    return f"event: error\ndata: {json.dumps({**error, 'error': error})}\n\n".encode()


def _find_run(run_id: str) -> Run | None:
    try:
        return find_run(run_id)
    finally:
        release_connection()


async def _last_frame(run_id: str) -> bytes:
    """The closing event of a run that has ended without this reader hearing of it."""
    run = await sync_to_async(_find_run)(run_id)
    if run is None:
        return error_frame("The run was deleted.", code="run_deleted")
    if run.status not in ENDED:
        return b""
    name = event_names.run_event(run.status)
    return f"event: {name}\ndata: {json.dumps(run_object(run))}\n\n".encode()
