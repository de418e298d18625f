"""Any OpenAI-compatible endpoint, through streamed chat completions of the `openai` package.

The package's typed parser takes 0.1 ms per token and 0.15 ms per message. We send plain JSON with
its general method for requests, and read its raw response with our own parser, which takes 0.005 ms
per token.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Set
from typing import Any

import httpx2
import openai

from assistants_app.domain.errors import ProviderFault, RunFailure, RunStopped
from assistants_app.event_loop import process_loop
from assistants_app.providers.call_record import CallRecord
from assistants_app.providers.capabilities import Capabilities
from assistants_app.providers.chat import ChatDelta, ChatRequest, StopSignal
from assistants_app.providers.chat_names import writes_text
from assistants_app.providers.clients import client_of, close_client
from assistants_app.providers.constrained_reply import Decoder
from assistants_app.providers.constrained_tools import Constrained, constrain, is_needed
from assistants_app.providers.deltas import DeltaReader
from assistants_app.providers.endpoint import Endpoint, ModelInfo
from assistants_app.providers.failures import (
    SERVER_ERROR,
    connection_failure,
    said_by,
    status_failure,
    web_page,
)
from assistants_app.providers.features import features_of_row, window_by_name
from assistants_app.providers.http.transport import raw_pieces
from assistants_app.providers.opening import Line, Open, open_stream
from assistants_app.providers.outbound.transport import within

# Statuses with which servers refuse unknown parameters; llama.cpp used 500, OpenRouter uses 404.
REFUSALS = {400, 404, 422, 500, 501}
MOST_MODELS = 10_000  # of an endpoint's list; OpenRouter's has 400
WHOLE_SECONDS = 600.0  # for the body of a reply that isn't streamed
OPTIONAL = (
    "tool_choice",
    "parallel_tool_calls",
    "temperature",
    "top_p",
    "response_format",
    "max_completion_tokens",
    "reasoning_effort",
    "seed",
)


class OpenAICompatible:
    """The models of one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Open a client. Raises :class:`RunFailure` for an invalid base URL or key."""
        self.endpoint = endpoint
        self._capabilities = Capabilities()
        self._client = client_of(endpoint)
        self._streams = 0

    @property
    def in_use(self) -> bool:
        """Whether an answer is being streamed."""
        return self._streams > 0

    def close(self) -> None:
        """Close the idle connections."""
        close_client(self._client)

    async def stream(
        self, request: ChatRequest, *, stop: StopSignal, record: CallRecord | None = None
    ) -> AsyncGenerator[ChatDelta, None]:
        """See :class:`ChatModel`."""
        record = record or CallRecord()
        self._streams += 1
        try:
            sent, decoder, response = await self._open(request, stop, record)
            record.answered(response)
            line = Line(response)
            unsubscribe = stop.on_set(line.cut)
            reader = DeltaReader(sent, self.endpoint)
            try:
                # Each chunk is read by plain generators: with asynchronous ones, every token
                # would pass through several coroutines.
                async for received in self._read(response, line, reader):
                    deltas = record.watch(received)
                    for delta in decoder.decode(deltas) if decoder else deltas:
                        if stop.is_set():
                            raise RunStopped
                        yield delta
            finally:
                record.provider_reports(reader.reported())
                line.let_go()
                unsubscribe()
                await response.aclose()
        except RunStopped as stopped:
            record.failed(stopped)
            raise
        except RunFailure as failure:
            # A cut connection looks like a failure of the provider.
            if stop.is_set():
                ended = RunStopped()
                record.failed(ended)
                raise ended from None
            record.failed(failure)
            raise
        finally:
            self._streams -= 1
            record.ended()

    def list_models(self, *, timeout: float = 10.0) -> list[ModelInfo]:
        """See :class:`ChatModel`."""
        try:
            answer = process_loop.run(self._request_models(timeout))
        except openai.APIStatusError as error:
            raise status_failure(error, self.endpoint) from error
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            raise connection_failure(error, self.endpoint) from error
        except ValueError:
            answer = None  # declared as JSON, but not JSON
        # Some servers return the list itself.
        rows = answer.get("data") if isinstance(answer, dict) else answer
        rows = rows if isinstance(rows, list) else []
        named = [row for row in rows if isinstance(row, dict) and row.get("id")]
        return [_model_info_of(row) for row in named[:MOST_MODELS]]

    async def _request_models(self, seconds: float) -> Any:
        client = self._client.with_options(timeout=seconds)
        # The client's own timeout is for each read, and begins again with every byte.
        async with within(seconds):
            return await client.get("/models", cast_to=object)

    def refused(self, model: str) -> Set[str]:
        """See :class:`ChatModel`."""
        return self._capabilities.refused(model)

    def _constrain_if_needed(self, request: ChatRequest) -> Constrained | None:
        native = self.endpoint.native_tools
        if native is None:
            native = not self._capabilities.lacks_tools(request.model)
        return constrain(request) if not native and is_needed(request) else None

    async def _open(
        self, request: ChatRequest, stop: StopSignal, record: CallRecord
    ) -> tuple[ChatRequest, Decoder | None, httpx2.Response]:
        # Returns the request that was sent, what decodes its answer, and the response after its
        # headers.
        constrained = self._constrain_if_needed(request)
        sent = constrained.request if constrained else request
        response = await self._open_once_known(sent, stop, record)
        if response is None:
            constrained = constrain(request)
            sent = constrained.request
            response = await self._open_once_known(sent, stop, record)
            assert response is not None, "a request without tools is not refused for its tools"
        return sent, constrained.decoder() if constrained else None, response

    async def _open_once_known(
        self, request: ChatRequest, stop: StopSignal, record: CallRecord
    ) -> httpx2.Response | None:
        # Returns the response after its headers, or None if the model turns out to have no tool
        # calls of its own. Asks again without what the model turns out not to know.
        may_constrain = self.endpoint.native_tools is None and bool(request.tools)
        while True:
            body = self._capabilities.adapt(request.model, _body(request))
            record.sending(self.endpoint, body)
            try:
                return await open_stream(
                    self._opener(body),
                    endpoint=self.endpoint,
                    stop=stop,
                    again=record.retrying,
                )
            except openai.APIStatusError as error:
                said = said_by(error)
                if error.status_code in REFUSALS:
                    if may_constrain and self._capabilities.learn_about_tools(request.model, said):
                        record.retrying("asked without native tools", error)
                        return None
                    if self._capabilities.learn(request.model, body, said):
                        record.retrying("asked without what it refused", error)
                        continue
                raise status_failure(error, self.endpoint, request.model) from error

    def _opener(self, body: dict[str, Any]) -> Open:
        async def open_once() -> httpx2.Response:
            # The package's own method for chat completions looks at each parameter and message.
            opened: Any = await self._client.post(
                "/chat/completions",
                body=body,
                cast_to=httpx2.Response,
                # With both, the package returns the response as it is, after its headers.
                stream=True,
                stream_cls=openai.AsyncStream[object],
                options={"security": {"bearer_auth": True}},
            )
            response: httpx2.Response = opened
            return response

        return open_once

    async def _read(
        self, response: httpx2.Response, line: Line, reader: DeltaReader
    ) -> AsyncIterator[Iterator[ChatDelta]]:
        kind = response.headers.get("content-type", "")
        try:
            if kind.startswith("application/json"):
                async with within(WHOLE_SECONDS):
                    body = await response.aread()
                yield reader.read_whole(body)
                return
            if kind.startswith("text/html"):
                fault = ProviderFault(passing=False)
                raise RunFailure(SERVER_ERROR, web_page(self.endpoint), fault=fault)
            is_encoded = "content-encoding" in response.headers
            chunks = response.aiter_bytes() if is_encoded else raw_pieces(response)
            async for chunk in chunks:
                yield reader.feed(chunk)
                if reader.is_done:
                    await line.drain(chunks)
                    break
            yield reader.end()
        except httpx2.HTTPError as error:
            raise connection_failure(error, self.endpoint) from error


def _body(request: ChatRequest) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "messages": request.messages,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.tools:
        body["tools"] = request.tools
    for name in OPTIONAL:
        if (value := getattr(request, name)) is not None:
            body[name] = value
    return body


def _model_info_of(row: dict[str, Any]) -> ModelInfo:
    meta = row["meta"] if isinstance(row.get("meta"), dict) else {}
    # vLLM, OpenRouter, llama.cpp (twice): the list of OpenAI itself has no window.
    windows = (
        row.get("max_model_len"),
        row.get("context_length"),
        meta.get("n_ctx"),
        meta.get("n_ctx_train"),
    )
    known = (size for size in windows if isinstance(size, int) and size)
    created = row.get("created")
    return ModelInfo(
        id=str(row["id"]),
        created=int(created) if isinstance(created, int | float) else 0,
        owned_by=str(row.get("owned_by") or "unknown"),
        context_window=next(known, None) or window_by_name(str(row["id"])),
        features=features_of_row(str(row["id"]), row),
        writes_text=writes_text(str(row["id"]), row),
    )
