"""Shrink JSON that is kept for people to read, and mark what was left out."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

LONGEST_DATA_URL = 200  # characters; a longer one is replaced by its length and hash
# Steps that are tried in turn until the whole fits: characters of a text, items at each end of a
# list.
LONGEST_TEXTS = (32_768, 4096, 512)
KEPT_ITEMS = (40, 10, 2)
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w=.+-]+)*);base64,")


def bounded(value: Any, most: int) -> tuple[Any, int, bool]:
    """Return `value` in at most `most` bytes of JSON, its original bytes, and whether it was cut.

    Base64 images are always replaced by their type, length and SHA-256. If needed, long texts then
    lose their ends and long lists their middles, with a mark that says how much is missing.
    """
    size = _size_in_bytes(value)
    kept = _map_texts(value, _replace_image)
    # The size is measured only after a change: of a prompt of thousands of messages, it takes as
    # long as everything else here.
    kept_size = size if kept == value else _size_in_bytes(kept)
    for longest, items in zip(LONGEST_TEXTS, KEPT_ITEMS, strict=True):
        if kept_size <= most:
            break
        shortened = _map_texts(kept, partial(_shorten_text, longest=longest))
        if shortened != kept:
            kept, kept_size = shortened, _size_in_bytes(shortened)
        if kept_size > most:
            kept = _thin_lists(kept, items)
            kept_size = _size_in_bytes(kept)
    if kept_size > most:
        # Thousands of short texts in an object: no step shortens those.
        kept = {"cut": f"{size} bytes of JSON with too many parts to keep"}
    return kept, size, kept != value


def _size_in_bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _map_texts(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [_map_texts(item, change) for item in value]
    return value


def _replace_image(text: str) -> str:
    found = _DATA_URL.match(text) if len(text) > LONGEST_DATA_URL else None
    if found is None:
        return text
    try:
        data = base64.b64decode(text[found.end() :], validate=True)
    except (binascii.Error, ValueError):
        return text
    return f"[{found[1] or 'data'}, {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}]"


def _shorten_text(text: str, longest: int) -> str:
    cut = len(text) - longest
    return f"{text[:longest]}… [cut: {cut} more characters]" if cut > 0 else text


def _thin_lists(value: Any, items: int) -> Any:
    if isinstance(value, dict):
        return {name: _thin_lists(item, items) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    kept = [_thin_lists(item, items) for item in value]
    cut = len(kept) - 2 * items
    return [*kept[:items], f"[cut: {cut} items]", *kept[-items:]] if cut > 0 else kept
