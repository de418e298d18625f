"""Names that the API accepts for functions and schemas."""

import re
import unicodedata
from collections.abc import Container

from assistants_app.domain import limits

COPY = re.compile(r"_copy(_\d+)?$")


def plain_name(text: str) -> str:
    """Return a name like `text` that the API accepts, or "" if nothing of it is left."""
    # The API allows only letters, digits, dashes and underscores, up to 64 characters.
    letters = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(letter)
    )
    plain = re.sub(r"_+", "_", re.sub(r"[^a-zA-Z0-9_-]", "_", letters)).strip("_")
    return plain[: limits.FUNCTION_NAME]


def suggested_name(text: str) -> str:
    """Return the name to offer instead of `text`, such as get_order for "Get order"."""
    return plain_name(text.lower() if " " in text.strip() else text)


def name_of_copy(name: str, taken: Container[str]) -> str:
    """Return `name` as the name of a copy that isn't in `taken`: f_copy, f_copy_2, f_copy_3."""
    base, number, suffix = COPY.sub("", name), 1, "_copy"
    while True:
        copy = f"{base[: limits.FUNCTION_NAME - len(suffix)]}{suffix}"
        if copy not in taken:
            return copy
        number += 1
        suffix = f"_copy_{number}"
