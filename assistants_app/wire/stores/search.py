"""JSON of searches (schemas ``VectorStoreSearchRequest``, ``VectorStoreSearchResultsPage``)."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from assistants_app.domain import limits
from assistants_app.domain.search import SearchHit, SearchOptions
from assistants_app.domain.searches.attribute_filters import AttributeFilter, Comparison, Compound
from assistants_app.wire.validation import Params, refusal

Text = Annotated[str, StringConstraints(max_length=limits.ATTRIBUTE_VALUE)]
Number = int | Annotated[float, Field(allow_inf_nan=False)]
Query = Annotated[str, StringConstraints(min_length=1, max_length=limits.SEARCH_QUERY)]


class ComparisonFilter(Params):
    type: Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]
    key: Annotated[str, StringConstraints(max_length=limits.ATTRIBUTE_KEY)]
    value: (
        Text
        | bool
        | Number
        | Annotated[list[Text | bool | Number], Field(max_length=limits.FILTER_ITEMS)]
    )

    @model_validator(mode="after")
    def _value_fits_operator(self) -> "ComparisonFilter":
        listed = self.type in {"in", "nin"}
        if listed != isinstance(self.value, list):
            expected = "an array" if listed else "a string, a number or a boolean"
            raise refusal(
                f"Invalid filter: the operator '{self.type}' takes {expected}.",
                code="invalid_value",
                at="value",
            )
        return self

    def condition(self) -> Comparison:
        """Return the comparison for a query."""
        value = tuple(self.value) if isinstance(self.value, list) else self.value
        return Comparison(self.type, self.key, value)


class CompoundFilter(Params):
    type: Literal["and", "or"]
    filters: Annotated[
        list["Annotated[ComparisonFilter | CompoundFilter, Field(discriminator='type')]"],
        Field(min_length=1, max_length=limits.FILTER_ITEMS),
    ]

    # Each level becomes a level of parentheses in SQL. The vendor names no limit, so ours applies.
    @model_validator(mode="after")
    def _is_shallow(self) -> "CompoundFilter":
        if self.depth() > limits.FILTER_DEPTH:
            raise refusal(
                f"Invalid filter: filters nest more than {limits.FILTER_DEPTH} levels deep.",
                code="invalid_value",
            )
        return self

    def depth(self) -> int:
        """Return the number of nested levels of compound filters, this one included."""
        inner = (item.depth() for item in self.filters if isinstance(item, CompoundFilter))
        return 1 + max(inner, default=0)

    def condition(self) -> AttributeFilter:
        """Return the compound for a query."""
        return Compound(self.type, tuple(item.condition() for item in self.filters))


class RankingOptions(Params):
    ranker: Literal["none", "auto", "default-2024-11-15"] = "auto"
    score_threshold: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0


class SearchParams(Params):
    query: Query | Annotated[list[Query], Field(min_length=1, max_length=limits.SEARCH_QUERIES)]
    rewrite_query: bool = False
    max_num_results: Annotated[int, Field(ge=1, le=limits.SEARCH_RESULTS)] = (
        limits.SEARCH_RESULTS_DEFAULT
    )
    filters: Annotated[ComparisonFilter | CompoundFilter, Field(discriminator="type")] | None = None
    ranking_options: RankingOptions | None = None

    def queries(self) -> list[str]:
        """Return the list of queries, also if the request has only one as a string."""
        return [self.query] if isinstance(self.query, str) else self.query

    def options(self) -> SearchOptions:
        """Return the options for the search, with the vendor's defaults."""
        ranking = self.ranking_options or RankingOptions()
        return SearchOptions(
            max_results=self.max_num_results,
            filters=self.filters.condition() if self.filters else None,
            score_threshold=ranking.score_threshold,
            # The vendor's names for its rankers mean whichever reranker this server has.
            rerank=ranking.ranker != "none",
        )


def results_page(queries: Sequence[str], hits: Sequence[SearchHit]) -> dict[str, Any]:
    """Return the vendor's page of search results."""
    # At most 50 results, so one page has them all.
    return {
        "object": "vector_store.search_results.page",
        "search_query": list(queries),
        "data": [_result_object(hit) for hit in hits],
        "has_more": False,
        "next_page": None,
    }


def _result_object(hit: SearchHit) -> dict[str, Any]:
    return {
        "file_id": hit.file_id,
        "filename": hit.filename,
        "score": hit.score,
        "attributes": hit.attributes,
        "content": [{"type": "text", "text": hit.text}],
    }
