"""No text makes the code that reads it slow: each entry takes linear time for hostile text."""

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from assistants_app.api import multipart
from assistants_app.api.addresses import invalid_url, is_from_api_client
from assistants_app.api.part_names import file_name
from assistants_app.api.urls import router
from assistants_app.domain import limits, mocks
from assistants_app.domain.configurations.variables import marks
from assistants_app.domain.errors import ApiError
from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.searches import query_rewriting
from assistants_app.domain.tokens import count_tokens
from assistants_app.domain.words.differences import differences, split_words
from assistants_app.domain.words.marking import mark_words
from assistants_app.domain.words.searches import exact_query, question_terms
from assistants_app.domain.words.vectors import plain_vector, stemmed_vector
from assistants_app.engine.annotated_text import AnnotatedText
from assistants_app.engine.annotations import Sources
from assistants_app.gateway import base_urls
from assistants_app.providers import bounded_json, capabilities, constrained_reply, failures
from assistants_app.providers.outbound import quoting
from assistants_app.rendering.api_code.samples import provider_curl
from assistants_app.rendering.text import blocks
from assistants_app.rendering.text.links import links_in
from assistants_app.rendering.text.markdown import render_typed
from assistants_app.rendering.text.markdown_source import reply_source
from assistants_app.rendering.text.unseen import with_unseen
from assistants_app.retrieval.chunk import chunks_of
from assistants_app.retrieval.extract import encoding
from assistants_app.retrieval.extract.document import Builder, tidy
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.notation.bidi import in_reading_order
from assistants_app.retrieval.extract.readers import markdown, tex
from assistants_app.retrieval.extract.separated import rows_of
from assistants_app.services.project import guesses
from assistants_app.tools.code_interpreter.arguments import CodeArgument
from assistants_app.wire import files, strict_schemas
from assistants_app.wire.file_names import base_name
from assistants_app.wire.functions.openapi_import import OPERATIONS, read_operations
from assistants_app.wire.json_bodies import read_json
from assistants_app.wire.lists import page_params
from assistants_app.wire.stores.search import SearchParams
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.validation import parse
from playground.origins import is_own_page
from tests.hostile import BOUND, SIZE, TEXTS, slow_texts


class NoSources(Sources):
    """A thread without files and searches, which needs no database."""

    def link(self, *_: object, **__: object) -> None:
        """Find no file."""

    def mark(self, *_: object, **__: object) -> None:
        """Find no citation."""


Entry = Callable[[str], object]


def refused(entry: Entry) -> Entry:
    """Return the entry, which may refuse a text with an error of the API."""

    def call(text: str) -> object:
        try:
            return entry(text)
        except ApiError as error:
            return error

    return call


def fails_with(error: type[Exception], entry: Entry) -> Entry:
    """Return the entry, which may refuse a text with an error of its own."""

    def call(text: str) -> object:
        with suppress(error):
            return entry(text)
        return None

    return call


def in_json(name: str, text: str) -> bytes:
    return json.dumps({name: text}, ensure_ascii=False).encode("utf-8", "replace")


def schema_named(text: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {text: {"type": "string", "enum": [text]}},
        "required": [text],
        "additionalProperties": False,
    }


def openapi_named(text: str) -> bytes:
    operation = {"operationId": text, "summary": text, "description": text}
    document = {"openapi": "3.0.0", "paths": {f"/{text}": {"get": operation}}}
    return json.dumps(document).encode()


def chunked(text: str) -> object:
    builder = Builder(10 * SIZE)
    builder.raw(text)
    return list(chunks_of(builder.build()))


def annotated(text: str) -> object:
    written = AnnotatedText(NoSources("thread"))
    step = max(1, len(text) // 20)
    pieces = [written.write(text[at : at + step]) for at in range(0, len(text), step)]
    return [*pieces, written.end()]


def code_in_pieces(text: str) -> object:
    argument = CodeArgument()
    step = max(1, len(text) // 20)
    return [argument.feed(text[at : at + step]) for at in range(0, len(text), step)]


# A new entry is a line here.
ENTRIES: dict[str, Entry] = {
    "query rewriting": query_rewriting.rewritten,
    "question or query": query_rewriting.is_question,
    "query of a model": query_rewriting.query_in,
    "search parameters": refused(lambda text: parse(SearchParams, {"query": text})),
    "citation marks": lambda text: CITATION_MARK.findall(text),
    "links and marks of a reply": annotated,
    "words of a message": lambda text: plain_vector([text]),
    "words of a chunk": lambda text: stemmed_vector([text]),
    "words of a search": exact_query,
    "words of a question": lambda text: question_terms(text, limit=32),
    "words to mark in a hit": lambda text: mark_words(text, text[:100]),
    "message of a person": render_typed,
    "links in a message": lambda text: list(links_in(text)),
    # Linear too, but the parser takes 10 microseconds for a character.
    "message in an export": lambda text: reply_source(text[: SIZE // 4], 2),
    "characters that can't be seen": with_unseen,
    "line of a PDF": lambda text: in_reading_order(text, page_from_right=True),
    "rows of a table": lambda text: list(rows_of(text)),
    "bytes of a file": lambda text: encoding.decode(text.encode("utf-8", "replace") + b"\xff"),
    "name of a file in a form": refused(lambda text: file_name(text)),
    "path of a file": base_name,
    "variables of instructions": marks,
    "placeholders of a mock": lambda text: mocks._PLACEHOLDER.findall(text),
    "text for a mock's pattern": lambda text: mocks.matches(text, "*a*b?c*d*e"),
    "pattern of a mock": lambda text: mocks.matches("ab" * 5_000, text[:256]),
    "open code of a reply": blocks._open_fence,
    "words of a diff": split_words,
    "differences of two answers": lambda text: differences(text, f"{text[1:]}."),
    "image in a provider call": bounded_json._replace_image,
    "refusal of a provider": capabilities._UNKNOWN.search,
    "failure of a provider": failures.CONTEXT_WORDS.search,
    "reason of another server": quoting.reason_in,
    "reason in JSON": lambda text: quoting.reason_in(json.dumps({"error": {"message": text}})),
    "address of a client": lambda text: guesses.address_of(text, text),
    "cookie of a device": lambda text: guesses._known_device(text, text),
    "reply in our JSON": constrained_reply._HEAD.match,
    "text before our JSON": constrained_reply._MAYBE_HEAD.match,
    "code in JSON": lambda text: code_in_pieces(f'{{"code": "{text}'),
    "code or JSON": code_in_pieces,
    "tokens": count_tokens,
    "text of a file": tidy,
    "encoding of a file": lambda text: encoding.NAMED.findall(text.encode("utf-8", "replace")),
    "headings of Markdown": lambda text: list(markdown.headings(text)),
    "headings of TeX": lambda text: tex.HEADING.findall(text),
    "chunks of a file": chunked,
    "JSON of a request": refused(lambda text: read_json(in_json("name", text))),
    "name in JSON of a request": refused(lambda text: read_json(in_json(text, "value"))),
    "content of a message": refused(
        lambda text: parse(MessageCreateParams, {"role": "user", "content": text})
    ),
    "parameter of a list": refused(lambda text: page_params({"limit": text, "after": text})),
    "name of a form's field": lambda text: files.NESTED_FIELD.fullmatch(text),
    "MIME type of a file": lambda text: re.match(files.MIME_TYPE, text),
    "boundary of a form": lambda text: multipart.BOUNDARY.fullmatch(text),
    "name of a file": lambda text: multipart.ESCAPED.sub("", text),
    "names in a schema": lambda text: strict_schemas.fault_of(schema_named(text), strict=True),
    "names in OpenAPI": refused(lambda text: read_operations(openapi_named(text))),
    "address of a request": lambda text: invalid_url("GET", f"/{text}", lambda path: False),
    "path of a request": lambda text: router.find(f"/v1/{text}"),
    "sender of a request": lambda text: is_from_api_client(f"/{text}", {"accept": text}),
    "base URL of an endpoint": fails_with(ValueError, base_urls.tidy),
    "origin of a websocket": lambda text: is_own_page(
        {"headers": [(b"origin", text.encode()), (b"host", text.encode())]}
    ),
    "request as curl": lambda text: provider_curl({"url": text, "body": {text: [text]}}),
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_hostile_text_takes_linear_time(entry: str) -> None:
    assert list(slow_texts(ENTRIES[entry])) == []


def test_the_harness_finds_quadratic_code() -> None:
    def quadratic(text: str) -> None:
        for at in range(0, len(text), 10):
            sorted(text[at:])

    assert next(slow_texts(quadratic))


def seconds(call: Callable[[], object]) -> float:
    started = time.thread_time()
    call()
    return time.thread_time() - started


def test_a_schema_of_5000_properties() -> None:
    names = [f"property_{number}" for number in range(5_000)]
    schema = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": list(reversed(names)),
        "additionalProperties": False,
    }
    assert seconds(lambda: strict_schemas.fault_of(schema, strict=True)) < BOUND


def test_operations_of_one_name() -> None:
    paths = {f"/{number}": {"get": {"operationId": "same"}} for number in range(20_000)}
    document = json.dumps({"openapi": "3.0.0", "paths": paths})
    read = refused(lambda text: read_operations(text.encode()))
    json_takes = seconds(lambda: json.loads(document))
    assert seconds(lambda: read(document)) < BOUND * 4 + json_takes
    assert OPERATIONS < 20_000


@pytest.mark.parametrize("reader", [markdown, tex])
def test_readers_of_plain_text(reader: Any, tmp_path: Path) -> None:
    path = tmp_path / "text"

    def read(text: str) -> object:
        path.write_text(text, "utf-8", "replace")
        return reader.read(path, Limits())

    taken = [seconds(partial(read, text(SIZE))) for text in [*TEXTS.values()][::5]]
    assert max(taken) < 2 * BOUND


def test_the_limit_of_names_fits_every_mark() -> None:
    mark = f"【4:0†{'n' * limits.FILE_NAME}】"
    assert CITATION_MARK.fullmatch(mark)
