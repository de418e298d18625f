"""JSON that several nouns share: metadata, tools, response formats, times, lists."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from assistants_app.domain import limits
from assistants_app.wire import strict_schemas
from assistants_app.wire.empty_objects import EmptyAsObject, JsonSchemaObject
from assistants_app.wire.validation import Nested, Params, refusal

Metadata = Annotated[
    dict[
        Annotated[str, StringConstraints(max_length=limits.METADATA_KEY)],
        Annotated[str, StringConstraints(max_length=limits.METADATA_VALUE)],
    ],
    EmptyAsObject,
    Field(max_length=limits.METADATA_PAIRS),
]
ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
# JSON has no infinity, but Python reads 1e999 as one.
Temperature = Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]
TopP = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class CodeInterpreterTool(Params):
    type: Literal["code_interpreter"]


class RankingOptions(Nested):
    # The vendor writes the ranker with underscores here and with dashes in searches of a store.
    ranker: Literal["auto", "default_2024_08_21"] | None = None
    score_threshold: Annotated[float, Field(ge=0, le=1)] | None = None


class FileSearchOptions(Nested):
    max_num_results: Annotated[int, Field(ge=1, le=50)] | None = None
    ranking_options: RankingOptions | None = None


class FileSearchTool(Nested):
    type: Literal["file_search"]
    file_search: FileSearchOptions | None = None


class FunctionDefinition(Nested):
    name: Annotated[
        str,
        StringConstraints(max_length=limits.FUNCTION_NAME, pattern=limits.FUNCTION_NAME_PATTERN),
    ]
    description: str | None = None
    parameters: JsonSchemaObject | None = None
    strict: bool | None = None

    @model_validator(mode="after")
    def _has_a_valid_schema(self) -> Self:
        # Without `strict` the schema need only be that of an object (strict_schemas.py).
        strict = bool(self.strict)
        if self.parameters is not None and (
            fault := strict_schemas.fault_of(self.parameters, strict=strict)
        ):
            words = f"Invalid schema for function '{self.name}': {fault}"
            raise refusal(words, code="invalid_function_parameters", at="parameters")
        return self


class FunctionTool(Params):
    type: Literal["function"]
    function: FunctionDefinition


Tool = Annotated[CodeInterpreterTool | FileSearchTool | FunctionTool, Field(discriminator="type")]


class JsonSchema(Nested):
    name: Annotated[
        str,
        StringConstraints(max_length=limits.FUNCTION_NAME, pattern=limits.FUNCTION_NAME_PATTERN),
    ]
    description: str | None = None
    schema_: Annotated[JsonSchemaObject | None, Field(alias="schema")] = None
    strict: bool | None = None


class TextFormat(Params):
    type: Literal["text"]


class JsonObjectFormat(Params):
    type: Literal["json_object"]


class JsonSchemaFormat(Params):
    type: Literal["json_schema"]
    json_schema: JsonSchema

    @model_validator(mode="after")
    def _has_a_valid_strict_schema(self) -> Self:
        requested = self.json_schema
        # Without `strict`, the model may do with the schema what it can, so any schema is accepted.
        if (
            requested.strict
            and requested.schema_ is not None
            and (fault := strict_schemas.fault_of(requested.schema_, strict=True))
        ):
            words = f"Invalid schema for response_format '{requested.name}': {fault}"
            raise refusal(words, code=None)
        return self


ResponseFormat = (
    Literal["auto"]
    | Annotated[TextFormat | JsonObjectFormat | JsonSchemaFormat, Field(discriminator="type")]
)


# Clients that write all optional fields send null.
Detail = Annotated[Literal["auto", "low", "high"], BeforeValidator(lambda given: given or "auto")]


class ImageUrl(Params):
    # The provider fetches the image, so only addresses that it can reach make sense.
    url: Annotated[str, StringConstraints(pattern=r"^(https?://|data:image/)")]
    detail: Detail = "auto"


class ImageUrlPart(Params):
    type: Literal["image_url"]
    image_url: ImageUrl


class ImageFile(Params):
    file_id: str
    detail: Detail = "auto"


class ImageFilePart(Params):
    type: Literal["image_file"]
    image_file: ImageFile


class CodeInterpreterResources(Params):
    file_ids: Annotated[list[str], Field(max_length=limits.CODE_INTERPRETER_FILES)] | None = None


class StaticChunking(Params):
    max_chunk_size_tokens: Annotated[
        int, Field(ge=limits.CHUNK_TOKENS_MIN, le=limits.CHUNK_TOKENS_MAX)
    ]
    chunk_overlap_tokens: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _overlaps_by_half_at_most(self) -> Self:
        if self.chunk_overlap_tokens > self.max_chunk_size_tokens // 2:
            raise refusal(
                "chunk_overlap_tokens must be less than or equal to max_chunk_size_tokens / 2.",
                code="invalid_value",
                at="chunk_overlap_tokens",
            )
        return self


class AutoChunkingStrategy(Params):
    type: Literal["auto"]


class StaticChunkingStrategy(Params):
    type: Literal["static"]
    static: StaticChunking


ChunkingStrategy = Annotated[
    AutoChunkingStrategy | StaticChunkingStrategy, Field(discriminator="type")
]


class InlineVectorStore(Params):
    file_ids: Annotated[list[str], Field(max_length=limits.INLINE_STORE_FILES)] | None = None
    chunking_strategy: ChunkingStrategy | None = None
    metadata: Metadata | None = None


class FileSearchResources(Params):
    # The vendor allows one store per assistant and one per thread.
    vector_store_ids: Annotated[list[str], Field(max_length=1)] | None = None
    vector_stores: Annotated[list[InlineVectorStore], Field(max_length=1)] | None = None


class ToolResources(Params):
    code_interpreter: CodeInterpreterResources | None = None
    file_search: FileSearchResources | None = None


def chunk_sizes(strategy: AutoChunkingStrategy | StaticChunkingStrategy | None) -> tuple[int, int]:
    """Return the maximum tokens of a chunk, and the tokens that adjacent chunks share."""
    if isinstance(strategy, StaticChunkingStrategy):
        return strategy.static.max_chunk_size_tokens, strategy.static.chunk_overlap_tokens
    return limits.CHUNK_TOKENS, limits.CHUNK_OVERLAP_TOKENS


def unix_time(moment: datetime | None) -> int | None:
    """Return the whole seconds since 1970, which is how the API expresses every time."""
    return None if moment is None else int(moment.timestamp())


def list_object(items: Sequence[dict[str, Any]], *, has_more: bool) -> dict[str, Any]:
    """Return one page of a list in the vendor's format."""
    # For an empty page the vendor's service sent null ids, although its document promises strings.
    return {
        "object": "list",
        "data": list(items),
        "first_id": items[0]["id"] if items else None,
        "last_id": items[-1]["id"] if items else None,
        "has_more": has_more,
    }


def deleted_object(kind: str, object_id: str) -> dict[str, Any]:
    """Return the vendor's response to a delete. A `kind` is ``thread.message``, for example."""
    return {"id": object_id, "object": f"{kind}.deleted", "deleted": True}


def model_object(model_id: str, *, created: int, owned_by: str) -> dict[str, Any]:
    """Return the vendor's ``model`` object. `created` is in seconds since 1970."""
    return {"id": model_id, "object": "model", "created": created, "owned_by": owned_by}
