"""Hypothesis strategies for bodies that the vendor's document allows, and for some that it doesn't.

Any field may be absent, null, empty or 0, which are four different things.
"""

from typing import Any

from hypothesis import strategies as st

from assistants_app.domain import limits

Body = dict[str, Any]

# Without those that PostgreSQL can't store, which tests/api/test_odd_requests.py covers.
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def text(limit: int, *, at_least: int = 0) -> st.SearchStrategy[str]:
    """Generate mostly short texts, and some whose length is the limit."""
    short = st.text(characters, min_size=at_least, max_size=min(limit, 20))
    return short | characters.map(lambda one: one * limit)


def optional(required: dict[str, Any], may_be: dict[str, Any]) -> st.SearchStrategy[Body]:
    """Generate objects with the required fields and some of `may_be`, whose values may be null."""
    nullable = {name: st.none() | strategy for name, strategy in may_be.items()}
    return st.fixed_dictionaries(required, optional=nullable)


names = st.text("abcXYZ019_-", min_size=1, max_size=limits.FUNCTION_NAME)
metadata = st.dictionaries(
    text(limits.METADATA_KEY), text(limits.METADATA_VALUE), max_size=limits.METADATA_PAIRS
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(characters, max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(characters, max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
# An empty list as a schema is read as an empty object (tests/api/test_empty_lists.py).
inner_schemas = json_values.filter(lambda value: value != [])
schemas = st.fixed_dictionaries(
    {"type": st.just("object"), "properties": st.dictionaries(names, inner_schemas, max_size=3)}
)
functions = st.fixed_dictionaries(
    {
        "type": st.just("function"),
        "function": optional(
            {"name": names},
            {"description": text(100), "parameters": schemas, "strict": st.just(False)},
        ),
    }
)
file_searches = optional(
    {"type": st.just("file_search")},
    {
        "file_search": optional(
            {},
            {
                "max_num_results": st.integers(1, 50),
                "ranking_options": st.fixed_dictionaries({"score_threshold": st.floats(0, 1)}),
            },
        )
    },
)
tools = st.lists(st.just({"type": "code_interpreter"}) | file_searches | functions, max_size=4)
response_formats = st.sampled_from(
    ["auto", {"type": "text"}, {"type": "json_object"}]
) | st.fixed_dictionaries(
    {
        "type": st.just("json_schema"),
        "json_schema": optional({"name": names}, {"schema": schemas, "description": text(50)}),
    }
)
settings: dict[str, Any] = {
    "instructions": text(200),
    "tools": tools,
    "metadata": metadata,
    "temperature": st.floats(0, 2) | st.integers(0, 2),
    "top_p": st.floats(0, 1) | st.integers(0, 1),
    "reasoning_effort": st.sampled_from(["none", "minimal", "low", "medium", "high"]),
    "response_format": response_formats,
}
models = text(256, at_least=1)
assistant_changes = optional(
    {}, {**settings, "name": text(limits.NAME), "description": text(limits.DESCRIPTION)}
)
assistants = st.builds(lambda model, rest: {"model": model, **rest}, models, assistant_changes)

parts = st.one_of(
    st.fixed_dictionaries({"type": st.just("text"), "text": text(500, at_least=1)}),
    st.fixed_dictionaries(
        {
            "type": st.just("image_url"),
            "image_url": st.fixed_dictionaries(
                {"url": st.sampled_from(["https://example.com/a.png", "data:image/png;base64,AA"])},
                optional={"detail": st.sampled_from(["auto", "low", "high"])},
            ),
        }
    ),
)
messages = optional(
    {
        "role": st.sampled_from(["user", "assistant"]),
        "content": text(500, at_least=1) | st.lists(parts, min_size=1, max_size=3),
    },
    {"metadata": metadata, "attachments": st.just([])},
)
run_settings = optional(
    {},
    {
        **settings,
        "model": models,
        "stream": st.just(False),
        "max_prompt_tokens": st.integers(limits.MIN_RUN_TOKENS, limits.INTEGER),
        "max_completion_tokens": st.integers(limits.MIN_RUN_TOKENS, limits.INTEGER),
        "parallel_tool_calls": st.booleans(),
        "tool_choice": st.sampled_from(
            ["none", "auto", "required", {"type": "function", "function": {"name": "f"}}]
        ),
        "truncation_strategy": st.sampled_from([{"type": "auto"}])
        | st.fixed_dictionaries(
            {"type": st.just("last_messages"), "last_messages": st.integers(1, 1000)}
        ),
    },
)

# JSON values by the vendor's name for their type.
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "a string": st.text(characters, max_size=5),
    "an integer": st.integers(-5, 5),
    "a decimal": st.floats(0.1, 0.9),
    "a boolean": st.booleans(),
    # Not an empty one, which is read as an empty object: PHP writes one so.
    "an array": st.just([1]),
    "an object": st.just({}),
}


def of_other_kinds(*allowed: str) -> st.SearchStrategy[Any]:
    """Generate values of all kinds except these."""
    return st.one_of([values for kind, values in KINDS.items() if kind not in allowed])


def can_be_chosen(choice: Any, assistant: Body, body: Body) -> bool:
    """Return whether the run has the tools that its `tool_choice` needs."""
    given = body.get("tools")
    tools = (assistant.get("tools") or []) if given is None else given
    if isinstance(choice, dict):
        return any(tool.get("function", {}).get("name") == "f" for tool in tools)
    return choice != "required" or bool(tools)


def without(body: Body, name: str) -> Body:
    """Return the body without one parameter."""
    return {key: value for key, value in body.items() if key != name}
