"""Any OpenAI-compatible endpoint, through streamed chat completions of the `openai` package.

The package's typed parser takes 0.1 ms per token and 0.15 ms per message. We use its raw response
with our own parser, which takes a sixth per token, and send messages through ``extra_body``, which
takes no time at all.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Set
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from assistants_app.domain.errors import RunFailure, RunStopped
from assistants_app.event_loop import process_loop
from assistants_app.providers.call_record import CallRecord
from assistants_app.providers.capabilities import Capabilities
from assistants_app.providers.chat import ChatDelta, ChatRequest, StopSignal
from assistants_app.providers.chat_names import writes_text
from assistants_app.providers.constrained_reply import Decoder
from assistants_app.providers.constrained_tools import Constrained, constrain, is_needed
from assistants_app.providers.deltas import DeltaReader
from assistants_app.providers.endpoint import Endpoint, ModelInfo
from assistants_app.providers.failures import (
    SERVER_ERROR,
    connection_failure,
    require_url,
    said_by,
    status_failure,
    where,
)
from assistants_app.providers.features import features_of_row, window_by_name
from assistants_app.providers.line import Line
from assistants_app.providers.opening import Open, open_stream

# A busy model may send its first byte late; a server that exists connects at once.
TIMEOUT = httpx2.Timeout(600.0, connect=10.0)
CLOSE_SECONDS = 1.0
LIMITS = httpx2.Limits(max_connections=512, max_keepalive_connections=64)
# Statuses with which servers refuse unknown parameters; llama.cpp used 500, OpenRouter uses 404.
REFUSALS = {400, 404, 422, 500, 501}
OPTIONAL = (
    "tool_choice",
    "parallel_tool_calls",
    "temperature",
    "top_p",
    "response_format",
    "max_completion_tokens",
    "reasoning_effort",
)


class OpenAICompatible:
    """The models of one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Open a client. Raises :class:`RunFailure` for an invalid base URL or key."""
        self.endpoint = endpoint
        self._capabilities = Capabilities()
        self._client = client_of(endpoint)
        self._answers: set[CallRecord] = set()

    @property
    def in_use(self) -> bool:
        """Whether an answer is being streamed."""
        return bool(self._answers)

    def close(self) -> None:
        """Close the idle connections."""
        close_client(self._client)

    async def stream(
        self, request: ChatRequest, *, stop: StopSignal, record: CallRecord | None = None
    ) -> AsyncGenerator[ChatDelta, None]:
        """See :class:`ChatModel`."""
        record = record or CallRecord()
        self._answers.add(record)
        try:
            sent, decoder, response = await self._open(request, stop, record)
            record.answered(response)
            line = Line(response)
            unsubscribe = stop.on_set(line.cut)
            reader = DeltaReader(sent, self.endpoint)
            try:
                # Each chunk is read by plain generators: with asynchronous ones, every token would
                # pass through several coroutines.
                async for received in self._read(response, line, reader):
                    deltas = record.watch(received)
                    for delta in decoder.decode(deltas) if decoder else deltas:
                        if stop.is_set():
                            raise RunStopped
                        yield delta
            except RunFailure:
                # A cut connection looks like a failure of the provider.
                if stop.is_set():
                    raise RunStopped from None
                raise
            finally:
                record.provider_reports(reader.reported())
                line.let_go()
                unsubscribe()
                await response.aclose()
        except (RunFailure, RunStopped) as error:
            record.failed(error)
            raise
        finally:
            self._answers.discard(record)
            record.ended()

    def list_models(self, *, timeout: float = 10.0) -> list[ModelInfo]:
        """See :class:`ChatModel`."""
        request = self._client.with_options(timeout=timeout).get("/models", cast_to=object)
        try:
            answer = process_loop.run(request)
        except openai.APIStatusError as error:
            raise status_failure(error, self.endpoint) from error
        except openai.APIConnectionError as error:
            raise connection_failure(error, self.endpoint) from error
        except ValueError:
            answer = None  # declared as JSON, but not JSON
        # Some servers return the list itself.
        rows = answer.get("data") if isinstance(answer, dict) else answer
        rows = rows if isinstance(rows, list) else []
        return [_model_info_of(row) for row in rows if isinstance(row, dict) and row.get("id")]

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
                    self._opener(body), endpoint=self.endpoint, stop=stop, again=record.retrying
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
        messages, model = body["messages"], body["model"]
        rest = {name: value for name, value in body.items() if name not in {"messages", "model"}}
        create = self._client.chat.completions.with_streaming_response.create

        async def open_once() -> httpx2.Response:
            # `extra_body` replaces the empty list, without the package's look at each message.
            opened: Any = await create(
                model=model, messages=[], extra_body={**rest, "messages": messages}
            ).__aenter__()
            response: httpx2.Response = opened.http_response
            return response

        return open_once

    async def _read(
        self, response: httpx2.Response, line: Line, reader: DeltaReader
    ) -> AsyncIterator[Iterator[ChatDelta]]:
        kind = response.headers.get("content-type", "")
        try:
            if kind.startswith("application/json"):
                yield reader.read_whole(await response.aread())
                return
            if kind.startswith("text/html"):
                raise RunFailure(
                    SERVER_ERROR,
                    f"{self.endpoint.name} returned a web page. Check that {where(self.endpoint)} "
                    "is the base URL of an OpenAI-compatible API; it usually ends with /v1.",
                )
            is_encoded = "content-encoding" in response.headers
            chunks = response.aiter_bytes() if is_encoded else response.aiter_raw()
            async for chunk in chunks:
                yield reader.feed(chunk)
                if reader.is_done:
                    await line.drain(chunks)
                    break
            yield reader.end()
        except httpx2.HTTPError as error:
            raise connection_failure(error, self.endpoint) from error


def client_of(endpoint: Endpoint) -> openai.AsyncOpenAI:
    """Return a client of the `openai` package for an endpoint, to be used on `process_loop`.

    Raises :class:`RunFailure` for an invalid base URL or key.
    """
    require_url(endpoint)
    return openai.AsyncOpenAI(
        base_url=endpoint.base_url,
        # Servers without keys ignore it, but the package requires one.
        api_key=_valid_key(endpoint) or "none",
        # `open_stream` retries, can be stopped and records each try.
        max_retries=0,
        http_client=httpx2.AsyncClient(
            timeout=TIMEOUT,
            limits=LIMITS,
            follow_redirects=True,
            # A proxy cannot reach this machine's own servers.
            trust_env=not is_loopback(endpoint.base_url),
        ),
    )


def close_client(client: openai.AsyncOpenAI) -> None:
    """Close the client's idle connections."""
    # Not for long, so that a blocked loop can't hold up the end of the process.
    with contextlib.suppress(TimeoutError):
        process_loop.submit(client.close()).result(CLOSE_SECONDS)


def is_loopback(url: str) -> bool:
    """Return whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _valid_key(endpoint: Endpoint) -> str:
    key = endpoint.api_key.strip()
    if not (key.isascii() and key.isprintable()):
        raise RunFailure(
            SERVER_ERROR,
            f"The API key of {endpoint.name} has invalid characters. Copy the key again.",
        )
    return key


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
