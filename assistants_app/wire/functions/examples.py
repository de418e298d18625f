"""Example functions to start from."""

from typing import Any


def _strict_function(name: str, description: str, **properties: dict[str, Any]) -> dict[str, Any]:
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
    "get_weather": _strict_function(
        "get_weather",
        "Get the current weather in a place.",
        location={"type": "string", "description": "City and country, such as London, UK"},
        unit={"type": "string", "enum": ["celsius", "fahrenheit"]},
    ),
    "get_stock_price": _strict_function(
        "get_stock_price",
        "Get the last traded price of a stock.",
        symbol={"type": "string", "description": "Ticker symbol, such as AAPL"},
        exchange={
            "type": ["string", "null"],
            "description": "Exchange code, or null for the home exchange",
        },
    ),
    "search_docs": _strict_function(
        "search_docs",
        "Search the product documentation.",
        query={"type": "string", "description": "Keywords, not a sentence"},
        section={"type": ["string", "null"], "enum": ["guides", "reference", "changelog", None]},
        limit={"type": "integer", "description": "Number of results, 1 to 20"},
    ),
    "run_sql_query": _strict_function(
        "run_sql_query",
        "Run a read-only SQL query.",
        query={
            "type": "string",
            "description": "One PostgreSQL SELECT statement. Name the columns.",
        },
        row_limit={"type": "integer", "description": "Maximum number of rows, up to 1000"},
    ),
}
