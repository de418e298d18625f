"""Streams of server-sent events, read from a thread's event log."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence

import redis
from django.db import Error as DatabaseFailure

from assistants_app import conf
from assistants_app.api.hops import hop
from assistants_app.api.request import ApiRequest
from assistants_app.api.responses import StreamedResponse, error_event, event_stream
from assistants_app.domain import event_names, run_status
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.domain.tools import FILE_SEARCH
from assistants_app.events import log
from assistants_app.events.from_rows import events_from_rows, is_in_log
from assistants_app.events.log import BEGINNING, Event, NewEvent, is_seq
from assistants_app.events.memory import had_room_lately, require_room
from assistants_app.events.subscribe import LogLost, follow
from assistants_app.faults import Fault, fault_of
from assistants_app.models import Run
from assistants_app.queries.runs.runs import find_run
from assistants_app.services import receipts
from assistants_app.wire.runs.runs import run_object
from assistants_app.wire.runs.steps import without_search_content

DONE = b"event: done\ndata: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"
AGAIN_SECONDS = 1.0  # between two looks at a database that can't be reached
_SEARCHED = f'"{FILE_SEARCH}"'.encode()
STEP_COMPLETED = event_names.step_event(run_status.COMPLETED)
ENDED = (*run_status.TERMINAL, run_status.REQUIRES_ACTION)


def log_position(thread_id: str) -> str:
    """Return the position at which the thread's log ends now.

    Raises :class:`ApiError` like :func:`require_log`.
    """
    # From a wrong position, the stream would find the end of an earlier run and stop too soon.
    require_log()
    # Redis may take long to answer, and a retry has to see that this request is carried out.
    receipts.send_claim()
    try:
        return log.last_seq(thread_id)
    except redis.RedisError:
        raise log_away() from None


def require_log() -> None:
    """Raise :class:`ApiError` with status 503 if Redis is unavailable or its memory is full.

    Called before a run is created, so that the error leaves nothing behind.
    """
    if not had_room_lately():
        receipts.send_claim()
    try:
        require_room()
    except redis.RedisError as error:
        if fault_of(error) is Fault.FULL:
            raise log_away("full") from None
        raise log_away() from None


def log_away(state: str = "not available") -> ApiError:
    """Return the error for a stream that can't be had now."""
    return ApiError(
        f"The event log is {state}, so nothing can be streamed. Please retry, or create the run "
        "without 'stream' and retrieve it until it has ended.",
        type="server_error",
        http_status=503,
    )


def run_stream(run: Run, *, after: str, search_content: bool = False) -> StreamedResponse:
    """Return a stream of the run's events after `after`, up to its end and ``[DONE]``.

    With `search_content`, results of file search contain the text of their chunks (``include[]``).
    """
    return event_stream(_run_frames(run, after, search_content))


def events_after(request: ApiRequest) -> str:
    """Return the event number from the parameter ``after`` or the header ``Last-Event-ID``.

    Raises :class:`InvalidRequest` if it is not one.
    """
    # A browser's EventSource sends the header by itself when it reconnects.
    after = request.query.get("after") or request.headers.get("last-event-id") or BEGINNING
    if not is_seq(after):
        raise InvalidRequest(
            f"Invalid value: '{after}'. Expected the id of an event.",
            param="after",
            code="invalid_value",
        )
    return after


def thread_stream(thread_id: str, after: str) -> StreamedResponse:
    """Return a stream of the thread's events after `after`, until the thread is deleted.

    Each event has its number in the log as its id. Raises :class:`ApiError` with status 410 if the
    log no longer has the event `after`, and with 503 if Redis is unavailable.
    """
    try:
        reaches = log.reaches(thread_id, after)
    except redis.RedisError:
        raise log_away() from None
    if not reaches:
        raise ApiError(
            f"The events after '{after}' are no longer available. Read the thread's messages and "
            "runs, then stream again without 'after'.",
            param="after",
            code="events_expired",
            http_status=410,
        )
    return event_stream(_thread_frames(thread_id, after))


async def _thread_frames(thread_id: str, after: str) -> AsyncGenerator[bytes, None]:
    try:
        async for batch in follow(thread_id, after=after, idle=conf.SSE_HEARTBEAT_SECONDS):
            # Our own events, such as results of tool calls, are for the page only.
            frames = [
                b"id: %b\n%b" % (event.seq.encode(), _without_content(event))
                for event in batch
                if not event.name.startswith(event_names.OWN_PREFIX)
            ]
            yield b"".join(frames) or KEEP_ALIVE
            if any(event.name == event_names.THREAD_DELETED for event in batch):
                yield error_frame("The thread was deleted.", code="thread_deleted")
                return
    except LogLost:
        yield error_frame("The event log was lost. Read the thread again.", code="events_expired")


async def _run_frames(run: Run, after: str, search_content: bool) -> AsyncGenerator[bytes, None]:
    # A repeated request for a run that has ended. Its log expires soon after (docs/adr/0017).
    if run.status in ENDED and (whole := await _past_frames_of(run, after, search_content)):
        yield whole + DONE
        return
    # Every stream ends, whatever happens to the log: when nothing was heard for a while, or the log
    # was lost, the run's row says whether it has ended.
    while True:
        try:
            async for batch in follow(run.thread_id, after=after, idle=conf.SSE_HEARTBEAT_SECONDS):
                frames, ended = _frames_of(batch, run.id, search_content)
                if ended:
                    yield frames + DONE
                    return
                if frames:
                    yield frames
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


async def _past_frames_of(run: Run, after: str, search_content: bool) -> bytes:
    # The response has begun, so it waits for a database that can't be reached.
    while True:
        try:
            return await hop(_past_frames, run, after, search_content)
        except DatabaseFailure as error:
            if fault_of(error) is None:
                raise
        await asyncio.sleep(AGAIN_SECONDS)


def _past_frames(run: Run, after: str, search_content: bool) -> bytes:
    """Return the frames of the run as its rows have it, or nothing if they are still in the log."""
    if is_in_log(run, after):
        return b""
    return _frames_of(list(events_from_rows(run, after)), run.id, search_content)[0]


def _frames_of(
    batch: Sequence[Event | NewEvent], run_id: str, search_content: bool
) -> tuple[bytes, bool]:
    # The bytes that the writer made, as they are: a token takes 0.01 ms here.
    frames: list[bytes] = []
    for event in batch:
        # The log has all runs of the thread. `thread.created` belongs to no run, and starts the
        # stream of a request that creates thread and run at once.
        if event.run_id == run_id or event.name == event_names.THREAD_CREATED:
            if event.name.startswith(event_names.OWN_PREFIX):
                continue
            frames.append(event.sse if search_content else _without_content(event))
            if event.name in event_names.STREAM_END:
                return b"".join(frames), True
    return b"".join(frames), False


def _without_content(event: Event | NewEvent) -> bytes:
    # Only a completed step has results. The search in its bytes spares the others the JSON parser.
    if event.name != STEP_COMPLETED or _SEARCHED not in event.sse:
        return event.sse
    data = json.dumps(without_search_content(json.loads(event.data)))
    return NewEvent(event.name, event.run_id, data).sse


def error_frame(message: str, *, code: str) -> bytes:
    """Return the vendor's ``error`` event for a stream that can't go on."""
    return error_event(ApiError(message, type="server_error", code=code))


async def _last_frame(run_id: str) -> bytes:
    # The closing event, if the run has ended and this reader missed it.
    try:
        run = await hop(find_run, run_id)
    except DatabaseFailure as error:
        if fault_of(error) is None:
            raise
        return b""  # the next look may succeed
    if run is None:
        return error_frame("The run was deleted.", code="run_deleted")
    if run.status not in ENDED:
        return b""
    name = event_names.run_event(run.status)
    return f"event: {name}\ndata: {json.dumps(run_object(run))}\n\n".encode()
