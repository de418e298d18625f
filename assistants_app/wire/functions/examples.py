"""Example functions to start from."""

from typing import Any


def _strict(name: str, description: str, **properties: dict[str, Any]) -> dict[str, Any]:
    # Strict mode needs every property in `required` and no others allowed.
    return {
        "name": name,
        "description": description,
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        },
    }


EXAMPLES: dict[str, dict[str, Any]] = {
    "get_weather": _strict(
        "get_weather",
        "The weather of a place right now.",
        location={"type": "string", "description": "City and country, such as London, UK"},
        unit={"type": "string", "enum": ["celsius", "fahrenheit"]},
    ),
    "get_stock_price": _strict(
        "get_stock_price",
        "The last price at which a share was traded.",
        symbol={"type": "string", "description": "Ticker symbol, such as AAPL"},
        exchange={
            "type": ["string", "null"],
            "description": "Code of the stock exchange; null for the share's home",
        },
    ),
    "search_docs": _strict(
        "search_docs",
        "Passages of the product's documentation that fit a question.",
        query={"type": "string", "description": "Key words, not a sentence"},
        section={"type": ["string", "null"], "enum": ["guides", "reference", "changelog", None]},
        limit={"type": "integer", "description": "How many passages, 1 to 20"},
    ),
    "run_sql_query": _strict(
        "run_sql_query",
        "Rows that a read-only SQL query gives.",
        query={
            "type": "string",
            "description": "One SELECT statement in PostgreSQL's dialect. Name the columns.",
        },
        row_limit={"type": "integer", "description": "How many rows at most, up to 1000"},
    ),
}
