"""The way of one request to an endpoint, and of its response to the client."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial

from assistants_app import conf
from assistants_app.api.hops import hop
from assistants_app.api.responses import AnyResponse, BrokenOff, Response, StreamedResponse
from assistants_app.domain.errors import ApiError
from assistants_app.domain.money.limits import Caller
from assistants_app.gateway.prices import place_of_endpoint
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.passing.upstream import (
    Upstream,
    UpstreamFailed,
    send_upstream,
    without_secrets,
)
from assistants_app.providers.passing.usage import BodyScanner, EventScanner
from assistants_app.services.project.direct_calls import Call, record_call
from assistants_app.wire.direct import DirectRequest

logger = logging.getLogger(__name__)

_endings: set[asyncio.Task[None]] = set()  # the event loop itself only has weak references


class Passing:
    """A request that is passed on once. Whatever becomes of it is recorded for the usage page."""

    def __init__(
        self,
        endpoint: Endpoint,
        path: str,
        direct: DirectRequest,
        *,
        project_id: str,
        caller: Caller,
        accept: str,
    ) -> None:
        self._endpoint, self._path, self._direct = endpoint, path, direct
        self._project_id, self._caller, self._accept = project_id, caller, accept
        self._started_at = datetime.now(UTC)
        self._first_token_at: datetime | None = None
        self._status: int | None = None
        self._usage: dict[str, int] = {}

    async def respond(self) -> AnyResponse:
        """Return the endpoint's response. Raises :class:`ApiError` if there is none."""
        upstream: Upstream | None = None
        is_streamed = False
        try:
            upstream = await send_upstream(
                self._endpoint,
                f"/{self._path}",
                self._direct.body,
                accept=self._accept,
                seconds=conf.DIRECT_CALL_SECONDS,
            )
            self._status = upstream.status
            kind = upstream.headers.pop("content-type", "application/octet-stream")
            if upstream.status >= 400:
                body = await upstream.error_body()
                return Response(body, upstream.status, headers=upstream.headers)
            is_streamed = True
            chunks = self._chunks(upstream, kind.startswith("text/event-stream"))
            return StreamedResponse(chunks, upstream.status, kind, upstream.headers)
        except UpstreamFailed as failure:
            raise _error(failure) from failure
        finally:
            if not is_streamed:
                await self._end(upstream)

    async def _chunks(self, upstream: Upstream, are_events: bool) -> AsyncGenerator[bytes, None]:
        scanner: EventScanner | BodyScanner = BodyScanner()
        if are_events:
            scanner = EventScanner(
                hides_usage=self._direct.hides_usage,
                redact=partial(without_secrets, self._endpoint),
            )
        try:
            async with aclosing(upstream.chunks()) as chunks:
                async for chunk in chunks:
                    self._first_token_at = self._first_token_at or datetime.now(UTC)
                    if passed := scanner.feed(chunk):
                        yield passed
            if rest := scanner.end():
                yield rest
        except UpstreamFailed as failure:
            logger.warning("A response broke off: %s", failure.message)
            self._status = None
            if not are_events:
                raise BrokenOff from failure
            # As the vendor reports an error within a stream. The SDKs raise it.
            error = json.dumps(_error(failure).body())
            yield scanner.end() + f"\n\ndata: {error}\n\n".encode()
        finally:
            self._usage = scanner.usage
            await self._end(upstream)

    async def _end(self, upstream: Upstream | None) -> None:
        # A client that closes its connection after the last byte cancels this request, and what it
        # used counts all the same.
        ending = asyncio.create_task(self._close_and_record(upstream))
        _endings.add(ending)
        ending.add_done_callback(_endings.discard)
        await asyncio.shield(ending)

    async def _close_and_record(self, upstream: Upstream | None) -> None:
        if upstream:
            await upstream.close()
        call = Call(
            project_id=self._project_id,
            caller=self._caller,
            place=place_of_endpoint(self._endpoint),
            kind=self._path,
            model=self._direct.model,
            started_at=self._started_at,
            first_token_at=self._first_token_at,
            ended_at=datetime.now(UTC),
            status=self._status,
            usage=self._usage,
        )
        try:
            await hop(record_call, call)
        except Exception:
            # The client has its response, so this isn't its problem.
            logger.exception("The usage of a request to %s isn't recorded", self._endpoint.name)


def _error(failure: UpstreamFailed) -> ApiError:
    return ApiError(
        failure.message,
        type="server_error",
        code="endpoint_timeout" if failure.timed_out else "endpoint_unavailable",
        http_status=504 if failure.timed_out else 502,
    )
