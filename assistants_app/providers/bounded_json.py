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
_IMAGE = ";base64,"
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w=.+-]+)*);base64,")


def bounded(value: Any, most: int) -> tuple[Any, int, bool]:
    """Return `value` in at most `most` bytes of JSON, its original bytes, and whether it was cut.

    Base64 images are always replaced by their type, length and SHA-256. If needed, long texts then
    lose their ends and long lists their middles, with a mark that says how much is missing.
    """
    text = json_text(value)
    size = kept_size = _size_in_bytes(text)
    kept = value
    # The values are looked at one by one only if their JSON, which is one text, makes it necessary:
    # of a prompt of thousands of messages, that takes ten times as long.
    if _IMAGE in text:
        kept, text, kept_size = _changed(kept, _map_texts(kept, _replace_image), text, kept_size)
    for longest, items in zip(LONGEST_TEXTS, KEPT_ITEMS, strict=True):
        if kept_size <= most:
            break
        if _longest_text(text) > longest:
            shortened = _map_texts(kept, partial(_shorten_text, longest=longest))
            kept, text, kept_size = _changed(kept, shortened, text, kept_size)
        if kept_size > most:
            kept = _thin_lists(kept, items)
            text = json_text(kept)
            kept_size = _size_in_bytes(text)
    if kept_size > most:
        # Thousands of short texts in an object: no step shortens those.
        kept = {"cut": f"{size} bytes of JSON with too many parts to keep"}
    return kept, size, kept is not value and kept != value


def json_text(value: Any) -> str:
    """Return JSON with all characters as they are."""
    return json.dumps(value, ensure_ascii=False)


def _size_in_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _longest_text(text: str) -> int:
    # At least the length of the longest text in this JSON.
    plain = text.replace("\\\\", "..").replace('\\"', "..")
    return max(map(len, plain.split('"')))


def _changed(old: Any, new: Any, text: str, size: int) -> tuple[Any, str, int]:
    # The size is measured only after a change.
    if new == old:
        return old, text, size
    text = json_text(new)
    return new, text, _size_in_bytes(text)


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
